"""Printed p values: reading them, computing them again, and the effects that fit them.

Tests take what papers print: means, standard deviations and sizes, or a correlation; all t tests are two-sided.
Where a paper prints standard errors of the mean, turn them into standard deviations first, with
`conversions.sem_to_sd`.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from il6review.stats import checks
from il6review.stats.distributions import f_sf, nct_noncentrality, t_quantile, t_sf
from il6review.stats.effects import small_sample_factor
from il6review.stats.errors import StatsError

#: What "NS" is taken to mean: p above this level.
NS_LEVEL = 0.05
OPERATORS = ("=", "<", "<=", ">", ">=", "NS")

_PRINTED = re.compile(r"(?:p\s*)?(<=|>=|<|>|=)?\s*(\d*\.\d+|\d+)(e[+-]?\d+)?", re.IGNORECASE)
_NOT_SIGNIFICANT = re.compile(r"(?:p\s*)?=?\s*n\.?s\.?", re.IGNORECASE)
_SEVERAL = re.compile(r"(?:p\s*)?[<=>]*\s*[\d.]+\s*(?:-|–|to)\s*[<=>]*\s*[\d.]+", re.IGNORECASE)
_WIDEST_RANGE = 200


@dataclass(frozen=True)
class PrintedP:
    """A p value as a paper prints it. `value` is None for "NS" and lies in (0, 1] otherwise."""

    operator: str
    value: float | None
    text: str

    def __post_init__(self) -> None:
        """Raise StatsError for an unknown operator or a value outside (0, 1]."""
        checks.known(self.operator, "operator", OPERATORS)
        if self.operator == "NS":
            if self.value is not None:
                raise StatsError(f"value is {self.value}; expected None beside NS.")
        else:
            checks.p_value(self.value, f"p value {self.text!r}")


@dataclass(frozen=True)
class TTest:
    """A t statistic, its degrees of freedom and its two-sided p."""

    t: float
    df: float
    p: float


@dataclass(frozen=True)
class FTest:
    """An F statistic, its degrees of freedom between and within groups, and its p."""

    f: float
    df1: int
    df2: int
    p: float


@dataclass(frozen=True)
class EffectBounds:
    """The values of |Hedges' g| that fit a printed p and the group sizes.

    `g_high` is math.inf where nothing bounds it. `n1` and `n2` are the smallest and largest size of each
    group; `exact` says that one value alone fits.
    """

    g_low: float
    g_high: float
    n1: tuple[int, int]
    n2: tuple[int, int]
    p: PrintedP
    exact: bool


@dataclass(frozen=True)
class DInterval:
    """|Cohen's d| from a p value with its interval, and Hedges' g = J d."""

    d: float
    ci_low: float
    ci_high: float
    g: float
    confidence: float


def parse_p(text: str) -> PrintedP:
    """Read a printed p value: "0.044", ".044", "P<0.05", "<=0.0001", ">=0.4", "1.2E-03", "NS".

    A printed zero such as "0.000" is a rounded value, so it is read as below half a unit of its last place:
    operator "<", value 0.0005. Raises StatsError for anything else and for values outside (0, 1]. A range such
    as "<0.05-0.001" is refused too: it sums up several tests, and no single test has it as its p.
    """
    if not isinstance(text, str):
        raise StatsError(f"p value is {text!r}; expected text as printed, such as '<0.05'.")
    stripped = text.strip().replace("≤", "<=").replace("≥", ">=")
    if _NOT_SIGNIFICANT.fullmatch(stripped):
        return PrintedP("NS", None, text)
    if _SEVERAL.fullmatch(stripped):
        raise StatsError(
            f"p value {text!r} is a range, which sums up several tests; expected the p of one test. Enter each "
            "test in a row of its own, or leave the cell empty and keep the range in the note."
        )
    match = _PRINTED.fullmatch(stripped)
    if not match:
        raise StatsError(
            f"p value {text!r} cannot be read; expected a number with a decimal point, perhaps after one of "
            "< <= > >= =, or NS."
        )
    operator, digits, exponent = match[1] or "=", match[2], match[3] or ""
    value = float(digits + exponent)
    if value == 0 and "." in digits and not exponent and not operator.startswith(">"):
        places = len(digits.partition(".")[2])
        return PrintedP("<", float(f"5e-{places + 1}"), text)
    return PrintedP(operator, value, text)


def student_p(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> TTest:
    """Return Student's t test (equal variances): t = (m1 - m2) / (pooled SD sqrt(1/n1 + 1/n2)).

    df = n1 + n2 - 2. Raises StatsError for a size below 2 or a standard deviation that is not above 0.
    """
    m1, sd1, n1, m2, sd2, n2 = checks.two_groups(m1, sd1, n1, m2, sd2, n2)
    df = n1 + n2 - 2
    pooled_variance = ((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df
    return _two_sided((m1 - m2) / math.sqrt(pooled_variance * (1 / n1 + 1 / n2)), df)


def welch_p(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> TTest:
    """Return Welch's t test (unequal variances): t = (m1 - m2) / sqrt(a + b) with a = sd1^2/n1, b = sd2^2/n2.

    df = (a + b)^2 / (a^2/(n1 - 1) + b^2/(n2 - 1)) (Welch 1947, Biometrika 34:28-35). Raises StatsError for a
    size below 2 or a standard deviation that is not above 0.
    """
    m1, sd1, n1, m2, sd2, n2 = checks.two_groups(m1, sd1, n1, m2, sd2, n2)
    a, b = sd1**2 / n1, sd2**2 / n2
    df = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))
    return _two_sided((m1 - m2) / math.sqrt(a + b), df)


def paired_p(mean_difference: float, sd_difference: float, n: int) -> TTest:
    """Return the paired t test: t = mean difference / (SD of the differences / sqrt(n)), df = n - 1.

    Raises StatsError for fewer than 2 pairs or a standard deviation that is not above 0.
    """
    mean = checks.number(mean_difference, "mean_difference")
    sd, n = checks.positive(sd_difference, "sd_difference"), checks.whole(n, "n", 2)
    return _two_sided(mean / (sd / math.sqrt(n)), n - 1)


def paired_p_from_groups(m1: float, sd1: float, m2: float, sd2: float, n: int, r: float) -> TTest:
    """Return the paired t test of m1 - m2 from both means and SDs and a stated correlation r of the pairs.

    SD of the differences = sqrt(sd1^2 + sd2^2 - 2 r sd1 sd2). Papers seldom print r: try several. Raises
    StatsError for fewer than 2 pairs, a standard deviation that is not above 0, and unless -1 < r < 1.
    """
    m1, sd1 = checks.number(m1, "m1"), checks.positive(sd1, "sd1")
    m2, sd2 = checks.number(m2, "m2"), checks.positive(sd2, "sd2")
    n, r = checks.whole(n, "n", 2), checks.correlation(r, "r")
    # The same variance as in the docstring, in a form that does not cancel where r is near 1.
    sd_difference = math.sqrt((sd1 - sd2) ** 2 + 2 * (1 - r) * sd1 * sd2)
    return _two_sided((m1 - m2) / (sd_difference / math.sqrt(n)), n - 1)


def anova_p(means: Sequence[float], sds: Sequence[float], ns: Sequence[int]) -> FTest:
    """Return the one-way analysis of variance of groups given as mean, SD and size.

    F = [sum(n (m - M)^2) / (k - 1)] / [sum((n - 1) sd^2) / (N - k)] with N = sum(n), M = sum(n m) / N; df k - 1
    and N - k. For two groups F is the square of Student's t. Raises StatsError for fewer than two groups,
    unequal lengths, a size below 2 or a standard deviation that is not above 0.
    """
    means, sds, ns = checks.groups(means, sds, ns)
    df1, df2 = len(ns) - 1, sum(ns) - len(ns)
    grand = math.fsum(n * mean for n, mean in zip(ns, means, strict=True)) / sum(ns)
    between = math.fsum(n * (mean - grand) ** 2 for n, mean in zip(ns, means, strict=True)) / df1
    within = math.fsum((n - 1) * sd**2 for n, sd in zip(ns, sds, strict=True)) / df2
    f = between / within
    return FTest(f, df1, df2, f_sf(f, df1, df2))


def p_from_r(r: float, n: int) -> TTest:
    """Return the test of a correlation: t = r sqrt((n - 2) / (1 - r^2)), df = n - 2.

    For Pearson's r the test is exact under normality; for Spearman's rho the same t is the usual approximation,
    fair from about ten pairs on. Raises StatsError unless -1 < r < 1 and n >= 3.
    """
    r, n = checks.correlation(r, "r"), checks.whole(n, "n", 3)
    return _two_sided(r * math.sqrt((n - 2) / ((1 - r) * (1 + r))), n - 2)


def effects_from_p(p: PrintedP | str, n1: int | tuple[int, int], n2: int | tuple[int, int]) -> EffectBounds:
    """Return all |g| that fit a printed two-sided p of Student's t test and the group sizes.

    g(p) = J t(1 - p/2; n1 + n2 - 2) sqrt(1/n1 + 1/n2). "= a" gives g(a), taking the printed value as it
    stands, without its rounding; "< a" gives [g(a), inf); "> a" gives [0, g(a)]; NS is read as "> 0.05".

    A size may be a range (smallest, largest): the bounds then hold the union over all sizes in it. Every pair of
    sizes is gone through, for g does not always fall as groups grow: if p is large it can rise.

    Raises StatsError for a p that cannot be read, for a size below 1, for sizes that sum to less than 4 (g
    needs two degrees of freedom) and for a range that falls or spans more than 200.
    """
    printed = parse_p(p) if isinstance(p, str) else p
    if not isinstance(printed, PrintedP):
        raise StatsError(f"p is {p!r}; expected a printed p value.")
    sizes1, sizes2 = _size_range(n1, "n1"), _size_range(n2, "n2")
    _check_total(sizes1[0], sizes2[0])
    value = NS_LEVEL if printed.value is None else printed.value
    pairs = product(range(sizes1[0], sizes1[1] + 1), range(sizes2[0], sizes2[1] + 1))
    fitting = [_g(value, *pair) for pair in pairs]
    smallest, largest = min(fitting), max(fitting)
    if printed.operator == "=":
        bounds = smallest, largest
    elif printed.operator in ("<", "<="):
        bounds = smallest, math.inf
    else:
        bounds = 0.0, largest
    return EffectBounds(*bounds, sizes1, sizes2, printed, exact=bounds[0] == bounds[1])


def d_interval_from_p(p: float, n1: int, n2: int, confidence: float = 0.95) -> DInterval:
    """Return |d| = t sqrt(1/n1 + 1/n2) with t = t(1 - p/2; n1 + n2 - 2), its interval, and g = J d.

    The interval holds the noncentralities under which t is neither in the upper nor in the lower tail of the
    noncentral t distribution, times sqrt(1/n1 + 1/n2) (Steiger and Fouladi 1997). The lower limit of |d| is
    negative if p is above 1 - confidence.

    Raises StatsError unless 0 < p <= 1, both sizes are at least 1 and sum to 4 or more, and confidence lies
    between 0 and 1; NotConverged if no limit is found.
    """
    p, confidence = checks.p_value(p, "p"), checks.fraction(confidence, "confidence")
    n1, n2 = checks.whole(n1, "n1", 1), checks.whole(n2, "n2", 1)
    _check_total(n1, n2)
    df, scale, tail = n1 + n2 - 2, math.sqrt(1 / n1 + 1 / n2), (1 - confidence) / 2
    t = abs(t_quantile(p / 2, df))
    return DInterval(
        d=t * scale,
        ci_low=nct_noncentrality(1 - tail, t, df) * scale,
        ci_high=nct_noncentrality(tail, t, df) * scale,
        g=small_sample_factor(df) * t * scale,
        confidence=confidence,
    )


def _two_sided(t: float, df: float) -> TTest:
    return TTest(t, df, 2 * t_sf(abs(t), df))


def _check_total(n1: int, n2: int) -> None:
    if n1 + n2 < 4:
        raise StatsError(f"n1 and n2 sum to {n1 + n2}; expected at least 4, since g needs two degrees of freedom.")


def _size_range(n: object, name: str) -> tuple[int, int]:
    if not isinstance(n, tuple):
        return (checks.whole(n, name, 1),) * 2
    if len(n) != 2:
        raise StatsError(f"{name} is {n}; expected one size or a pair (smallest, largest).")
    low, high = (checks.whole(size, name, 1) for size in n)
    if not 0 <= high - low <= _WIDEST_RANGE:
        raise StatsError(f"{name} is {n}; expected (smallest, largest), at most {_WIDEST_RANGE} apart.")
    return low, high


def _g(p: float, n1: int, n2: int) -> float:
    df = n1 + n2 - 2
    return small_sample_factor(df) * abs(t_quantile(p / 2, df)) * math.sqrt(1 / n1 + 1 / n2)
