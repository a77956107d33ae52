"""Contrasts over ordered groups (stages, doses) given as mean, SD and size; variances may differ.

A contrast is sum(c m) with se = sqrt(sum(c^2 sd^2 / n)); its degrees of freedom are Welch-Satterthwaite's
(Satterthwaite 1946, Biometrics Bulletin 2:110-114). Estimates are in the unit of the means. Groups are
numbered from 1. All functions on groups raise StatsError for fewer than two groups, unequal lengths, a value
that is not a finite number, a standard deviation not above 0, a size below 2, and a confidence outside (0,
1).
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from itertools import pairwise as adjacent

from il6review.stats import checks
from il6review.stats.distributions import t_quantile, t_sf
from il6review.stats.errors import StatsError


@dataclass(frozen=True)
class StageContrast:
    """A contrast over ordered groups with its t test (two-sided p) and interval."""

    estimate: float
    se: float
    t: float
    df: float
    p: float
    ci_low: float
    ci_high: float
    name: str


@dataclass(frozen=True)
class PairContrast(StageContrast):
    """Group `higher` minus group `lower`, with the p adjusted by Holm over all pairs."""

    lower: int
    higher: int
    p_holm: float


def linear_trend(
    means: Sequence[float],
    sds: Sequence[float],
    ns: Sequence[int],
    scores: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> StageContrast:
    """Return the slope of the means over the scores, every group with the same weight.

    c = (score - mean score) / sum((score - mean score)^2), so the estimate is the change for one unit of
    score: one step with the default scores 1, 2, ..., k. Raises StatsError unless the scores rise.
    """
    means, sds, ns = checks.groups(means, sds, ns)
    if scores is None:
        scores = range(1, len(means) + 1)
    scores = checks.rows(scores, "scores", 2)
    checks.same_length({"means": means, "scores": scores})
    scores = [checks.number(score, f"scores, row {row},") for row, score in enumerate(scores, 1)]
    for row, (before, after) in enumerate(adjacent(scores), 2):
        if not after - before >= checks.SMALLEST_POSITIVE:
            raise StatsError(f"scores, row {row}, is {after} after {before}; expected scores that rise.")
    centre = math.fsum(scores) / len(scores)
    squares = math.fsum((score - centre) ** 2 for score in scores)
    coefficients = [(score - centre) / squares for score in scores]
    return _contrast(coefficients, means, sds, ns, confidence, "linear trend")


def step_contrast(
    means: Sequence[float], sds: Sequence[float], ns: Sequence[int], cut: int, confidence: float = 0.95
) -> StageContrast:
    """Return the mean of the groups after `cut` minus the mean of the groups up to `cut`.

    All groups on a side weigh alike. Raises StatsError unless at least one group lies on each side.
    """
    means, sds, ns = checks.groups(means, sds, ns)
    cut, k = checks.whole(cut, "cut", 1), len(means)
    if cut >= k:
        raise StatsError(f"cut is {cut}; expected a number from 1 to {k - 1}, with a group on each side.")
    coefficients = [-1 / cut] * cut + [1 / (k - cut)] * (k - cut)
    return _contrast(coefficients, means, sds, ns, confidence, f"after group {cut} against up to group {cut}")


def pairwise(
    means: Sequence[float], sds: Sequence[float], ns: Sequence[int], confidence: float = 0.95
) -> tuple[PairContrast, ...]:
    """Return each later group minus each earlier one: Welch's t test, with p_holm adjusted over all pairs.

    Holm 1979, Scandinavian Journal of Statistics 6:65-70. Intervals are not adjusted.
    """
    means, sds, ns = checks.groups(means, sds, ns)
    pairs = list(combinations(range(len(means)), 2))
    contrasts = []
    for lower, higher in pairs:
        coefficients = [0.0] * len(means)
        coefficients[lower], coefficients[higher] = -1.0, 1.0
        name = f"group {higher + 1} minus group {lower + 1}"
        contrasts.append(_contrast(coefficients, means, sds, ns, confidence, name))
    adjusted = holm([contrast.p for contrast in contrasts])
    return tuple(
        PairContrast(**asdict(contrast), lower=lower + 1, higher=higher + 1, p_holm=p)
        for contrast, (lower, higher), p in zip(contrasts, pairs, adjusted, strict=True)
    )


def holm(ps: Sequence[float]) -> list[float]:
    """Return p values adjusted by Holm: the i-th smallest of m times m - i + 1, never falling, at most 1."""
    adjusted, largest = [0.0] * len(ps), 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[index]))
        adjusted[index] = largest
    return adjusted


def is_monotone(means: Sequence[float]) -> bool:
    """Say whether the means rise at every step or fall at every step; equal neighbours do neither.

    Raises StatsError for fewer than two means and for a value that is not a finite number.
    """
    means = checks.rows(means, "means", 2)
    values = [checks.number(mean, f"means, row {row},") for row, mean in enumerate(means, 1)]
    steps = list(adjacent(values))
    return all(before < after for before, after in steps) or all(before > after for before, after in steps)


def supported_steps(k: int, contrasts: set[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the adjacent steps (1, 2), ..., (k - 1, k) that a reported contrast (lower, higher) carries.

    Only a contrast of the two neighbours carries their step: a difference between 1 and 3 does not say on
    which of the two steps it arose. Raises StatsError for fewer than two groups and for a contrast outside 1
    <= lower < higher <= k.
    """
    k = checks.whole(k, "k", 2)
    pairs = set()
    for contrast in checks.rows(contrasts, "contrasts", 0):
        name = f"contrast {contrast!r}"
        pair = tuple(checks.whole(group, name, 1) for group in checks.rows(contrast, name, 2))
        if len(pair) != 2 or not pair[0] < pair[1] <= k:
            raise StatsError(f"{name} is no pair of groups; expected (lower, higher) within 1 to {k}.")
        pairs.add(pair)
    return tuple(step for step in adjacent(range(1, k + 1)) if step in pairs)


def _contrast(
    coefficients: Sequence[float],
    means: Sequence[float],
    sds: Sequence[float],
    ns: Sequence[int],
    confidence: float,
    name: str,
) -> StageContrast:
    tail = (1 - checks.fraction(confidence, "confidence")) / 2
    parts = [(c * sd) ** 2 / n for c, sd, n in zip(coefficients, sds, ns, strict=True)]
    variance = math.fsum(parts)
    df = 1 / math.fsum((part / variance) ** 2 / (n - 1) for part, n in zip(parts, ns, strict=True))
    estimate = math.fsum(c * mean for c, mean in zip(coefficients, means, strict=True))
    se = math.sqrt(variance)
    half_width = -t_quantile(tail, df) * se
    return StageContrast(
        estimate=estimate,
        se=se,
        t=estimate / se,
        df=df,
        p=2 * t_sf(abs(estimate) / se, df),
        ci_low=estimate - half_width,
        ci_high=estimate + half_width,
        name=name,
    )
