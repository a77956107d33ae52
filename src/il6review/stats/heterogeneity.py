"""Heterogeneity between studies: Q, tau2 by seven estimators, I2, H2, its interval, and prediction intervals.

`estimates` are the effects of the studies, `variances` their sampling variances, w = 1 / (variance + tau2)
the weights and mu the weighted mean. tau2 is in the squared unit of the effect. All functions raise
StatsError for fewer than two studies, unequal lengths, a value that is not a finite number, and a variance
that is not above 0.

The estimators of tau2 also take a `model` of `least_squares`: then mu is its fitted value, k - 1 becomes k - p with
p coefficients, and P = W - W X (X'WX)^-1 X'W. All follow metafor's definitions. They keep 12 digits, save for a tau2
far below the sampling variances: it is a small difference of large numbers, and in double precision its error is
about 1e-15 of tau2 + variance, whatever tau2 is.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import mul

from il6review.stats import checks
from il6review.stats.distributions import (
    chi2_quantile,
    chi2_upper_quantile,
    find_root,
    normal_quantile,
    t_quantile,
)
from il6review.stats.errors import StatsError
from il6review.stats.least_squares import Mean, Model, solve_at, weighted_squares

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
    weights, solution = solve_at(Mean(y, v), v, tau2)
    q = weighted_squares(weights, solution)
    return WeightedMean(*solution.coefficients, *solution.ses(), q, tuple(weights), tuple(solution.residuals))


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


def tau2_dl(estimates: Sequence[float], variances: Sequence[float], model: Model | None = None) -> float:
    """Return tau2 = max(0, (Q - (k - 1)) / tr P), where tr P = sum(w) - sum(w^2)/sum(w) for a mean, w = 1/variance.

    DerSimonian and Laird 1986, Controlled Clinical Trials 7:177-188.
    """
    y, v, model = _given(estimates, variances, model)
    weights, solution = solve_at(model, v, 0.0)
    excess = weighted_squares(weights, solution) - (len(y) - model.columns)
    return max(0.0, excess / math.fsum(map(mul, weights, solution.free)))


def tau2_he(estimates: Sequence[float], variances: Sequence[float], model: Model | None = None) -> float:
    """Return tau2 = max(0, (S - tr(PV)) / (k - 1)) with all weights 1: variance of y less the mean variance.

    S is the sum of squares of the unweighted residuals. Hedges and Olkin 1985, Statistical Methods for
    Meta-Analysis.
    """
    y, v, model = _given(estimates, variances, model)
    solution = model.solve([1.0] * len(y))
    squares = math.fsum(residual**2 for residual in solution.residuals)
    return max(0.0, (squares - math.fsum(map(mul, v, solution.free))) / (len(y) - model.columns))


def tau2_hs(estimates: Sequence[float], variances: Sequence[float], model: Model | None = None) -> float:
    """Return tau2 = max(0, (Q - k) / sum(w)), w = 1/variance.

    Hunter and Schmidt, as given by Viechtbauer 2005, Journal of Educational and Behavioral Statistics 30:261-293.
    """
    y, v, model = _given(estimates, variances, model)
    weights, solution = solve_at(model, v, 0.0)
    return max(0.0, (weighted_squares(weights, solution) - len(y)) / math.fsum(weights))


def tau2_sj(estimates: Sequence[float], variances: Sequence[float], model: Model | None = None) -> float:
    """Return tau2 = tau2_0 q(tau2_0) / (k - 1), where tau2_0 = sum((y - mean y)^2) / k; one step, never below 0.

    Sidik and Jonkman 2005, Applied Statistics 54:367-384.
    """
    y, v, model = _given(estimates, variances, model)
    start = _sum_of_squares(y) / len(y)
    weights, solution = solve_at(model, v, start)
    return start * weighted_squares(weights, solution) / (len(y) - model.columns)


def tau2_pm(estimates: Sequence[float], variances: Sequence[float], model: Model | None = None) -> float:
    """Return the tau2 at which q(tau2) = k - 1, or 0 if q(0) is below it.

    Paule and Mandel 1982, Journal of Research of the National Bureau of Standards 87:377-385.
    """
    y, v, model = _given(estimates, variances, model)
    return _tau2_where_q_is(len(y) - model.columns, v, model)


def tau2_ml(estimates: Sequence[float], variances: Sequence[float], model: Model | None = None) -> float:
    """Return the tau2 >= 0 that maximises the likelihood (Viechtbauer 2005, JEBS 30:261-293).

    At a maximum above 0, sum(w^2 (y - mu)^2) = sum(w).
    """
    return _most_likely_tau2(*_given(estimates, variances, model), restricted=False)


def tau2_reml(estimates: Sequence[float], variances: Sequence[float], model: Model | None = None) -> float:
    """Return the tau2 >= 0 that maximises the restricted likelihood (Viechtbauer 2005, JEBS 30:261-293).

    At a maximum above 0, sum(w^2 (y - mu)^2) = tr P, which is sum(w) - sum(w^2)/sum(w) for a mean.
    """
    return _most_likely_tau2(*_given(estimates, variances, model), restricted=True)


TAU2: dict[str, Callable[..., float]] = {
    "DL": tau2_dl,
    "HE": tau2_he,
    "HS": tau2_hs,
    "SJ": tau2_sj,
    "PM": tau2_pm,
    "ML": tau2_ml,
    "REML": tau2_reml,
}


def typical_variance(variances: Sequence[float]) -> float:
    """Return (k - 1) sum(w) / (sum(w)^2 - sum(w^2)), w = 1/variance.

    Higgins and Thompson 2002, Statistics in Medicine 21:1539-1558.
    """
    _, v = checks.studies(variances, variances)
    weights, solution = solve_at(Mean(v, v), v, 0.0)
    return (len(v) - 1) / math.fsum(map(mul, weights, solution.free))


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
    tail, df, mean = (1 - checks.fraction(confidence, "confidence")) / 2, len(y) - 1, Mean(y, v)
    return (
        _tau2_where_q_is(chi2_upper_quantile(tail, df), v, mean),
        _tau2_where_q_is(chi2_quantile(tail, df), v, mean),
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


def _given(
    estimates: Sequence[float], variances: Sequence[float], model: Model | None
) -> tuple[Sequence[float], Sequence[float], Model]:
    y, v = checks.studies(estimates, variances)
    return y, v, Mean(y, v) if model is None else model


def _sum_of_squares(y: Sequence[float]) -> float:
    mean = math.fsum(y) / len(y)
    return math.fsum((value - mean) ** 2 for value in y)


def _plain_squares(k: int, model: Model) -> float:
    """Return the sum of squares of the residuals with all weights 1."""
    return math.fsum(residual**2 for residual in model.solve([1.0] * k).residuals)


def _tau2_where_q_is(target: float, v: Sequence[float], model: Model) -> float:
    """Return the tau2 >= 0 with q(tau2) = target, or 0 if q(0) does not exceed it."""

    def excess(tau2: float) -> float:
        return weighted_squares(*solve_at(model, v, tau2)) - target

    if excess(0.0) <= 0:
        return 0.0
    # q falls, and q(tau2) < sum of squares / tau2: the root lies below the tau2 where that equals the target.
    return find_root(excess, 0.0, 2 * _plain_squares(len(v), model) / target)


def _most_likely_tau2(y: Sequence[float], v: Sequence[float], model: Model, *, restricted: bool) -> float:
    """Return the tau2 >= 0 of the highest likelihood, plain or restricted.

    The derivative of twice the log-likelihood is squares - information: squares = sum((w (y - mu))^2),
    information = sum(w), or tr P if restricted. It can be 0 at several tau2. All are looked for: the range up to
    where the derivative stays negative is halved, on the scale log(tau2 + smallest variance), until in every piece
    the sign is proved, or at most one change of sign is proved, or the piece is narrower than a tenth.
    """
    smallest, largest = min(v), max(v)

    def parts(tau2: float) -> tuple[float, float]:
        weights, solution = solve_at(model, v, tau2)
        squares = math.fsum([(w * r) ** 2 for w, r in zip(weights, solution.residuals, strict=True)])
        return squares, math.fsum(map(mul, weights, solution.free) if restricted else weights)

    def score(tau2: float) -> float:
        squares, information = parts(tau2)
        return squares - information

    def log_likelihood(tau2: float) -> float:
        weights, solution = solve_at(model, v, tau2)
        twice = math.fsum(map(math.log, weights)) - weighted_squares(weights, solution)
        return twice - solution.log_determinant() if restricted else twice

    end = _end_of_search(v, model, restricted)
    if end <= 0:
        return 0.0
    at_0 = parts(0.0)
    candidates = [] if at_0[0] > at_0[1] else [0.0]
    pieces = [(0.0, end, at_0, parts(end))]
    while pieces:
        low, high, at_low, at_high = pieces.pop()
        # P has eigenvalues 1/(l + tau2) with l between the smallest and the largest variance, and so have the
        # weights. So squares and information, each times tau2 + largest, fall: their values at the ends bound them.
        squares_low, information_low = (part * (low + largest) for part in at_low)
        squares_high, information_high = (part * (high + largest) for part in at_high)
        falls_through_0 = at_low[0] > at_low[1] and at_high[0] <= at_high[1]
        if not falls_through_0 and (squares_high > information_low or squares_low < information_high):
            continue
        # Where tau2 > largest - 2 smallest, (tau2 + largest)^2 times the derivative falls.
        if low >= largest - 2 * smallest or high + smallest <= 1.1 * (low + smallest):
            if falls_through_0:
                candidates.append(find_root(score, low, high))
            continue
        middle = math.sqrt((low + smallest) * (high + smallest)) - smallest
        at_middle = parts(middle)
        pieces += [(low, middle, at_low, at_middle), (middle, high, at_middle, at_high)]
    return max(candidates, key=log_likelihood) if len(candidates) > 1 else candidates[0]


def _end_of_search(v: Sequence[float], model: Model, restricted: bool) -> float:
    """Return a tau2 above which the derivative of the likelihood is negative for good.

    With x = tau2 + smallest v, d = largest v - smallest v, n = k - p if restricted, else k, and s = (sum of squares
    of the unweighted residuals) / n, the derivative is at most n (s / x^2 - 1 / (x + d)): negative above
    x = (s + sqrt(s^2 + 4 s d)) / 2. The search ends at twice that x.
    """
    n = len(v) - model.columns if restricted else len(v)
    s = _plain_squares(len(v), model) / n
    return s + math.sqrt(s**2 + 4 * s * (max(v) - min(v))) - min(v)
