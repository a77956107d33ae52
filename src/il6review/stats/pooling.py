"""Pooling effects of several studies by inverse variance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks, heterogeneity
from il6review.stats.distributions import chi2_sf, normal_quantile, t_quantile

METHODS = ("EE", *heterogeneity.TAU2)
#: The intervals of the pooled effect, each with the prediction interval that goes with it.
INTERVALS = {"wald": "normal", "knapp_hartung": "hk_t_k-1"}


@dataclass(frozen=True)
class Pooled:
    """A pooled effect. Estimates, intervals and se are in the unit of the effect, tau2 in its square.

    `i2` and `weights` are in percent; `q`, `df` and `q_p` belong to Cochran's test of heterogeneity;
    `tau2_ci_low` and `tau2_ci_high` are the Q-profile interval; `pi_low` and `pi_high` bound the true effect
    of a further study by the convention `pi_method`.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    confidence: float
    tau2: float
    tau2_ci_low: float
    tau2_ci_high: float
    i2: float
    h2: float
    q: float
    q_p: float
    df: int
    k: int
    method: str
    interval: str
    weights: tuple[float, ...]
    pi_low: float
    pi_high: float
    pi_method: str


def pool(
    estimates: Sequence[float],
    variances: Sequence[float],
    method: str = "REML",
    interval: str = "knapp_hartung",
    confidence: float = 0.95,
    prediction: str | None = None,
) -> Pooled:
    """Pool effects with weights 1 / (variance + tau2).

    method: "EE" (equal effects, tau2 = 0), "DL", "PM" or "REML", the estimators of tau2 in `heterogeneity`.
    interval: "wald" (normal quantile, se = 1/sqrt(sum of weights)) or "knapp_hartung" (t with k - 1 degrees
    of freedom, that se times sqrt(q / (k - 1)), no floor at 1: the interval can be the narrower one if
    studies agree closely).
    prediction: a convention of `heterogeneity.prediction_interval`; None takes the one that goes with the
    interval, "hk_t_k-1" for Knapp-Hartung and "normal" for Wald. Under "EE" it describes effects that do not
    vary.
    I2 and H2 of "EE" are those of "DL", that is (Q - df)/Q and Q/df, not below 0 and 1.

    Raises StatsError for fewer than two studies, unequal lengths, a value that is not a finite number, a
    variance not above 0, an unknown name, a confidence outside (0, 1), a convention with k - 2 degrees of
    freedom for two studies, and for Knapp-Hartung if all estimates are equal, since its standard error would
    be 0.
    """
    y, v = checks.studies(estimates, variances)
    checks.known(method, "method", METHODS)
    checks.known(interval, "interval", INTERVALS)
    tail = (1 - checks.fraction(confidence, "confidence")) / 2
    convention = INTERVALS[interval] if prediction is None else prediction
    df = len(y) - 1
    tau2 = 0.0 if method == "EE" else heterogeneity.TAU2[method](y, v)
    tau2_of_i2 = heterogeneity.tau2_dl(y, v) if method == "EE" else tau2
    mean = heterogeneity.weighted_mean(y, v, tau2)
    if interval == "knapp_hartung":
        se, factor = heterogeneity.knapp_hartung_se(mean), -t_quantile(tail, df)
    else:
        se, factor = mean.se, -normal_quantile(tail)
    total, q = math.fsum(mean.weights), heterogeneity.q_statistic(y, v)
    tau2_ci_low, tau2_ci_high = heterogeneity.q_profile(y, v, confidence)
    pi_low, pi_high = heterogeneity.prediction_interval(y, v, tau2, convention, confidence)
    return Pooled(
        estimate=mean.estimate,
        se=se,
        ci_low=mean.estimate - factor * se,
        ci_high=mean.estimate + factor * se,
        confidence=confidence,
        tau2=tau2,
        tau2_ci_low=tau2_ci_low,
        tau2_ci_high=tau2_ci_high,
        i2=heterogeneity.i2(tau2_of_i2, v),
        h2=heterogeneity.h2(tau2_of_i2, v),
        q=q,
        q_p=chi2_sf(q, df),
        df=df,
        k=len(y),
        method=method,
        interval=interval,
        weights=tuple(100 * weight / total for weight in mean.weights),
        pi_low=pi_low,
        pi_high=pi_high,
        pi_method=convention,
    )
