"""Tests of counts in a table: chi-square for any table, Fisher's exact test for two rows and two columns.

A table is a sequence of rows of whole counts, persons not percents. All functions raise StatsError for fewer
than two rows or columns, rows of unequal length, a count that is not whole or below 0, and a row or column
that sums to 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.distributions import chi2_sf
from il6review.stats.errors import StatsError

#: Above this many persons whole-number arithmetic grows slow, and chi-square gives the same answer.
LARGEST_EXACT = 20_000
# A table more likely than the observed one by at most one part in this many counts as equally likely.
_ONE_PART_IN = 10**7


@dataclass(frozen=True)
class Chi2Test:
    """A chi-square statistic, its degrees of freedom, its p, and the smallest count expected in a cell."""

    chi2: float
    df: int
    p: float
    smallest_expected: float


@dataclass(frozen=True)
class FisherTest:
    """Fisher's exact test: `p` two-sided; `p_less` and `p_greater` for an odds ratio below and above 1."""

    p: float
    p_less: float
    p_greater: float


def chi2_p(table: Sequence[Sequence[int]], yates: bool = False) -> Chi2Test:
    """Return Pearson's chi-square test of independence: sum((o - e)^2 / e) with (rows - 1)(columns - 1) df.

    e = row sum * column sum / N. With `yates`, for two rows and two columns alone, every |o - e| is made
    smaller by 0.5, or by itself where it is less (Yates 1934; R does the same). Below five expected in a cell
    the test is rough: use `fisher_exact`.

    Raises StatsError also for `yates` with a larger table.
    """
    counts = _counts(table)
    if yates and (len(counts), len(counts[0])) != (2, 2):
        raise StatsError(
            f"The table has {len(counts)} rows and {len(counts[0])} columns; expected 2 and 2 for Yates' correction."
        )
    total = sum(map(sum, counts))
    columns = [sum(column) for column in zip(*counts, strict=True)]
    pairs = [(o, sum(row) * column / total) for row in counts for o, column in zip(row, columns, strict=True)]
    shrink = min(0.5, *(abs(o - e) for o, e in pairs)) if yates else 0.0
    chi2 = math.fsum((abs(o - e) - shrink) ** 2 / e for o, e in pairs)
    df = (len(counts) - 1) * (len(columns) - 1)
    return Chi2Test(chi2, df, chi2_sf(chi2, df), min(e for _, e in pairs))


def fisher_exact(table: Sequence[Sequence[int]]) -> FisherTest:
    """Return Fisher's exact test of two rows and two columns, all sums held fixed, in whole-number arithmetic.

    The two-sided p adds the probabilities of all tables that are no more likely than the observed one, as R's
    fisher.test does, with its relative tolerance of 1e-7 (Fisher 1935; R documentation of fisher.test).

    Raises StatsError also for a larger table and for more than 20,000 persons.
    """
    counts = _counts(table)
    if (len(counts), len(counts[0])) != (2, 2):
        raise StatsError(f"The table has {len(counts)} rows and {len(counts[0])} columns; expected 2 and 2.")
    (a, b), (c, d) = counts
    if a + b + c + d > LARGEST_EXACT:
        raise StatsError(f"The table holds {a + b + c + d} persons; expected at most {LARGEST_EXACT}. Use chi2_p.")
    first, ways = _ways(a + b, c + d, a + c)
    observed, total = ways[a - first], sum(ways)
    as_likely = sum(way for way in ways if way * _ONE_PART_IN <= observed * (_ONE_PART_IN + 1))
    return FisherTest(
        p=as_likely / total,
        p_less=sum(ways[: a - first + 1]) / total,
        p_greater=sum(ways[a - first :]) / total,
    )


def _ways(row1: int, row2: int, column1: int) -> tuple[int, list[int]]:
    """Return the smallest possible first cell and, for it and each larger one, in how many ways it can arise."""
    first, last = max(0, column1 - row2), min(row1, column1)
    ways = [math.comb(row1, first) * math.comb(row2, column1 - first)]
    for cell in range(first, last):
        ways.append(ways[-1] * (row1 - cell) * (column1 - cell) // ((cell + 1) * (row2 - column1 + cell + 1)))
    return first, ways


def _counts(table: object) -> tuple[tuple[int, ...], ...]:
    """Return whole counts of 0 or more with no row and no column that sums to 0."""
    counts = tuple(
        tuple(checks.whole(cell, f"table, row {row}, column {column},", 0) for column, cell in enumerate(line, 1))
        for row, line in enumerate(checks.table(table, "table"), 1)
    )
    for name, lines in (("row", counts), ("column", zip(*counts, strict=True))):
        for position, line in enumerate(lines, 1):
            if not any(line):
                raise StatsError(f"table, {name} {position}, sums to 0; expected at least one person in it.")
    return counts
