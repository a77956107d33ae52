"""A reader's table of group summaries as rows of the evidence base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from ..evidence.own import OwnTable
from ..evidence.own_cells import CONVERTED, role_of
from ..evidence.rules import values_as_printed
from ..plurals import counted
from ..stats import conversions
from ..stats.errors import StatsError
from .cohort import ROLES, Summary, summary_contrasts
from .own_words import NO_PLACE, Cells, comparison, joined, label, number, records
from .rules import load
from .synthesis import Unusable, mean_and_sd

if TYPE_CHECKING:
    import pandas as pd

VALUES = ("centre", "spread", "spread_low", "spread_high")


def rows(
    table: OwnTable,
    frame: pd.DataFrame,
    chapters: Sequence[str],
    keys: Sequence[str],
    claims: Sequence[str],
    alpha: float,
) -> tuple[dict[str, list[Cells]], tuple, list[str]]:
    """Take over group summaries, in the unit in which the analyte is compared where that is another.

    Where stages or cases stand beside others, the contrasts that claims state are taken as comparisons that vote, and
    all stages together stand against the controls.
    """
    rows = []
    for position, cells in enumerate(records(frame)):
        role = cells["role"] or role_of(cells["group_label"], cells["order"])
        row = {
            **{name: cells[name] for name in ("species", "sample", "assay", "statistic", "p_reported", "url")},
            "source_key": keys[position],
            "comparison_set": cells["comparison_set"]
            or "-".join(filter(None, (keys[position], cells["analyte_known"], cells["sample"]))),
            "chapter": chapters[position],
            "population": cells["population"] or "own study",
            "group_label": label(cells["group_label"], role),
            "role": role,
            "order": number(cells["order"]),
            "analyte": cells["analyte_known"],
            "n": number(cells["n"]),
            "locator": cells["locator"] or f"{NO_PLACE}, line {cells['line']}",
            "extractors": "own",
            "agreement": "single",
        }
        rows.append(row | _measured(cells))
    comparisons, notes = [], []
    for members in _sets(rows):
        first = members[0]
        found, said = summary_contrasts(first["analyte"], first["chapter"], list(_read(members)), claims, alpha)
        stated = [contrast for contrast in found if contrast.claims]
        comparisons += [comparison(first["analyte"], first["sample"], contrast, first, stated) for contrast in stated]
        notes += [f"{first['comparison_set']}: {note}" for note in said] if stated else []
        rows += _all_stages(members)
    return {name: rows for name, rows in (("groups", rows), ("comparisons", comparisons)) if rows}, (), notes


def _sets(rows: Sequence[Cells]) -> list[list[Cells]]:
    """Give the rows that are read together, in blood."""
    blood = load("words.yaml")["blood"]
    sets: dict[tuple[str, str], list[Cells]] = {}
    for row in rows:
        if (row["sample"] or "") in blood:
            sets.setdefault((row["comparison_set"], row["unit"]), []).append(row)
    return list(sets.values())


def _read(rows: Iterable[Cells]) -> Iterable[Summary]:
    """Give mean and SD of the groups that can be compared, in their order; others are left out."""
    compared = [row for row in rows if row["role"] in ROLES]
    for row in sorted(compared, key=lambda row: (ROLES.index(row["role"]), int(row["order"] or 0))):
        numbers = {name: float(row[name]) if row[name] else None for name in VALUES}
        try:
            found, _ = mean_and_sd({**row, **numbers, "n": int(row["n"])}, "exclude")
        except (Unusable, StatsError):
            continue
        if found.sd > 0 and int(row["n"]) > 1:
            stage = int(row["order"]) if row["role"] == "stage" and row["order"] else None
            yield Summary(row["group_label"], row["role"], stage, found.mean, found.sd, int(row["n"]))


def _all_stages(rows: Sequence[Cells]) -> list[Cells]:
    """Give the row of all stages together, where each can be read and controls but no cases stand beside them."""
    roles = {row["role"] for row in rows}
    stages = [summary for summary in _read(rows) if summary.stage is not None]
    if "control" not in roles or "case" in roles or len(stages) < max(1, sum(row["role"] == "stage" for row in rows)):
        return []
    whole = conversions.combine_groups(*zip(*((one.mean, one.sd, one.n) for one in stages), strict=True))
    centre, spread = (format(Decimal(f"{value:.6g}"), "f") for value in (whole.mean, whole.sd))
    kept = ("source_key", "comparison_set", "chapter", "population", "species", "analyte", "sample", "unit", "url")
    return [
        {
            **{name: rows[0][name] for name in kept},
            "group_label": load("own.yaml")["all_stages"],
            "role": "case",
            "order": "",
            "n": str(whole.n),
            "statistic": "mean_sd",
            "centre": centre,
            "spread": spread,
            "as_reported": f"mean {centre}, SD {spread}",
            "locator": rows[0]["locator"],
            "extractors": "own",
            "agreement": "single",
            "note": f"combined from {counted(len(stages), 'stage')}",
        }
    ]


def _measured(cells: Mapping[str, object]) -> Cells:
    """Give values, unit and note: as printed, or converted with the printed ones in the note."""
    # A column that the file lacks has no converted one.
    converted = {name: cells.get(name + CONVERTED) for name in VALUES}
    same = cells["unit_converted"] == cells["unit"] or all(
        cells[name] == converted[name] for name in VALUES if cells[name] is not None
    )
    if same or (cells["centre"] is not None and converted["centre"] is None):
        values = {name: number(cells[name]) for name in VALUES}
        below = cells["centre"] is None
        printed = cells["centre_printed"] if below else _standing(cells["as_reported"], values)
        note = "" if printed == cells["as_reported"] or below else f"printed: {cells['as_reported']}"
        return {**values, "unit": cells["unit"], "as_reported": printed, "note": joined(cells["note"], note)}
    shown = cells["as_reported"] or cells["centre_printed"]
    note = f"printed: {shown} {cells['unit']}, converted to {cells['unit_converted']}"
    return {
        **{name: number(value) for name, value in converted.items()},
        "unit": cells["unit_converted"],
        "as_reported": "",
        "note": joined(cells["note"], note),
    }


def _standing(printed: str, values: Mapping[str, str]) -> str:
    """Give the printed string, with a decimal point for a comma where so its values stand in it; else nothing."""
    for text in (printed, printed.replace(",", ".")):
        if not any(values_as_printed({"as_reported": text, **values})):
            return text
    return ""
