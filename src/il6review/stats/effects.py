"""Effects of two independent groups: standardised mean difference, mean difference, log ratio of means.

Group 1 is compared with group 2: a positive estimate means that group 1 lies higher.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.errors import StatsError

# Above this, the gamma function overflows and the series below is exact to double precision.
_GAMMA_LIMIT = 340


@dataclass(frozen=True)
class Effect:
    """An effect with its sampling variance; the unit is that of the measure ("SMD", "MD" or "ROM")."""

    estimate: float
    variance: float
    measure: str
    n1: int
    n2: int

    @property
    def se(self) -> float:
        """Standard error: the square root of the variance."""
        return math.sqrt(self.variance)


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


def hedges_g(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> Effect:
    """Return Hedges' g = J * (m1 - m2) / pooled SD, without unit, measure "SMD".

    J is exact. The variance is the large-sample form 1/n1 + 1/n2 + g^2 / (2 (n1 + n2)), metafor's vtype "LS";
    the form of Borenstein et al. (2009), J^2 (1/n1 + 1/n2 + d^2 / (2 (n1 + n2))), is smaller.
    Raises StatsError for a size below 2 or a standard deviation that is not above 0.
    """
    m1, sd1, n1, m2, sd2, n2 = checks.two_groups(m1, sd1, n1, m2, sd2, n2)
    df = n1 + n2 - 2
    pooled_sd = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df)
    g = small_sample_factor(df) * (m1 - m2) / pooled_sd
    return Effect(g, 1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2)), "SMD", n1, n2)


def mean_difference(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> Effect:
    """Return m1 - m2 in the unit of the means, measure "MD", with variance sd1^2/n1 + sd2^2/n2.

    Raises StatsError for a size below 2 or a standard deviation that is not above 0.
    """
    m1, sd1, n1, m2, sd2, n2 = checks.two_groups(m1, sd1, n1, m2, sd2, n2)
    return Effect(m1 - m2, sd1**2 / n1 + sd2**2 / n2, "MD", n1, n2)


def log_ratio_of_means(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> Effect:
    """Return log(m1 / m2), measure "ROM", with variance sd1^2/(n1 m1^2) + sd2^2/(n2 m2^2).

    Hedges, Gurevitch and Curtis 1999, Ecology 80:1150-1156, without bias correction (metafor corrects from
    5.0 on).
    Raises StatsError unless both means are above 0, for a size below 2 and for a standard deviation not above
    0.
    """
    m1, sd1, n1, m2, sd2, n2 = checks.two_groups(m1, sd1, n1, m2, sd2, n2)
    for name, mean in (("m1", m1), ("m2", m2)):
        if mean < checks.SMALLEST_POSITIVE:
            raise StatsError(
                f"{name} is {mean}; expected a mean above 0: only then has the ratio a logarithm. "
                "Use SMD or MD for values that can be zero or negative, such as changes."
            )
    return Effect(math.log(m1 / m2), (sd1 / m1) ** 2 / n1 + (sd2 / m2) ** 2 / n2, "ROM", n1, n2)


MEASURES: dict[str, Callable[..., Effect]] = {
    "SMD": hedges_g,
    "MD": mean_difference,
    "ROM": log_ratio_of_means,
}


def two_group_effect(measure: str, m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int) -> Effect:
    """Return the effect named by `measure`: "SMD", "MD" or "ROM". Raises StatsError for any other name."""
    return MEASURES[checks.known(measure, "measure", MEASURES)](m1, sd1, n1, m2, sd2, n2)
