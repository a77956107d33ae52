"""Rules that hold within one row and that a Table Schema cannot state.

A rule takes the cells of a row by column name and yields faults. It looks only at the columns it needs, so
it holds in every table that has them. It passes over a cell that is no plain number: `checks` reports it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
INTEGER = re.compile(r"-?[0-9]{1,15}")

#: A number in a printed string, with or without thousands separators. A hyphen after a digit joins a range,
#: one after a slash belongs to "+/-"; only another one is a sign.
PRINTED = re.compile(r"(?:(?<![0-9/])-)?(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
DASHES = str.maketrans("−–", "--")

#: What a row may hold beside its centre, for each kind of statistic.
SPREADS = {
    "mean_sd": {"a spread"},
    "mean_sem": {"a spread"},
    "mean_pm_unspecified": {"a spread"},
    "median_iqr": {"a spread", "two limits"},
    "median_range": {"two limits"},
    "geo_mean": {"a spread", "no spread"},
    "mean_only": {"no spread"},
    "median_only": {"no spread", "two limits"},
}

#: Columns that must not decrease from left to right.
LIMITS = (("spread_low", "centre", "spread_high"), ("ci_low", "estimate", "ci_high"))


class Fault(NamedTuple):
    """What is wrong with one cell of a row."""

    column: str
    expected: str
    mend: str


Cells = dict[str, str]
Rule = Callable[[Cells], Iterator[Fault]]


def is_plain(text: str, kind: str) -> bool:
    """Whether `text` is a finite number in plain decimals; an "integer" has no point and up to 15 digits."""
    if kind == "integer":
        return INTEGER.fullmatch(text) is not None
    return NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def number(cells: Cells, column: str) -> Decimal | None:
    """Return the number in a cell, or None where the column or the number is missing."""
    text = cells.get(column, "")
    return Decimal(text) if is_plain(text, "number") else None


def limits_in_order(cells: Cells) -> Iterator[Fault]:
    """Lower limit <= centre <= upper limit."""
    for columns in LIMITS:
        filled = [(name, value) for name in columns if (value := number(cells, name)) is not None]
        for (lower, low), (upper, high) in pairwise(filled):
            if low > high:
                yield Fault(upper, f"no less than {lower} ({low})", "read both numbers again on the page.")


def events_within_n(cells: Cells) -> Iterator[Fault]:
    """The persons with an event are some of the persons."""
    events, n = number(cells, "events"), number(cells, "n")
    if events is not None and n is not None and events > n:
        yield Fault("events", f"at most n ({n})", "read the count and the size of the group again.")


def spread_fits_statistic(cells: Cells) -> Iterator[Fault]:
    """A mean with an SD has a spread, a median with a range has two limits, and so on (see SPREADS)."""
    allowed = SPREADS.get(cells.get("statistic", ""))
    if allowed is None:
        return
    spread = bool(cells.get("spread"))
    limits = sum(bool(cells.get(column)) for column in ("spread_low", "spread_high"))
    held = {
        (False, 0): "no spread",
        (True, 0): "a spread",
        (False, 1): "one limit of two",
        (False, 2): "two limits",
    }.get((spread, limits), "a spread and limits")
    if held not in allowed:
        mend = f"the row has {held}: correct spread, spread_low and spread_high, or the statistic."
        yield Fault("statistic", f"a row with {' or '.join(sorted(allowed))}", mend)


def values_as_printed(cells: Cells) -> Iterator[Fault]:
    """Every stored value stands in the printed string; one below detection ("<3.13") is not stored."""
    printed = cells.get("as_reported", "").translate(DASHES)
    if not printed:
        return
    if printed.startswith("<") == bool(cells["centre"]):
        expected = "no value where the printed one lies below detection, else a value"
        yield Fault("centre", expected, "fill or empty the cell.")
    found = {Decimal(token.replace(",", "")) for token in PRINTED.findall(printed)}
    for column in ("centre", "spread", "spread_low", "spread_high"):
        value = number(cells, column)
        if value is not None and value not in found:
            mend = "correct the number, or the printed string if it was copied wrongly."
            yield Fault(column, f'a number that stands in as_reported ("{cells["as_reported"]}")', mend)


def direction_fits_r(cells: Cells) -> Iterator[Fault]:
    """A printed r and its direction agree; direction_only says whether an r is printed."""
    if "direction_only" not in cells:
        return
    r = number(cells, "r")
    if cells["direction_only"] in ("yes", "no") and (cells["direction_only"] == "yes") == bool(cells["r"]):
        yield Fault("direction_only", "yes without r, no with r", "change direction_only, or r.")
    opposite = r is not None and {"positive": r < 0, "negative": r > 0}.get(cells["direction"], False)
    if opposite:
        yield Fault("direction", f"the sign of r ({r})", "correct the direction, or the sign of r.")


def estimate_or_range(cells: Cells) -> Iterator[Fault]:
    """A range has two limits and no estimate; every other measure has an estimate."""
    if "measure" not in cells:
        return
    if cells["measure"] != "range":
        if not cells["estimate"]:
            yield Fault("estimate", "an estimate", "fill it in, or leave the row out.")
    elif cells["estimate"] or not (cells["ci_low"] and cells["ci_high"]):
        expected = "a range with two limits and no estimate"
        yield Fault("measure", expected, "correct the limits, or the measure.")


def caution_names_other(cells: Cells) -> Iterator[Fault]:
    """A caution about the same patients names the source to count instead, and no other caution does."""
    if "other_source" not in cells:
        return
    if (cells["kind"] == "same_patients") != bool(cells["other_source"]):
        yield Fault("other_source", "a source for same_patients, else nothing", "fill or empty the cell.")


RULES: tuple[Rule, ...] = (
    limits_in_order,
    events_within_n,
    spread_fits_statistic,
    values_as_printed,
    direction_fits_r,
    estimate_or_range,
    caution_names_other,
)
