"""What a comparison of two groups can show: power, sample size, and how far significant results overstate.

All of it is for Student's two-sided t test of two independent normal groups with one standard deviation. If
the true standardised difference is d (in standard deviations, without unit), the statistic is noncentral t:

    T = (Z + delta) / V,  delta = d / sqrt(1/n1 + 1/n2),  V^2 = chi-square(df) / df,  df = n1 + n2 - 2

with Z standard normal, and it is significant where |T| is above c, the critical value. Given V, all that is
asked of T has a closed form; its mean over V is found by quadrature, to about 12 digits, not by simulation.

All functions raise StatsError for a size below 2, an alpha outside (0, 1) or below 1e-50, and a difference
that is not a finite number.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.distributions import integrate, normal_cdf, normal_density, t_quantile
from il6review.stats.effects import small_sample_factor
from il6review.stats.errors import StatsError

_SMALLEST_RATIO, _LARGEST_RATIO = 0.001, 1000


@dataclass(frozen=True)
class SampleSize:
    """The smallest groups that reach a power, and the power that they have."""

    n1: int
    n2: int
    power: float


@dataclass(frozen=True)
class Exaggeration:
    """What the significant results are like if the true standardised difference is d_true.

    `power` is how often they come, `type_s` the share of them that has the wrong sign, and `type_m` the factor by
    which their |d| overstates |d_true| on average. `type_m_least` is that factor for a result that is only just
    significant: above 1, every significant result overstates.
    """

    d_true: float
    power: float
    type_s: float
    type_m: float
    type_m_least: float


@dataclass(frozen=True)
class _Test:
    """The test of two sizes under |d|: df, noncentrality delta, critical |T|, and |d| for a T of 1."""

    df: int
    delta: float
    critical: float
    scale: float


def power_two_sample(d: float, n1: int, n2: int, alpha: float = 0.05) -> float:
    """Return P(|T| > c): how often a true standardised difference d comes out significant.

    Both signs count, as in R's power.t.test with strict = TRUE; at d = 0 the power is alpha. The true
    difference is what Cohen's d and Hedges' g both estimate, so either may be put in.
    """
    return math.fsum(_tails(_test(d, n1, n2, alpha)))


def sample_size_for(d: float, power: float = 0.8, alpha: float = 0.05, ratio: float = 1) -> SampleSize:
    """Return the smallest sizes n1 and n2 = ratio * n1 (rounded up) that detect d with at least this power.

    Raises StatsError also for d = 0, a power that is not between alpha and 1, a ratio outside 0.001 to 1000, and
    a d so small that a group would need more than a thousand million.
    """
    alpha, power = _alpha(alpha), checks.fraction(power, "power")
    if power <= alpha:
        raise StatsError(f"power is {power}; expected more than alpha, {alpha}, which no difference at all reaches.")
    if not _SMALLEST_RATIO <= checks.number(ratio, "ratio") <= _LARGEST_RATIO:
        raise StatsError(f"ratio is {ratio}; expected n2 / n1 from {_SMALLEST_RATIO} to {_LARGEST_RATIO}.")
    _true_difference(d, "d")
    largest = int(checks.LARGEST_SIZE / max(1, ratio))

    def size(n1: int) -> SampleSize:
        # Rounded to 9 decimals first, so that 1.1 times 10 is 11 and not a little more.
        n2 = max(2, math.ceil(round(ratio * n1, 9)))
        return SampleSize(n1, n2, power_two_sample(d, n1, n2, alpha))

    too_few, found = 1, size(2)
    while found.power < power:
        if found.n1 == largest:
            raise StatsError(f"d is {d}; expected a difference that {checks.LARGEST_SIZE} in a group can detect.")
        too_few, found = found.n1, size(min(2 * found.n1, largest))
    while found.n1 - too_few > 1:
        middle = size((too_few + found.n1) // 2)
        too_few, found = (too_few, middle) if middle.power >= power else (middle.n1, found)
    return found


def just_significant(n1: int, n2: int, alpha: float = 0.05) -> float:
    """Return the smallest |Hedges' g| that reaches p = alpha: J c sqrt(1/n1 + 1/n2)."""
    test = _test(0, n1, n2, alpha)
    return small_sample_factor(test.df) * test.critical * test.scale


def exaggeration(d_true: float, n1: int, n2: int, alpha: float = 0.05) -> Exaggeration:
    """Return power, type S and type M error if the true standardised difference is d_true.

    type_s = P(T < -c) / P(|T| > c) for d_true above 0, type_m = E(|d| given |T| > c) / |d_true|, where d is Cohen's
    d of the sample, T sqrt(1/n1 + 1/n2); Hedges' g overstates less, by its factor J. Gelman and Carlin 2014,
    Perspectives on Psychological Science 9:641-651, who simulate a shifted central t where this is the
    noncentral t. Raises StatsError also for d_true = 0, which nothing can overstate by a factor.
    """
    size = _true_difference(d_true, "d_true")
    test = _test(size, n1, n2, alpha)
    right, wrong = _tails(test)
    power = right + wrong
    return Exaggeration(
        d_true=float(d_true),
        power=power,
        type_s=wrong / power,
        type_m=_mean(lambda v: _significant_size(test, v), test) / power * test.scale / size,
        type_m_least=test.critical * test.scale / size,
    )


def exaggerations(d_trues: Sequence[float], n1: int, n2: int, alpha: float = 0.05) -> tuple[Exaggeration, ...]:
    """Return `exaggeration` for each of a list of true differences."""
    return tuple(exaggeration(d_true, n1, n2, alpha) for d_true in checks.rows(d_trues, "d_trues", 1))


def _test(d: float, n1: int, n2: int, alpha: float) -> _Test:
    d, n1, n2 = checks.number(d, "d"), checks.whole(n1, "n1", 2), checks.whole(n2, "n2", 2)
    df, scale = n1 + n2 - 2, math.sqrt(1 / n1 + 1 / n2)
    return _Test(df, abs(d) / scale, -t_quantile(_alpha(alpha) / 2, df), scale)


def _alpha(alpha: float) -> float:
    return checks.fraction(checks.positive(alpha, "alpha"), "alpha")


def _true_difference(d: float, name: str) -> float:
    """Return the size of a difference that is not 0."""
    size = abs(checks.number(d, name))
    if size < checks.SMALLEST_POSITIVE:
        raise StatsError(f"{name} is {d}; expected a true difference other than 0.")
    return size


def _tails(test: _Test) -> tuple[float, float]:
    """Return P(T > c), the right sign, and P(T < -c), the wrong one."""
    right = _mean(lambda v: normal_cdf(test.delta - test.critical * v), test)
    wrong = _mean(lambda v: normal_cdf(-test.delta - test.critical * v), test)
    return right, wrong


def _significant_size(test: _Test, v: float) -> float:
    """Return E(|T|; |T| > c) given V = v: the partial means of Z + delta above c v and below -c v, over v."""
    above, below = test.critical * v - test.delta, test.critical * v + test.delta
    right = normal_density(above) + test.delta * normal_cdf(-above)
    wrong = normal_density(below) - test.delta * normal_cdf(-below)
    return (right + wrong) / v


def _mean(function: Callable[[float], float], test: _Test) -> float:
    """Return E(function(V)) for a function that is not negative.

    Integrated over x = ln v, where V has a density in proportion to exp(df (x - (exp(2 x) - 1) / 2)): about
    `width` wide, and gone 20 widths to the right. On the left the integrand dies away as exp((df - 1) x) or faster,
    once v is so small that the critical value no longer matters.
    """

    def weight(x: float) -> float:
        return math.exp(test.df * (x - math.expm1(2 * x) / 2))

    width = 1 / math.sqrt(2 * test.df)
    left = 40 / (test.df - 1) + math.log1p(test.critical * (1 + test.delta))
    points = (-20 * width - left, *(step * width for step in (-20, -8, -3, 0, 3, 8, 20)))
    total = integrate(lambda x: weight(x) * function(math.exp(x)), points)
    return total / integrate(weight, points)
