"""From what papers print (SEM, quartiles, range) to mean and standard deviation, in the unit of the values.

Medians are converted only where the data do not look skewed, by the test of Shi et al. 2023 ("Detecting the
skewness of data from the five-number summary and its application in meta-analysis", Statistical Methods in
Medical Research 32:1338-1360) at the 5 % level, with the critical values that metafor's conv.fivenum uses.
The test was made for five values or more, so n below 5 is refused. A skewed summary is refused for good: a
mean made of it would mislead.
"""

import math
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.distributions import normal_quantile
from il6review.stats.errors import StatsError

SMALLEST_N = 5


class Skewed(StatsError):
    """The summary is too skewed to be turned into a mean and a standard deviation."""


@dataclass(frozen=True)
class MeanSd:
    """A mean and a standard deviation with the method that gave them."""

    mean: float
    sd: float
    method: str


@dataclass(frozen=True)
class SkewnessTest:
    """A skewness statistic (without unit), its critical value at the 5 % level, and whether it is reached."""

    statistic: float
    critical: float
    skewed: bool


def sem_to_sd(sem: float, n: int) -> float:
    """Return the standard deviation SEM * sqrt(n). Raises StatsError unless sem > 0 and n >= 2."""
    return checks.positive(sem, "sem") * math.sqrt(checks.whole(n, "n", 2))


def skewness_quartiles(q1: float, median: float, q3: float, n: int) -> SkewnessTest:
    """Test the quartiles: |q1 + q3 - 2 median| / (q3 - q1) against 2.65/sqrt(n) - 6/n^2 (Shi 2023).

    Raises StatsError unless q1 <= median <= q3, q1 < q3 and n >= 5.
    """
    (q1, median, q3), n = _summary({"q1": q1, "median": median, "q3": q3}, n)
    return _test(_asymmetry(q1, median, q3), 2.65 / math.sqrt(n) - 6 / n**2)


def skewness_range(low: float, median: float, high: float, n: int) -> SkewnessTest:
    """Test the range: |low + high - 2 median| / (high - low) against 1/log(n + 9) + 2.5/(n + 1) (Shi 2023).

    Raises StatsError unless low <= median <= high, low < high and n >= 5.
    """
    (low, median, high), n = _summary({"low": low, "median": median, "high": high}, n)
    return _test(_asymmetry(low, median, high), 1 / math.log(n + 9) + 2.5 / (n + 1))


def skewness_five_numbers(low: float, q1: float, median: float, q3: float, high: float, n: int) -> SkewnessTest:
    """Test all five numbers against 3/sqrt(n) - 40/n^3 (Shi 2023).

    The statistic is the larger of 2.65 log(0.6 n)/sqrt(n) times the asymmetry of the range and the asymmetry
    of the quartiles. Raises StatsError unless the five are in order, q1 < q3 and n >= 5.
    """
    (low, q1, median, q3, high), n = _summary({"low": low, "q1": q1, "median": median, "q3": q3, "high": high}, n)
    of_range = 2.65 * math.log(0.6 * n) / math.sqrt(n) * _asymmetry(low, median, high)
    return _test(max(of_range, _asymmetry(q1, median, q3)), 3 / math.sqrt(n) - 40 / n**3)


def mean_sd_from_quartiles(q1: float, median: float, q3: float, n: int) -> MeanSd:
    """Return mean and SD from median and quartiles.

    Mean: w (q1 + q3)/2 + (1 - w) median, w = 0.7 + 0.39/n (Luo et al. 2018, Statistical Methods in Medical
    Research 27:1785-1805). SD: (q3 - q1) / (2 z((0.75 n - 0.125)/(n + 0.25))) (Wan et al. 2014, BMC Medical
    Research Methodology 14:135). Raises Skewed if the skewness test refuses, StatsError as
    `skewness_quartiles` does.
    """
    _refuse(skewness_quartiles(q1, median, q3, n))
    weight = 0.7 + 0.39 / n
    mean = weight * (q1 + q3) / 2 + (1 - weight) * median
    return MeanSd(mean, _sd_of_quartiles(q1, q3, n), "median and quartiles: mean Luo 2018, SD Wan 2014")


def mean_sd_from_range(low: float, median: float, high: float, n: int) -> MeanSd:
    """Return mean and SD from median and range.

    Mean: w (low + high)/2 + (1 - w) median, w = 4/(4 + n^0.75) (Luo et al. 2018). SD: (high - low) /
    (2 z((n - 0.375)/(n + 0.25))) (Wan et al. 2014). Raises Skewed if the skewness test refuses, StatsError as
    `skewness_range` does.
    """
    _refuse(skewness_range(low, median, high, n))
    weight = 4 / (4 + n**0.75)
    mean = weight * (low + high) / 2 + (1 - weight) * median
    return MeanSd(mean, _sd_of_range(low, high, n), "median and range: mean Luo 2018, SD Wan 2014")


def mean_sd_from_five_numbers(low: float, q1: float, median: float, q3: float, high: float, n: int) -> MeanSd:
    """Return mean and SD from median, quartiles and range.

    Mean: w1 (low + high)/2 + w2 (q1 + q3)/2 + (1 - w1 - w2) median, w1 = 2.2/(2.2 + n^0.75), w2 = 0.7 -
    0.72/n^0.55 (Luo et al. 2018). SD: w SD(range) + (1 - w) SD(quartiles), w = 1/(1 + 0.07 n^0.6) (Shi et al.
    2020, Research Synthesis Methods 11:641-654). Raises Skewed if the skewness test refuses, StatsError as
    `skewness_five_numbers` does.
    """
    _refuse(skewness_five_numbers(low, q1, median, q3, high, n))
    of_range, of_quartiles = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
    mean = of_range * (low + high) / 2 + of_quartiles * (q1 + q3) / 2 + (1 - of_range - of_quartiles) * median
    weight = 1 / (1 + 0.07 * n**0.6)
    sd = weight * _sd_of_range(low, high, n) + (1 - weight) * _sd_of_quartiles(q1, q3, n)
    return MeanSd(mean, sd, "median, quartiles and range: mean Luo 2018, SD Shi 2020")


def _sd_of_quartiles(q1: float, q3: float, n: int) -> float:
    return (q3 - q1) / (2 * normal_quantile((0.75 * n - 0.125) / (n + 0.25)))


def _sd_of_range(low: float, high: float, n: int) -> float:
    # The quantile of 1 - p, written as minus the quantile of p, keeps its digits for large n.
    return (high - low) / (-2 * normal_quantile(0.625 / (n + 0.25)))


def _asymmetry(low: float, median: float, high: float) -> float:
    return abs((high - median) - (median - low)) / (high - low)


def _test(statistic: float, critical: float) -> SkewnessTest:
    return SkewnessTest(statistic, critical, statistic >= critical)


def _refuse(test: SkewnessTest) -> None:
    if test.skewed:
        raise Skewed(
            f"The summary is skewed at the 5 % level (statistic {test.statistic:.3f}, critical value "
            f"{test.critical:.3f}); a mean and standard deviation made of it would mislead. Keep the study as "
            "a median, or count its direction."
        )


def _summary(values: dict[str, float], n: int) -> tuple[tuple[float, ...], int]:
    """Return the checked values, which must not fall from one to the next, and the checked size."""
    n = checks.whole(n, "n", SMALLEST_N)
    numbers = tuple(checks.number(value, name) for name, value in values.items())
    if list(numbers) != sorted(numbers):
        given = ", ".join(f"{name} {value:g}" for name, value in zip(values, numbers, strict=True))
        raise StatsError(f"The summary is out of order ({given}); expected {' <= '.join(values)}.")
    # The two values beside the median: the narrowest interval that is divided by.
    middle = len(numbers) // 2
    if numbers[middle + 1] - numbers[middle - 1] < checks.SMALLEST_POSITIVE:
        names = list(values)
        raise StatsError(f"{names[middle - 1]} and {names[middle + 1]} are equal; expected some spread.")
    return numbers, n
