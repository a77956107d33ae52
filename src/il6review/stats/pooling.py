"""Pooling effects of several studies by inverse variance."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks, heterogeneity
from il6review.stats.distributions import chi2_sf, normal_quantile, t_quantile

METHODS = ("EE", *heterogeneity.TAU2)
#: The intervals of the pooled effect, each with the prediction interval that goes with it. Where the floor of
#: "knapp_hartung_floor" holds, its standard error is Wald's, and "t_k-1" goes with it.
INTERVALS = {"wald": "normal", "t": "t_k-1", "knapp_hartung": "hk_t_k-1", "knapp_hartung_floor": "hk_t_k-1"}


@dataclass(frozen=True)
class Fit:
    """A pooled effect. Estimate, interval and se are in the unit of the effect, tau2 in its square.

    `weights` are in percent; `k` is the number of studies and `df` is k - 1.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    confidence: float
    tau2: float
    df: int
    k: int
    method: str
    interval: str
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Pooled(Fit):
    """A pooled effect with its heterogeneity and the interval of a further study.

    `i2` is in percent; `q`, `df` and `q_p` belong to Cochran's test of heterogeneity; `tau2_ci_low` and
    `tau2_ci_high` are the Q-profile interval; `pi_low` and `pi_high` bound the true effect of a further study
    by the convention `pi_method`.
    """

    tau2_ci_low: float
    tau2_ci_high: float
    i2: float
    h2: float
    q: float
    q_p: float
    pi_low: float
    pi_high: float
    pi_method: str


def fit(
    estimates: Sequence[float],
    variances: Sequence[float],
    method: str = "REML",
    interval: str = "knapp_hartung",
    confidence: float = 0.95,
) -> Fit:
    """Pool effects with weights 1 / (variance + tau2): the pooled effect alone, for many fits in a row.

    method: "EE" (equal effects, tau2 = 0), "DL", "HE", "HS", "SJ", "PM", "ML" or "REML", the estimators of tau2
    in `heterogeneity`.

    | interval | quantile | standard error |
    |---|---|---|
    | wald | normal | 1/sqrt(sum of weights) |
    | t | t with k - 1 degrees of freedom | the same |
    | knapp_hartung | t with k - 1 | that times sqrt(q / (k - 1)): can be the smaller one if studies agree closely |
    | knapp_hartung_floor | t with k - 1 | the same, the factor at least 1 (metafor: adhoc) |

    Raises StatsError for fewer than two studies, unequal lengths, a value that is not a finite number, a
    variance not above 0, an unknown name, a confidence outside (0, 1), and for "knapp_hartung" if all estimates
    are equal, since its standard error would be 0; NotConverged if no tau2 is found.
    """
    y, v = checks.studies(estimates, variances)
    checks.known(method, "method", METHODS)
    checks.known(interval, "interval", INTERVALS)
    tail, df = (1 - checks.fraction(confidence, "confidence")) / 2, len(y) - 1
    tau2 = _tau2(y, v, method)
    mean = heterogeneity.weighted_mean(y, v, tau2)
    factor = -normal_quantile(tail) if interval == "wald" else -t_quantile(tail, df)
    se = mean.se
    if interval == "knapp_hartung" or (interval == "knapp_hartung_floor" and mean.q > df):
        se = heterogeneity.knapp_hartung_se(mean)
    total = math.fsum(mean.weights)
    return Fit(
        estimate=mean.estimate,
        se=se,
        ci_low=mean.estimate - factor * se,
        ci_high=mean.estimate + factor * se,
        confidence=confidence,
        tau2=tau2,
        df=df,
        k=len(y),
        method=method,
        interval=interval,
        weights=tuple(100 * weight / total for weight in mean.weights),
    )


@functools.lru_cache(maxsize=1024)
def _tau2(y: tuple[float, ...], v: tuple[float, ...], method: str) -> float:
    """Return tau2; it is the same for every interval, and takes most of the time of a fit."""
    return 0.0 if method == "EE" else heterogeneity.TAU2[method](y, v)


def pool(
    estimates: Sequence[float],
    variances: Sequence[float],
    method: str = "REML",
    interval: str = "knapp_hartung",
    confidence: float = 0.95,
    prediction: str | None = None,
) -> Pooled:
    """Pool effects as `fit` does, with heterogeneity and a prediction interval.

    prediction: a convention of `heterogeneity.prediction_interval`; None takes the one in `INTERVALS` that goes
    with the interval. Under "EE" it describes effects that do not vary.
    I2 and H2 of "EE" are those of "DL", that is (Q - df)/Q and Q/df, not below 0 and 1.

    Raises StatsError and NotConverged as `fit` does, StatsError also for an unknown convention, for one with k - 2
    degrees of freedom for two studies, and for one by Knapp-Hartung if all estimates are equal.
    """
    fitted = fit(estimates, variances, method, interval, confidence)
    y, v = checks.studies(estimates, variances)
    convention = _convention(y, v, fitted) if prediction is None else prediction
    tau2_of_i2 = heterogeneity.tau2_dl(y, v) if method == "EE" else fitted.tau2
    q = heterogeneity.q_statistic(y, v)
    tau2_ci_low, tau2_ci_high = heterogeneity.q_profile(y, v, confidence)
    pi_low, pi_high = heterogeneity.prediction_interval(y, v, fitted.tau2, convention, confidence)
    return Pooled(
        **vars(fitted),
        tau2_ci_low=tau2_ci_low,
        tau2_ci_high=tau2_ci_high,
        i2=heterogeneity.i2(tau2_of_i2, v),
        h2=heterogeneity.h2(tau2_of_i2, v),
        q=q,
        q_p=chi2_sf(q, fitted.df),
        pi_low=pi_low,
        pi_high=pi_high,
        pi_method=convention,
    )


def _convention(y: Sequence[float], v: Sequence[float], fitted: Fit) -> str:
    floored = fitted.interval == "knapp_hartung_floor" and (
        heterogeneity.weighted_mean(y, v, fitted.tau2).q <= fitted.df
    )
    return "t_k-1" if floored else INTERVALS[fitted.interval]
