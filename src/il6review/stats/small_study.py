"""Small-study effects: whether small studies say more than large ones, and what remains when that is allowed for.

An asymmetric funnel can come from unpublished studies, from weaker small studies, from true differences or from
chance; none of these tests tells which. Below ten studies they have so little power that no verdict is given
(Sterne et al. 2011, BMJ 343:d4002): `enough` is false, `verdict` None and `reason` says why. All functions take
estimates with their sampling variances and raise StatsError for fewer than three studies, unequal lengths, a value
that is not a finite number, and a variance that is not above 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks, heterogeneity
from il6review.stats.distributions import normal_cdf, normal_quantile, t_quantile, t_sf
from il6review.stats.errors import NotConverged, StatsError
from il6review.stats.least_squares import Lines
from il6review.stats.pooling import METHODS, Pooled, pool
from il6review.stats.ranks import kendall_tau

#: Fewer studies give no verdict.
LEAST_STUDIES = 10
#: A p below this counts as asymmetry (Egger et al. 1997), and lets PEESE take the place of PET.
LEVEL = 0.10
FORMS = ("weighted", "random_effects")
SIDES = ("left", "right", "auto")
ESTIMATORS = ("L0", "R0")
_MOST_ROUNDS = 100


@dataclass(frozen=True)
class Judged:
    """What all results share: the number of studies, whether they are enough, the verdict or None, and why."""

    k: int
    enough: bool
    verdict: str | None
    reason: str


@dataclass(frozen=True)
class Coefficient:
    """A coefficient of a regression with its interval and two-sided test; `df` is None for the normal one."""

    estimate: float
    se: float
    statistic: float
    df: int | None
    p: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Egger(Judged):
    """Egger's test: `slope` over the standard error is tested, `limit` is the effect at a standard error of 0."""

    slope: Coefficient
    limit: Coefficient
    tau2: float
    form: str
    confidence: float


@dataclass(frozen=True)
class Begg(Judged):
    """Kendall's tau between standardised estimates and variances, its two-sided p, and whether p is exact."""

    tau: float
    p: float
    exact: bool


@dataclass(frozen=True)
class TrimFill(Judged):
    """How many studies trim and fill adds on which side, what it adds, and the pooled effect with them."""

    missing: int
    side: str
    filled_estimates: tuple[float, ...]
    filled_variances: tuple[float, ...]
    pooled: Pooled
    estimator: str


@dataclass(frozen=True)
class PetPeese(Judged):
    """The effect at a standard error of 0 by PET and by PEESE, and which of the two is `chosen`."""

    pet: Coefficient
    peese: Coefficient
    chosen: str
    confidence: float


@dataclass(frozen=True)
class FunnelLimit:
    """Where the limits of a funnel stand at a standard error."""

    se: float
    low: float
    high: float


def egger(
    estimates: Sequence[float], variances: Sequence[float], form: str = "weighted", confidence: float = 0.95
) -> Egger:
    """Regress the estimates on their standard errors: estimate = limit + slope * se.

    "weighted": weights 1/variance and an error that is scaled by the residual variance, t with k - 2 degrees of
    freedom (Egger et al. 1997, BMJ 315:629-634: there the slope is the intercept of estimate/se on 1/se).
    "random_effects": weights 1/(variance + tau2) with tau2 by REML beside the slope, normal distribution.

    Raises StatsError also for standard errors that are all equal, an exact fit under "weighted", an unknown form,
    and a confidence outside (0, 1).
    """
    y, v = _studies(estimates, variances)
    checks.known(form, "form", FORMS)
    method = "REML" if form == "random_effects" else None
    limit, slope, tau2 = _regression(y, v, [math.sqrt(x) for x in v], method, confidence)
    return Egger(**_asymmetry(len(y), slope.p), slope=slope, limit=limit, tau2=tau2, form=form, confidence=confidence)


def begg(estimates: Sequence[float], variances: Sequence[float]) -> Begg:
    """Correlate (y - mu) / sqrt(v - 1/sum(1/v)) with v by Kendall's tau; mu is the mean under equal effects.

    Begg and Mazumdar 1994, Biometrics 50:1088-1101. p as in `ranks.kendall_tau`. Raises StatsError also for
    variances or standardised estimates that are all equal.
    """
    y, v = _studies(estimates, variances)
    mean = heterogeneity.weighted_mean(y, v, 0.0)
    total = math.fsum(mean.weights)
    # v - 1/total = v * (weight of all other studies) / total, which does not cancel if one study dominates.
    others = [math.fsum([*mean.weights[:i], *mean.weights[i + 1 :]]) for i in range(len(v))]
    standardised = [r / math.sqrt(x * rest / total) for r, x, rest in zip(mean.residuals, v, others, strict=True)]
    test = kendall_tau(standardised, v)
    return Begg(**_asymmetry(len(y), test.p), tau=test.tau, p=test.p, exact=test.exact)


def trim_and_fill(
    estimates: Sequence[float],
    variances: Sequence[float],
    side: str = "auto",
    estimator: str = "L0",
    method: str = "REML",
    interval: str = "wald",
    confidence: float = 0.95,
) -> TrimFill:
    """Estimate how many studies are missing on one side, add their mirror images, and pool again.

    Duval and Tweedie 2000, Journal of the American Statistical Association 95:89-98. The estimates are ranked by
    distance from the pooled effect; with S the sum of the ranks on the full side, "L0" takes
    (4 S - k (k + 1)) / (2 k - 1) as missing, "R0" one less than the run of the largest ranks on that side. That
    many of the outermost studies are left out of the pooled effect, until the number stays.
    side: where studies are missing; "auto" takes the left where the slope over the standard error (weights
    1/(variance + tau2), tau2 by `method`) is 0 or more, else the right. method, interval and confidence are those
    of `pooling.pool`; the same method is used to trim and to fill.

    Raises StatsError also for standard errors that are all equal under "auto", for an unknown name, and as `pool`
    does; NotConverged if the number of studies does not settle.
    """
    y, v = _studies(estimates, variances)
    checks.known(side, "side", SIDES)
    checks.known(estimator, "estimator", ESTIMATORS)
    checks.known(method, "method", METHODS)
    if side == "auto":
        slope = _regression(y, v, [math.sqrt(x) for x in v], method, confidence)[1]
        side = "right" if slope.estimate < 0 else "left"
    # Turned round for the right, so that the outermost studies of the full side always come last.
    turn = -1 if side == "right" else 1
    turned = [(turn * estimate, variance) for estimate, variance in zip(y, v, strict=True)]
    rows = sorted(turned, key=lambda row: row[0])
    missing, centre = _missing(rows, estimator, method)
    mirrored = rows[len(rows) - missing :]
    filled_y = tuple(turn * (2 * centre - estimate) for estimate, _ in mirrored)
    filled_v = tuple(variance for _, variance in mirrored)
    pooled = pool([*y, *filled_y], [*v, *filled_v], method, interval, confidence)
    found = f"{missing} missing on the {side}" if missing else "none missing"
    return TrimFill(
        **_judged(len(y), found),
        missing=missing,
        side=side,
        filled_estimates=filled_y,
        filled_variances=filled_v,
        pooled=pooled,
        estimator=estimator,
    )


def pet_peese(estimates: Sequence[float], variances: Sequence[float], confidence: float = 0.95) -> PetPeese:
    """Return the effect at a standard error of 0: PET regresses on the standard error, PEESE on its square.

    Both as `egger` does under "weighted". PEESE is chosen if the PET estimate differs from 0 at two-sided p < 0.10,
    else PET (Stanley and Doucouliagos 2014, Research Synthesis Methods 5:60-78; Stanley 2017, Social Psychological
    and Personality Science 8:581-591). The verdict says whether the interval of the chosen one excludes 0, "no
    effect". Raises StatsError as `egger` does.
    """
    y, v = _studies(estimates, variances)
    pet = _regression(y, v, [math.sqrt(x) for x in v], None, confidence)[0]
    peese = _regression(y, v, v, None, confidence)[0]
    chosen, corrected = ("PEESE", peese) if pet.p < LEVEL else ("PET", pet)
    remains = corrected.ci_low > 0 or corrected.ci_high < 0
    found = "an effect remains" if remains else "no effect remains"
    return PetPeese(**_judged(len(y), found), pet=pet, peese=peese, chosen=chosen, confidence=confidence)


def funnel_limits(
    centre: float, ses: Sequence[float], tau2: float = 0.0, confidence: float = 0.95
) -> tuple[FunnelLimit, ...]:
    """Return centre -+ z sqrt(se^2 + tau2) at each standard error: where single studies lie but for chance.

    With tau2 = 0 these are the straight pseudo limits of a funnel plot (Sterne and Egger 2001, Journal of Clinical
    Epidemiology 54:1046-1055). Raises StatsError for no standard error, one below 0, a tau2 below 0, a value that
    is not a finite number, and a confidence outside (0, 1).
    """
    centre, tau2 = checks.number(centre, "centre"), checks.not_negative_square(tau2, "tau2")
    z = -normal_quantile((1 - checks.fraction(confidence, "confidence")) / 2)
    limits = []
    for row, value in enumerate(checks.rows(ses, "ses", 1), 1):
        se = checks.number(value, f"ses, row {row},")
        if se < 0:
            raise StatsError(f"ses, row {row}, is {value}; expected 0 or more.")
        half_width = z * math.hypot(se, math.sqrt(tau2))
        limits.append(FunnelLimit(se, centre - half_width, centre + half_width))
    return tuple(limits)


def _studies(estimates: object, variances: object) -> tuple[tuple[float, ...], tuple[float, ...]]:
    y, v = checks.studies(estimates, variances)
    if len(y) < 3:
        raise StatsError(f"There are {len(y)} studies; expected at least three to look for small-study effects.")
    return y, v


def _judged(k: int, verdict: str) -> dict[str, int | bool | str | None]:
    """Return the fields of `Judged`."""
    if k >= LEAST_STUDIES:
        return {"k": k, "enough": True, "verdict": verdict, "reason": f"{k} studies"}
    reason = f"{k} studies; below {LEAST_STUDIES} these tests cannot tell asymmetry from chance"
    return {"k": k, "enough": False, "verdict": None, "reason": reason}


def _asymmetry(k: int, p: float) -> dict[str, int | bool | str | None]:
    return _judged(k, "asymmetric" if p < LEVEL else "no asymmetry found")


def _regression(
    y: Sequence[float], v: Sequence[float], x: Sequence[float], method: str | None, confidence: float
) -> tuple[Coefficient, Coefficient, float]:
    """Return intercept, slope over x, and tau2; without method the error is scaled by the residual variance."""
    tail = (1 - checks.fraction(confidence, "confidence")) / 2
    model = Lines(y, [[1.0] * len(y), x], ["intercept", "standard error"])
    tau2 = heterogeneity.TAU2[method](y, v, model) if method in heterogeneity.TAU2 else 0.0
    weights = [1 / (variance + tau2) for variance in v]
    fit = model.solve(weights)
    scale, df, factor = 1.0, None, -normal_quantile(tail)
    if method is None:
        df = len(y) - model.columns
        scale = math.sqrt(math.fsum(w * rest**2 for w, rest in zip(weights, fit.residuals, strict=True)) / df)
        factor = -t_quantile(tail, df)
    if scale == 0:
        raise StatsError("The studies lie exactly on a line, so its standard error would be 0; expected some scatter.")
    intercept, slope = (
        _coefficient(estimate, scale * se, df, factor) for estimate, se in zip(fit.coefficients, fit.ses(), strict=True)
    )
    return intercept, slope, tau2


def _coefficient(estimate: float, se: float, df: int | None, factor: float) -> Coefficient:
    statistic = estimate / se
    p = 2 * (normal_cdf(-abs(statistic)) if df is None else t_sf(abs(statistic), df))
    return Coefficient(estimate, se, statistic, df, p, estimate - factor * se, estimate + factor * se)


def _missing(rows: Sequence[tuple[float, float]], estimator: str, method: str) -> tuple[int, float]:
    """Return how many studies are missing below the centre, and the centre; `rows` rise."""
    k, missing = len(rows), 0
    for _ in range(_MOST_ROUNDS):
        centre = _centre(rows[: k - missing], method)
        distances = [estimate - centre for estimate, _ in rows]
        # Equal distances are ranked in their order, as metafor does.
        by_distance = sorted(range(k), key=lambda index: abs(distances[index]))
        ranked = [(rank, distances[index]) for rank, index in enumerate(by_distance, 1)]
        if estimator == "L0":
            full = sum(rank for rank, distance in ranked if distance > 0)
            found = (4 * full - k * (k + 1)) / (2 * k - 1)
        else:
            found = k - max((rank for rank, distance in ranked if distance < 0), default=0) - 1
        before, missing = missing, max(0, round(found))
        if missing == before:
            return missing, centre
    raise NotConverged(f"Trim and fill does not settle on a number of missing studies (last {missing}).")


def _centre(rows: Sequence[tuple[float, float]], method: str) -> float:
    y, v = zip(*rows, strict=True)
    if len(y) == 1:
        return y[0]
    tau2 = heterogeneity.TAU2[method](y, v) if method in heterogeneity.TAU2 else 0.0
    return heterogeneity.weighted_mean(y, v, tau2).estimate
