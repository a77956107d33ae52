"""Rules kept as data: how findings are joined to a headline, and which rows bear on which question."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from .model import FINDINGS, LedgerError

#: The same safe reading, in C where PyYAML was built with it: a tenth of the time.
SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
HEADLINES = ("stands", "weakened", "falls", "untested")


@cache
def load(name: str) -> dict:
    """Read one of the YAML files that stand beside this module."""
    return yaml.load(files(__package__).joinpath(name).read_text(encoding="utf-8"), SAFE)


def headline(findings: Mapping[str, str]) -> tuple[str, str]:
    """Give the headline word and the reason: the first rule of `rules.yaml` whose words all fit.

    `findings` maps each of the three checks to its finding.
    Raises LedgerError where no rule fits: the table of rules has to cover every combination.
    """
    for rule in load("rules.yaml")["headline"]:
        if all(findings[check] in rule.get(check, FINDINGS[check]) for check in FINDINGS):
            return rule["word"], rule["because"]
    raise LedgerError(f"No headline rule fits {dict(findings)}. Mend: add one to rules.yaml.")


def weight(finding: str, severity: str) -> str:
    """Give what one check of a citation counts as: a minor slip in a detail counts as an omission."""
    minor = load("rules.yaml")["citation_minor"]
    return minor.get(finding, finding) if severity == "minor" else finding


def worst_citation(findings: list[str]) -> str:
    """Join several checks of one citation: the gravest finding counts."""
    return min(findings, key=load("rules.yaml")["citation_order"].index)


def recomputation_method(kind: str, quantitative: str, has_p: bool, has_size: bool, source_read: bool) -> str:
    """Give the name of the method that the declared table names for a claim and the data at hand."""
    facts = {
        "kind": kind,
        "quantitative": quantitative,
        "has_p": has_p,
        "has_size": has_size,
        "source_read": source_read,
    }
    for line in load("rules.yaml")["recomputation"]:
        if all(_fits(facts[name], line[name]) for name in facts if name in line):
            return line["method"]
    raise LedgerError(f"No method for a claim with {facts}. Mend: add a line to rules.yaml.")


def _fits(fact: object, wanted: object) -> bool:
    return fact in wanted if isinstance(wanted, list) else fact == wanted


@dataclass(frozen=True)
class Question:
    """A review question: what it asks, which claims it decides, and which rows bear on it."""

    key: str
    chapter: str
    asks: str
    short: str
    claims: tuple[str, ...]
    comparisons: Mapping | None
    correlations: Mapping | None
    pairs: Mapping | None
    published: tuple[str, ...]
    values: tuple[Mapping, ...] = ()
    proportions: Mapping | None = None


@cache
def questions() -> dict[str, Question]:
    """Read the review questions of all chapters: one file a chapter, in `questions/`."""
    found: dict[str, Question] = {}
    for file in sorted(files(__package__).joinpath("questions").iterdir(), key=lambda file: file.name):
        for key, entry in (load(f"questions/{file.name}") or {}).items():
            if key in found:
                raise LedgerError(f"Question {key!r} stands in two files. Mend: rename one, in questions/{file.name}.")
            found[key] = _question(key, file.name.removesuffix(".yaml"), entry)
    return found


def _question(key: str, chapter: str, entry: Mapping) -> Question:
    return Question(
        key=key,
        chapter=chapter,
        asks=entry["asks"],
        short=entry["short"],
        claims=tuple(entry["claims"]),
        comparisons=entry.get("comparisons"),
        correlations=entry.get("correlations"),
        pairs=entry.get("pairs"),
        published=tuple(entry.get("published", ())),
        values=tuple(entry.get("values", ())),
        proportions=entry.get("proportions"),
    )


def questions_of(claim_id: str) -> list[Question]:
    """Give the questions that decide one claim, in the order of the file."""
    return [question for question in questions().values() if claim_id in question.claims]
