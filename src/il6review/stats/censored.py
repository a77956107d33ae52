"""Values below a limit of detection: by substitution, and by the likelihood of a log-normal distribution.

Each value is a number that was measured, or a limit below which it lies. Values and limits have one unit.

Substitution puts limit / 2 or limit / sqrt(2) in the place of what was not measured (Hornung and Reed 1990,
Applied Occupational and Environmental Hygiene 5:46-51); it is shown because it is common, and biased because
nobody measured that number. The likelihood takes "below the limit" for what it is: with y = log value,

    log L = sum over measured [log phi((y - mu) / sigma) - log sigma]
            + sum over limits log Phi((log limit - mu) / sigma)

maximised by Newton's method in (1/sigma, mu/sigma), where it is concave (Olsen 1978, Econometrica 46:1211-1215).
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.distributions import normal_log_cdf, normal_quantile
from il6review.stats.errors import NotConverged, StatsError

#: Fewer measured values do not carry a distribution.
LEAST_MEASURED = 3

_STEPS = 200
_LOG_ROOT_TWO_PI = math.log(2 * math.pi) / 2


@dataclass(frozen=True)
class Substituted:
    """Mean and standard deviation (divisor n - 1) with `factor` times the limit in place of what lies below."""

    factor: float
    mean: float
    sd: float


@dataclass(frozen=True)
class LogNormal:
    """The log-normal distribution that fits best, by maximum likelihood.

    `mean_log` and `sd_log` are those of the natural logarithms, `se_mean_log` and `se_sd_log` their standard errors
    from the observed information. `mean` = exp(mean_log + sd_log^2 / 2) with its interval from the delta method on
    the log scale, `sd` = mean x sqrt(exp(sd_log^2) - 1), `median` = exp(mean_log).
    """

    mean_log: float
    sd_log: float
    se_mean_log: float
    se_sd_log: float
    log_likelihood: float
    mean: float
    sd: float
    median: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class BelowDetection:
    """Three answers side by side. `censored` is None where the likelihood has no usable maximum; `reason` says why."""

    n: int
    below: int
    share: float
    half: Substituted
    root: Substituted
    censored: LogNormal | None
    reason: str


def below_detection(values: Sequence[float], limits: Sequence[float], confidence: float = 0.95) -> BelowDetection:
    """Return share, substitution and likelihood of measured `values` and of `limits` below which others lie.

    Raises StatsError for fewer than two in all, a limit not above 0, a negative value, or a confidence outside (0, 1).
    """
    measured = tuple(checks.number(value, f"values, row {row},") for row, value in enumerate(values, 1))
    bounds = tuple(checks.positive(limit, f"limits, row {row},") for row, limit in enumerate(limits, 1))
    if measured and min(measured) < 0:
        raise StatsError(f"values has {min(measured)}; expected 0 or more.")
    n = len(measured) + len(bounds)
    if n < 2:
        raise StatsError(f"There are {n} values; expected at least 2.")
    fit, reason = None, ""
    try:
        fit = log_normal(measured, bounds, confidence)
    except StatsError as error:
        reason = str(error)
    half, root = substituted(measured, bounds, 0.5), substituted(measured, bounds, math.sqrt(0.5))
    return BelowDetection(n, len(bounds), len(bounds) / n, half, root, fit, reason)


def substituted(values: Sequence[float], limits: Sequence[float], factor: float) -> Substituted:
    """Return mean and standard deviation with `factor` x limit for each value below its limit."""
    filled = [*values, *(factor * limit for limit in limits)]
    mean = math.fsum(filled) / len(filled)
    return Substituted(factor, mean, _sd(filled, mean, len(filled) - 1))


def log_normal(values: Sequence[float], limits: Sequence[float], confidence: float = 0.95) -> LogNormal:
    """Return the log-normal distribution of `values`, and of others below `limits`, by maximum likelihood.

    Raises StatsError for fewer than three measured values, measured values that are all equal, a value or limit not
    above 0, or a confidence outside (0, 1); NotConverged if the search fails.
    """
    checks.fraction(confidence, "confidence")
    measured = [math.log(checks.positive(value, f"values, row {row},")) for row, value in enumerate(values, 1)]
    bounds = [math.log(checks.positive(limit, f"limits, row {row},")) for row, limit in enumerate(limits, 1)]
    if len(measured) < LEAST_MEASURED:
        raise StatsError(f"{len(measured)} values were measured; expected at least {LEAST_MEASURED}.")
    # Centred and scaled, so that the steps of the search do not depend on the unit.
    centre = math.fsum(measured) / len(measured)
    scale = _sd(measured, centre, len(measured))
    if scale <= 1e-9 * max(1.0, abs(centre)):
        raise StatsError("All measured values are equal; expected values that differ.")
    logs = _Logs.of([(y - centre) / scale for y in measured], [(bound - centre) / scale for bound in bounds])
    precision, shift = _maximum(logs)
    a, b, d = _information(logs, precision, shift)
    det = a * d - b * b
    var_precision, var_shift, cov = d / det, a / det, -b / det
    mu, sigma = shift / precision, 1 / precision
    # Delta method: mu = shift / precision, sigma = 1 / precision.
    var_mu = (var_shift - 2 * mu * cov + mu * mu * var_precision) * sigma**2
    var_sigma = var_precision * sigma**4
    cov_mu_sigma = (mu * var_precision - cov) * sigma**3
    mean_log, sd_log = centre + scale * mu, scale * sigma
    se_mean_log, se_sd_log = scale * math.sqrt(var_mu), scale * math.sqrt(var_sigma)
    log_mean = mean_log + sd_log**2 / 2
    se = math.sqrt(se_mean_log**2 + 2 * sd_log * scale**2 * cov_mu_sigma + (sd_log * se_sd_log) ** 2)
    half = normal_quantile((1 + confidence) / 2) * se
    if log_mean + half + sd_log**2 > math.log(checks.LARGEST):
        raise StatsError(f"The logarithms vary too much (SD {sd_log:.3g}); the mean of the values is beyond bounds.")
    mean = math.exp(log_mean)
    return LogNormal(
        mean_log,
        sd_log,
        se_mean_log,
        se_sd_log,
        _log_likelihood(logs, precision, shift) - len(measured) * math.log(scale) - math.fsum(measured),
        mean,
        mean * math.sqrt(math.expm1(sd_log**2)),
        math.exp(mean_log),
        math.exp(log_mean - half),
        math.exp(log_mean + half),
    )


def _sd(values: Sequence[float], mean: float, divisor: int) -> float:
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / divisor)


@dataclass(frozen=True)
class _Logs:
    """All that the likelihood needs of log values: size, sum and squares of those measured; the limits, counted."""

    n: int
    total: float
    squares: float
    limits: tuple[tuple[float, int], ...]

    @classmethod
    def of(cls, measured: Sequence[float], limits: Sequence[float]) -> "_Logs":
        squares = math.fsum(y * y for y in measured)
        return cls(len(measured), math.fsum(measured), squares, tuple(Counter(limits).items()))


def _maximum(logs: _Logs) -> tuple[float, float]:
    """Return the 1/sigma and mu/sigma at which the likelihood is largest."""
    precision, shift = 1.0, 0.0
    best = _log_likelihood(logs, precision, shift)
    for _ in range(_STEPS):
        a, b, d = _information(logs, precision, shift)
        g, h = _gradient(logs, precision, shift)
        det = a * d - b * b
        step, other = (d * g - b * h) / det, (a * h - b * g) / det
        here, found = _uphill(logs, (precision, shift), (step, other), best)
        moved = abs(here[0] - precision) + abs(here[1] - shift)
        (precision, shift), best = here, found
        if moved <= 1e-14 * (precision + abs(shift)):
            return precision, shift
    raise NotConverged("The likelihood of the censored values has no maximum that was found.")


def _uphill(
    logs: _Logs, start: tuple[float, float], step: tuple[float, float], best: float
) -> tuple[tuple[float, float], float]:
    """Return where a step, halved until it no longer leads down, ends, with the log-likelihood there."""
    size = 1.0
    while size > 1e-12:
        here = start[0] + size * step[0], start[1] + size * step[1]
        if here[0] > 0 and (found := _log_likelihood(logs, *here)) >= best:
            return here, found
        size /= 2
    return start, best


def _log_likelihood(logs: _Logs, precision: float, shift: float) -> float:
    """Return the log-likelihood of log values, with precision = 1/sigma and shift = mu/sigma."""
    squares = precision**2 * logs.squares - 2 * precision * shift * logs.total + logs.n * shift**2
    below = math.fsum(count * normal_log_cdf(precision * limit - shift) for limit, count in logs.limits)
    return below - squares / 2 + logs.n * (math.log(precision) - _LOG_ROOT_TWO_PI)


def _ratio(u: float) -> float:
    """Return phi(u) / Phi(u)."""
    return math.exp(-u * u / 2 - _LOG_ROOT_TWO_PI - normal_log_cdf(u))


def _gradient(logs: _Logs, precision: float, shift: float) -> tuple[float, float]:
    """Return the derivatives of the log-likelihood by precision and by shift."""
    ratios = [(limit, count * _ratio(precision * limit - shift)) for limit, count in logs.limits]
    by_precision = logs.n / precision - precision * logs.squares + shift * logs.total
    by_precision += math.fsum(ratio * limit for limit, ratio in ratios)
    return by_precision, precision * logs.total - logs.n * shift - math.fsum(ratio for _, ratio in ratios)


def _information(logs: _Logs, precision: float, shift: float) -> tuple[float, float, float]:
    """Return minus the second derivatives of the log-likelihood: by precision, by both, by shift."""
    bends = []
    for limit, count in logs.limits:
        u = precision * limit - shift
        ratio = _ratio(u)
        bends.append((limit, count * ratio * (u + ratio)))
    by_precision = logs.n / precision**2 + logs.squares + math.fsum(bend * limit**2 for limit, bend in bends)
    by_both = -logs.total - math.fsum(bend * limit for limit, bend in bends)
    return by_precision, by_both, logs.n + math.fsum(bend for _, bend in bends)
