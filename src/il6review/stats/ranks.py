"""Ranks: treatments judged by blocks (Friedman, Kendall's W, Page), ordered groups (Jonckheere), Kendall's tau.

A table has one row for each block (an effect, a judge, a patient) and one column for each treatment (a
cytokine). Values are ranked within their row, the smallest first; ties share the mean of their ranks, and every
variance is the one under permutation of the ranks that were found, so that ties need no other formula. Groups
and columns are numbered from 1. Functions on a table raise StatsError for fewer than two rows or columns, rows
of unequal length, a value that is not a finite number, and a table in which every row is tied throughout.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations, permutations

from il6review.stats import checks
from il6review.stats.combining import SMALLEST_P, holm
from il6review.stats.distributions import chi2_sf, f_sf, normal_cdf
from il6review.stats.errors import StatsError

# Page's exact distribution is computed up to these sizes: a table of 30 rows and 6 columns takes a moment.
_EXACT_ROWS, _EXACT_COLUMNS = 30, 6
# Kendall's: below this many pairs of values, as R does by default.
_EXACT_KENDALL = 50


@dataclass(frozen=True)
class Friedman:
    """Friedman's test over n rows and k columns: chi-square, and the F form of Iman and Davenport.

    `f` is math.inf and `f_p` 0 where all rows have the same ranks.
    """

    chi2: float
    df: int
    p: float
    f: float
    f_df1: int
    f_df2: int
    f_p: float
    mean_ranks: tuple[float, ...]
    ties: bool
    n: int
    k: int


@dataclass(frozen=True)
class KendallW:
    """Kendall's coefficient of concordance, 0 to 1, with the chi-square test n (k - 1) W."""

    w: float
    chi2: float
    df: int
    p: float
    n: int
    k: int


@dataclass(frozen=True)
class RankContrast:
    """Mean rank of column `second` minus mean rank of column `first`.

    `p` is two-sided from the normal distribution, `p_holm` that adjusted by Holm over all pairs, `p_chi2` that
    of z^2 with k - 1 degrees of freedom, which allows for every contrast at once (Nemenyi).
    """

    first: int
    second: int
    estimate: float
    se: float
    z: float
    p: float
    p_holm: float
    p_chi2: float


@dataclass(frozen=True)
class PageTrend:
    """Page's test of rising ranks: L, its null mean and variance, and the one-sided p."""

    l: float  # noqa: E741 - the letter the test is known by
    mean: float
    variance: float
    z: float
    p: float
    exact: bool
    note: str


@dataclass(frozen=True)
class Jonckheere:
    """Jonckheere and Terpstra's J with its null mean and standard error; `p` is two-sided."""

    j: float
    mean: float
    se: float
    z: float
    p: float
    n: int
    k: int
    ties: bool


@dataclass(frozen=True)
class KendallTau:
    """Kendall's tau-b with its two-sided p, and whether that is exact."""

    tau: float
    p: float
    exact: bool
    n: int


@dataclass(frozen=True)
class GradeCoding:
    """What '-' and '(+)' count; '+', '++' and so on count their plus signs."""

    none: float
    weak: float


@dataclass(frozen=True)
class GradeSensitivity:
    """Friedman's test under each coding, and the range of chi-square, p and the mean rank of each column."""

    codings: tuple[GradeCoding, ...]
    tests: tuple[Friedman, ...]
    chi2_low: float
    chi2_high: float
    p_low: float
    p_high: float
    mean_ranks_low: tuple[float, ...]
    mean_ranks_high: tuple[float, ...]


#: '(+)' between '-' and '+', as much as '+', as little as '-'. Only the order counts, so no other place differs.
GRADE_CODINGS = (GradeCoding(0, 0.5), GradeCoding(0, 1), GradeCoding(0, 0))


def friedman(table: Sequence[Sequence[float]]) -> Friedman:
    """Test whether the columns differ in rank.

    chi2 = (k - 1) sum((R - n (k + 1)/2)^2) / S with R the rank sums of the columns and S the sum of squares of
    all ranks about (k + 1)/2: the form that corrects for ties (Conover 1999, Practical Nonparametric Statistics,
    3rd ed., section 5.8). F = (n - 1) chi2 / (n (k - 1) - chi2) with k - 1 and (n - 1)(k - 1) degrees of freedom
    (Iman and Davenport 1980, Communications in Statistics A9:571-595), the better of the two for few rows.
    """
    ranks = _ranked(table)
    n, k = len(ranks), len(ranks[0])
    sums = [math.fsum(column) for column in zip(*ranks, strict=True)]
    between = math.fsum((total - n * (k + 1) / 2) ** 2 for total in sums)
    within = _squares(ranks)
    chi2 = (k - 1) * between / within
    # The ranks are halves, so this difference is exact: 0 only if all rows have the same ranks.
    f = (n - 1) * between / (n * within - between) if n * within > between else math.inf
    df2 = (n - 1) * (k - 1)
    return Friedman(
        chi2=chi2,
        df=k - 1,
        p=chi2_sf(chi2, k - 1),
        f=f,
        f_df1=k - 1,
        f_df2=df2,
        f_p=f_sf(f, k - 1, df2),
        mean_ranks=tuple(total / n for total in sums),
        ties=_tied(ranks),
        n=n,
        k=k,
    )


def kendall_w(table: Sequence[Sequence[float]]) -> KendallW:
    """Return W = chi2 / (n (k - 1)) with Friedman's chi2 (Kendall and Babington Smith 1939, AMS 10:275-287).

    1 if all rows rank the columns alike, 0 if the rank sums are equal.
    """
    test = friedman(table)
    return KendallW(test.chi2 / (test.n * (test.k - 1)), test.chi2, test.df, test.p, test.n, test.k)


def rank_contrasts(table: Sequence[Sequence[float]]) -> tuple[RankContrast, ...]:
    """Return each later column minus each earlier one in mean rank, as is done after Friedman's test.

    se = sqrt(2 S / (k - 1)) / n with S as in `friedman`; without ties that is sqrt(k (k + 1) / (6 n)) (Nemenyi
    1963; Hollander, Wolfe and Chicken 2014, Nonparametric Statistical Methods, section 7.3).
    """
    ranks = _ranked(table)
    n, k = len(ranks), len(ranks[0])
    means = [math.fsum(column) / n for column in zip(*ranks, strict=True)]
    se = math.sqrt(2 * _squares(ranks) / (k - 1)) / n
    pairs = list(combinations(range(k), 2))
    zs = [(means[second] - means[first]) / se for first, second in pairs]
    ps = [2 * normal_cdf(-abs(z)) for z in zs]
    adjusted_ps = holm([max(p, SMALLEST_P) for p in ps]).ps
    return tuple(
        RankContrast(first + 1, second + 1, z * se, se, z, p, adjusted, chi2_sf(z**2, k - 1))
        for (first, second), z, p, adjusted in zip(pairs, zs, ps, adjusted_ps, strict=True)
    )


def page_trend(table: Sequence[Sequence[float]]) -> PageTrend:
    """Test whether the ranks rise from the first column to the last: L = sum(j R_j), j = 1, ..., k.

    Page 1963, Journal of the American Statistical Association 58:216-230. The mean of L is n k (k + 1)^2 / 4,
    its variance k (k + 1) S / 12 with S as in `friedman`; without ties that is n k^2 (k + 1)^2 (k - 1) / 144. p
    is the probability of an L as large: exact without ties up to 30 rows and 6 columns, else normal. `note` says
    which and why.
    """
    ranks = _ranked(table)
    n, k = len(ranks), len(ranks[0])
    statistic = math.fsum(j * rank for row in ranks for j, rank in enumerate(row, 1))
    mean, variance = n * k * (k + 1) ** 2 / 4, k * (k + 1) * _squares(ranks) / 12
    z = (statistic - mean) / math.sqrt(variance)
    exact = False
    if _tied(ranks):
        note = "Normal p with the variance corrected for ties."
    elif n > _EXACT_ROWS or k > _EXACT_COLUMNS:
        note = f"Normal p: more than {_EXACT_ROWS} rows or {_EXACT_COLUMNS} columns."
    else:
        exact, note = True, "Exact p: no ties."
    p = _page_tail(int(statistic), n, k) if exact else normal_cdf(-z)
    return PageTrend(statistic, mean, variance, z, p, exact, note)


def jonckheere_terpstra(groups: Sequence[Sequence[float]], continuity: bool = False) -> Jonckheere:
    """Test whether values rise (z above 0) or fall over ordered groups, given the values themselves.

    J is the number of pairs, one value from an earlier and one from a later group, in which the later one is the
    larger; equal ones count one half. z = (J - mean) / se with mean = (N^2 - sum(n^2)) / 4 and the variance that
    allows for ties (Hollander, Wolfe and Chicken 2014, section 6.2); `continuity` takes one half off |J - mean|.
    Means, SDs and sizes do not suffice, for J needs the order of single values: for summaries use
    `trends.linear_trend`.

    Raises StatsError for fewer than two groups, a group without values, fewer than three values in all, a value
    that is not a finite number, and values that are all equal.
    """
    checked = [_group(group, f"groups, row {row},") for row, group in enumerate(checks.rows(groups, "groups", 2), 1)]
    counts = Counter(value for group in checked for value in group)
    sizes, total = [len(group) for group in checked], counts.total()
    if total < 3 or len(counts) == 1:
        raise StatsError(f"groups hold {total} values, {len(counts)} different; expected three or more, not all equal.")
    j = math.fsum(_wins(later, x) for earlier, later in combinations(checked, 2) for x in earlier)
    mean = (total**2 - sum(n**2 for n in sizes)) / 4
    se = math.sqrt(_jonckheere_variance(total, sizes, tuple(counts.values())))
    distance = max(0.0, abs(j - mean) - 0.5) if continuity else abs(j - mean)
    z = math.copysign(distance / se, j - mean)
    return Jonckheere(j, mean, se, z, 2 * normal_cdf(-abs(z)), total, len(sizes), len(counts) < total)


def kendall_tau(xs: Sequence[float], ys: Sequence[float]) -> KendallTau:
    """Return tau-b = S / sqrt((pairs not tied in x) (pairs not tied in y)), S concordant minus discordant pairs.

    p is exact without ties below 50 values, else normal, z = S / sqrt(variance), with the variance corrected for
    ties and no continuity correction (Kendall 1970, Rank Correlation Methods, 4th ed., chapters 3 to 5). Raises
    StatsError for fewer than three values, unequal lengths, a value that is not a finite number, and xs or ys
    that are all equal.
    """
    columns = {"xs": checks.rows(xs, "xs", 3), "ys": checks.rows(ys, "ys", 3)}
    checks.same_length(columns)
    repeats = []
    for name, column in columns.items():
        counts = Counter(checks.number(value, f"{name}, row {row},") for row, value in enumerate(column, 1))
        if len(counts) == 1:
            raise StatsError(f"{name} are all equal; expected values that differ, or there is no order to compare.")
        repeats.append(tuple(counts.values()))
    n = len(columns["xs"])
    pairs = combinations(zip(*columns.values(), strict=True), 2)
    s = sum(_sign(x2 - x1) * _sign(y2 - y1) for (x1, y1), (x2, y2) in pairs)
    untied = [(_pairs([n]) - _pairs(counts)) // 2 for counts in repeats]
    exact = n < _EXACT_KENDALL and untied == [math.comb(n, 2)] * 2
    if exact:
        p = min(1.0, 2 * _kendall_tail((math.comb(n, 2) - abs(s)) // 2, n))
    else:
        p = 2 * normal_cdf(-abs(s) / math.sqrt(_kendall_variance(n, *repeats)))
    return KendallTau(s / math.sqrt(math.prod(untied)), p, exact, n)


def grade_sensitivity(
    grades: Sequence[Sequence[str]], codings: Sequence[GradeCoding] = GRADE_CODINGS
) -> GradeSensitivity:
    """Run Friedman's test on a table of printed grades ('-', '(+)', '+', '++', ...) under each coding.

    Raises StatsError for a grade that is none of these, for no coding, for a coding that is not made of two
    numbers, and as `friedman` does.
    """
    for row, coding in enumerate(checks.rows(codings, "codings", 1), 1):
        if not isinstance(coding, GradeCoding):
            raise StatsError(f"codings, row {row}, is {coding!r}; expected a GradeCoding.")
        checks.number(coding.none, f"codings, row {row}, none,")
        checks.number(coding.weak, f"codings, row {row}, weak,")
    lines = checks.rows(grades, "grades", 2)
    tests = tuple(
        friedman([_coded(line, coding, f"grades, row {row},") for row, line in enumerate(lines, 1)])
        for coding in codings
    )
    columns = list(zip(*(test.mean_ranks for test in tests), strict=True))
    return GradeSensitivity(
        codings=tuple(codings),
        tests=tests,
        chi2_low=min(test.chi2 for test in tests),
        chi2_high=max(test.chi2 for test in tests),
        p_low=min(test.p for test in tests),
        p_high=max(test.p for test in tests),
        mean_ranks_low=tuple(map(min, columns)),
        mean_ranks_high=tuple(map(max, columns)),
    )


def _coded(line: object, coding: GradeCoding, name: str) -> list[float]:
    """Return the numbers of a row of printed grades."""
    special = {"-": coding.none, "(+)": coding.weak}
    numbers = []
    for column, grade in enumerate(checks.rows(line, name, 2), 1):
        if not isinstance(grade, str) or (grade not in special and (not grade or grade.strip("+"))):
            raise StatsError(f"{name} column {column}, is {grade!r}; expected '-', '(+)' or one or more plus signs.")
        numbers.append(special.get(grade, len(grade)))
    return numbers


def _group(values: object, name: str) -> list[float]:
    """Return the values of a group, rising."""
    return sorted(checks.number(value, f"{name} value {n},") for n, value in enumerate(checks.rows(values, name, 1), 1))


def _ranked(table: object) -> list[list[float]]:
    ranks = [_ranks(row) for row in checks.table(table, "table")]
    if _squares(ranks) == 0:
        raise StatsError("table has the same value throughout every row; expected a row with a difference.")
    return ranks


def _ranks(row: Sequence[float]) -> list[float]:
    ordered = sorted(row)
    return [(bisect_left(ordered, value) + 1 + bisect_right(ordered, value)) / 2 for value in row]


def _squares(ranks: Sequence[Sequence[float]]) -> float:
    """Return the sum of squares of all ranks about their mean."""
    return math.fsum((rank - (len(row) + 1) / 2) ** 2 for row in ranks for rank in row)


def _tied(ranks: Sequence[Sequence[float]]) -> bool:
    return any(len(set(row)) < len(row) for row in ranks)


def _wins(ordered: Sequence[float], x: float) -> float:
    """Return how many of the ordered values lie above x, equal ones counted one half."""
    return len(ordered) - (bisect_left(ordered, x) + bisect_right(ordered, x)) / 2


def _jonckheere_variance(total: int, sizes: Sequence[int], repeats: Sequence[int]) -> float:
    # n (n - 1) (2 n + 5) = 2 n (n - 1) (n - 2) + 9 n (n - 1)
    triples = _triples([total]) - _triples(sizes) - _triples(repeats)
    pairs = _pairs([total]) - _pairs(sizes) - _pairs(repeats)
    return (
        (2 * triples + 9 * pairs) / 72
        + _triples(sizes) * _triples(repeats) / (36 * _triples([total]))
        + _pairs(sizes) * _pairs(repeats) / (8 * _pairs([total]))
    )


def _kendall_variance(n: int, *repeats: Sequence[int]) -> float:
    triples = _triples([n]) - sum(map(_triples, repeats))
    pairs = _pairs([n]) - sum(map(_pairs, repeats))
    return (
        (2 * triples + 9 * pairs) / 18
        + math.prod(map(_pairs, repeats)) / (2 * _pairs([n]))
        + math.prod(map(_triples, repeats)) / (9 * _triples([n]))
    )


def _pairs(counts: Sequence[int]) -> int:
    return sum(n * (n - 1) for n in counts)


def _triples(counts: Sequence[int]) -> int:
    return sum(n * (n - 1) * (n - 2) for n in counts)


def _sign(difference: float) -> int:
    return (difference > 0) - (difference < 0)


def _kendall_tail(discordant: int, n: int) -> float:
    """Return the share of the n! orders that have at most `discordant` pairs in the wrong order."""
    counts = [1]
    for size in range(2, n + 1):
        sums = [0, *accumulate(counts + [0] * (size - 1))]
        counts = [sums[i + 1] - sums[max(0, i + 1 - size)] for i in range(len(sums) - 1)]
    return sum(counts[: discordant + 1]) / math.factorial(n)


@lru_cache(maxsize=32)
def _page_counts(n: int, k: int) -> Counter[int]:
    """Return how many of the k!^n tables of ranks have each L."""
    one_row = Counter(sum(j * rank for j, rank in enumerate(row, 1)) for row in permutations(range(1, k + 1)))
    if n == 1:
        return one_row
    counts: Counter[int] = Counter()
    for before, ways in _page_counts(n - 1, k).items():
        for value, more in one_row.items():
            counts[before + value] += ways * more
    return counts


def _page_tail(statistic: int, n: int, k: int) -> float:
    counts = _page_counts(n, k)
    return sum(ways for value, ways in counts.items() if value >= statistic) / counts.total()
