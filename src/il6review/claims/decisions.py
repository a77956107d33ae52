"""A decision: the three findings of one claim, its headline, and how it shows in a notebook."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .. import MIME
from .cards import card
from .citation import citation_finding
from .model import Claim, Finding, Number
from .recomputation import recomputation_finding
from .review import Review
from .robustness import in_words, robustness, robustness_numbers
from .rules import Question, headline, questions_of
from .synthesis import evidence_finding


@dataclass(frozen=True)
class Decision:
    """A claim with its three findings. In a notebook it shows as a card that carries its JSON."""

    claim: Claim
    said_by: str
    findings: tuple[Finding, Finding, Finding]

    def as_json(self) -> dict:
        """Give the entry of the ledger."""
        word, because = headline({finding.check: finding.finding for finding in self.findings})
        return {
            "chapter": self.claim.chapter,
            "statement": self.claim.statement,
            "kind": self.claim.kind,
            "said_by": self.claim.seed,
            "said_by_title": self.said_by,
            "locator": self.claim.locator,
            "cites": list(self.claim.cites),
            "headline": word,
            "because": because,
            **{finding.check: finding.as_json() for finding in self.findings},
        }

    def numbers(self) -> dict[str, Number]:
        """Give all numbers of the findings, by key."""
        return {
            f"{self.claim.claim_id}.{name}": number
            for finding in self.findings
            for name, number in finding.numbers.items()
        }

    def _repr_mimebundle_(self, **_):
        entry = self.as_json()
        return {
            "text/html": card(self.claim.claim_id, entry),
            "text/plain": f"{self.claim.claim_id}: {entry['headline']}",
            MIME: {
                "kind": "decision",
                "claim_id": self.claim.claim_id,
                "entry": entry,
                "numbers": {key: number.as_json() for key, number in self.numbers().items()},
            },
        }


@dataclass(frozen=True)
class Numbers:
    """Numbers of a chapter that belong to no single claim. Shows as a short table and carries its JSON."""

    chapter: str
    numbers: Mapping[str, Number]

    def _repr_mimebundle_(self, **_):
        entries = {f"{self.chapter}.{name}": number.as_json() for name, number in self.numbers.items()}
        lines = [f"{entry['label']}: {entry['text']} {entry['unit']}".rstrip() for entry in entries.values()]
        return {"text/plain": "\n".join(lines), MIME: {"kind": "numbers", "numbers": entries}}


def decide(review: Review, claim_id: str) -> Decision:
    """Decide one claim of the chapter: the three checks are computed, each on its own, and how robust the last is."""
    found = bare(review, claim_id)
    *others, evidence = found.findings
    return replace(found, findings=(*others, _tried(review, found.claim, questions_of(claim_id), evidence)))


def bare(review: Review, claim_id: str) -> Decision:
    """Decide one claim without asking how robust that is, which takes most of the time and changes no finding."""
    claim = review.claim(claim_id)
    title = review.source(claim.seed)["title"]
    return Decision(
        claim=claim,
        said_by=title,
        findings=(
            citation_finding(review, claim),
            recomputation_finding(review, claim),
            evidence_finding(review, claim, questions_of(claim_id)),
        ),
    )


def _tried(review: Review, claim: Claim, questions: list[Question], finding: Finding) -> Finding:
    """Add to an evidence finding how robust its answers are, one sentence for each question that has one."""
    sentences, numbers = [], {}
    for position, question in enumerate(questions):
        found = robustness(review, question, {claim.seed, *claim.cites})
        if found.lines:
            sentences.append(f"{question.short}: {in_words(found)}")
            numbers |= robustness_numbers(found, "" if position == 0 else f"part{position + 1}_")
    return replace(finding, robust=" ".join(sentences), numbers={**finding.numbers, **numbers})


def decide_book(review: Review) -> list[Decision]:
    """Decide every claim of every chapter, without asking how robust that is, in the order of the table."""
    rows = review.tables["claims"]
    return [bare(replace(review, chapter=row["chapter"]), row["claim_id"]) for row in rows]
