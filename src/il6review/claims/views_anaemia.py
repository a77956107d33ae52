"""What the chapter on anaemia shows beside the answers: single printed values, a doubtful spread, and relations."""

from collections.abc import Mapping, Sequence
from math import sqrt

import pandas as pd

from ..stats.distributions import normal_quantile
from ..stats.effects import two_group_effect
from .model import LedgerError, Number, printed_p, significant
from .review import Review, Row
from .rules import load
from .synthesis import mean_and_sd
from .views import Table

#: The ways to read a spread whose label is in doubt.
SPREADS = {"sd": "standard deviation", "sem": "standard error"}


def group(review: Review, row_id: str) -> Row:
    """Give one row of the group summaries. Raises LedgerError where there is none of this name."""
    for row in review.rows("groups", {"row_id": row_id}):
        return row
    raise LedgerError(f"groups.csv has no row {row_id!r}. Mend: see the column row_id.")


def measured(review: Review, names: Mapping[str, str]) -> dict[str, Number]:
    """Give the printed means of groups as numbers for prose: `names` maps a name to a row of the group summaries.

    Decimals are those of the table; a change in percent has the unit %.
    """
    numbers = {}
    for name, row_id in names.items():
        row = group(review, row_id)
        decimals = len(f"{row['centre']:g}".partition(".")[2])
        unit = "%" if row["unit"] == "percent change" else row["unit"]
        label = f"{row['source_key']}, {row['analyte']}, {row['group_label']}"
        numbers[name] = Number(row["centre"], decimals, label, unit, (row_id,))
    return numbers


def spread_readings(review: Review, case_id: str, control_id: str) -> tuple[Table, dict[str, Number]]:
    """Give Hedges g of two groups, with its normal interval, under each reading of their spreads."""
    case, control = group(review, case_id), group(review, control_id)
    z = normal_quantile((1 + review.confidence) / 2)
    lines, numbers = [], {}
    for kind, words in SPREADS.items():
        (one, _), (two, _) = (mean_and_sd({**row, "statistic": f"mean_{kind}"}, kind) for row in (case, control))
        effect = two_group_effect("SMD", one.mean, one.sd, int(case["n"]), two.mean, two.sd, int(control["n"]))
        half = z * sqrt(effect.variance)
        found = {"g": effect.estimate, "low": effect.estimate - half, "high": effect.estimate + half}
        for name, value in found.items():
            label = f"{case['source_key']}, Hedges g of {case['analyte']}, spread read as {words}"
            end = {"g": "", "low": ", lower limit", "high": ", upper limit"}[name]
            numbers[f"{kind}_{name}"] = Number(value, significant(value), label + end, rows=(case_id, control_id))
        shown = {name: numbers[f"{kind}_{name}"].as_json()["text"] for name in found}
        lines.append({"spread read as": words, "Hedges g (interval)": "{g} ({low} to {high})".format(**shown)})
    return Table(pd.DataFrame(lines)), numbers


def relations(
    review: Review, x: str, y: Sequence[str], population: Sequence[str], name: str
) -> tuple[Table, dict[str, Number]]:
    """List the reported relations of `x` in blood with `y`, with the count of studies and of those below zero.

    The numbers are named `name`.studies and `name`.negative.
    """
    blood = load("words.yaml")["blood"]
    found = review.rows("correlations", {"x": x, "y": y, "population": population, "sample": blood})
    lines = [
        {
            "source": row["source_key"],
            "population": row["population"],
            "n": "" if row["n"] is None else str(int(row["n"])),
            "relation": row["direction"],
            "r": "not printed" if row["r"] is None else f"{row['r']:g}",
            "P": printed_p(row["p_reported"]) if row["p_reported"] else "not printed",
            "row": row["row_id"],
        }
        for row in found
    ]
    rows = tuple(row["row_id"] for row in found)
    below = {row["source_key"] for row in found if row["direction"] == "negative"}
    label = f"{x} with {y[0]}"
    counts = {
        f"{name}.studies": Number(len({row["source_key"] for row in found}), 0, f"{label}, studies", rows=rows),
        f"{name}.negative": Number(len(below), 0, f"{label}, studies with a negative relation", rows=rows),
    }
    columns = ("source", "population", "n", "relation", "r", "P", "row")
    return Table(pd.DataFrame(lines, columns=list(columns))), counts
