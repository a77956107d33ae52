"""How far a pooled result depends on choices: the multiverse of defensible analyses, and the tipping point.

A universe is one analysis: the studies left out, the reading of each other study, the estimator of tau2 and the
interval. Nothing is sampled: every universe is computed, or none and their number is said.
Steegen, Tuerlinckx, Gelman and Vanpaemel 2016, Perspectives on Psychological Science 11:702-712.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from il6review.stats import checks, directions, pooling
from il6review.stats.distributions import find_root
from il6review.stats.errors import StatsError

#: The estimators of tau2 and the intervals that are tried unless others are named.
METHODS = ("DL", "HE", "SJ", "PM", "ML", "REML")
INTERVALS = ("wald", "knapp_hartung")
LIMIT = 5000
SIZES = (10, 20, 50, 100, 200, 500, 1000)
# The way from the pooled estimate to the furthest next study is searched in this many steps.
_STEPS = 40


@dataclass(frozen=True)
class StudyReading:
    """One reading of an effect: its study, the estimate, the sampling variance, and in `label` how it was read."""

    study: str
    estimate: float
    variance: float
    label: str = ""


@dataclass(frozen=True)
class Universes:
    """The analyses that choices span; `universes` makes it. `together`: all effects are read alike."""

    alternatives: tuple[tuple[StudyReading, ...], ...]
    left_out: tuple[frozenset[str], ...]
    methods: tuple[str, ...]
    intervals: tuple[str, ...]
    together: bool

    @property
    def count(self) -> int:
        """The number of universes."""
        return len(self.methods) * len(self.intervals) * sum(self._readings(away) for away in self.left_out)

    def _kept(self, away: frozenset[str]) -> list[tuple[StudyReading, ...]]:
        return [readings for readings in self.alternatives if readings[0].study not in away]

    def _readings(self, away: frozenset[str]) -> int:
        numbers = [len(readings) for readings in self._kept(away)]
        return max(numbers) if self.together else math.prod(numbers)

    def data_sets(self) -> Iterator[tuple[frozenset[str], tuple[StudyReading, ...]]]:
        """Give each set of studies left out with each reading of the others, always in the same order."""
        for away in self.left_out:
            kept = self._kept(away)
            if self.together:
                for turn in range(self._readings(away)):
                    yield away, tuple(readings[min(turn, len(readings) - 1)] for readings in kept)
            else:
                for readings in product(*kept):
                    yield away, readings


@dataclass(frozen=True)
class Analysis:
    """One universe: what it says of a claim (1 agrees, -1 disagrees, 0 inconclusive), and its estimate.

    `choices` are pairs of a choice and the value taken.
    """

    side: int
    estimate: float
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Multiverse:
    """How many universes agree with a claim, disagree, or are inconclusive.

    `share` = agree / k_universes, from 0 to 1. `refused` counts universes without a result (Knapp-Hartung where
    all estimates are equal); they are not among `k_universes`. `estimates` rise and have the unit of the effect.
    `by_choice` gives, for each value of each choice, the share among the universes that take it.
    """

    k_universes: int
    agree: int
    disagree: int
    inconclusive: int
    refused: int
    share: float
    estimate_low: float
    estimate_high: float
    estimates: tuple[float, ...]
    by_choice: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class NextStudy:
    """A study of size `n` that tips the result: its effect and variance, and what is pooled with it."""

    n: int
    effect: float
    variance: float
    estimate: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class TippingPoint:
    """What one more study must find to overturn a pooled result.

    `criterion` is "interval" (the interval no longer lies on the side of `direction`) where it does so now, else
    "sign" (the estimate no longer does). `estimate`, `ci_low` and `ci_high` are those of now. `by_size` holds for
    each size the effect nearest to the estimate that tips, None where none does on the way to `furthest`;
    `smallest` is the one of the smallest size.
    """

    criterion: str
    direction: int
    method: str
    interval: str
    confidence: float
    estimate: float
    ci_low: float
    ci_high: float
    furthest: float
    by_size: Mapping[int, NextStudy | None]
    smallest: NextStudy | None


@dataclass(frozen=True)
class NextRange:
    """Where a pooled effect could come to lie with one more study: the lowest and the highest estimate.

    `by_side` holds a fit for each side of 0 (1, 0 or -1, as `side` gives it) on which its interval could lie;
    `furthest` is the largest effect, either way, that the study was given.
    """

    low: float
    high: float
    furthest: float
    by_side: Mapping[int, pooling.Fit]


def leave_out(studies: Iterable[str], depth: int) -> tuple[frozenset[str], ...]:
    """Return every set of at most `depth` studies: none, each one, each pair, and so on.

    A name that comes twice is one study. Raises StatsError unless depth is a whole number from 0 on.
    """
    names = tuple(dict.fromkeys(studies))
    most = min(checks.whole(depth, "depth", 0), len(names))
    return tuple(frozenset(away) for size in range(most + 1) for away in combinations(names, size))


def universes(
    alternatives: Sequence[Sequence[StudyReading]],
    left_out: Iterable[Collection[str]] = ((),),
    methods: Sequence[str] = METHODS,
    intervals: Sequence[str] = INTERVALS,
    together: bool = False,
) -> Universes:
    """Span the universes of some effects, each with one or several readings.

    left_out: sets of study names, such as `leave_out` gives; all effects of a study go together. A set that comes
    twice counts once, and one that leaves fewer than two effects is no universe.
    together: False combines each reading of an effect with each of the others; True takes the first reading of
    all, then the second of all, and so on, where an effect with fewer readings keeps its last.

    Raises StatsError for an effect without reading or with readings of two studies, a value that is not a finite
    number, a variance not above 0, an unknown method, interval or study, and where no universe remains.
    """
    effects = tuple(
        _effect(readings, row) for row, readings in enumerate(checks.rows(alternatives, "alternatives", 2), 1)
    )
    names = [readings[0].study for readings in effects]
    sets = dict.fromkeys(frozenset(checks.known(name, "left_out", names) for name in away) for away in left_out)
    span = Universes(
        alternatives=effects,
        left_out=tuple(away for away in sets if sum(name not in away for name in names) >= 2),
        methods=tuple(checks.known(method, "methods", pooling.METHODS) for method in dict.fromkeys(methods)),
        intervals=tuple(
            checks.known(interval, "intervals", pooling.INTERVALS) for interval in dict.fromkeys(intervals)
        ),
        together=together,
    )
    if not span.count:
        raise StatsError(
            "There is no universe; expected at least one method, one interval, and one set in left_out that leaves "
            "two effects."
        )
    return span


def _effect(readings: Sequence[StudyReading], row: int) -> tuple[StudyReading, ...]:
    """Return the checked readings of one effect."""
    readings = checks.rows(readings, f"alternatives, row {row},", 1)
    for reading in readings:
        checks.number(reading.estimate, f"alternatives, row {row}, estimate")
        checks.positive(reading.variance, f"alternatives, row {row}, variance")
    studies = {reading.study for reading in readings}
    if len(studies) > 1:
        raise StatsError(f"alternatives, row {row}, names {len(studies)} studies; expected readings of one study.")
    return readings


def multiverse(span: Universes, direction: int = 1, confidence: float = 0.95, limit: int = LIMIT) -> Multiverse:
    """Pool every universe, and count those whose interval lies on the side of the claim.

    direction: 1 for a claim that the effect is above 0, -1 below. A universe agrees where its whole interval lies
    on that side, disagrees where it lies on the other, and is inconclusive where it holds 0.
    Raises StatsError with their number for more universes than `limit`, for another direction, a confidence
    outside (0, 1), and where no universe has a result.
    """
    direction = _direction(direction)
    checks.fraction(confidence, "confidence")
    if span.count > checks.whole(limit, "limit", 1):
        raise StatsError(
            f"There are {span.count} universes; expected at most {limit}. Leave out fewer studies at once, read all "
            "effects together, name fewer methods, or raise the limit."
        )
    analyses, refused = [], 0
    for away, readings in span.data_sets():
        y, v = [reading.estimate for reading in readings], [reading.variance for reading in readings]
        read = [("reading", f"{one.study}: {one.label}") for one in readings if one.label]
        common = [*(("left out", name) for name in sorted(away) or ("none",)), *read]
        for method, interval in product(span.methods, span.intervals):
            try:
                pooled = pooling.fit(y, v, method, interval, confidence)
            except StatsError:
                # All values were checked by `universes`: what is refused here is the analysis itself.
                refused += 1
                continue
            choices = (*common, ("method", method), ("interval", interval))
            analyses.append(Analysis(direction * side(pooled.ci_low, pooled.ci_high), pooled.estimate, choices))
    return tally(analyses, refused)


def tally(analyses: Iterable[Analysis], refused: int = 0) -> Multiverse:
    """Count what universes say of a claim. Raises StatsError where there is none."""
    analyses = tuple(analyses)
    if not analyses:
        raise StatsError(f"No universe has a result ({refused} have none); expected at least one.")
    sides = [one.side for one in analyses]
    estimates = tuple(sorted(one.estimate for one in analyses))
    taken: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for one in analyses:
        for choice, value in dict.fromkeys(one.choices):
            taken[choice][value].append(one.side)
    return Multiverse(
        k_universes=len(sides),
        agree=sides.count(1),
        disagree=sides.count(-1),
        inconclusive=sides.count(0),
        refused=refused,
        share=sides.count(1) / len(sides),
        estimate_low=estimates[0],
        estimate_high=estimates[-1],
        estimates=estimates,
        by_choice={
            choice: {value: found.count(1) / len(found) for value, found in values.items()}
            for choice, values in taken.items()
        },
    )


def side(ci_low: float, ci_high: float, null: float = 0.0) -> int:
    """Return 1 for an interval above `null`, -1 for one below it, 0 for one that holds it."""
    return (ci_low > null) - (ci_high < null)


def smd_variance(n: int, effect: float) -> float:
    """Return 2/n + d^2 / (4 n): the large-sample variance of a standardised mean difference, n in each group."""
    return 2 / n + effect**2 / (4 * n)


def fisher_z_variance(n: int, effect: float) -> float:
    """Return 1 / (n - 3), the variance of Fisher's z of n pairs, whatever the effect. Raises StatsError for n < 4."""
    return 1 / (checks.whole(n, "n", 4) - 3)


def like_these(variances: Sequence[float], n1s: Sequence[int], n2s: Sequence[int]) -> Callable[[int, float], float]:
    """Return the variance of a next study that scatters like the middle one of these: u * 2/n, n in each group.

    u is the median of variance / (1/n1 + 1/n2), what one person in each group would give. It fits measures whose
    variance does not follow from effect and size, such as the log ratio of means.
    Raises StatsError for unequal lengths, a variance not above 0 and a size below 1.
    """
    _, variances = checks.studies(variances, variances)
    checks.same_length({"variances": variances, "n1s": n1s, "n2s": n2s})
    sizes = [
        (checks.whole(n1, f"n1s, row {row},", 1), checks.whole(n2, f"n2s, row {row},", 1))
        for row, (n1, n2) in enumerate(zip(n1s, n2s, strict=True), 1)
    ]
    unit = statistics.median(v / (1 / n1 + 1 / n2) for v, (n1, n2) in zip(variances, sizes, strict=True))
    return lambda n, effect: unit * 2 / n


def tipping_point(
    estimates: Sequence[float],
    variances: Sequence[float],
    next_variance: Callable[[int, float], float],
    direction: int = 1,
    method: str = "REML",
    interval: str = "knapp_hartung",
    confidence: float = 0.95,
    sizes: Sequence[int] = SIZES,
    furthest: float | None = None,
) -> TippingPoint:
    """Find for each size the effect of one more study that would overturn a pooled result.

    next_variance: the sampling variance of a study from its size and effect, such as `smd_variance`.
    direction: the side on which the pooled estimate lies now, 1 above 0 and -1 below.
    furthest: the last effect that is tried; None takes the largest effect of the studies with the sign turned
    against `direction`.
    The way from the pooled estimate to `furthest` is gone in 40 equal steps; the first that tips is followed back
    to the point where the limit of the interval, or the estimate, meets 0. An effect that tips between two steps
    only is not seen.

    Raises StatsError as `pooling.fit` does, for a direction on which the estimate does not lie, and for a size that is
    not a whole number from 2 on.
    """
    direction = _direction(direction)
    now = pooling.fit(estimates, variances, method, interval, confidence)
    if direction * now.estimate < 0:
        raise StatsError(f"The pooled estimate {now.estimate:g} does not lie on the side of direction {direction}.")
    criterion = "interval" if side(now.ci_low, now.ci_high) else "sign"
    if furthest is None:
        furthest = -direction * max(map(abs, estimates))
    end = checks.number(furthest, "furthest")

    def joined(n: int, effect: float) -> NextStudy:
        variance = next_variance(n, effect)
        pooled = pooling.fit([*estimates, effect], [*variances, variance], method, interval, confidence)
        return NextStudy(n, effect, variance, pooled.estimate, pooled.ci_low, pooled.ci_high)

    def margin(study: NextStudy) -> float:
        if criterion == "sign":
            return direction * study.estimate
        return study.ci_low if direction == 1 else -study.ci_high

    def tip(n: int) -> NextStudy | None:
        # In parts of the way, not in effects: the root keeps its digits also where the effect is near 0.
        def on_the_way(part: float) -> NextStudy:
            return joined(n, now.estimate + part * (end - now.estimate))

        def left(part: float) -> float:
            return margin(on_the_way(part))

        step = next((step for step in range(_STEPS + 1) if left(step / _STEPS) <= 0), None)
        if step is None:
            return None
        return on_the_way(find_root(left, (step - 1) / _STEPS, step / _STEPS) if step else 0.0)

    by_size = {n: tip(n) for n in sorted({checks.whole(n, "sizes", 2) for n in checks.rows(sizes, "sizes", 1)})}
    return TippingPoint(
        criterion=criterion,
        direction=direction,
        method=method,
        interval=interval,
        confidence=confidence,
        estimate=now.estimate,
        ci_low=now.ci_low,
        ci_high=now.ci_high,
        furthest=end,
        by_size=by_size,
        smallest=next((study for study in by_size.values() if study), None),
    )


def next_range(
    estimates: Sequence[float],
    variances: Sequence[float],
    next_variances: Sequence[float],
    furthest: float,
    method: str = "REML",
    interval: str = "knapp_hartung",
    confidence: float = 0.95,
) -> NextRange:
    """Pool with one more study of a given size and every effect from -furthest to furthest, in 81 equal steps.

    next_variances: the sampling variances of what the study adds; where these are several, all find the same.
    An effect with which nothing can be pooled (Knapp-Hartung where all estimates are equal) is passed over.
    Raises StatsError as `pooling.fit` does, for `furthest` below 0, and where nothing at all can be pooled.
    """
    y, v = checks.studies([*estimates, *[0.0] * len(next_variances)], [*variances, *next_variances])
    end = checks.number(furthest, "furthest")
    if end < 0:
        raise StatsError(f"furthest is {furthest}; expected 0 or more.")
    checks.known(method, "method", pooling.METHODS)
    checks.known(interval, "interval", pooling.INTERVALS)
    checks.fraction(confidence, "confidence")
    here, fits = list(y[: len(estimates)]), []
    for step in range(-_STEPS, _STEPS + 1):
        try:
            joined = [*here, *[end * step / _STEPS] * len(next_variances)]
            fits.append(pooling.fit(joined, v, method, interval, confidence))
        except StatsError:
            # All values were checked above: what is refused here is the analysis itself.
            continue
    if not fits:
        raise StatsError("No effect of the further study gives a result; expected estimates that differ.")
    return NextRange(
        low=min(fit.estimate for fit in fits),
        high=max(fit.estimate for fit in fits),
        furthest=end,
        by_side={side(fit.ci_low, fit.ci_high): fit for fit in fits},
    )


def opposing_studies(for_: int, k: int, confidence: float = 0.95) -> int:
    """Return how many further studies, none of them for the claim, would bring one half into the interval of for_/k.

    0 where the interval of Clopper and Pearson does not lie above one half as it stands. Raises StatsError unless
    0 <= for_ <= k with k at least 1, and for a confidence outside (0, 1).
    """
    k = checks.whole(k, "k", 1)
    if checks.whole(for_, "for_", 0) > k:
        raise StatsError(f"for_ is {for_}; expected at most the {k} studies there are.")
    votes = [1] * for_ + [0] * (k - for_)
    # The share of for_ in k + for_ studies is at most one half: the search ends there at the latest.
    return next(
        more for more in range(for_ + 1) if directions.vote_count([*votes, *[0] * more], confidence).ci_low <= 0.5
    )


def _direction(value: int) -> int:
    if checks.number(value, "direction") not in (1, -1):
        raise StatsError(f"direction is {value}; expected 1 (above 0) or -1 (below 0).")
    return int(value)
