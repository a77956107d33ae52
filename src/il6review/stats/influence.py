"""How much each study moves the pooled result: leave-one-out, cumulative pooling, Baujat's plot, case diagnostics.

All follow metafor's definitions (Viechtbauer and Cheung 2010, Research Synthesis Methods 1:112-125). Every fit
without a study estimates tau2 anew. The functions raise StatsError as `pooling.pool` does; if a fit of some of the
studies fails, the message says which.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks, heterogeneity, pooling
from il6review.stats.errors import StatsError


@dataclass(frozen=True)
class Baujat:
    """A study in the plot of Baujat et al. 2002, Statistics in Medicine 21:2641-2652.

    `heterogeneity` is (y - mu)^2 / (variance + tau2), under "EE" the study's part of Q. `influence` is
    (mu - mu without it)^2 / se^2 without it.
    """

    heterogeneity: float
    influence: float


@dataclass(frozen=True)
class Influence:
    """Diagnostics of one study; those ending in `_deleted` belong to the fit without it.

    `residual` is the studentised deleted residual (y - mu without it) / sqrt(variance + tau2 + se^2, both without it).
    `dffits` is the change of mu over sqrt(hat (variance + tau2 without it)), `cook_distance` its square over se^2,
    `covariance_ratio` se^2 without it over se^2, `hat` the share of the weight and `weight` the same in percent.
    """

    residual: float
    dffits: float
    cook_distance: float
    covariance_ratio: float
    tau2_deleted: float
    q_deleted: float
    hat: float
    weight: float


def leave_one_out(
    estimates: Sequence[float],
    variances: Sequence[float],
    method: str = "REML",
    interval: str = "knapp_hartung",
    confidence: float = 0.95,
) -> tuple[pooling.Pooled, ...]:
    """Return the pooled result without the first study, without the second, and so on.

    Raises StatsError also for fewer than three studies.
    """
    y, v = _three_studies(estimates, variances)
    results = []
    for place in range(len(y)):
        kept = _without(y, place), _without(v, place)
        results.append(_pool(f"Without row {place + 1}", *kept, method, interval, confidence))
    return tuple(results)


def cumulative(
    estimates: Sequence[float],
    variances: Sequence[float],
    order: Sequence[float] | None = None,
    method: str = "REML",
    interval: str = "knapp_hartung",
    confidence: float = 0.95,
) -> tuple[pooling.Pooled, ...]:
    """Return the pooled results of the first two studies, the first three, and so on: k - 1 results.

    order: a number for each study, such as its year; studies enter from the lowest to the highest, equal ones in
    the order of the rows. None keeps the order of the rows. Raises StatsError also for an order that is not a
    number or not of the same length.
    """
    y, v = checks.studies(estimates, variances)
    keys = range(len(y)) if order is None else checks.rows(order, "order", 0)
    checks.same_length({"estimates": y, "order": keys})
    keys = [checks.number(key, f"order, row {row},") for row, key in enumerate(keys, 1)]
    places = sorted(range(len(y)), key=keys.__getitem__)
    results = []
    for count in range(2, len(y) + 1):
        entered = places[:count]
        kept = [y[place] for place in entered], [v[place] for place in entered]
        name = f"With row {entered[-1] + 1} as number {count}"
        results.append(_pool(name, *kept, method, interval, confidence))
    return tuple(results)


def baujat(estimates: Sequence[float], variances: Sequence[float], method: str = "REML") -> tuple[Baujat, ...]:
    """Return the place of each study in Baujat's plot. Raises StatsError also for fewer than three studies."""
    y, v = _three_studies(estimates, variances)
    whole = pooling.fit(y, v, method, "wald")
    points = []
    for place, (value, variance) in enumerate(zip(y, v, strict=True)):
        rest = pooling.fit(_without(y, place), _without(v, place), method, "wald")
        points.append(
            Baujat(
                heterogeneity=(value - whole.estimate) ** 2 / (variance + whole.tau2),
                influence=((rest.estimate - whole.estimate) / rest.se) ** 2,
            )
        )
    return tuple(points)


def influence(estimates: Sequence[float], variances: Sequence[float], method: str = "REML") -> tuple[Influence, ...]:
    """Return the diagnostics of each study, standard errors by Wald.

    Raises StatsError also for fewer than three studies.
    """
    y, v = _three_studies(estimates, variances)
    whole = pooling.fit(y, v, method, "wald")
    results = []
    for place, (value, variance) in enumerate(zip(y, v, strict=True)):
        kept = _without(y, place), _without(v, place)
        rest = pooling.fit(*kept, method, "wald")
        total, hat = variance + rest.tau2, whole.weights[place] / 100
        change = whole.estimate - rest.estimate
        results.append(
            Influence(
                residual=(value - rest.estimate) / (total + rest.se**2) ** 0.5,
                dffits=change / (hat * total) ** 0.5,
                cook_distance=(change / whole.se) ** 2,
                covariance_ratio=(rest.se / whole.se) ** 2,
                tau2_deleted=rest.tau2,
                q_deleted=heterogeneity.q_statistic(*kept),
                hat=hat,
                weight=whole.weights[place],
            )
        )
    return tuple(results)


def _three_studies(estimates: object, variances: object) -> tuple[tuple[float, ...], tuple[float, ...]]:
    y, v = checks.studies(estimates, variances)
    if len(y) < 3:
        raise StatsError("There are 2 studies; expected at least three, so that two are left without one of them.")
    return y, v


def _without(values: tuple[float, ...], place: int) -> tuple[float, ...]:
    return values[:place] + values[place + 1 :]


def _pool(name: str, *arguments: object) -> pooling.Pooled:
    """Pool, and put the name before the message of an error."""
    try:
        return pooling.pool(*arguments)
    except StatsError as error:
        raise type(error)(f"{name}: {error}") from error
