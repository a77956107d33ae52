"""What the figure of a reader's own study shows: the pooled value before and after, and the study between them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..stats.correlations import PooledCorrelation
from ..stats.pooling import Pooled
from .at_most import asked
from .review import Review
from .rules import Question
from .views import correlation_lines, forest_lines


@dataclass(frozen=True)
class BeforeAfter:
    """What the figure before and after shows of one question: both pooled values and the lines of the own studies."""

    question: str
    measure: str
    before: Pooled | PooledCorrelation
    after: Pooled | PooledCorrelation
    lines: tuple[Mapping, ...]


def before_after(before: Review, after: Review, claim_id: str, own_rows: Collection[str]) -> tuple[BeforeAfter, ...]:
    """Give, for each question of a claim that is pooled before and after, what the figure of it shows."""
    own = frozenset(own_rows)
    found = []
    for old, new in asked(before, after, claim_id):
        if old.ratio and new.ratio:
            lines = forest_lines(after, new.pairs, new.ratio.weights)
            found.append(_pictured(old.question, before.measure, old.ratio, new.ratio, lines, own))
        if old.correlation and new.correlation:
            lines = correlation_lines(after, new.correlations, new.correlation.z.weights)
            found.append(_pictured(old.question, "r", old.correlation, new.correlation, lines, own))
    return tuple(one for one in found if one.lines)


def _pictured(
    question: Question,
    measure: str,
    before: Pooled | PooledCorrelation,
    after: Pooled | PooledCorrelation,
    lines: Iterable[Mapping],
    own: frozenset[str],
) -> BeforeAfter:
    kept = tuple(line for line in lines if own & set(line["row_ids"]))
    return BeforeAfter(question.short, measure, before, after, kept)
