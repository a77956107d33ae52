"""Heterogeneity between studies: Q, tau2 by three estimators, I2, H2, its interval, and prediction intervals.

`estimates` are the effects of the studies, `variances` their sampling variances, w = 1 / (variance + tau2)
the weights and mu the weighted mean. tau2 is in the squared unit of the effect. All functions raise
StatsError for fewer than two studies, unequal lengths, a value that is not a finite number, and a variance
that is not above 0.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from il6review.stats import checks
from il6review.stats.distributions import (
    chi2_quantile,
    chi2_upper_quantile,
    find_root,
    normal_quantile,
    t_quantile,
)
from il6review.stats.errors import StatsError

#: Conventions of the prediction interval: whether the standard error is Knapp-Hartung's, and how many degrees
#: of freedom Student's t loses from k (None: normal quantile).
PREDICTIONS: dict[str, tuple[bool, int | None]] = {
    "normal": (False, None),
    "t_k-1": (False, 1),
    "t_k-2": (False, 2),
    "hk_t_k-1": (True, 1),
    "hk_t_k-2": (True, 2),
}


@dataclass(frozen=True)
class WeightedMean:
    """The weighted mean under a given tau2, its standard error 1/sqrt(sum(w)), and q = sum(w (y - mu)^2)."""

    estimate: float
    se: float
    q: float
    weights: tuple[float, ...]
    residuals: tuple[float, ...]


def weighted_mean(estimates: Sequence[float], variances: Sequence[float], tau2: float) -> WeightedMean:
    """Return mu = sum(w y) / sum(w) with its standard error. Raises StatsError also for a tau2 below 0."""
    y, v = checks.studies(estimates, variances)
    return _weighted_mean(y, v, checks.not_negative_square(tau2, "tau2"))


def _weighted_mean(y: Sequence[float], v: Sequence[float], tau2: float) -> WeightedMean:
    weights = tuple(1 / (variance + tau2) for variance in v)
    total = math.fsum(weights)
    # Distances from the heaviest study: the mean lies near it, and differences that would cancel stay exact.
    anchor = max(zip(weights, y, strict=True))[1]
    distances = [value - anchor for value in y]
    shift = math.fsum(w * d for w, d in zip(weights, distances, strict=True)) / total
    residuals = tuple(d - shift for d in distances)
    q = math.fsum(w * r**2 for w, r in zip(weights, residuals, strict=True))
    return WeightedMean(anchor + shift, 1 / math.sqrt(total), q, weights, residuals)


def knapp_hartung_se(mean: WeightedMean) -> float:
    """Return the standard error times sqrt(q / (k - 1)), without a floor at 1.

    Hartung and Knapp 2001, Statistics in Medicine 20:3875-3889. Raises StatsError if all estimates are equal:
    it would be 0.
    """
    if mean.q == 0:
        raise StatsError(
            "All estimates are equal, so the Knapp-Hartung standard error would be 0; expected estimates "
            "that differ, or interval 'wald' with a prediction interval without 'hk'."
        )
    return mean.se * math.sqrt(mean.q / (len(mean.weights) - 1))


def q_statistic(estimates: Sequence[float], variances: Sequence[float]) -> float:
    """Return Cochran's Q = sum((y - mu)^2 / variance) about the mean with weights 1/variance."""
    return weighted_mean(estimates, variances, 0.0).q


def tau2_dl(estimates: Sequence[float], variances: Sequence[float]) -> float:
    """Return tau2 = max(0, (Q - (k - 1)) / (sum(w) - sum(w^2)/sum(w))), w = 1/variance.

    DerSimonian and Laird 1986, Controlled Clinical Trials 7:177-188.
    """
    mean = weighted_mean(estimates, variances, 0.0)
    return max(0.0, (mean.q - (len(mean.weights) - 1)) / _spare_weight(mean.weights))


def tau2_pm(estimates: Sequence[float], variances: Sequence[float]) -> float:
    """Return the tau2 at which q(tau2) = k - 1, or 0 if q(0) is below it.

    Paule and Mandel 1982, Journal of Research of the National Bureau of Standards 87:377-385.
    """
    y, v = checks.studies(estimates, variances)
    return _tau2_where_q_is(len(y) - 1, y, v)


def tau2_reml(estimates: Sequence[float], variances: Sequence[float]) -> float:
    """Return the tau2 >= 0 that maximises the restricted likelihood (Viechtbauer 2005, JEBS 30:261-293).

    At a maximum above 0, sum(w^2 (y - mu)^2) = sum(w) - sum(w^2)/sum(w). The equation can have several roots.
    Above a limit that follows from it the left side is always the smaller. From 0 to that limit the range is
    gone through in steps of a tenth of log(tau2 + smallest variance), each change of sign is followed to its
    root, and of several maxima the one with the highest likelihood is taken.
    """
    y, v = checks.studies(estimates, variances)

    def score(tau2: float) -> float:
        mean = _weighted_mean(y, v, tau2)
        squares = math.fsum((w * r) ** 2 for w, r in zip(mean.weights, mean.residuals, strict=True))
        return squares - _spare_weight(mean.weights)

    def log_likelihood(tau2: float) -> float:
        mean = _weighted_mean(y, v, tau2)
        return -0.5 * (math.fsum(math.log(x + tau2) for x in v) - 2 * math.log(mean.se) + mean.q)

    grid = _reml_grid(y, v)
    scores = [score(tau2) for tau2 in grid]
    candidates = [] if scores[0] > 0 else [0.0]
    for low, high, before, after in zip(grid, grid[1:], scores, scores[1:], strict=False):
        if before > 0 >= after:
            candidates.append(find_root(score, low, high))
    return max(candidates, key=log_likelihood)


TAU2: dict[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "DL": tau2_dl,
    "PM": tau2_pm,
    "REML": tau2_reml,
}


def typical_variance(variances: Sequence[float]) -> float:
    """Return (k - 1) sum(w) / (sum(w)^2 - sum(w^2)), w = 1/variance.

    Higgins and Thompson 2002, Statistics in Medicine 21:1539-1558.
    """
    _, v = checks.studies(variances, variances)
    return (len(v) - 1) / _spare_weight([1 / x for x in v])


def i2(tau2: float, variances: Sequence[float]) -> float:
    """Return I2 in percent: 100 tau2 / (tau2 + typical variance), as metafor defines it for any estimator."""
    tau2 = checks.not_negative_square(tau2, "tau2")
    return 100 * tau2 / (tau2 + typical_variance(variances))


def h2(tau2: float, variances: Sequence[float]) -> float:
    """Return H2 = 1 + tau2 / typical variance."""
    return 1 + checks.not_negative_square(tau2, "tau2") / typical_variance(variances)


def q_profile(estimates: Sequence[float], variances: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """Return the Q-profile interval: all tau2 >= 0 at which q(tau2) lies between the chi-square quantiles.

    Viechtbauer 2007, Statistics in Medicine 26:37-52. If even q(0) lies below the lower quantile no tau2
    fits, and the interval shrinks to (0, 0). Raises StatsError unless confidence lies between 0 and 1.
    """
    y, v = checks.studies(estimates, variances)
    tail, df = (1 - checks.fraction(confidence, "confidence")) / 2, len(y) - 1
    return (
        _tau2_where_q_is(chi2_upper_quantile(tail, df), y, v),
        _tau2_where_q_is(chi2_quantile(tail, df), y, v),
    )


def prediction_interval(
    estimates: Sequence[float],
    variances: Sequence[float],
    tau2: float,
    convention: str,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Return the interval for the true effect of a further study: mu -+ c sqrt(tau2 + se^2).

    | convention | c is a quantile of | se |
    |---|---|---|
    | normal | the normal distribution | 1/sqrt(sum(w)) (metafor, test z) |
    | t_k-1 | t with k - 1 degrees of freedom | 1/sqrt(sum(w)) (Veroniki et al. 2019) |
    | t_k-2 | t with k - 2 | 1/sqrt(sum(w)) (Higgins, Thompson and Spiegelhalter 2009) |
    | hk_t_k-1 | t with k - 1 | Knapp-Hartung (metafor, test knha) |
    | hk_t_k-2 | t with k - 2 | Knapp-Hartung (Partlett and Riley 2017) |

    Raises StatsError also for an unknown convention, for k - 2 degrees of freedom of two studies, and for
    Knapp-Hartung if all estimates are equal.
    """
    mean = weighted_mean(estimates, variances, tau2)
    knapp_hartung, lost = PREDICTIONS[checks.known(convention, "prediction", PREDICTIONS)]
    k, tail = len(mean.weights), (1 - checks.fraction(confidence, "confidence")) / 2
    if lost is None:
        factor = -normal_quantile(tail)
    elif k > lost:
        factor = -t_quantile(tail, k - lost)
    else:
        raise StatsError(f"The prediction interval {convention} needs at least three studies; there are {k}.")
    se = knapp_hartung_se(mean) if knapp_hartung else mean.se
    half_width = factor * math.sqrt(tau2 + se**2)
    return mean.estimate - half_width, mean.estimate + half_width


def _spare_weight(weights: Sequence[float]) -> float:
    """Return sum(w) - sum(w^2)/sum(w).

    It is written as 2 sum(w_i w_j, i < j)/sum(w), which does not cancel if one weight dominates.
    """
    sums_before = accumulate(weights, initial=0.0)
    products = math.fsum(w * before for w, before in zip(weights, sums_before, strict=False))
    return 2 * products / math.fsum(weights)


def _sum_of_squares(y: Sequence[float]) -> float:
    mean = math.fsum(y) / len(y)
    return math.fsum((value - mean) ** 2 for value in y)


def _tau2_where_q_is(target: float, y: Sequence[float], v: Sequence[float]) -> float:
    """Return the tau2 >= 0 with q(tau2) = target, or 0 if q(0) does not exceed it."""

    def excess(tau2: float) -> float:
        return _weighted_mean(y, v, tau2).q - target

    if excess(0.0) <= 0:
        return 0.0
    # q falls, and q(tau2) < sum of squares / tau2: the root lies below the tau2 where that equals the target.
    return find_root(excess, 0.0, 2 * _sum_of_squares(y) / target)


def _reml_grid(y: Sequence[float], v: Sequence[float]) -> list[float]:
    """Return rising values of tau2 from 0 to where the score is negative for good.

    With x = tau2 + smallest v, s = sum of squares / (k - 1) and d = largest v - smallest v, the score is at
    most (k - 1) (s / x^2 - 1 / (x + d)): negative above x = (s + sqrt(s^2 + 4 s d)) / 2. The grid ends at
    twice that x.
    """
    smallest, s = min(v), _sum_of_squares(y) / (len(y) - 1)
    end = s + math.sqrt(s**2 + 4 * s * (max(v) - smallest))
    if end <= smallest:
        return [0.0]
    span = math.log(end / smallest)
    steps = 1 + int(10 * span)
    return [smallest * math.expm1(span * step / steps) for step in range(steps + 1)]
