"""How much of a reader's own table lies below detection, and what that does to the mean of each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from il6review.evidence.own_cells import BELOW, CONVERTED
from il6review.stats import censored
from il6review.stats.errors import StatsError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class GroupBelow:
    """A group of persons of whom some lie below detection, with its three estimates, in `unit`."""

    analyte: str
    sample: str
    time: str
    group: str
    unit: str
    estimates: censored.BelowDetection

    def __str__(self) -> str:
        """Give share and estimates in one line."""
        found = self.estimates
        parts = [part for part in (self.analyte, self.sample, self.time, self.group) if part]
        line = (
            f"Below detection, {', '.join(parts)}: {found.below} of {found.n} ({100 * found.share:.0f} %). Mean (SD) "
        )
        line += f"in {self.unit} with half the limit {_pair(found.half)}, with limit/sqrt(2) {_pair(found.root)}, "
        likelihood = _pair(found.censored) if found.censored else f"none: {found.reason}"
        return f"{line}by log-normal likelihood {likelihood}"


def _pair(found: censored.Substituted | censored.LogNormal) -> str:
    return f"{found.mean:.3g} ({found.sd:.3g})"


def groups_below(frame: pd.DataFrame) -> list[GroupBelow]:
    """Return each group of a table of persons in which a value lies below detection, in the order of the table.

    `frame` is that of `evidence.read_own`. Values are those of the unit of comparison where there is one, else as
    printed. A group of one is left out.
    """
    found = []
    keys = ["analyte_known", "sample", "time", "group", "unit_converted"]
    for (analyte, sample, time, group, unit), rows in frame.groupby(keys, sort=False):
        convertible = rows[["value" + CONVERTED, "value" + BELOW + CONVERTED]].notna().any(axis=None)
        converted = CONVERTED if convertible else ""
        limits = rows["value" + BELOW + converted].dropna()
        if limits.empty:
            continue
        try:
            estimates = censored.below_detection(rows["value" + converted].dropna().tolist(), limits.tolist())
        except StatsError:
            continue
        found.append(GroupBelow(analyte, sample, time, group, unit, estimates))
    return found
