"""Effects of two groups on an outcome that each person has or has not: odds ratio, risk ratio, risk difference.

`events` of `n` persons have the outcome. Group 1 is compared with group 2: a positive estimate means that the
outcome is more frequent in group 1. Ratios are natural logarithms.

A zero cell (nobody in a group with the outcome, or nobody without) leaves a ratio or its variance undefined.
Under zero_cells "add_half" 0.5 is added to all four cells of a table that holds a zero, and to no other table,
as metafor does by default; "refuse" raises StatsError.
"""

import math
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.effects import Effect
from il6review.stats.errors import StatsError

ZERO_CELLS = ("add_half", "refuse")


@dataclass(frozen=True)
class BinaryEffect(Effect):
    """An effect on a binary outcome; `added` is what was added to each of the four cells, 0 or 0.5."""

    added: float


def log_odds_ratio(events1: int, n1: int, events2: int, n2: int, zero_cells: str = "add_half") -> BinaryEffect:
    """Return log(a d / (b c)), measure "OR", with variance 1/a + 1/b + 1/c + 1/d.

    a and c count the persons with the outcome in groups 1 and 2, b and d those without. Raises StatsError for
    counts that cannot be, for a zero cell under "refuse", and if nobody or everybody has the outcome: such a
    table says nothing about a ratio of odds.
    """
    events1, n1, events2, n2 = _counts(events1, n1, events2, n2)
    if events1 + events2 in (0, n1 + n2):
        raise StatsError(
            f"{events1 + events2} of {n1 + n2} persons have the outcome; expected some with it and some without, or "
            "an odds ratio is unknown. Use the risk difference."
        )
    a, b, c, d, added = _cells(events1, n1, events2, n2, zero_cells)
    return BinaryEffect(math.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d, "OR", n1, n2, added)


def log_risk_ratio(events1: int, n1: int, events2: int, n2: int, zero_cells: str = "add_half") -> BinaryEffect:
    """Return log((a/(a + b)) / (c/(c + d))), measure "RR", with variance 1/a - 1/(a + b) + 1/c - 1/(c + d).

    Cells as in `log_odds_ratio`. Raises StatsError for counts that cannot be, for a zero cell under "refuse",
    and if nobody has the outcome: such a table says nothing about a ratio of risks.
    """
    events1, n1, events2, n2 = _counts(events1, n1, events2, n2)
    if events1 + events2 == 0:
        raise StatsError(
            f"None of {n1 + n2} persons has the outcome; expected some, or a risk ratio is unknown. "
            "Use the risk difference."
        )
    a, b, c, d, added = _cells(events1, n1, events2, n2, zero_cells)
    # 1/a - 1/(a + b), written so that it does not cancel where few are without the outcome.
    variance = b / (a * (a + b)) + d / (c * (c + d))
    return BinaryEffect(math.log(a * (c + d) / (c * (a + b))), variance, "RR", n1, n2, added)


def risk_difference(events1: int, n1: int, events2: int, n2: int, zero_cells: str = "add_half") -> BinaryEffect:
    """Return p1 - p2, measure "RD", with variance p1 (1 - p1)/n1 + p2 (1 - p2)/n2.

    p1 = a/(a + b) and n1 = a + b, with cells as in `log_odds_ratio`; likewise p2 and n2. Raises StatsError for
    counts that cannot be and for a zero cell under "refuse".
    """
    events1, n1, events2, n2 = _counts(events1, n1, events2, n2)
    a, b, c, d, added = _cells(events1, n1, events2, n2, zero_cells)
    variance = a * b / (a + b) ** 3 + c * d / (c + d) ** 3
    return BinaryEffect(a / (a + b) - c / (c + d), variance, "RD", n1, n2, added)


def _counts(events1: object, n1: object, events2: object, n2: object) -> tuple[int, int, int, int]:
    n1, n2 = checks.whole(n1, "n1", 1), checks.whole(n2, "n2", 1)
    events1, events2 = checks.whole(events1, "events1", 0), checks.whole(events2, "events2", 0)
    for group, (events, n) in enumerate(((events1, n1), (events2, n2)), 1):
        if events > n:
            raise StatsError(f"events{group} is {events}; expected at most n{group}, which is {n}.")
    return events1, n1, events2, n2


def _cells(events1: int, n1: int, events2: int, n2: int, zero_cells: str) -> tuple[float, float, float, float, float]:
    """Return a, b, c, d and what was added to each of them."""
    cells = (events1, n1 - events1, events2, n2 - events2)
    checks.known(zero_cells, "zero_cells", ZERO_CELLS)
    if min(cells) > 0:
        return *cells, 0.0
    if zero_cells == "refuse":
        raise StatsError(f"The table {cells} holds a zero; expected counts above 0, or zero_cells 'add_half'.")
    return *(cell + 0.5 for cell in cells), 0.5
