"""How a reader's rows are written as cells of the evidence base."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from ..evidence.exports import formula_safe
from ..evidence.own_cells import CONTROLS
from ..plurals import counted
from .cohort import MEANS, Contrast, Ratio
from .rules import load

if TYPE_CHECKING:
    import pandas as pd

Cells = dict[str, str]
#: The column that numbers the rows of a table.
KEYS = {"groups": "row_id", "comparisons": "comparison_id", "correlations": "row_id", "proportions": "row_id"}
#: How a locator begins that the reader did not give.
NO_PLACE = "own table"


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Give the rows of a frame, None where a cell is empty."""
    plain = frame.astype(object).where(frame.notna(), None)
    return plain.to_dict("records")


def text(value: object) -> str:
    """Give a cell as the evidence base holds text: on one line, without spaces around it, and no formula."""
    return str(formula_safe(" ".join(re.sub(r"[\x00-\x1f\x7f]", " ", str(value)).split())))


def tidy(row: Mapping[str, object]) -> Cells:
    """Give a row with each cell as the evidence base holds it."""
    return {name: text(value) for name, value in row.items()}


def number(value: object) -> str:
    """Write a number in plain decimals, with as many digits as it has; nothing for a missing one."""
    if value is None or value != value:
        return ""
    return format(Decimal(repr(float(value))), "f").removesuffix(".0")


def label(name: str, role: str) -> str:
    """Give a group its name, and controls that under which people without arthritis are known."""
    plain = name.casefold()
    known = load("words.yaml")["controls"]
    return plain if role == "control" and plain in known else "controls" if plain in CONTROLS else name


def joined(*texts: str) -> str:
    """Join the texts that are not empty."""
    return "; ".join(filter(None, texts))


def comparison(
    analyte: str, sample: str, contrast: Contrast, shared: Mapping[str, str], family: Sequence[Contrast]
) -> Cells:
    """Give one contrast as a comparison that votes for the claims that state it."""
    adjusted = f"{contrast.test}, P adjusted by Holm over {counted(len(family), 'contrast')}"
    share = [] if contrast.superiority is None else [f"{100 * contrast.superiority:.0f} % of pairs higher"]
    ratios = [_ratio(ratio) for ratio in contrast.ratios if ratio.estimate is not None]
    return {
        **{name: shared[name] for name in ("source_key", "chapter", "population", "species", "locator", "url")},
        "claim_ids": ";".join(contrast.claims),
        "outcome": f"{analyte} ({sample or 'sample not told'})",
        "group_a": contrast.higher.name,
        "group_b": contrast.lower.name,
        "n_a": str(contrast.higher.n),
        "n_b": str(contrast.lower.n),
        "direction": contrast.direction,
        "p_reported": printed(contrast.p_holm),
        "test_reported": adjusted,
        "design": "independent",
        "unit_of_analysis": "patient",
        "note": "; ".join([*share, *ratios]),
    }


def _ratio(ratio: Ratio) -> str:
    """Say a ratio with its interval and the way in which it was taken."""
    text = f"{ratio.estimate:.3g} ({ratio.ci_low:.3g} to {ratio.ci_high:.3g})"
    return f"ratio of means {text}" if ratio.way == MEANS else f"ratio of geometric means {text} by {ratio.way}"


def printed(p: float) -> str:
    """Write a P as the column p_reported takes it."""
    if p < 0.0001:
        return "<0.0001"
    return "1.0" if p > 0.99995 else f"{p:.4f}"
