"""What the chapter on joint pain shows beside the answers: single experiments, relations with pain, and trials."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from ..stats.distributions import f_sf
from .model import LedgerError, Number, printed_p, significant
from .review import Review
from .views import Exhibit, Table
from .views_fatigue_mood import Difference, difference_lines, differences

#: What of `correlations.csv` is a measure of pain.
PAIN = ("VAS pain", "pain VAS", "WOMAC pain", "VAS, WOMAC and KOOS")
FOUND = {"a_higher": "higher", "a_lower": "lower", "no_difference": "no difference"}


def experiments(key: str, review: Review, sources: Sequence[str]) -> Exhibit:
    """Show every comparison of the chapter that these sources report, one line each, in the order of `sources`."""
    rows = [
        row
        for source in sources
        for row in review.rows("comparisons", {"source_key": source, "chapter": review.chapter})
    ]
    lines = [
        {
            "source": row["source_key"],
            "measured": row["outcome"],
            "compared": f"{row['group_a']} against {row['group_b']}",
            "found": FOUND[row["direction"]],
            "P": printed_p(row["p_reported"]) if row["p_reported"] else "not printed",
            "row": row["comparison_id"],
        }
        for row in rows
    ]
    return _exhibit(key, lines, [row["comparison_id"] for row in rows])


def _exhibit(key: str, lines: list[dict], rows: Iterable[str]) -> Exhibit:
    return Exhibit(key, Table(pd.DataFrame(lines)), tuple(rows))


def relations(key: str, review: Review) -> Exhibit:
    """Show every relation of IL-6 with a measure of pain, whatever the disease and the fluid."""
    rows = review.rows("correlations", {"x": "IL-6", "y": PAIN})
    lines = [
        {
            "source": row["source_key"],
            "population": row["population"],
            "fluid": row["sample"],
            "n": "" if row["n"] is None else str(int(row["n"])),
            "pain": row["y"],
            "relation": row["direction"],
            "r": "not printed" if row["r"] is None else f"{row['r']:g}",
            "row": row["row_id"],
        }
        for row in rows
    ]
    return _exhibit(key, lines, [row["row_id"] for row in rows])


def relief(review: Review, trials: Mapping[str, Sequence[str]]) -> tuple[Difference, ...]:
    """Give how much more pain fell under the drug, in mm: the printed changes are negative where pain falls.

    `trials` is as for `views_fatigue_mood.differences`.
    """
    return tuple(replace(item, estimate=-item.estimate) for item in differences(review, trials))


def arms(review: Review) -> tuple[tuple[Difference, ...], dict[str, Number]]:
    """Compare every arm of a trial of the chapter with its placebo, whatever the dose, the week and the scale of pain.

    A change in mm is turned, so that a positive difference is less pain on both scales, mm and percent improvement.
    Counts the arms, and those whose interval leaves no effect.
    """
    groups = [row for row in review.rows("groups", {"chapter": review.chapter}) if "pain" in row["analyte"]]
    controls = {row["comparison_set"]: row for row in groups if row["role"] == "control"}
    found = []
    for row in groups:
        if row["role"] == "case":
            name = f"{row['source_key']}, {row['group_label']}, {row['analyte']}"
            pair = {name: (row["row_id"], controls[row["comparison_set"]]["row_id"])}
            found += relief(review, pair) if row["unit"] == "mm" else differences(review, pair)
    clear = [line for line in difference_lines(review, found) if line["direction"] == 1]
    rows = tuple(row_id for item in found for row_id in item.rows)
    numbers = {
        "arms": Number(len(found), 0, "arms of trials with a mean and a spread of pain", rows=rows),
        "clear": Number(len(clear), 0, "of them, arms with clearly less pain than under placebo", rows=rows),
    }
    return tuple(found), numbers


def arms_table(key: str, review: Review, found: Iterable[Difference]) -> Exhibit:
    """Show each arm with its difference from placebo; positive is less pain."""
    found = tuple(found)
    lines = [
        {"arm and scale": item.trial, "persons": str(item.n), "less pain by (interval)": line["detail"]}
        for item, line in zip(found, difference_lines(review, found), strict=True)
    ]
    return _exhibit(key, lines, [row_id for item in found for row_id in item.rows])


def p_of_f(review: Review, comparison_id: str) -> dict[str, Number]:
    """Compute the limits of P that fit a printed F, rounded as it is. Raises LedgerError where no F is printed."""
    row = next(iter(review.rows("comparisons", {"comparison_id": comparison_id})))
    match = re.fullmatch(r"F\((\d+),(\d+)\)=(\d+(?:\.(\d+))?)", row["test_reported"])
    if not match:
        raise LedgerError(
            f"comparisons.csv, row {comparison_id}: no F(df,df)=value in test_reported. Mend: name another."
        )
    df1, df2, f, half = int(match[1]), int(match[2]), float(match[3]), 0.5 * 10 ** -len(match[4] or "")
    ps = {"p_low": f_sf(f + half, df1, df2), "p_high": f_sf(f - half, df1, df2)}
    words = {"p_low": "smallest P", "p_high": "largest P"}
    return {
        name: Number(
            p, significant(p, 2), f"{row['source_key']}, {words[name]} that fits the printed F", rows=(comparison_id,)
        )
        for name, p in ps.items()
    }
