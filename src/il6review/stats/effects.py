"""Effects of two groups, independent or paired: standardised mean difference, mean difference, log ratios of means.

Group 1 is compared with group 2, or the values after with those before: a positive estimate means that the
first named lies higher. Measures carry the names that metafor gives them; "RGM" is ours.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.errors import StatsError

#: Forms of the sampling variance of g.
VARIANCES = ("large_sample", "borenstein")
#: Corrections of the log ratio of means for the bias of a logarithm.
CORRECTIONS = ("none", "lajeunesse")

# Above this, the gamma function overflows and the series below is exact to double precision.
_GAMMA_LIMIT = 340


@dataclass(frozen=True)
class Effect:
    """An effect with its sampling variance, in the unit of its measure, and the sizes of the groups.

    Log ratios (ROM, RGM, OR, RR) are natural logarithms.
    """

    estimate: float
    variance: float
    measure: str
    n1: int
    n2: int

    @property
    def se(self) -> float:
        """Standard error: the square root of the variance."""
        return math.sqrt(self.variance)


@dataclass(frozen=True)
class PairedEffect(Effect):
    """An effect of one group measured twice.

    `n1` and `n2` are both the number of pairs; `correlation` is the stated one between the two values.
    """

    correlation: float


def small_sample_factor(df: float) -> float:
    """Return the exact factor J that takes the bias out of Cohen's d.

    J = gamma(df/2) / (sqrt(df/2) * gamma((df - 1)/2)), Hedges 1981, Journal of Educational Statistics
    6:107-128. Above 340 degrees of freedom the asymptotic series of the gamma ratio is used (its first
    neglected term is below 1e-17).
    Raises StatsError unless df is above 1: with one degree of freedom J is 0 and no g exists.
    """
    if checks.number(df, "df") <= 1:
        raise StatsError(f"df is {df}; expected more than 1 degree of freedom, or the small-sample factor is 0.")
    half = (df - 1) / 2
    if df <= _GAMMA_LIMIT:
        ratio = math.gamma(df / 2) / math.gamma(half)
    else:
        x = 1 / half
        series = 1 - x / 8 + x**2 / 128 + 5 * x**3 / 1024 - 21 * x**4 / 32768 - 399 * x**5 / 262144
        ratio = math.sqrt(half) * series
    return ratio / math.sqrt(df / 2)


def g_from_d(d: float, n1: int, n2: int, variance: str = "large_sample") -> Effect:
    """Return Hedges' g = J(n1 + n2 - 2) d of Cohen's d, without unit, measure "SMD".

    | variance | formula | metafor's vtype |
    |---|---|---|
    | large_sample | 1/n1 + 1/n2 + g^2 / (2 (n1 + n2)) | LS |
    | borenstein | J^2 (1/n1 + 1/n2 + d^2 / (2 (n1 + n2))) (Borenstein et al. 2009, chapter 4) | LS2 |

    Raises StatsError for sizes below 1 or that sum to less than 4, and for an unknown variance.
    """
    d, n1, n2 = checks.number(d, "d"), checks.whole(n1, "n1", 1), checks.whole(n2, "n2", 1)
    return _g(d, n1, n2, variance)


def hedges_g(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int, variance: str = "large_sample") -> Effect:
    """Return Hedges' g = J * (m1 - m2) / pooled SD, without unit, measure "SMD".

    J is exact. The two forms of the variance are those of `g_from_d`; "borenstein" is the smaller.
    Raises StatsError for a size below 2, a standard deviation that is not above 0, and an unknown variance.
    """
    m1, sd1, n1, m2, sd2, n2 = checks.two_groups(m1, sd1, n1, m2, sd2, n2)
    pooled_sd = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2))
    return _g((m1 - m2) / pooled_sd, n1, n2, variance)


def _g(d: float, n1: int, n2: int, variance: str) -> Effect:
    j = small_sample_factor(n1 + n2 - 2)
    if checks.known(variance, "variance", VARIANCES) == "large_sample":
        squared = 1 / n1 + 1 / n2 + (j * d) ** 2 / (2 * (n1 + n2))
    else:
        squared = j**2 * (1 / n1 + 1 / n2 + d**2 / (2 * (n1 + n2)))
    return Effect(j * d, squared, "SMD", n1, n2)


def mean_difference(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> Effect:
    """Return m1 - m2 in the unit of the means, measure "MD", with variance sd1^2/n1 + sd2^2/n2.

    Raises StatsError for a size below 2 or a standard deviation that is not above 0.
    """
    m1, sd1, n1, m2, sd2, n2 = checks.two_groups(m1, sd1, n1, m2, sd2, n2)
    return Effect(m1 - m2, sd1**2 / n1 + sd2**2 / n2, "MD", n1, n2)


def log_ratio_of_means(
    m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int, correction: str = "none"
) -> Effect:
    """Return log(m1 / m2), measure "ROM", with variance c1 + c2, where c1 = sd1^2/(n1 m1^2), c2 = sd2^2/(n2 m2^2).

    Hedges, Gurevitch and Curtis 1999, Ecology 80:1150-1156. With correction "lajeunesse" the second-order terms
    of the Taylor series are added: (c1 - c2)/2 to the estimate and (c1^2 + c2^2)/2 to the variance (Lajeunesse
    2015, Ecology 96:2056-2063). metafor corrects the estimate by default from 5.0 on, and did not before.
    Raises StatsError unless both means are above 0, for a size below 2, for a standard deviation not above 0,
    for an unknown correction, and for terms above 1e50.
    """
    m1, sd1, n1, m2, sd2, n2 = checks.two_groups(m1, sd1, n1, m2, sd2, n2)
    _check_ratio({"m1": m1, "m2": m2})
    estimate, c1, c2 = math.log(m1 / m2), (sd1 / m1) ** 2 / n1, (sd2 / m2) ** 2 / n2
    if checks.known(correction, "correction", CORRECTIONS) == "none":
        return Effect(estimate, c1 + c2, "ROM", n1, n2)
    for group, c in enumerate((c1, c2), 1):
        checks.number(c, f"sd{group}^2/(n{group} m{group}^2)")
    return Effect(estimate + (c1 - c2) / 2, c1 + c2 + (c1**2 + c2**2) / 2, "ROM", n1, n2)


def log_ratio_of_geometric_means(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> Effect:
    """Return m1 - m2 of means of logarithms, measure "RGM", with variance sd1^2/n1 + sd2^2/n2.

    Means and standard deviations are those of the natural logarithms of the values, as the log_mean_sd functions
    of `conversions` give them; exp(estimate) is then the ratio of the geometric means. It suits right-skewed
    values such as cytokines (Higgins, White and Anzures-Cabrera 2008, Statistics in Medicine 27:6072-6092).
    Raises StatsError for a size below 2 or a standard deviation that is not above 0.
    """
    difference = mean_difference(m1, sd1, n1, m2, sd2, n2)
    return Effect(difference.estimate, difference.variance, "RGM", difference.n1, difference.n2)


def mean_change(
    m_after: float, sd_after: float, m_before: float, sd_before: float, n: int, correlation: float
) -> PairedEffect:
    """Return m_after - m_before in the unit of the means, measure "MC", with variance sd_of_change^2 / n.

    Raises StatsError for a size below 2, a standard deviation not above 0 or a correlation outside (-1, 1).
    """
    m_after, sd_after, m_before, sd_before, n, correlation = _pairs(
        m_after, sd_after, m_before, sd_before, n, correlation
    )
    variance = sd_of_change(sd_after, sd_before, correlation) ** 2 / n
    return PairedEffect(m_after - m_before, variance, "MC", n, n, correlation)


def standardized_mean_change_by_change_sd(
    m_after: float, sd_after: float, m_before: float, sd_before: float, n: int, correlation: float
) -> PairedEffect:
    """Return g = J(n - 1) (m_after - m_before) / sd_of_change, measure "SMCC", with variance 1/n + g^2/(2 n).

    Gibbons, Hedeker and Davis 1993, Journal of Educational Statistics 18:271-279. It is not on the scale of the
    SMD of independent groups. Raises StatsError for a size below 3, a standard deviation not above 0 or a
    correlation outside (-1, 1).
    """
    m_after, sd_after, m_before, sd_before, n, correlation = _pairs(
        m_after, sd_after, m_before, sd_before, n, correlation, least=3
    )
    d = (m_after - m_before) / sd_of_change(sd_after, sd_before, correlation)
    g = small_sample_factor(n - 1) * d
    return PairedEffect(g, 1 / n + g**2 / (2 * n), "SMCC", n, n, correlation)


def standardized_mean_change_by_raw_sd(
    m_after: float, m_before: float, sd_before: float, n: int, correlation: float
) -> PairedEffect:
    """Return g = J(n - 1) (m_after - m_before) / sd_before, measure "SMCR", on the scale of the SMD.

    Variance 2 (1 - correlation)/n + g^2/(2 n) (Becker 1988, British Journal of Mathematical and Statistical
    Psychology 41:257-278). Raises StatsError for a size below 3, a standard deviation not above 0 or a
    correlation outside (-1, 1).
    """
    m_after, m_before = checks.number(m_after, "m_after"), checks.number(m_before, "m_before")
    sd_before, n = checks.positive(sd_before, "sd_before"), checks.whole(n, "n", 3)
    correlation = checks.correlation(correlation, "correlation")
    g = small_sample_factor(n - 1) * (m_after - m_before) / sd_before
    return PairedEffect(g, 2 * (1 - correlation) / n + g**2 / (2 * n), "SMCR", n, n, correlation)


def log_ratio_of_means_change(
    m_after: float, sd_after: float, m_before: float, sd_before: float, n: int, correlation: float
) -> PairedEffect:
    """Return log(m_after / m_before), measure "ROMC".

    Variance (a^2 + b^2 - 2 correlation a b)/n, where a = sd_after/m_after and b = sd_before/m_before (Lajeunesse
    2011, Ecology 92:2049-2055). Raises StatsError unless both means are above 0, for a size below 2, a standard
    deviation not above 0 or a correlation outside (-1, 1).
    """
    m_after, sd_after, m_before, sd_before, n, correlation = _pairs(
        m_after, sd_after, m_before, sd_before, n, correlation
    )
    _check_ratio({"m_after": m_after, "m_before": m_before})
    variance = _difference_variance(sd_after / m_after, sd_before / m_before, correlation) / n
    return PairedEffect(math.log(m_after / m_before), variance, "ROMC", n, n, correlation)


def sd_of_change(sd_after: float, sd_before: float, correlation: float) -> float:
    """Return sqrt(sd_after^2 + sd_before^2 - 2 correlation sd_after sd_before), in the unit of the values.

    Raises StatsError unless both standard deviations are above 0 and the correlation is between -1 and 1.
    """
    sd_after, sd_before = checks.positive(sd_after, "sd_after"), checks.positive(sd_before, "sd_before")
    return math.sqrt(_difference_variance(sd_after, sd_before, checks.correlation(correlation, "correlation")))


def _difference_variance(a: float, b: float, correlation: float) -> float:
    # a^2 + b^2 - 2 r a b, written so that nothing cancels where a and b are alike and r is near 1.
    return (a - b) ** 2 + 2 * (1 - correlation) * a * b


def _pairs(
    m_after: object,
    sd_after: object,
    m_before: object,
    sd_before: object,
    n: object,
    correlation: object,
    least: int = 2,
) -> tuple[float, float, float, float, int, float]:
    return (
        checks.number(m_after, "m_after"),
        checks.positive(sd_after, "sd_after"),
        checks.number(m_before, "m_before"),
        checks.positive(sd_before, "sd_before"),
        checks.whole(n, "n", least),
        checks.correlation(correlation, "correlation"),
    )


def _check_ratio(means: dict[str, float]) -> None:
    for name, mean in means.items():
        if mean < checks.SMALLEST_POSITIVE:
            raise StatsError(
                f"{name} is {mean}; expected a mean above 0: only then has the ratio a logarithm. "
                "Use SMD or MD for values that can be zero or negative, such as changes."
            )


#: Measures of two independent groups that take means and standard deviations of the values as they are.
MEASURES: dict[str, Callable[..., Effect]] = {
    "SMD": hedges_g,
    "MD": mean_difference,
    "ROM": log_ratio_of_means,
}


def two_group_effect(measure: str, m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> Effect:
    """Return the effect named by `measure`: "SMD", "MD" or "ROM". Raises StatsError for any other name."""
    return MEASURES[checks.known(measure, "measure", MEASURES)](m1, sd1, n1, m2, sd2, n2)
