"""What the chapter on the ranking of cytokines shows: the grades of one slide under test, and measured levels."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from ..stats.ranks import GRADE_CODINGS, Friedman, grade_sensitivity, rank_contrasts
from .model import Number, significant
from .review import Review, Row
from .rules import load
from .views import Table

#: What the codings that `stats.ranks` tries are called; the first is that of words.yaml.
CODINGS = ('"(+)" between "-" and "+"', '"(+)" as much as "+"', '"(+)" as little as "-"')
#: The analytes of the group summaries that are each of the graded cytokines.
ANALYTES: Mapping[str, str] = {"IL-6": "IL-6", "TNF-alpha": "TNF", "IL-1": "IL-1", "IL-1beta": "IL-1"}
#: Populations with rheumatoid arthritis whose levels are read.
POPULATIONS = ("RA vs healthy", "RA vs OA", "RA by duration")


def cytokines(review: Review) -> tuple[str, ...]:
    """Give the graded cytokines in the order of the slide."""
    return tuple(dict.fromkeys(row["cytokine"] for row in review.tables["rank_table"]))


def scale() -> tuple[str, ...]:
    """Give the grades from lowest to highest."""
    return tuple(load("words.yaml")["grades"])


def lines(review: Review) -> list[dict]:
    """Give the lines of a rank plot: each graded effect with the grades of all cytokines, in the order of the slide."""
    effects = defaultdict(list)
    for row in review.tables["rank_table"]:
        effects[row["claim_id"]].append(row)
    return [
        {
            "label": rows[0]["effect"],
            "grades": tuple(row["grade"] for row in rows),
            "part": rows[0]["section"],
            "row_ids": tuple(row["row_id"] for row in rows),
        }
        for rows in effects.values()
    ]


def places(review: Review) -> dict[str, Number]:
    """Count the effects in which the first cytokine shares the highest grade, and those with another one above it."""
    code = load("words.yaml")["grades"]
    first = cytokines(review)[0]
    found: dict[str, list[tuple[str, ...]]] = {"shared": [], "behind": []}
    for line in lines(review):
        own, *others = (code[grade] for grade in line["grades"])
        if own <= max(others):
            found["shared" if own == max(others) else "behind"].append(line["row_ids"])
    words = {
        "shared": f"effects in which {first} shares the highest grade",
        "behind": f"effects in which another is graded above {first}",
    }
    return {name: Number(len(rows), 0, words[name], rows=tuple(sum(rows, ()))) for name, rows in found.items()}


def tests(review: Review) -> dict[str, Friedman]:
    """Test the whole table under each coding, then without each section: its lines may be one opinion told twice."""
    graded = lines(review)
    found = dict(zip(CODINGS, grade_sensitivity(_grades(graded)).tests, strict=True))
    for part in dict.fromkeys(line["part"] for line in graded):
        kept = [line for line in graded if line["part"] != part]
        found[f"without {part}"] = grade_sensitivity(_grades(kept), GRADE_CODINGS[:1]).tests[0]
    return found


def _grades(graded: Iterable[Mapping]) -> list[tuple[str, ...]]:
    return [line["grades"] for line in graded]


def choices(review: Review) -> tuple[Table, dict[str, Number]]:
    """Show the test under each choice; count the choices, those with a P below alpha, and give the extremes of P."""
    names, found = cytokines(review), tests(review)
    rows = _rows(review)
    shown = [
        {
            "choice": choice,
            "effects": str(test.n),
            "chi-square": f"{test.chi2:.2f}",
            "P": f"{test.p:.2g}",
            **{f"mean rank, {name}": f"{rank:.2f}" for name, rank in zip(names, test.mean_ranks, strict=True)},
        }
        for choice, test in found.items()
    ]
    ps = [test.p for test in found.values()]
    leads = sum(test.mean_ranks[0] == max(test.mean_ranks) for test in found.values())
    numbers = {
        "tried": Number(len(found), 0, "choices of coding and of lines", rows=rows),
        "below": Number(sum(p < review.alpha for p in ps), 0, f"choices with P below {review.alpha:g}", rows=rows),
        "leads": Number(leads, 0, f"choices in which {names[0]} has the highest mean rank", rows=rows),
        "p_low": Number(min(ps), significant(min(ps), 2), "smallest P of all choices", rows=rows),
        "p_high": Number(max(ps), significant(max(ps), 2), "largest P of all choices", rows=rows),
    }
    return Table(pd.DataFrame(shown)), numbers


def _rows(review: Review) -> tuple[str, ...]:
    return tuple(row["row_id"] for row in review.tables["rank_table"])


def contrasts(review: Review) -> tuple[Table, dict[str, Number]]:
    """Compare each two cytokines in mean rank, P adjusted by Holm for their number."""
    code = load("words.yaml")["grades"]
    names = cytokines(review)
    table, numbers = [], {}
    for found in rank_contrasts([[code[grade] for grade in grades] for grades in _grades(lines(review))]):
        # A contrast is the later column minus the earlier; read the other way it says by how much the first leads.
        first, second = names[found.first - 1], names[found.second - 1]
        label = f"{first} minus {second}"
        values = {"estimate": (-found.estimate, 2), "p": (found.p_holm, significant(found.p_holm, 2))}
        words = {"estimate": "difference in mean rank", "p": "P adjusted by Holm"}
        numbers |= {
            f"{first}_{second}.{name}": Number(value, digits, f"{label}, {words[name]}", rows=_rows(review))
            for name, (value, digits) in values.items()
        }
        table.append(
            {"contrast": label} | {words[name]: f"{value:.{digits}f}" for name, (value, digits) in values.items()}
        )
    return Table(pd.DataFrame(table)), numbers


@dataclass(frozen=True)
class Level:
    """One group of people in whom IL-6 and another cytokine were measured in the same fluid.

    `values` are in pg/ml, by cytokine; `multiples` say how many times the level of the study's controls that is, for
    the cytokines whose controls are printed.
    """

    source: str
    group: str
    sample: str
    values: Mapping[str, float]
    multiples: Mapping[str, float]
    rows: tuple[str, ...]


def levels(review: Review) -> tuple[Level, ...]:
    """Find the groups with rheumatoid arthritis in whom IL-6 and TNF or IL-1 were measured side by side."""
    groups = defaultdict(dict)
    for row in _measured(review, ("case", "stage")):
        groups[row["source_key"], row["group_label"], row["sample"]][ANALYTES[row["analyte"]]] = row
    controls = {row["comparison_set"]: row for row in _measured(review, ("control",))}
    return tuple(
        Level(
            *key,
            values={name: _level(row) for name, row in rows.items()},
            multiples={
                name: _level(row) / _level(controls[row["comparison_set"]])
                for name, row in rows.items()
                if row["comparison_set"] in controls
            },
            rows=tuple(row["row_id"] for row in rows.values()),
        )
        for key, rows in groups.items()
        if "IL-6" in rows and len(rows) > 1
    )


def _measured(review: Review, roles: tuple[str, ...]) -> Iterable[Row]:
    """Give the group summaries of the graded cytokines that print a level in a unit of mass."""
    units = load("words.yaml")["mass_units"]
    return [
        row
        for row in review.rows("groups", {"population": list(POPULATIONS), "role": roles, "analyte": list(ANALYTES)})
        if row["centre"] is not None and row["unit"].lower() in units
    ]


def _level(row: Row) -> float:
    return row["centre"] * load("words.yaml")["mass_units"][row["unit"].lower()]


def levels_table(found: Iterable[Level]) -> Table:
    """Show the levels in pg/ml, in brackets how many times those of the controls."""
    names = tuple(dict.fromkeys(ANALYTES.values()))
    shown = [
        {
            "source": level.source,
            "group": level.group,
            "fluid": level.sample or "not stated",
            **{name: _shown(level, name) for name in names},
            "rows": " ".join(level.rows),
        }
        for level in found
    ]
    return Table(pd.DataFrame(shown, columns=["source", "group", "fluid", *names, "rows"]))


def _shown(level: Level, name: str) -> str:
    if name not in level.values:
        return ""
    times = f" (×\u00a0{level.multiples[name]:.1f})" if name in level.multiples else ""
    return f"{level.values[name]:g}{times}"


def levels_counted(found: Iterable[Level]) -> dict[str, Number]:
    """Count the groups with IL-6 as the highest of the cytokines measured: by level, and by multiple of controls."""
    found = tuple(found)
    risen = tuple(level for level in found if len(level.multiples) == len(level.values))
    first = tuple(level for level in found if _first(level.values))
    first_risen = tuple(level for level in risen if _first(level.multiples))
    return {
        "groups": _count(found, "groups with rheumatoid arthritis in whom IL-6 and another were measured", found),
        "highest": _count(first, "of them, groups with more IL-6 than the other", found),
        "with_controls": _count(risen, "of them, groups whose controls are printed", risen),
        "most_risen": _count(first_risen, "of those, groups in which IL-6 is raised most", risen),
    }


def _first(values: Mapping[str, float]) -> bool:
    return max(values, key=values.get) == "IL-6"


def _count(levels: tuple[Level, ...], label: str, behind: tuple[Level, ...]) -> Number:
    return Number(len(levels), 0, label, rows=tuple(row for level in behind for row in level.rows))
