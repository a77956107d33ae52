"""The folder that `il6review new` writes: templates to fill in, what their columns mean, and a synthetic example."""

from __future__ import annotations

import math
import os
import random
import shutil
import statistics
from pathlib import Path
from typing import Any

from . import kinds
from .exports import csv_text, unwritable
from .kinds import Kind
from .problems import Problem, WrongUse

#: The synthetic cohort: name, stage, median of IL-6 in pg/mL; 24 persons each, 120 in all.
COHORT = (
    ("control", "", 2.5),
    ("stage 1", "1", 8.0),
    ("stage 2", "2", 12.0),
    ("stage 3", "3", 24.0),
    ("stage 4", "4", 40.0),
)
PERSONS = 24
SEED = 6
#: Standard deviation of the natural logarithms, and the limit of detection in pg/mL.
SPREAD, LIMIT = 0.8, 1.5


def new(path: str | Path) -> list[Path]:
    """Write the folder `path` and return its files. It is written whole or not at all.

    Raises WrongUse if the name is taken, leads upwards by `..`, or cannot be written.
    """
    folder = Path(path).expanduser()
    if not str(path).strip() or "\0" in str(path) or ".." in folder.parts or not folder.name:
        mend = "choose another name, such as my_study."
        raise WrongUse([Problem(str(path), None, None, None, 'the name of a new folder, without ".."', mend)])
    if os.path.lexists(folder):
        mend = "choose another name; nothing that is there is overwritten."
        raise WrongUse([Problem(str(path), None, None, None, "a name that is free", mend)])
    building = folder.with_name(f".{folder.name}.new")
    contents = files()
    try:
        building.mkdir()
    except OSError as error:
        raise unwritable(folder, error) from None
    try:
        for name, text in contents.items():
            (building / name).write_text(text, encoding="utf-8", newline="")
        os.rename(building, folder)
    except OSError as error:
        shutil.rmtree(building, ignore_errors=True)
        raise unwritable(folder, error) from None
    return [folder / name for name in contents]


def files() -> dict[str, str]:
    """Return name and text of each file of the folder."""
    every = [kinds.kind(name) for name in kinds.NAMES]
    people = synthetic_persons()
    return {
        **{f"{kind.name}.csv": csv_text(kind.columns, []) for kind in every},
        "columns.md": "\n".join([_HEAD, *map(described, every)]),
        "synthetic_persons.csv": _filled(kinds.kind("persons"), people),
        "synthetic_groups.csv": _filled(kinds.kind("groups"), synthetic_groups()),
    }


_HEAD = """# What goes into which column

Fill in the one template that fits your table; leave a cell empty where you have no value, and keep the first line.
Then let it be checked: `il6review check FILE`.
A column of yours that has another name can stay: `il6review check FILE --map value=IL6_pgml --set unit=pg/mL`.
The files named synthetic_ hold invented numbers, to show what a filled table looks like.
"""


def described(kind: Kind) -> str:
    """Return a kind of table as Markdown: what a row is, and each column with unit and example."""
    lines = [f"## {kind.name}.csv: {kind.title.lower()}", "", kind.description, ""]
    lines += [f"At least one of {' and '.join(options)} is filled in each row." for options in kind.one_of]
    lines += ["", "| column | needed | what | unit | example |", "|---|---|---|---|---|"]
    lines += [
        f"| `{field['name']}` | {_needed(field)} | {_what(field)} | {field.get('unit', '')} | {field['example']} |"
        for field in kind.fields
    ]
    return "\n".join([*lines, ""])


def _needed(field: dict[str, Any]) -> str:
    return "yes" if kinds.needed(field) else ""


def _what(field: dict[str, Any]) -> str:
    options = field.get("constraints", {}).get("enum")
    return f"{field['description']} One of: {', '.join(options)}." if options else field["description"]


def _filled(kind: Kind, rows: list[dict[str, str]]) -> str:
    """Return rows as CSV with all columns of the kind."""
    return csv_text(kind.columns, [[row.get(column, "") for column in kind.columns] for row in rows])


def _draws() -> list[tuple[str, str, list[float]]]:
    """Return name, stage and invented IL-6 values of each group, the same on every machine."""
    chance, normal = random.Random(SEED), statistics.NormalDist()
    return [
        (name, stage, [median * math.exp(SPREAD * normal.inv_cdf(chance.random())) for _ in range(PERSONS)])
        for name, stage, median in COHORT
    ]


def synthetic_persons() -> list[dict[str, str]]:
    """Return the rows of the synthetic cohort, one for each of 120 persons; values below 1.5 pg/mL as <1.5."""
    rows = []
    for name, stage, values in _draws():
        for value in values:
            rows.append(
                {
                    **_SHARED,
                    "person": f"P{len(rows) + 1:03}",
                    "group": name,
                    "stage": stage,
                    "value": f"<{LIMIT}" if value < LIMIT else f"{value:.1f}",
                    "note": "synthetic",
                }
            )
    return rows


def synthetic_groups() -> list[dict[str, str]]:
    """Return the rows that summarise the synthetic cohort, as it was before the limit of detection."""
    return [
        {
            **_SHARED,
            "group_label": name,
            "role": "stage" if stage else "control",
            "order": stage,
            "n": str(PERSONS),
            "statistic": "mean_sd",
            "centre": (mean := f"{statistics.fmean(values):.1f}"),
            "spread": (sd := f"{statistics.stdev(values):.1f}"),
            "as_reported": f"{mean} ± {sd}",
            "locator": "synthetic",
            "note": "synthetic",
        }
        for name, stage, values in _draws()
    ]


_SHARED = {
    "source_key": "SyntheticCohort",
    "chapter": "ra_serum_levels",
    "population": "RA by activity",
    "species": "human",
    "analyte": "IL-6",
    "unit": "pg/mL",
    "sample": "serum",
}
