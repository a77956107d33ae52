"""A reader's table of persons as rows of the evidence base: a summary of each group, and contrasts that vote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from ..evidence.own import OwnTable
from ..stats import censored
from ..stats.errors import StatsError
from .cohort import Cohort, Group, cohorts
from .own_words import NO_PLACE, Cells, comparison, label, number
from .rules import load

if TYPE_CHECKING:
    import pandas as pd

#: Above this ratio of SD to mean, values that cannot be negative are skewed (Altman and Bland 1996, BMJ 313:1200).
SKEWED = 0.5


def rows(
    table: OwnTable,
    frame: pd.DataFrame,
    chapters: Sequence[str],
    keys: Sequence[str],
    claims: Sequence[str],
    alpha: float,
) -> tuple[dict[str, list[Cells]], tuple[Cohort, ...], list[str]]:
    """Summarise persons by group, and take the contrasts of each cohort as comparisons that vote."""
    tables: dict[str, list[Cells]] = {"groups": [], "comparisons": []}
    every: list[Cohort] = []
    frame = frame.assign(own_key=keys, own_chapter=chapters)
    for (key, chapter), rows in frame.groupby(["own_key", "own_chapter"], sort=False):
        first = rows.iloc[0]
        shared = {
            "source_key": key,
            "chapter": chapter,
            "population": first["population"] or "own study",
            "species": first["species"],
            "assay": first["assay"],
            "locator": _whole(rows["locator"]) or f"{NO_PLACE} {Path(table.file).name}, one row per person",
            "url": _whole(rows["url"]),
        }
        found = cohorts(rows, chapter, claims, alpha)
        every += found
        for one in found:
            tables["groups"] += _summaries(one, shared)
            tables["comparisons"] += [
                comparison(one.analyte, one.sample, contrast, shared, one.contrasts) for contrast in one.contrasts
            ]
    tables = {name: rows for name, rows in tables.items() if rows}
    notes = [f"{one.name}: {note}" for one in every for note in one.notes]
    return tables, tuple(every), notes


def _whole(cells: Iterable[str]) -> str:
    """Give the one text that all cells hold; nothing where one differs."""
    different = set(cells)
    return different.pop() if len(different) == 1 else ""


def _summaries(cohort: Cohort, shared: Mapping[str, str]) -> list[Cells]:
    """Give one row for each group, and one for all stages together where controls stand beside them."""
    groups = list(cohort.groups)
    roles = {group.role for group in groups}
    if cohort.stages and "control" in roles and "case" not in roles:
        groups.append(
            Group(
                load("own.yaml")["all_stages"],
                "case",
                None,
                tuple(value for stage in cohort.stages for value in stage.values),
                tuple(limit for stage in cohort.stages for limit in stage.limits),
            )
        )
    return [_summary(cohort, group, shared) for group in groups]


def _summary(cohort: Cohort, group: Group, shared: Mapping[str, str]) -> Cells:
    """Summarise one group by mean and SD; where values lie below detection, by the likelihood of a log-normal."""
    found = censored.below_detection(group.values, group.limits)
    by_likelihood = found.censored if group.limits else None
    mean, sd = ((by_likelihood or found.half).mean, (by_likelihood or found.half).sd)
    centre, spread = (format(Decimal(f"{value:.6g}"), "f") for value in (mean, sd))
    notes = ["summarised from one row per person"]
    if group.limits:
        way = "log-normal likelihood" if by_likelihood else f"limit / 2 ({found.reason})"
        notes.append(f"{found.below} of {found.n} below detection: mean and SD by {way}")
        if by_likelihood:
            notes.append(f"with limit / 2 they are {found.half.mean:.4g} and {found.half.sd:.4g}")
    if sd > SKEWED * mean:
        notes.append(_skewed(group))
    row = {
        **shared,
        "comparison_set": "-".join(filter(None, (shared["source_key"], cohort.analyte, cohort.sample, cohort.time))),
        "group_label": label(group.name, group.role),
        "role": group.role,
        "order": number(group.stage),
        "analyte": cohort.analyte,
        "sample": cohort.sample,
        "unit": cohort.unit,
        "n": str(group.n),
        "extractors": "own",
        "agreement": "single",
        "note": "; ".join(filter(None, notes)),
    }
    if sd == 0:
        return row | {"statistic": "mean_only", "centre": centre, "spread": "", "as_reported": centre}
    return row | {
        "statistic": "mean_sd",
        "centre": centre,
        "spread": spread,
        "as_reported": f"mean {centre}, SD {spread}{_quartiles(group)}",
    }


def _skewed(group: Group) -> str:
    """Say that a group is skewed, with its mean and SD on the logarithm where they exist."""
    try:
        fit = censored.log_normal(group.values, group.limits)
    except StatsError:
        return "skewed"
    return f"skewed: on the natural logarithm mean {fit.mean_log:.4g}, SD {fit.sd_log:.4g}"


def _quartiles(group: Group) -> str:
    """Give median and quartiles as text, where nothing lies below detection."""
    if group.limits or group.n < 4:
        return ""
    # The quantiles of type 7, which R and NumPy take by default.
    from statistics import quantiles

    low, median, high = quantiles(group.values, n=4, method="inclusive")
    return f"; median {median:.6g}, quartiles {low:.6g} to {high:.6g}"
