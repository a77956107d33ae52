"""What a study as large as the reader's could have changed at most, whatever it found.

The evidence of a claim is answered again with one more study of the reader's size and every result that it might
have had: a vote either way or none, and effects from as far against as any study so far to as far for. Nothing is
said of the result that it did have, so that a reader sees whether the data could have mattered at all.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, product
from math import exp, tanh

from ..plurals import counted
from ..stats import correlations, directions, sensitivity
from .cards import words
from .model import FINDINGS, Claim, significant
from .review import Review
from .rules import HEADLINES, Question, headline, questions_of
from .synthesis import MEASURES, Answer, answer, together, verdict


@dataclass(frozen=True)
class Shift:
    """How far one more study could move a pooled value, on the scale that is shown; `before` None if none was pooled.

    `furthest_low` and `furthest_high` are the effects that it is given at most.
    """

    question: str
    measure: str
    before: float | None
    low: float
    high: float
    furthest_low: float
    furthest_high: float


@dataclass(frozen=True)
class VoteShift:
    """How many of how many studies agree before, and how many more votes the reader's rows bring."""

    question: str
    agree: int
    studies: int
    more: int


@dataclass(frozen=True)
class AtMost:
    """What a study of the reader's size could do to one claim, whatever it found.

    `findings` are the words that the evidence check could come to, `headlines` those of the claim; `finding` and
    `headline` are the present ones.
    """

    finding: str
    headline: str
    findings: tuple[str, ...]
    headlines: tuple[str, ...]
    shifts: tuple[Shift, ...]
    votes: tuple[VoteShift, ...]

    @property
    def could_flip(self) -> bool:
        """Whether any result at all would give another headline."""
        return self.headlines != (self.headline,)


def at_most_all(before: Review, after: Review, own_rows: Collection[str], ledger: Mapping) -> dict[str, AtMost]:
    """Give for every claim that the reader's rows reach what a study of their size could have changed.

    before, after: the tables without and with the reader's rows, which were added; `ledger` is that of before.
    """
    found = {claim_id: at_most(before, after, claim_id, own_rows, ledger) for claim_id in ledger["claims"]}
    return {claim_id: bound for claim_id, bound in found.items() if bound}


def at_most(before: Review, after: Review, claim_id: str, own_rows: Collection[str], ledger: Mapping) -> AtMost | None:
    """Give what a study of the reader's size could have changed in one claim; None where its rows do not enter."""
    own = frozenset(own_rows)
    pairs = asked(before, after, claim_id)
    if not any(own & set(new.rows) for _, new in pairs):
        return None
    shifts, votes, verdicts = [], [], []
    for old, new in pairs:
        ratios, shift = _ratios(before, old, new, own)
        related, correlation = _correlations(before, old, new, own)
        counts, vote = _counts(before, old, new, own)
        shifts += [found for found in (shift, correlation) if found]
        votes += [vote] if vote else []
        verdicts.append(
            {
                verdict(replace(old, count=count, ratio=ratio, correlation=relation))
                for count, ratio, relation in product(counts, ratios, related)
            }
        )
    entry = ledger["claims"][claim_id]
    findings = {together(choice) for choice in product(*verdicts)}
    others = {check: entry[check]["finding"] for check in FINDINGS}
    headlines = {headline({**others, "evidence": word})[0] for word in findings}
    return AtMost(
        finding=entry["evidence"]["finding"],
        headline=entry["headline"],
        findings=tuple(word for word in FINDINGS["evidence"] if word in findings),
        headlines=tuple(word for word in HEADLINES if word in headlines),
        shifts=tuple(shifts),
        votes=tuple(votes),
    )


def asked(before: Review, after: Review, claim_id: str) -> list[tuple[Answer, Answer]]:
    """Answer each question of a claim without and with the reader's rows, as the evidence check does."""
    claim = next(Claim.from_row(row) for row in before.tables["claims"] if row["claim_id"] == claim_id)
    without = {claim.seed, *claim.cites}

    def both(question: Question) -> tuple[Answer, Answer]:
        return answer(before, question, without), answer(after, question, without)

    return [both(question) for question in questions_of(claim_id)]


def _ratios(review: Review, old: Answer, new: Answer, own: frozenset[str]) -> tuple[tuple, Shift | None]:
    """Give a pooled ratio or difference for each side that it could lie on, and the way that it could move."""
    mine = [pair.effect for pair in new.pairs if pair.effect and own & set(pair.rows)]
    there = [pair.effect for pair in old.pairs if pair.effect]
    if not (mine and there):
        return (old.ratio,), None
    fits = _fits(review, there, mine)
    scale = exp if review.measure == "ROM" else float
    return tuple(fits.by_side.values()), _shift(old, review.measure, old.ratio and old.ratio.estimate, fits, scale)


def _correlations(review: Review, old: Answer, new: Answer, own: frozenset[str]) -> tuple[tuple, Shift | None]:
    """Give a pooled correlation for each side that it could lie on, and the way that it could move."""
    mine = [correlations.fisher_z(item.r, item.n) for item in new.correlations if item.row in own]
    there = [correlations.fisher_z(item.r, item.n) for item in old.correlations]
    if not (mine and there):
        return (old.correlation,), None
    fits = _fits(review, there, mine)
    estimate = old.correlation and old.correlation.z.estimate
    return tuple(fits.by_side.values()), _shift(old, "r", estimate, fits, tanh)


def _fits(review: Review, there: Sequence, mine: Sequence) -> sensitivity.NextRange:
    """Pool with one more study as large as the reader's, from as far against as any study to as far for."""
    return sensitivity.next_range(
        [effect.estimate for effect in there],
        [effect.variance for effect in there],
        [effect.variance for effect in mine],
        furthest=max(abs(effect.estimate) for effect in (*there, *mine)),
        method=review.tau2_estimator,
        confidence=review.confidence,
    )


def _shift(old: Answer, measure: str, before: float | None, fits: sensitivity.NextRange, scale: Callable) -> Shift:
    # Four digits: the last ones of an estimate depend on the machine's mathematics library.
    def shown(value: float) -> float:
        return float(f"{scale(value):.4g}")

    return Shift(
        question=old.question.short,
        measure=MEASURES[measure],
        before=None if before is None else shown(before),
        low=shown(fits.low),
        high=shown(fits.high),
        furthest_low=shown(-fits.furthest),
        furthest_high=shown(fits.furthest),
    )


def _counts(review: Review, old: Answer, new: Answer, own: frozenset[str]) -> tuple[tuple, VoteShift | None]:
    """Give the votes with the reader's on either side or on none, in every way."""
    more = sum(bool(own & set(vote.rows)) for vote in new.votes)
    if not more:
        return (old.count,), None
    there = [vote.direction for vote in old.votes]
    counts = tuple(
        directions.vote_count([*there, *mine], review.confidence)
        for mine in combinations_with_replacement((1, 0, -1), more)
    )
    return counts, VoteShift(old.question.short, there.count(1), len(there), more)


def in_words(bound: AtMost) -> tuple[str, ...]:
    """Say in sentences what a study of the reader's size could have changed at most."""
    sentences = [_shift_in_words(shift) for shift in bound.shifts]
    sentences += [
        f"{vote.question}: {vote.agree} of {counted(vote.studies, 'study', 'studies')} agree; with {vote.more} more it "
        f"would be {vote.agree} to {vote.agree + vote.more} of {vote.studies + vote.more}"
        for vote in bound.votes
    ]
    return *sentences, _end_in_words(bound)


def _end_in_words(bound: AtMost) -> str:
    if bound.could_flip:
        return f'the headline, "{bound.headline}" before, could come to {_either(bound.headlines)}'
    if bound.findings != (bound.finding,):
        told = f'the evidence, "{words(bound.finding)}" before, could come to {_either(bound.findings)}'
        return f'{told}; the headline would stay "{bound.headline}"'
    return f'no result could change the evidence, "{words(bound.finding)}", nor the headline, "{bound.headline}"'


def _either(found: Sequence[str]) -> str:
    return " or ".join(f'"{words(word)}"' for word in found)


def _shift_in_words(shift: Shift) -> str:
    low, high, least, most = (
        _written(value) for value in (shift.low, shift.high, shift.furthest_low, shift.furthest_high)
    )
    now = "not pooled before" if shift.before is None else f"{_written(shift.before)} before"
    return (
        f"{shift.question}: {shift.measure}, {now}, could come to lie from {low} to {high}, "
        f"had your study found from {least} to {most}"
    )


def _written(value: float) -> str:
    return f"{value:.{max(significant(value), 0)}f}".replace("-", "−") if abs(value) < 1e6 else f"{value:.2e}"
