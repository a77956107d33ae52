"""Effects from test statistics: d, g and r from t, F with one degree of freedom, p, chi-square and odds ratios.

F, chi-square and a two-sided p hold no sign. What is computed from them is positive; turn the sign where the
paper says that group 1 lies lower.
"""

import math
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.distributions import nct_noncentrality, t_quantile
from il6review.stats.effects import Effect, g_from_d, small_sample_factor
from il6review.stats.errors import StatsError
from il6review.stats.p_values import DInterval

#: Designs of a t test whose group sizes are unknown: two groups of equal size, or pairs.
DESIGNS = {"independent": 2, "paired": 1}


@dataclass(frozen=True)
class RInterval:
    """A correlation from a test statistic with its interval."""

    r: float
    ci_low: float
    ci_high: float
    confidence: float


def t_from_f(f: float) -> float:
    """Return |t| = sqrt(F) of an F test with 1 and df degrees of freedom. Raises StatsError for F below 0."""
    return math.sqrt(checks.not_negative_square(f, "f"))


def t_from_p(p: float, df: float) -> float:
    """Return the |t| of a two-sided p of Student's t. Raises StatsError unless 0 < p <= 1 and df > 0, or |t| > 1e50."""
    return abs(checks.number(t_quantile(checks.p_value(p, "p") / 2, checks.positive(df, "df")), "t"))


def g_from_t(t: float, n1: int, n2: int, variance: str = "large_sample") -> Effect:
    """Return Hedges' g = J t sqrt(1/n1 + 1/n2) of Student's t, measure "SMD": `hedges_g` of the same data.

    Raises StatsError for sizes below 1 or that sum to less than 4, and for an unknown variance (see `g_from_d`).
    """
    t, n1, n2 = checks.number(t, "t"), checks.whole(n1, "n1", 1), checks.whole(n2, "n2", 1)
    return g_from_d(t * math.sqrt(1 / n1 + 1 / n2), n1, n2, variance)


def d_from_t(t: float, n1: int, n2: int, confidence: float = 0.95) -> DInterval:
    """Return Cohen's d = t sqrt(1/n1 + 1/n2) with its interval, and g = J d.

    The limits are sqrt(1/n1 + 1/n2) times the noncentralities under which t is neither in the upper nor in the
    lower tail of the noncentral t distribution with n1 + n2 - 2 degrees of freedom (Steiger and Fouladi 1997).
    Raises StatsError for sizes below 1 or that sum to less than 4, and unless 0 < confidence < 1; NotConverged
    if no limit is found.
    """
    n1, n2 = checks.whole(n1, "n1", 1), checks.whole(n2, "n2", 1)
    return _d_interval(t, n1 + n2 - 2, math.sqrt(1 / n1 + 1 / n2), confidence)


def d_from_t_and_df(t: float, df: float, design: str = "independent", confidence: float = 0.95) -> DInterval:
    """Return d with its interval where the group sizes are unknown, and g = J d.

    d = 2 t / sqrt(df) for two groups, taken as equal in size, and t / sqrt(df) for pairs (in units of the SD of
    the differences), as R's effectsize has it. The limits are those of `d_from_t` with this factor.
    Raises StatsError unless df > 1 and 0 < confidence < 1, and for an unknown design; NotConverged if no limit is
    found.
    """
    df = checks.positive(df, "df")
    factor = DESIGNS[checks.known(design, "design", DESIGNS)]
    return _d_interval(t, df, factor / math.sqrt(df), confidence)


def r_from_t(t: float, df: float, confidence: float = 0.95) -> RInterval:
    """Return r = t / sqrt(t^2 + df) with its interval.

    It is Pearson's r with df = n - 2, the point-biserial r of two groups, or the partial r of a regression with df
    residual degrees of freedom. The limits are the same formula of the noncentralities of `d_from_t`. Raises
    StatsError unless df > 0 and 0 < confidence < 1; NotConverged if no limit is found.
    """
    t, df = checks.number(t, "t"), checks.positive(df, "df")
    low, high = _noncentralities(t, df, confidence)
    return RInterval(*(x / math.hypot(x, math.sqrt(df)) for x in (t, low, high)), confidence)


def r_from_chi2(chi2: float, n: int) -> float:
    """Return r = phi = sqrt(chi2 / n) of a two-by-two table of n persons, tested without continuity correction.

    Raises StatsError unless 0 <= chi2 < n: phi is below 1 unless all persons lie on one diagonal.
    """
    chi2, n = checks.not_negative_square(chi2, "chi2"), checks.whole(n, "n", 4)
    if chi2 >= n:
        raise StatsError(f"chi2 is {chi2} and n {n}; expected chi2 below n, as in a table of two by two.")
    return math.sqrt(chi2 / n)


def r_from_d(d: float, n1: int, n2: int) -> float:
    """Return the point-biserial r = d / sqrt(d^2 + h) of Cohen's d (not g), h = (n1 + n2 - 2)(1/n1 + 1/n2).

    It is the r of the t test that d stands for. Raises StatsError for sizes below 1 or that sum to less than 3.
    """
    d = checks.number(d, "d")
    return d / math.hypot(d, math.sqrt(_h(n1, n2)))


def d_from_r(r: float, n1: int, n2: int) -> float:
    """Return Cohen's d = r sqrt(h / (1 - r^2)), the inverse of `r_from_d`; `g_from_d` makes it g.

    Raises StatsError unless -1 < r < 1, for sizes below 1 and for sizes that sum to less than 3.
    """
    r = checks.correlation(r, "r")
    return r * math.sqrt(_h(n1, n2) / ((1 - r) * (1 + r)))


def d_from_log_odds_ratio(log_or: float, variance: float, n1: int, n2: int) -> Effect:
    """Return d = log(OR) sqrt(3)/pi with variance 3 variance/pi^2, measure "SMD".

    It holds if the outcome is a logistic variable cut in two (Hasselblad and Hedges 1995, Psychological Bulletin
    117:167-178). No small-sample factor is applied: it mends the bias of an estimated SD, and none is used.
    Raises StatsError unless variance > 0 and both sizes are at least 1.
    """
    log_or, variance = checks.number(log_or, "log_or"), checks.positive(variance, "variance")
    n1, n2 = checks.whole(n1, "n1", 1), checks.whole(n2, "n2", 1)
    return Effect(log_or * math.sqrt(3) / math.pi, variance * 3 / math.pi**2, "SMD", n1, n2)


def _h(n1: object, n2: object) -> float:
    n1, n2 = checks.whole(n1, "n1", 1), checks.whole(n2, "n2", 1)
    if n1 + n2 < 3:
        raise StatsError(f"n1 and n2 sum to {n1 + n2}; expected at least 3, or there is no degree of freedom.")
    return (n1 + n2 - 2) * (1 / n1 + 1 / n2)


def _d_interval(t: float, df: float, scale: float, confidence: float) -> DInterval:
    t, j = checks.number(t, "t"), small_sample_factor(df)
    low, high = _noncentralities(t, df, confidence)
    return DInterval(t * scale, low * scale, high * scale, j * t * scale, confidence)


def _noncentralities(t: float, df: float, confidence: float) -> tuple[float, float]:
    tail = (1 - checks.fraction(confidence, "confidence")) / 2
    return nct_noncentrality(1 - tail, t, df), nct_noncentrality(tail, t, df)
