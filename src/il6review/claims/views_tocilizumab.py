"""What the chapter on tocilizumab shows beside the answers: responders by arm, where whole counts are printed."""

from collections.abc import Sequence
from math import exp, sqrt

import pandas as pd

from ..stats.binary import log_risk_ratio
from ..stats.distributions import normal_quantile
from .model import significant
from .review import Review, Row
from .views import Table

#: The arm that the others are compared with.
CONTROL = "placebo"
COLUMNS = ("source", "outcome", "arm", "responders", CONTROL, "risk ratio (interval)", "rows")


def counted(review: Review) -> list[Row]:
    """Read the rows of proportions.csv of the chapter that print a whole count; a percent alone is no count."""
    rows = review.rows("proportions", {"chapter": review.chapter})
    return [row for row in rows if row["events"] is not None]


def responders(review: Review, rows: Sequence[Row]) -> Table:
    """Compare each arm with the placebo arm of the same source, outcome and time: risk ratio with its normal interval.

    Where an arm has nobody with the outcome, half a person is added to every cell, and the line says so.
    """
    controls = {_key(row): row for row in rows if row["arm"] == CONTROL}
    pairs = [(row, controls[_key(row)]) for row in rows if row["arm"] != CONTROL and _key(row) in controls]
    return Table(pd.DataFrame([_line(review, arm, control) for arm, control in pairs], columns=list(COLUMNS)))


def _key(row: Row) -> tuple[object, ...]:
    return row["source_key"], row["outcome"], row["timepoint"]


def _line(review: Review, arm: Row, control: Row) -> dict[str, str]:
    effect = log_risk_ratio(int(arm["events"]), int(arm["n"]), int(control["events"]), int(control["n"]))
    half = normal_quantile((1 + review.confidence) / 2) * sqrt(effect.variance)
    ratio, low, high = (_shown(exp(effect.estimate + step)) for step in (0.0, -half, half))
    added = f"; {effect.added:g} added to every cell" if effect.added else ""
    values = (
        arm["source_key"],
        ", ".join(filter(None, (arm["outcome"], arm["timepoint"]))),
        arm["arm"],
        f"{arm['events']} of {arm['n']}",
        f"{control['events']} of {control['n']}",
        f"{ratio} ({low} to {high}){added}",
        f"{arm['row_id']} {control['row_id']}",
    )
    return dict(zip(COLUMNS, values, strict=True))


def _shown(value: float) -> str:
    return f"{value:.{max(significant(value), 0)}f}"
