"""From what papers print (SEM, interval, quartiles, range) to mean and standard deviation, of values or of logs.

All in the unit of the values, except functions named log_: they give mean and standard deviation of the
natural logarithms, for values that are skewed to the right and above 0.

Medians are converted only where the data do not look skewed, by the test of Shi et al. 2023 ("Detecting the
skewness of data from the five-number summary and its application in meta-analysis", Statistical Methods in
Medical Research 32:1338-1360) at the 5 % level, with the critical values that metafor's conv.fivenum uses.
The test was made for five values or more, so n below 5 is refused. A skewed summary is refused for good: a
mean made of it would mislead.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.distributions import normal_quantile, t_quantile
from il6review.stats.errors import StatsError

SMALLEST_N = 5
#: What the half width of a printed interval is a multiple of: the standard error times a quantile of these.
QUANTILES = ("t", "normal")


class Skewed(StatsError):
    """The summary is too skewed to be turned into a mean and a standard deviation."""


@dataclass(frozen=True)
class MeanSd:
    """A mean and a standard deviation with the method that gave them."""

    mean: float
    sd: float
    method: str


@dataclass(frozen=True)
class LogMeanSd:
    """Mean and standard deviation of the natural logarithms of the values, with the method that gave them."""

    mean: float
    sd: float
    method: str


@dataclass(frozen=True)
class GroupSummary:
    """Mean, standard deviation and size of a group."""

    mean: float
    sd: float
    n: int


@dataclass(frozen=True)
class Converted:
    """A value in a new unit, the factor it was multiplied with, and the whole conversion as a line of text."""

    value: float
    unit: str
    factor: float
    shown: str


@dataclass(frozen=True)
class SkewnessTest:
    """A skewness statistic (without unit), its critical value at the 5 % level, and whether it is reached."""

    statistic: float
    critical: float
    skewed: bool


def sem_to_sd(sem: float, n: int) -> float:
    """Return the standard deviation SEM * sqrt(n). Raises StatsError unless sem > 0 and n >= 2."""
    return checks.positive(sem, "sem") * math.sqrt(checks.whole(n, "n", 2))


def se_from_interval(ci_low: float, ci_high: float, confidence: float = 0.95, df: float | None = None) -> float:
    """Return the standard error (ci_high - ci_low) / (2 c) of an estimate with a symmetric interval.

    c is the quantile of the normal distribution, or of Student's t if `df` is given. Intervals of ratios are
    symmetric on the log scale: give the logarithms of their limits.
    Raises StatsError unless ci_low < ci_high, 0 < confidence < 1 and df > 0.
    """
    low, high = checks.number(ci_low, "ci_low"), checks.number(ci_high, "ci_high")
    if high - low < checks.SMALLEST_POSITIVE:
        raise StatsError(f"ci_low is {low} and ci_high is {high}; expected ci_low below ci_high.")
    tail = (1 - checks.fraction(confidence, "confidence")) / 2
    quantile = -normal_quantile(tail) if df is None else -t_quantile(tail, checks.positive(df, "df"))
    return (high - low) / (2 * checks.positive(quantile, f"The quantile at confidence {confidence}"))


def sd_from_interval(ci_low: float, ci_high: float, n: int, confidence: float = 0.95, quantile: str = "t") -> float:
    """Return the standard deviation sqrt(n) SE of a mean with its confidence interval.

    The quantile is that of Student's t with n - 1 degrees of freedom or "normal" (Cochrane Handbook, section
    6.5.2.2). Raises StatsError as `se_from_interval` does, for n below 2 and for an unknown quantile.
    """
    n = checks.whole(n, "n", 2)
    df = n - 1 if checks.known(quantile, "quantile", QUANTILES) == "t" else None
    return se_from_interval(ci_low, ci_high, confidence, df) * math.sqrt(n)


def sd_from_se_of_difference(se: float, n1: int, n2: int) -> float:
    """Return the standard deviation SE / sqrt(1/n1 + 1/n2) that two groups share (Cochrane Handbook, 6.5.2.3).

    `se` is the standard error of the difference of their means. Raises StatsError unless se > 0 and n >= 1.
    """
    se = checks.positive(se, "se")
    return se / math.sqrt(1 / checks.whole(n1, "n1", 1) + 1 / checks.whole(n2, "n2", 1))


def sd_from_iqr(iqr: float, n: int) -> float:
    """Return the SD of normal values from the distance q3 - q1: iqr / (2 z((0.75 n - 0.125)/(n + 0.25))).

    Wan et al. 2014, BMC Medical Research Methodology 14:135. A width alone cannot show skewness: where the
    quartiles are printed use `mean_sd_from_quartiles`, which tests it. Raises StatsError unless iqr > 0, n >= 5.
    """
    return _sd_of_iqr(checks.positive(iqr, "iqr"), checks.whole(n, "n", SMALLEST_N))


def sd_from_range(width: float, n: int) -> float:
    """Return the SD of normal values from the distance high - low: width / (2 z((n - 0.375)/(n + 0.25))).

    Wan et al. 2014. A width alone cannot show skewness: where low and high are printed use
    `mean_sd_from_range`, which tests it. Raises StatsError unless width > 0 and n >= 5.
    """
    return _sd_of_range(checks.positive(width, "width"), checks.whole(n, "n", SMALLEST_N))


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
    return MeanSd(mean, _sd_of_iqr(q3 - q1, n), "median and quartiles: mean Luo 2018, SD Wan 2014")


def mean_sd_from_range(low: float, median: float, high: float, n: int) -> MeanSd:
    """Return mean and SD from median and range.

    Mean: w (low + high)/2 + (1 - w) median, w = 4/(4 + n^0.75) (Luo et al. 2018). SD: (high - low) /
    (2 z((n - 0.375)/(n + 0.25))) (Wan et al. 2014). Raises Skewed if the skewness test refuses, StatsError as
    `skewness_range` does.
    """
    _refuse(skewness_range(low, median, high, n))
    weight = 4 / (4 + n**0.75)
    mean = weight * (low + high) / 2 + (1 - weight) * median
    return MeanSd(mean, _sd_of_range(high - low, n), "median and range: mean Luo 2018, SD Wan 2014")


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
    sd = weight * _sd_of_range(high - low, n) + (1 - weight) * _sd_of_iqr(q3 - q1, n)
    return MeanSd(mean, sd, "median, quartiles and range: mean Luo 2018, SD Shi 2020")


def log_mean_sd_from_quartiles(q1: float, median: float, q3: float, n: int) -> LogMeanSd:
    """Return mean and SD of the logs of log-normal values: `mean_sd_from_quartiles` of the logs.

    Quartiles of logs are the logs of quartiles. Raises Skewed if even the logs look skewed, StatsError as
    `skewness_quartiles` does and unless all values are above 0.
    """
    return _of_logs(mean_sd_from_quartiles, {"q1": q1, "median": median, "q3": q3}, n)


def log_mean_sd_from_range(low: float, median: float, high: float, n: int) -> LogMeanSd:
    """Return mean and SD of the logs of log-normal values: `mean_sd_from_range` of the logs.

    Raises Skewed if even the logs look skewed, StatsError as `skewness_range` does and unless all values are
    above 0.
    """
    return _of_logs(mean_sd_from_range, {"low": low, "median": median, "high": high}, n)


def log_mean_sd_from_mean_sd(mean: float, sd: float) -> LogMeanSd:
    """Return mean and SD of the logs of log-normal values from mean and SD of the values themselves.

    Variance log(1 + sd^2/mean^2), mean log(mean) - variance/2: method 1 of Higgins, White and Anzures-Cabrera
    2008, Statistics in Medicine 27:6072-6092. Raises StatsError unless mean and SD are above 0, and if the SD is
    so much smaller than the mean that the variance vanishes.
    """
    mean, sd = checks.positive(mean, "mean"), checks.positive(sd, "sd")
    variance = math.log1p((sd / mean) ** 2)
    checks.positive(variance, "The variance of the logs")
    return LogMeanSd(math.log(mean) - variance / 2, math.sqrt(variance), "log-normal, mean and SD: Higgins 2008")


def log_mean_sd_from_geometric(mean: float, sd: float) -> LogMeanSd:
    """Return mean and SD of the logs from geometric mean and geometric SD: their natural logarithms.

    A geometric SD is a factor, without unit and above 1. Raises StatsError unless mean > 0 and sd > 1.
    """
    mean, sd = checks.positive(mean, "mean"), checks.number(sd, "sd")
    if sd <= 1:
        raise StatsError(f"sd is {sd}; expected a geometric standard deviation, a factor above 1.")
    return LogMeanSd(math.log(mean), math.log(sd), "geometric mean and geometric SD")


def combine_groups(means: Sequence[float], sds: Sequence[float], ns: Sequence[int]) -> GroupSummary:
    """Return mean, SD and size of two or more groups taken as one: exactly those of all values together.

    n = sum(n_i), mean = sum(n_i m_i)/n, SD^2 = (sum((n_i - 1) sd_i^2) + sum(n_i (m_i - mean)^2))/(n - 1). For two
    groups it is the formula of the Cochrane Handbook, section 6.5.2.10. Raises StatsError for fewer than two
    groups, unequal lengths, a standard deviation not above 0 or a size below 2.
    """
    means, sds, ns = checks.groups(means, sds, ns)
    n = checks.whole(sum(ns), "The sum of ns", 4)
    mean = math.fsum(size * m for size, m in zip(ns, means, strict=True)) / n
    within = math.fsum((size - 1) * sd**2 for size, sd in zip(ns, sds, strict=True))
    between = math.fsum(size * (m - mean) ** 2 for size, m in zip(ns, means, strict=True))
    return GroupSummary(mean, math.sqrt((within + between) / (n - 1)), n)


def change_unit(value: float, unit: str, to: str, sizes: Mapping[str, float]) -> Converted:
    """Return a value in another unit, with the factor sizes[unit]/sizes[to] and the conversion as text.

    `sizes` holds each unit's size in one common unit, such as {"pg/ml": 1, "ng/ml": 1000}. The text reads
    "0.014 ng/ml x 1000 = 14 pg/ml". Raises StatsError for a unit that is not in it and a size not above 0.
    """
    value = checks.number(value, "value")
    checks.known(unit, "unit", sizes)
    checks.known(to, "to", sizes)
    factor = checks.positive(sizes[unit], f"the size of {unit}") / checks.positive(sizes[to], f"the size of {to}")
    converted = value * factor
    shown = f"{value:.12g} {unit} x {factor:.12g} = {converted:.12g} {to}"
    return Converted(converted, to, factor, shown)


def _of_logs(convert: Callable[..., MeanSd], values: dict[str, float], n: int) -> LogMeanSd:
    """Convert the logs of a summary of values above 0."""
    _summary(values, n)
    logs = [math.log(checks.positive(value, name)) for name, value in values.items()]
    try:
        of_logs = convert(*logs, n)
    except Skewed as problem:
        raise Skewed(f"On the log scale: {problem}") from None
    return LogMeanSd(of_logs.mean, of_logs.sd, f"log-normal, {of_logs.method}")


def _sd_of_iqr(iqr: float, n: int) -> float:
    return iqr / (2 * normal_quantile((0.75 * n - 0.125) / (n + 0.25)))


def _sd_of_range(width: float, n: int) -> float:
    # The quantile of 1 - p, written as minus the quantile of p, keeps its digits for large n.
    return width / (-2 * normal_quantile(0.625 / (n + 0.25)))


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
