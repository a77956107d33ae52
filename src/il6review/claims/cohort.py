"""A reader's own cohort, one row per person: the contrasts that the claims state, trend, and step against line.

Groups are compared by the ranks of the single values, which no choice for values below detection can move beyond
ties: all values under the highest limit count as one tied lowest value. Beside it stands the ratio of geometric
means, from logarithms, once with limit / 2 in the place of what lies below and once by the likelihood of a log-normal
distribution (see stats.censored). P values of the ranks are adjusted by Holm over the contrasts that claims state.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from ..evidence.own_cells import BELOW, CONVERTED
from ..plurals import counted
from ..stats import censored, trends
from ..stats.combining import SMALLEST_P, holm
from ..stats.distributions import normal_quantile
from ..stats.effects import log_ratio_of_means
from ..stats.errors import StatsError
from ..stats.ranks import Jonckheere, jonckheere_terpstra
from .rules import load

if TYPE_CHECKING:
    import pandas as pd

#: How the logarithms are taken where values lie below detection.
SUBSTITUTED, LIKELIHOOD = "limit / 2", "log-normal likelihood"
#: How the ratio is taken where only means are known.
MEANS = "means"
#: Roles that are compared, in the order from low to high that the claims expect; stages by their rank.
ROLES = ("control", "case", "stage")


@dataclass(frozen=True)
class Group:
    """The persons of one group: measured `values`, and the `limits` below which others lie, in one unit."""

    name: str
    role: str
    stage: int | None
    values: tuple[float, ...]
    limits: tuple[float, ...]

    @property
    def n(self) -> int:
        """The number of persons with a value or a limit."""
        return len(self.values) + len(self.limits)

    @property
    def place(self) -> str | int:
        """The rank of the stage, or the role, as own.yaml names it."""
        return self.role if self.stage is None else self.stage


@dataclass(frozen=True)
class Summary:
    """Mean, SD and size of one group, as printed or as its table gives them."""

    name: str
    role: str
    stage: int | None
    mean: float
    sd: float
    n: int

    @property
    def place(self) -> str | int:
        """The rank of the stage, or the role, as own.yaml names it."""
        return self.role if self.stage is None else self.stage


@dataclass(frozen=True)
class Logs:
    """Mean, SD and size of each group on the natural logarithm, by one way; empty where `because` says why."""

    way: str
    means: tuple[float, ...] = ()
    sds: tuple[float, ...] = ()
    ns: tuple[int, ...] = ()
    because: str = ""


@dataclass(frozen=True)
class Ratio:
    """The ratio of two geometric means by one way, its interval, and Welch's P; None where it cannot be had."""

    way: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None


@dataclass(frozen=True)
class Contrast:
    """The group that a claim expects higher against the one that it expects lower.

    Persons are tested by Mann and Whitney's ranks, two-sided, by normal approximation with ties; `superiority` is then
    the share of pairs of persons of whom the one of the higher group has the higher value (ties count one half).
    Summaries are tested by Welch's t, and have no `superiority`. `statistic` is z or t, `p_holm` the P adjusted.
    """

    higher: Group | Summary
    lower: Group | Summary
    claims: tuple[str, ...]
    test: str
    superiority: float | None
    statistic: float
    p: float
    p_holm: float
    direction: str
    ratios: tuple[Ratio, ...]


@dataclass(frozen=True)
class Gradient:
    """Trend and step against line over the stages, on logarithms, by one way.

    The slope is a ratio for one stage. `shape` and `slope` are None where `because` says why.
    """

    way: str
    slope: trends.StageContrast | None
    shape: trends.StepOrGradual | None
    because: str


@dataclass(frozen=True)
class Cohort:
    """All that is found in the persons of one analyte, sample and time."""

    analyte: str
    sample: str
    time: str
    unit: str
    chapter: str
    groups: tuple[Group, ...]
    contrasts: tuple[Contrast, ...]
    trend: Jonckheere | None
    gradients: tuple[Gradient, ...]
    gradual: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """What was measured, in what, when."""
        return ", ".join(filter(None, (self.analyte, self.sample, self.time)))

    @property
    def stages(self) -> tuple[Group, ...]:
        """The groups that are stages, in their order."""
        return tuple(group for group in self.groups if group.stage is not None)


def cohorts(
    frame: pd.DataFrame, chapter: str, claims: Sequence[str] = (), alpha: float = 0.05, confidence: float = 0.95
) -> tuple[Cohort, ...]:
    """Test each analyte, sample and time of a table of persons, as `evidence.read_own` gives it.

    `claims` names the claims that cases against controls bear on, beside those of own.yaml. A group of fewer than two
    persons is left out and said.
    """
    found = []
    for (analyte, sample, time), rows in frame.groupby(["analyte_known", "sample", "time"], sort=False):
        convertible = rows[["value" + CONVERTED, "value" + BELOW + CONVERTED]].notna().any(axis=None)
        suffix = CONVERTED if convertible else ""
        unit = rows["unit_converted" if convertible else "unit"].iloc[0]
        groups = sorted(_groups(rows, suffix), key=lambda group: (ROLES.index(group.role), group.stage or 0))
        found.append(cohort(analyte, sample, time, unit, chapter, groups, claims, alpha, confidence))
    return tuple(found)


def _groups(rows: pd.DataFrame, suffix: str) -> Iterable[Group]:
    """Yield the groups that can be compared; values at other times, such as before and after, are not."""
    for (name, role), persons in rows.groupby(["group", "role"], sort=False):
        if role in ROLES:
            stages = persons["stage"].dropna().unique()
            stage = int(stages[0]) if role == "stage" and len(stages) else None
            values, limits = (persons[column + suffix].dropna().tolist() for column in ("value", "value" + BELOW))
            yield Group(name, role, stage, tuple(values), tuple(limits))


def cohort(
    analyte: str,
    sample: str,
    time: str,
    unit: str,
    chapter: str,
    groups: Sequence[Group],
    claims: Sequence[str] = (),
    alpha: float = 0.05,
    confidence: float = 0.95,
) -> Cohort:
    """Carry out the design over groups that stand in order: controls, cases, stages by rank."""
    small = [group for group in groups if group.n < 2]
    groups = tuple(group for group in groups if group.n > 1)
    notes = [f"{group.name}: {group.n} with a value, too few to compare." for group in small]
    logs = _logs(groups)
    ranked = ranked_values(groups)

    def tested(lower: int, higher: int) -> _Tested:
        found = jonckheere_terpstra([ranked[lower], ranked[higher]])
        superiority = found.j / (groups[lower].n * groups[higher].n)
        ratios = tuple(_ratio(way, lower, higher, confidence) for way in logs)
        return _Tested("Mann-Whitney", found.z, found.p, superiority, ratios)

    contrasts, said = _contrasts(analyte, chapter, groups, claims, tested, alpha)
    stages = [position for position, group in enumerate(groups) if group.stage is not None]
    trend, because = _rank_trend(groups[stages[0] :]) if len(stages) > 2 else (None, "")
    gradual = [
        rule["claim"]
        for rule in load("own.yaml")["gradual"]
        if (rule["chapter"], rule["analyte"]) == (chapter, analyte) and len(stages) > 2
    ]
    return Cohort(
        analyte=analyte,
        sample=sample,
        time=time,
        unit=unit,
        chapter=chapter,
        groups=groups,
        contrasts=contrasts,
        trend=trend,
        gradients=tuple(_gradient(way, stages, confidence) for way in logs) if len(stages) > 2 else (),
        gradual=tuple(gradual),
        notes=(*notes, *said, *([because] if because else [])),
    )


def _logs(groups: Sequence[Group]) -> tuple[Logs, ...]:
    """Summarise all groups on the logarithm: with limit / 2, and by likelihood where something lies below detection."""
    filled = [(*group.values, *(limit / 2 for limit in group.limits)) for group in groups]
    ways = [_plain_logs(groups, filled)]
    if any(group.limits for group in groups):
        ways.append(_likelihood_logs(groups))
    return tuple(ways)


def _plain_logs(groups: Sequence[Group], filled: Sequence[Sequence[float]]) -> Logs:
    zero = [group.name for group, values in zip(groups, filled, strict=True) if min(values) <= 0]
    flat = [group.name for group, values in zip(groups, filled, strict=True) if len(set(values)) == 1]
    if zero or flat:
        what = "a value of 0 has no logarithm" if zero else "all values are equal"
        return Logs(SUBSTITUTED, because=f"{(zero or flat)[0]}: {what}")
    logs = [[math.log(value) for value in values] for values in filled]
    means = tuple(math.fsum(values) / len(values) for values in logs)
    sds = tuple(
        math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
        for mean, values in zip(means, logs, strict=True)
    )
    return Logs(SUBSTITUTED, means, sds, tuple(len(values) for values in logs))


def _likelihood_logs(groups: Sequence[Group]) -> Logs:
    """Fit each group; se x sqrt(n) stands for the SD, so that a contrast of means has the standard error of the fit."""
    fits = []
    for group in groups:
        try:
            fits.append(censored.log_normal(group.values, group.limits))
        except StatsError as error:
            return Logs(LIKELIHOOD, because=f"{group.name}: {error}")
    return Logs(
        LIKELIHOOD,
        tuple(fit.mean_log for fit in fits),
        tuple(fit.se_mean_log * math.sqrt(group.n) for fit, group in zip(fits, groups, strict=True)),
        tuple(group.n for group in groups),
    )


def summary_contrasts(
    analyte: str,
    chapter: str,
    groups: Sequence[Summary],
    claims: Sequence[str] = (),
    alpha: float = 0.05,
    confidence: float = 0.95,
) -> tuple[tuple[Contrast, ...], list[str]]:
    """Compare groups of which only mean, SD and size are known, by Welch's t; give the contrasts and what is to say.

    Beside it stands the ratio of means with its interval from the log ratio.
    """

    def tested(lower: int, higher: int) -> _Tested:
        low, high = groups[lower], groups[higher]
        found = trends.step_contrast([low.mean, high.mean], [low.sd, high.sd], [low.n, high.n], 1, confidence)
        ratio = _ratio_of_means(low, high, confidence)
        return _Tested("Welch's t from means and SDs", found.t, found.p, None, (ratio,))

    return _contrasts(analyte, chapter, groups, claims, tested, alpha)


def _ratio_of_means(low: Summary, high: Summary, confidence: float) -> Ratio:
    try:
        effect = log_ratio_of_means(high.mean, high.sd, high.n, low.mean, low.sd, low.n)
    except StatsError:
        return Ratio(MEANS, None, None, None, None)
    half = normal_quantile((1 + confidence) / 2) * math.sqrt(effect.variance)
    limits = (math.exp(effect.estimate + sign * half) for sign in (0, -1, 1))
    return Ratio(MEANS, *limits, None)


@dataclass(frozen=True)
class _Tested:
    name: str
    statistic: float
    p: float
    superiority: float | None
    ratios: tuple[Ratio, ...]


def _contrasts(
    analyte: str,
    chapter: str,
    groups: Sequence[Group] | Sequence[Summary],
    claims: Sequence[str],
    tested: Callable[[int, int], _Tested],
    alpha: float,
) -> tuple[tuple[Contrast, ...], list[str]]:
    """Compare the pairs that claims state; where no claim states one, all pairs, without a claim."""
    stated = _stated(analyte, chapter, groups, claims)
    pairs = stated or dict.fromkeys(combinations(range(len(groups)), 2), ())
    tests, kept, notes = [], [], []
    for lower, higher in pairs:
        try:
            tests.append(tested(lower, higher))
            kept.append((lower, higher))
        except StatsError as error:
            notes.append(f"{groups[higher].name} against {groups[lower].name}: {error}")
    adjusted = holm([max(test.p, SMALLEST_P) for test in tests]).ps if tests else ()
    if kept:
        which = "that claims state" if stated else "of all groups, none of which a claim states"
        notes.append(f"P values are adjusted by Holm over {counted(len(kept), 'contrast')} of {analyte} {which}.")
    found = []
    for (lower, higher), test, p_holm in zip(kept, tests, adjusted, strict=True):
        sign = "a_higher" if test.statistic > 0 else "a_lower"
        found.append(
            Contrast(
                higher=groups[higher],
                lower=groups[lower],
                claims=tuple(dict.fromkeys(pairs[lower, higher])),
                test=test.name,
                superiority=test.superiority,
                statistic=test.statistic,
                p=test.p,
                p_holm=p_holm,
                direction=sign if p_holm < alpha else "no_difference",
                ratios=test.ratios,
            )
        )
    return tuple(found), notes


def _stated(
    analyte: str, chapter: str, groups: Sequence[Group], claims: Sequence[str]
) -> Mapping[tuple[int, int], list[str]]:
    """Give the pairs (lower, higher) of groups that claims state, with the claims."""
    stated: dict[tuple[int, int], list[str]] = {}
    for rule in load("own.yaml")["contrasts"]:
        if (rule["chapter"], rule["analyte"]) != (chapter, analyte):
            continue
        for lower, low in enumerate(groups):
            for higher, high in enumerate(groups):
                if low.place in rule["lower"] and high.place in rule["higher"]:
                    stated.setdefault((lower, higher), []).append(rule["claim"])
    cases = [position for position, group in enumerate(groups) if group.role == "case"]
    controls = [position for position, group in enumerate(groups) if group.role == "control"]
    for control in controls if claims else ():
        for case in cases:
            stated.setdefault((control, case), []).extend(claims)
    return dict(sorted(stated.items()))


def ranked_values(groups: Sequence[Group]) -> list[list[float]]:
    """Give the values of each group as ranks see them: all under the highest limit of any group are tied."""
    limits = [limit for group in groups for limit in group.limits]
    if not limits:
        return [list(group.values) for group in groups]
    highest = max(limits)
    lowest = highest / 2
    return [
        [value if value >= highest else lowest for value in group.values] + [lowest] * len(group.limits)
        for group in groups
    ]


def _ratio(logs: Logs, lower: int, higher: int, confidence: float) -> Ratio:
    if logs.because:
        return Ratio(logs.way, None, None, None, None)
    picked = ([values[lower], values[higher]] for values in (logs.means, logs.sds, logs.ns))
    found = trends.step_contrast(*picked, 1, confidence)
    return Ratio(logs.way, math.exp(found.estimate), math.exp(found.ci_low), math.exp(found.ci_high), found.p)


def _rank_trend(stages: Sequence[Group]) -> tuple[Jonckheere | None, str]:
    """Test by ranks whether values rise over the stages, controls left out; say why not."""
    try:
        return jonckheere_terpstra(ranked_values(stages)), ""
    except StatsError as error:
        return None, f"No rank test of the trend: {error}"


def _gradient(logs: Logs, stages: Sequence[int], confidence: float) -> Gradient:
    if logs.because:
        return Gradient(logs.way, None, None, logs.because)
    picked = [[values[stage] for stage in stages] for values in (logs.means, logs.sds, logs.ns)]
    return Gradient(logs.way, trends.linear_trend(*picked, confidence=confidence), trends.step_or_gradual(*picked), "")
