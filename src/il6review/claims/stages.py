"""Ordered stages: which tables hold them, which can be tested, and what the test says."""

from collections import defaultdict
from dataclasses import dataclass, replace
from math import sqrt

from ..stats import trends
from ..stats.distributions import t_quantile
from ..stats.errors import StatsError
from .review import Review, Row
from .rules import load
from .synthesis import Unusable, barred, mean_and_sd


@dataclass(frozen=True)
class Stages:
    """One set of ordered groups. `trend` and `step` are empty where `because` says why there is no test.

    `means` holds each mean between its limits; `step` is the cut with the smallest P among all cuts; `pairs` holds
    every later stage against every earlier one.
    """

    source: str
    population: str
    unit: str
    groups: tuple[Row, ...]
    readings: tuple[str, ...]
    means: tuple[tuple[float, float, float], ...]
    monotone: bool | None
    trend: trends.StageContrast | None
    step: trends.StageContrast | None
    pairs: tuple[trends.StageContrast, ...]
    because: str

    @property
    def rows(self) -> tuple[str, ...]:
        """The ids of the rows, in the order of the stages."""
        return tuple(row["row_id"] for row in self.groups)


def ordered_sets(review: Review, analyte: str) -> tuple[Stages, ...]:
    """Find every set of two or more ordered stages of an analyte in blood, and test those that can be."""
    blood = load("words.yaml")["blood"]
    sets = defaultdict(list)
    where = {"chapter": review.chapter, "analyte": analyte, "role": "stage", "sample": blood}
    for row in review.rows("groups", where):
        if row["order"] is not None:
            sets[row["comparison_set"]].append(row)
    return tuple(
        _analyse(review, sorted(rows, key=lambda row: row["order"])) for rows in sets.values() if len(rows) > 1
    )


def _analyse(review: Review, groups: list[Row]) -> Stages:
    first = groups[0]
    centres = [row["centre"] for row in groups]
    monotone = None if None in centres else trends.is_monotone(centres)
    trend = step = None
    pairs: tuple = ()
    readings: tuple[str, ...] = ()
    intervals: tuple = ()
    because = ""
    try:
        readings, means, sds, ns = _values(review, groups)
        trend = trends.linear_trend(means, sds, ns, confidence=review.confidence)
        step = _sharpest_step(means, sds, ns, review.confidence)
        pairs = trends.pairwise(means, sds, ns, review.confidence)
        intervals = tuple(_interval(*group, review.confidence) for group in zip(means, sds, ns, strict=True))
    except (Unusable, StatsError) as problem:
        because = str(problem)
    return Stages(
        source=first["source_key"],
        population=first["population"],
        unit=first["unit"],
        groups=tuple(groups),
        readings=readings,
        means=intervals,
        monotone=monotone,
        trend=trend,
        step=step,
        pairs=pairs,
        because=because,
    )


def _values(review: Review, groups: list[Row]) -> tuple[tuple[str, ...], list[float], list[float], list[int]]:
    doubtful = barred(review, "groups", "not_credible")
    source = groups[0]["source_key"]
    if source in doubtful:
        raise Unusable(doubtful[source])
    for column, what in (("n", "size"), ("centre", "value")):
        missing = [row["group_label"] for row in groups if row[column] is None]
        if missing:
            raise Unusable(f"{what} not printed: {', '.join(missing)}")
    if len({row["unit"].lower() for row in groups}) > 1:
        raise Unusable("the stages are printed in different units")
    read = [mean_and_sd(row, review.plus_minus) for row in groups]
    return (
        tuple(reading for _, reading in read),
        [value.mean for value, _ in read],
        [value.sd for value, _ in read],
        [int(row["n"]) for row in groups],
    )


def _sharpest_step(means: list[float], sds: list[float], ns: list[int], confidence: float) -> trends.StageContrast:
    """Give the cut with the smallest P, its P multiplied by the number of cuts (Bonferroni), 1 at most."""
    cuts = range(1, len(means))
    steps = [trends.step_contrast(means, sds, ns, cut, confidence) for cut in cuts]
    step = min(steps, key=lambda contrast: contrast.p)
    return replace(step, p=min(1.0, step.p * len(cuts)), name=f"{step.name}, the sharpest of {len(cuts)} cuts")


def _interval(mean: float, sd: float, n: int, confidence: float) -> tuple[float, float, float]:
    """Give one mean between the limits of its t interval: mean ± t(n - 1) sd / √n."""
    half = t_quantile((1 + confidence) / 2, n - 1) * sd / sqrt(n)
    return mean - half, mean, mean + half


def carried_steps(review: Review, claim_ids: list[str]) -> tuple[tuple[tuple[int, int], ...], int, tuple[str, ...]]:
    """Give the steps from one stage to the next that a contrast of the document itself carries.

    Returns the steps, how many a gradual rise over all S stages would need (S - 1), and the rows of the contrasts.
    """
    contrasts, rows = set(), []
    seeds = [row["source_key"] for row in review.tables["sources"] if row["kind"] == "seed"]
    for row in review.rows("comparisons", {"claim_ids": claim_ids, "direction": "a_higher", "source_key": seeds}):
        numbers = [label.rsplit("stage ", 1)[-1] for label in (row["group_b"], row["group_a"])]
        if all(number.isdigit() for number in numbers):
            contrasts.add((int(numbers[0]), int(numbers[1])))
            rows.append(row["comparison_id"])
    stages = max(high for _, high in contrasts)
    return trends.supported_steps(stages, contrasts), stages - 1, tuple(rows)
