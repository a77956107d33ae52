"""Rules for the rows of a reader's own summaries, beside those that hold for the evidence base too."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from . import numerals, units
from .rules import Cells, Fault, number

_SWAPPED = "are mean and spread swapped? Else read both again."


def not_swapped(cells: Cells) -> Iterator[Fault]:
    """Mean and spread stand in the order in which they are printed, as in "12.4 ± 3.1"."""
    printed = numerals.PLUS_MINUS.match(cells.get("as_reported", ""))
    centre, spread = cells.get("centre", ""), cells.get("spread", "")
    if printed and centre != spread and (printed[1].strip(), printed[2].strip()) == (spread, centre):
        yield Fault("centre", f"the first number of as_reported ({printed[1].strip()})", "swap centre and spread.")


def possible_spread(cells: Cells) -> Iterator[Fault]:
    """The spread of n values that are not negative: SD <= mean x sqrt(n), so SEM <= mean; none for one value.

    With n values of 0 or more and a given mean, the sum of squares is largest if all but one are 0, which gives
    an SD (with n - 1) of mean x sqrt(n).
    """
    mean, spread, n = (number(cells, name) for name in ("centre", "spread", "n"))
    statistic = cells.get("statistic", "")
    if n == 1 and (spread is not None or statistic in ("mean_sd", "mean_sem", "median_iqr", "median_range")):
        yield Fault("n", "2 or more persons where a spread is given", "leave the spread out, or correct n.")
        return
    if mean is None or spread is None or n is None or units.substance(cells.get("analyte", "")) is None:
        return
    root = n.sqrt() if statistic == "mean_sd" else Decimal(1)
    if statistic in ("mean_sd", "mean_sem") and spread > mean * root * Decimal("1.01"):
        what = "an SD of at most mean x sqrt(n)" if statistic == "mean_sd" else "a SEM of at most the mean"
        yield Fault("spread", f"{what} ({mean * root:.4g}), since no value is negative", _SWAPPED)


def percent_of_events(cells: Cells) -> Iterator[Fault]:
    """The percent printed is that of the events, to one unit of its last digit."""
    events, n, percent = (number(cells, name) for name in ("events", "n", "percent_reported"))
    if events is None or not n or percent is None or events > n:
        return
    exact = 100 * events / n
    if abs(exact - percent) > Decimal(1).scaleb(int(percent.as_tuple().exponent)):
        yield Fault("percent_reported", f"{exact:.1f}, the percent of {events} of {n}", "correct events, n or percent.")


#: The rules of a kind of table.
OWN_RULES = {"groups": (not_swapped, possible_spread), "proportions": (percent_of_events,)}
