"""Trends over ordered groups (stages, doses): contrasts of means given with SD and size, trends of proportions.

A contrast is sum(c m) with se = sqrt(sum(c^2 sd^2 / n)), for variances that may differ; its degrees of freedom
are Welch-Satterthwaite's (Satterthwaite 1946, Biometrics Bulletin 2:110-114). Estimates are in the unit of the
means. Groups are numbered from 1. All functions on means raise StatsError for fewer than two groups, unequal
lengths, a value that is not a finite number, a standard deviation not above 0, a size below 2, and a confidence
outside (0, 1).
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from itertools import pairwise as adjacent

from il6review.stats import checks
from il6review.stats.combining import SMALLEST_P, holm
from il6review.stats.distributions import chi2_sf, t_quantile, t_sf
from il6review.stats.errors import StatsError
from il6review.stats.least_squares import Lines, Mean, Model

#: Above this difference of AICc one of two shapes is clearly the closer.
CLEAR_AICC = 10


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


@dataclass(frozen=True)
class ProportionTrend:
    """The change of a proportion for one unit of score, with the Cochran-Armitage test (two-sided p)."""

    estimate: float
    z: float
    chi2: float
    df: int
    p: float


@dataclass(frozen=True)
class Shape:
    """How far a shape lies from the means: weighted sum of squares and AICc (smaller is closer)."""

    sse: float
    aicc: float


@dataclass(frozen=True)
class StepOrGradual:
    """A step after group `cut` and a straight line, which of them is `closer`, and whether that is `clear`."""

    cut: int
    step: Shape
    line: Shape
    closer: str
    clear: bool
    note: str


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
    scores = _scores(scores, "means", means)
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
    adjusted = holm([max(contrast.p, SMALLEST_P) for contrast in contrasts]).ps
    return tuple(
        PairContrast(**asdict(contrast), lower=lower + 1, higher=higher + 1, p_holm=p)
        for contrast, (lower, higher), p in zip(contrasts, pairs, adjusted, strict=True)
    )


def cochran_armitage(
    events: Sequence[int], totals: Sequence[int], scores: Sequence[float] | None = None
) -> ProportionTrend:
    """Test whether a proportion changes with the scores of ordered groups, two-sided.

    With P = sum(events) / N, N = sum(totals), m = sum(totals * score) / N and
    s = sum(totals * (score - m)^2): estimate = sum(events * (score - m)) / s, the change of the proportion for
    one unit of score (one step with the default scores 1, 2, ..., k); z = estimate sqrt(s / (P (1 - P))),
    chi2 = z^2 with one degree of freedom (Armitage 1955, Biometrics 11:375-386; R's prop.trend.test).

    Raises StatsError for fewer than two groups, unequal lengths, a count that is not whole, a group without
    persons or with more events than persons, events in nobody or in everybody, and scores that do not rise.
    """
    events, totals = checks.rows(events, "events", 2), checks.rows(totals, "totals", 2)
    checks.same_length({"events": events, "totals": totals})
    totals = [checks.whole(total, f"totals, row {row},", 1) for row, total in enumerate(totals, 1)]
    events = [checks.whole(count, f"events, row {row},", 0) for row, count in enumerate(events, 1)]
    for row, (count, total) in enumerate(zip(events, totals, strict=True), 1):
        if count > total:
            raise StatsError(f"events, row {row}, is {count} of {total}; expected at most as many as persons.")
    scores, people, proportion = _scores(scores, "totals", totals), sum(totals), sum(events) / sum(totals)
    if sum(events) in (0, people):
        raise StatsError(f"events are {sum(events)} of {people}; expected at least one person with and one without.")
    centre = math.fsum(total * score for total, score in zip(totals, scores, strict=True)) / people
    squares = math.fsum(total * (score - centre) ** 2 for total, score in zip(totals, scores, strict=True))
    estimate = math.fsum(count * (score - centre) for count, score in zip(events, scores, strict=True)) / squares
    z = estimate * math.sqrt(squares / (proportion * (1 - proportion)))
    return ProportionTrend(estimate, z, z**2, 1, chi2_sf(z**2, 1))


def step_or_gradual(means: Sequence[float], sds: Sequence[float], ns: Sequence[int]) -> StepOrGradual:
    """Compare a single step at its best cut with a straight line over the groups 1, 2, ..., k.

    Each is fitted to the means with weights w = n / sd^2; sse = sum(w (mean - fit)^2), and AICc = sse + 2 q +
    2 q (q + 1) / (N - q - 1) with N persons, q = 2 for the line, q = 3 for the step (two levels and the cut).
    The smaller AICc is the closer; a difference above 10 is taken as clear (Burnham and Anderson 2002, Model
    Selection and Multimodel Inference, section 2.6). Four stages seldom decide: a step and a line through four
    means have almost as many free numbers as there are means.

    Raises StatsError also for fewer than three groups.
    """
    means, sds, ns = checks.groups(means, sds, ns)
    k, people = len(means), sum(ns)
    if k < 3:
        raise StatsError(f"means has {k} rows; expected at least 3: over two groups a step and a line are the same.")
    variances = [sd**2 / n for sd, n in zip(sds, ns, strict=True)]
    weights = [1 / variance for variance in variances]

    def level(start: int, end: int) -> float:
        return _misfit(Mean(means[start:end], variances[start:end]), weights[start:end])

    misfits = {cut: level(0, cut) + level(cut, k) for cut in range(1, k)}
    cut = min(misfits, key=misfits.__getitem__)
    step = Shape(misfits[cut], _aicc(misfits[cut], 3, people))
    sse = _misfit(Lines(means, [[1.0] * k, list(map(float, range(1, k + 1)))], ["intercept", "stage"]), weights)
    line = Shape(sse, _aicc(sse, 2, people))
    difference = abs(step.aicc - line.aicc)
    closer = "step" if step.aicc < line.aicc else "line"
    clear = difference > CLEAR_AICC
    named = f"A step after group {cut}" if closer == "step" else "A straight line"
    weight = "a clear difference" if clear else f"which does not decide between the two; {k} groups seldom do"
    return StepOrGradual(cut, step, line, closer, clear, f"{named} is closer by {difference:.1f} of AICc, {weight}.")


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


def _scores(scores: Sequence[float] | None, name: str, groups: Sequence) -> list[float]:
    """Return the scores of the groups, 1, 2, ..., k by default, which must rise."""
    checked = checks.rows(range(1, len(groups) + 1) if scores is None else scores, "scores", 2)
    checks.same_length({name: groups, "scores": checked})
    numbers = [checks.number(score, f"scores, row {row},") for row, score in enumerate(checked, 1)]
    for row, (before, after) in enumerate(adjacent(numbers), 2):
        if not after - before >= checks.SMALLEST_POSITIVE:
            raise StatsError(f"scores, row {row}, is {after} after {before}; expected scores that rise.")
    return numbers


def _misfit(model: Model, weights: Sequence[float]) -> float:
    """Return the weighted sum of squares about the best fit."""
    return math.fsum(w * rest**2 for w, rest in zip(weights, model.solve(weights).residuals, strict=True))


def _aicc(sse: float, q: int, people: int) -> float:
    return sse + 2 * q + 2 * q * (q + 1) / (people - q - 1)


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
