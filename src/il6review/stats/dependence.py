"""Several effects of one study: a model for all of them, one effect made of them, and the share of a common control.

Within a study the sampling errors are taken to correlate by one declared number rho, so that the covariance of rows i
and j is rho sqrt(v_i v_j). Nobody reports rho: show the result for more than one. All functions that take rows raise
StatsError for fewer than two rows, unequal lengths, a value that is not a finite number, a variance not above 0, a
study that is no text or whole number, and a rho outside 0 <= rho < 1.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import NamedTuple

from il6review.stats import checks
from il6review.stats.distributions import t_quantile
from il6review.stats.effects import two_group_effect
from il6review.stats.errors import NotConverged, StatsError
from il6review.stats.least_squares import cholesky, inverse_of_triangle

_MOST_STEPS = 200


@dataclass(frozen=True)
class CorrelatedEffects:
    """A pooled effect of rows within studies; `tau2` between studies, `omega2` between the rows of a study.

    `df` is the number of studies less 1, `k` the number of rows.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    confidence: float
    tau2: float
    omega2: float
    rho: float
    df: int
    k: int


@dataclass(frozen=True)
class Aggregate:
    """The effect of one study made of its `k` rows, with the sampling variance."""

    study: str | int
    estimate: float
    variance: float
    k: int


def che(
    estimates: Sequence[float],
    variances: Sequence[float],
    studies: Sequence[str | int],
    rho: float,
    confidence: float = 0.95,
) -> CorrelatedEffects:
    """Pool rows by the correlated-and-hierarchical-effects model (Pustejovsky and Tipton 2022, Prev Sci 23:425-438).

    Row i of study j: y = mu + u_j + w_ij + e_ij, with var u = tau2, var w = omega2 and e as the module says. Both
    variances are those of the highest restricted likelihood. The standard error is cluster-robust, so that it holds
    also if the model does not: CR1, se^2 = m/(m - 1) sum((1' S_j (y_j - mu))^2) / (sum(1' S_j 1))^2 over m studies,
    with S_j the inverse of the covariance matrix of study j; the quantile is that of t with m - 1 degrees of freedom.
    With few studies (below about ten) CR1 is too small.

    Raises StatsError also for fewer than two studies, if every study has one row (use `pooling.pool`: tau2 and omega2
    could not be told apart), and if all estimates are equal; NotConverged if no maximum is found.
    """
    y, v = checks.studies(estimates, variances)
    rho, tail = _correlation(rho), (1 - checks.fraction(confidence, "confidence")) / 2
    rows_of = _by_study(studies, len(y))
    df = len(rows_of) - 1
    if df == 0:
        raise StatsError("All rows are of one study; expected at least two studies.")
    if len(rows_of) == len(y):
        raise StatsError("Every study has one row, so omega2 cannot be told from tau2; use pooling.pool.")
    if len(set(y)) == 1:
        raise StatsError("All estimates are equal, so the robust standard error would be 0; expected ones that differ.")
    blocks = [_Block([y[place] for place in rows], _covariances(v, rows, rho)) for rows in rows_of.values()]
    best = _climb(blocks, _start(blocks, min(v) / 10, (max(y) - min(y)) ** 2), min(v))
    se = math.sqrt((df + 1) / df * math.fsum(total**2 for total in best.totals)) / best.weight
    half_width = -t_quantile(tail, df) * se
    return CorrelatedEffects(
        estimate=best.estimate,
        se=se,
        ci_low=best.estimate - half_width,
        ci_high=best.estimate + half_width,
        confidence=confidence,
        tau2=best.tau2,
        omega2=best.omega2,
        rho=rho,
        df=df,
        k=len(y),
    )


def aggregate(
    estimates: Sequence[float], variances: Sequence[float], studies: Sequence[str | int], rho: float
) -> tuple[Aggregate, ...]:
    """Return one effect a study: the plain mean of its rows, with variance sum(rho sqrt(v_i v_j)) / k^2.

    In the sum the correlation of a row with itself is 1. Studies keep their first order. Borenstein et al. 2009,
    Introduction to Meta-Analysis, chapter 24.
    """
    y, v = checks.studies(estimates, variances)
    rho = _correlation(rho)
    return tuple(
        Aggregate(
            study,
            math.fsum(y[place] for place in rows) / len(rows),
            math.fsum(map(math.fsum, _covariances(v, rows, rho))) / len(rows) ** 2,
            len(rows),
        )
        for study, rows in _by_study(studies, len(y)).items()
    )


def shared_control_covariance(
    measure: str,
    first: tuple[float, float, int],
    second: tuple[float, float, int],
    control: tuple[float, float, int],
) -> float:
    """Return the covariance of two effects, first and second group each against the same control group.

    A group is (mean, sd, n). Divided by the square root of the product of both variances it is their correlation.

    | measure | covariance |
    |---|---|
    | MD | sd^2/n of the control |
    | SMD | 1/n of the control + g1 g2 / (2 N), N the size of all three (Gleser and Olkin 2009) |
    | ROM | sd^2/(n mean^2) of the control (Lajeunesse 2011, Ecology 92:2049-2055) |

    Raises StatsError for an unknown measure, for a group that is not three numbers, and as `two_group_effect` does.
    """
    for name, group in (("first", first), ("second", second), ("control", control)):
        if len(checks.rows(group, name, 3)) != 3:
            raise StatsError(f"{name} is {group!r}; expected (mean, sd, n).")
    one, other = (two_group_effect(measure, *group, *control) for group in (first, second))
    mean, sd, n = control
    if measure == "MD":
        return sd**2 / n
    if measure == "ROM":
        return (sd / mean) ** 2 / n
    return 1 / n + one.estimate * other.estimate / (2 * (one.n1 + other.n1 + n))


def _correlation(rho: object) -> float:
    checked = checks.number(rho, "rho")
    if not 0 <= checked < 1:
        raise StatsError(f"rho is {rho}; expected a correlation from 0 to below 1.")
    return checked


def _by_study(studies: object, length: int) -> dict[str | int, list[int]]:
    rows_of: dict[str | int, list[int]] = {}
    for place, study in enumerate(checks.labels(studies, "studies", length)):
        rows_of.setdefault(study, []).append(place)
    return rows_of


def _covariances(v: Sequence[float], rows: Sequence[int], rho: float) -> list[list[float]]:
    return [[v[i] if i == j else rho * math.sqrt(v[i]) * math.sqrt(v[j]) for j in rows] for i in rows]


class _Block(NamedTuple):
    """The estimates of a study and the covariances of their sampling errors."""

    y: list[float]
    covariances: list[list[float]]


@dataclass(frozen=True)
class _Point:
    """The restricted likelihood at one (tau2, omega2), with P as in `heterogeneity`.

    `gradient` and `curvature` are the first derivatives of twice the log-likelihood and the negative second ones.
    `information` is the average of the second derivatives and their expectation, which has no negative eigenvalue.
    """

    tau2: float
    omega2: float
    estimate: float
    weight: float
    totals: tuple[float, ...]
    log_likelihood: float
    gradient: tuple[float, float]
    curvature: tuple[float, float, float]
    information: tuple[float, float, float]


def _point(blocks: Sequence[_Block], tau2: float, omega2: float) -> _Point:
    """Go through the studies twice: for the mean, and for the derivatives about it.

    With S the inverse of a study's covariance matrix, u = S 1, a = 1'u, b = u'u and residuals r: g = S r, h = 1'g.
    """
    inverses, log_determinants = zip(*(_inverse(block.covariances, tau2, omega2) for block in blocks), strict=True)
    us = [list(map(math.fsum, inverse)) for inverse in inverses]
    a = [math.fsum(u) for u in us]
    b = [_product(u, u) for u in us]
    weight = math.fsum(a)
    anchor = blocks[0].y[0]
    shift = math.fsum(_product(u, [y - anchor for y in block.y]) for u, block in zip(us, blocks, strict=True)) / weight
    residuals = [[y - anchor - shift for y in block.y] for block in blocks]
    gs = [_times(inverse, residual) for inverse, residual in zip(inverses, residuals, strict=True)]
    h = [math.fsum(g) for g in gs]
    ug = [_product(u, g) for u, g in zip(us, gs, strict=True)]
    squares_a, sum_b = _product(a, a), math.fsum(b)
    trace = math.fsum(inverse[i][i] for inverse in inverses for i in range(len(inverse)))
    quadratic = math.fsum(_product(g, residual) for g, residual in zip(gs, residuals, strict=True))
    gradient = (
        _product(h, h) - (weight - squares_a / weight),
        math.fsum(_product(g, g) for g in gs) - (trace - sum_b / weight),
    )
    along_tau2, along_omega2 = _product(h, a), math.fsum(ug)
    information = (
        math.fsum(x**2 * y for x, y in zip(h, a, strict=True)) - along_tau2**2 / weight,
        _product(h, ug) - along_tau2 * along_omega2 / weight,
        math.fsum(_product(g, _times(inverse, g)) for g, inverse in zip(gs, inverses, strict=True))
        - along_omega2**2 / weight,
    )
    # Traces of P M P N, where M and N are the derivatives of the covariance matrix by tau2 and by omega2.
    traces = (
        squares_a - 2 * math.fsum(x**3 for x in a) / weight + (squares_a / weight) ** 2,
        sum_b - 2 * _product(a, b) / weight + squares_a * sum_b / weight**2,
        math.fsum(value**2 for inverse in inverses for line in inverse for value in line)
        - 2 * math.fsum(_product(u, _times(inverse, u)) for u, inverse in zip(us, inverses, strict=True)) / weight
        + (sum_b / weight) ** 2,
    )
    return _Point(
        tau2=tau2,
        omega2=omega2,
        estimate=anchor + shift,
        weight=weight,
        totals=tuple(h),
        log_likelihood=-0.5 * (math.fsum(log_determinants) + math.log(weight) + quadratic),
        gradient=gradient,
        curvature=tuple(2 * part - lost for part, lost in zip(information, traces, strict=True)),
        information=information,
    )


def _inverse(covariances: list[list[float]], tau2: float, omega2: float) -> tuple[list[list[float]], float]:
    """Return the inverse of a study's covariance matrix, and the logarithm of its determinant."""
    matrix = [
        [value + tau2 + (omega2 if i == j else 0.0) for j, value in enumerate(line)]
        for i, line in enumerate(covariances)
    ]
    triangle = cholesky(matrix)
    root = inverse_of_triangle(triangle)
    return [[_product(one, other) for other in root] for one in root], 2 * math.fsum(math.log(r[-1]) for r in triangle)


def _start(blocks: Sequence[_Block], low: float, high: float) -> _Point:
    """Return the most likely of 81 points: tau2 and omega2 at 0 and at eight steps from low to high.

    The likelihood can have several maxima; the highest is looked for uphill from here.
    """
    steps = [0.0, *(low * max(2.0, high / low) ** (step / 7) for step in range(8))]
    points = (_point(blocks, tau2, omega2) for tau2, omega2 in itertools.product(steps, steps))
    return max(points, key=lambda point: point.log_likelihood)


def _climb(blocks: Sequence[_Block], point: _Point, smallest: float) -> _Point:
    """Return the maximum of the restricted likelihood uphill from a point, by Newton's steps within tau2, omega2 >= 0.

    Where the likelihood is not curved downwards, the average information takes the place of the curvature.
    """
    for _ in range(_MOST_STEPS):
        step = _step(point)
        fraction, scale = 1.0, point.tau2 + point.omega2 + smallest
        while True:
            values = (max(0.0, point.tau2 + fraction * step[0]), max(0.0, point.omega2 + fraction * step[1]))
            moved = max(abs(values[0] - point.tau2), abs(values[1] - point.omega2))
            further = _point(blocks, *values)
            # A last short step of Newton's doubles the digits; the likelihood is flat to its own last digits here.
            if moved <= 1e-9 * scale:
                return further
            if further.log_likelihood > point.log_likelihood or moved <= 1e-6 * scale:
                break
            fraction /= 2
        point = further
    raise NotConverged(f"The restricted likelihood has no maximum within {_MOST_STEPS} steps; check the rows.")


def _step(point: _Point) -> tuple[float, float]:
    """Return a step of (tau2, omega2) that leads uphill and keeps them at 0 or above; (0, 0) at a maximum.

    Newton's step of both comes first, then that of one alone.
    """
    slope_t, slope_o = point.gradient
    both, one = [], []
    for tt, to, oo in (point.curvature, point.information):
        if tt > 0 and oo > 0 and (left := 1 - (to / tt) * (to / oo)) > 1e-12:
            alone_t, alone_o = slope_t / tt, slope_o / oo
            both.append(((alone_t - to / tt * alone_o) / left, (alone_o - to / oo * alone_t) / left))
        if tt > 0:
            one.append((slope_t / tt, 0.0))
        if oo > 0:
            one.append((0.0, slope_o / oo))
    for step_t, step_o in both + one:
        if (point.tau2 > 0 or step_t >= 0) and (point.omega2 > 0 or step_o >= 0):
            return step_t, step_o
    return 0.0, 0.0


def _product(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(map(mul, one, other))


def _times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [_product(line, vector) for line in matrix]
