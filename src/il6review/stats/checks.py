"""Checks on what callers give. Each returns the value in its plain type or raises a `StatsError`."""

import difflib
import numbers
from collections.abc import Iterable, Mapping, Sequence

from il6review.stats.errors import StatsError

# Squares and ratios of accepted numbers stay far from the limits of double precision (1e-308 to 1e308).
LARGEST = 1e50
SMALLEST_POSITIVE = 1e-50
LARGEST_SQUARE = 1e150
LARGEST_SIZE = 10**9


def number(value: object, name: str, largest: float = LARGEST) -> float:
    """Return a finite number of at most `largest` in size."""
    # Nearly all are plain; to ask for the abstract type takes long.
    if type(value) is not float and (isinstance(value, bool) or not isinstance(value, numbers.Real)):
        raise StatsError(f"{name} is {value!r}; expected a number.")
    if not abs(value) <= largest:
        raise StatsError(f"{name} is {value}; expected a finite number no larger than {largest:g}.")
    return float(value)


def positive(value: object, name: str) -> float:
    """Return a number from 1e-50 to 1e50."""
    checked = number(value, name)
    if checked < SMALLEST_POSITIVE:
        raise StatsError(f"{name} is {value}; expected a number above 0 (at least {SMALLEST_POSITIVE:g}).")
    return checked


def not_negative_square(value: object, name: str) -> float:
    """Return a number from 0 to 1e150, such as a tau2."""
    checked = number(value, name, LARGEST_SQUARE)
    if checked < 0:
        raise StatsError(f"{name} is {value}; expected 0 or more.")
    return checked


def whole(value: object, name: str, least: int) -> int:
    """Return a whole number from `least` to a thousand million; 12.0 counts as 12."""
    checked = number(value, name)
    if not checked.is_integer() or not least <= checked <= LARGEST_SIZE:
        raise StatsError(f"{name} is {value}; expected a whole number from {least} to {LARGEST_SIZE}.")
    return int(checked)


def fraction(value: object, name: str) -> float:
    """Return a number strictly between 0 and 1."""
    checked = number(value, name)
    if not 0 < checked < 1:
        raise StatsError(f"{name} is {value}; expected a number between 0 and 1, such as 0.95.")
    return checked


def p_value(value: object, name: str) -> float:
    """Return a number above 0 and at most 1."""
    checked = positive(value, name)
    if checked > 1:
        raise StatsError(f"{name} is {value}; expected a number above 0 and at most 1.")
    return checked


def probability(value: object, name: str) -> float:
    """Return a number from 0 to 1, both ends included."""
    checked = number(value, name)
    if not 0 <= checked <= 1:
        raise StatsError(f"{name} is {value}; expected a number from 0 to 1.")
    return checked


def correlation(value: object, name: str) -> float:
    """Return a number strictly between -1 and 1."""
    checked = number(value, name)
    if not -1 < checked < 1:
        raise StatsError(f"{name} is {value}; expected a correlation above -1 and below 1.")
    return checked


def known(value: object, name: str, options: Iterable[str]) -> str:
    """Return `value` if it is one of the options."""
    options = tuple(options)
    if isinstance(value, str) and value in options:
        return value
    close = difflib.get_close_matches(str(value), options, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise StatsError(f"{name} is {value!r}; expected one of {', '.join(options)}.{hint}")


def rows(values: object, name: str, least: int) -> tuple:
    """Return the values as a tuple of at least `least` rows."""
    if not isinstance(values, Iterable):
        raise StatsError(f"{name} is {values!r}; expected a sequence of numbers.")
    checked = tuple(values)
    if len(checked) < least:
        raise StatsError(f"{name} has {len(checked)} rows; expected at least {least}.")
    return checked


def named(values: object, name: str, least: int) -> dict[str, object]:
    """Return a table of at least `least` entries, each under a name that is text."""
    if not isinstance(values, Mapping) or not all(isinstance(key, str) for key in values):
        raise StatsError(f"{name} is {values!r}; expected entries, each under a name.")
    if len(values) < least:
        raise StatsError(f"{name} has {len(values)} entries; expected at least {least}.")
    return dict(values)


def same_length(columns: dict[str, Sequence]) -> None:
    """Raise unless all named columns have as many rows as the first."""
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
        raise StatsError(f"The columns differ in length ({lengths} rows); expected one value of each for every row.")


def table(values: object, name: str) -> tuple[tuple[float, ...], ...]:
    """Return the numbers of a table with two rows or more and two columns or more, all rows of one length."""
    checked = []
    for row, line in enumerate(rows(values, name, 2), 1):
        cells = rows(line, f"{name}, row {row},", 2)
        checked.append(tuple(number(cell, f"{name}, row {row}, column {n},") for n, cell in enumerate(cells, 1)))
        if len(cells) != len(checked[0]):
            raise StatsError(f"{name}, row {row}, has {len(cells)} columns; expected {len(checked[0])} as in row 1.")
    return tuple(checked)


def studies(estimates: object, variances: object) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the estimates and sampling variances of two or more studies."""
    estimates, variances = rows(estimates, "estimates", 0), rows(variances, "variances", 0)
    same_length({"estimates": estimates, "variances": variances})
    if len(estimates) == 0:
        raise StatsError("There is no study; expected at least two.")
    if len(estimates) == 1:
        raise StatsError("One study cannot be pooled; expected at least two.")
    # One look at the whole: many fits in a row check the same values, and the row is named only where one is wrong.
    if (
        set(map(type, estimates + variances)) == {float}
        and all(map(LARGEST.__ge__, map(abs, estimates + variances)))
        and min(variances) >= SMALLEST_POSITIVE
    ):
        return estimates, variances
    return (
        tuple(number(value, f"estimates, row {row},") for row, value in enumerate(estimates, 1)),
        tuple(positive(value, f"variances, row {row},") for row, value in enumerate(variances, 1)),
    )


def labels(values: object, name: str, length: int) -> tuple[str | int, ...]:
    """Return `length` labels, each a text that is not empty or a whole number."""
    checked = rows(values, name, 0)
    if len(checked) != length:
        raise StatsError(f"{name} has {len(checked)} rows; expected {length}, one for every estimate.")
    for row, value in enumerate(checked, 1):
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise StatsError(f"{name}, row {row}, is {value!r}; expected a name or a whole number.")
    return checked


def groups(means: object, sds: object, ns: object) -> tuple[tuple[float, ...], tuple[float, ...], tuple[int, ...]]:
    """Return means, standard deviations (above 0) and sizes (2 or more) of two or more groups."""
    means, sds, ns = rows(means, "means", 2), rows(sds, "sds", 2), rows(ns, "ns", 2)
    same_length({"means": means, "sds": sds, "ns": ns})
    return (
        tuple(number(value, f"means, row {row},") for row, value in enumerate(means, 1)),
        tuple(positive(value, f"sds, row {row},") for row, value in enumerate(sds, 1)),
        tuple(whole(value, f"ns, row {row},", 2) for row, value in enumerate(ns, 1)),
    )


def two_groups(
    m1: object, sd1: object, n1: object, m2: object, sd2: object, n2: object
) -> tuple[float, float, int, float, float, int]:
    """Return mean, standard deviation (above 0) and size (2 or more) of both groups."""
    return (
        number(m1, "m1"),
        positive(sd1, "sd1"),
        whole(n1, "n1", 2),
        number(m2, "m2"),
        positive(sd2, "sd2"),
        whole(n2, "n2", 2),
    )
