"""What a check of printed figures is made of: a number with its rounding, a reading of it, and the outcome.

Figures come as text, since "12.40" is more exact than "12.4". A printed figure stands for every value that rounds to
it: half a unit of its last place either way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from il6review.stats import checks
from il6review.stats.errors import StatsError

#: What a check may say, from the best to the worst.
#: `doubtful` asks for a second look; `not_significant` is a result that is relied on without a p, and has none below
#: 0.05; `not_reproduced` leaves a test that the source does not name as the explanation; `inconsistent` fits no
#: rounding; `contradiction` is one statement of a source against another; in `error` it is known what went wrong.
VERDICTS = (
    "consistent",
    "doubtful",
    "not_significant",
    "not_reproduced",
    "inconsistent",
    "contradiction",
    "error",
)

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_MOST_CHARACTERS = 60
# Sums of decimal fractions are not exact in binary.
_SLACK = 1e-9


@dataclass(frozen=True)
class Printed:
    """A number as printed: its value, half a unit of its last place (both exact), and the text."""

    value: Fraction
    half: Fraction
    text: str

    @cached_property
    def low(self) -> float:
        """The smallest value that rounds to the printed one."""
        return float(self.value - self.half)

    @cached_property
    def high(self) -> float:
        """The largest value that rounds to the printed one."""
        return float(self.value + self.half)

    def overlaps(self, low: float, high: float) -> bool:
        """Tell whether a value from low to high rounds to the printed one."""
        slack = _SLACK * max(float(self.half), abs(low), abs(high))
        return low <= self.high + slack and high >= self.low - slack


@dataclass(frozen=True)
class Reading:
    """One way to read the printed figures: what it gives, between what limits, and whether the printed figure fits.

    `value` is a number, or a word where the check is about words; the limits come from rounding and are None for words.
    """

    words: str
    value: float | str
    low: float | None
    high: float | None
    fits: bool


@dataclass(frozen=True)
class Check:
    """The outcome of one check. `verdict` is one of VERDICTS; `steps` is the arithmetic in words.

    `expected` holds what the figures give as they are labelled, one reading for each printed part; `alternatives` holds
    the other readings that were tried; `tolerance` says in words what was allowed for.
    """

    name: str
    printed: str
    expected: tuple[Reading, ...]
    tolerance: str
    verdict: str
    alternatives: tuple[Reading, ...]
    steps: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise StatsError for a verdict that is not in the vocabulary."""
        checks.known(self.verdict, "verdict", VERDICTS)


def read_number(text: str, name: str) -> Printed:
    """Read a printed number such as "12.40", ".5" or "-3". Raises StatsError for anything but text that is one."""
    if not isinstance(text, str):
        raise StatsError(f"{name} is {text!r}; expected text as printed, such as '12.40', for its decimals count.")
    plain = text.strip().replace("−", "-")
    if len(plain) > _MOST_CHARACTERS or not _NUMBER.fullmatch(plain):
        raise StatsError(f"{name} is {text!r}; expected one number with a decimal point, such as '12.40'.")
    checks.number(float(plain), name)
    return Printed(Fraction(plain), Fraction(1, 2 * 10 ** len(plain.partition(".")[2])), text.strip())


def read_positive(text: str, name: str) -> Printed:
    """Read a printed number above 0. Raises StatsError as `read_number` does, and for 0 and below."""
    number = read_number(text, name)
    checks.positive(float(number.value), name)
    return number


def show(value: float) -> str:
    """Write a number with four significant digits."""
    return f"{value:.4g}"


def joined(parts: Sequence[Check]) -> Check:
    """Return the checks of several printed parts as one; the worst verdict counts.

    Raises StatsError for no part.
    """
    parts = checks.rows(parts, "parts", 1)
    return Check(
        name=parts[0].name,
        printed="; ".join(part.printed for part in parts),
        expected=tuple(reading for part in parts for reading in part.expected),
        tolerance="; ".join(dict.fromkeys(part.tolerance for part in parts)),
        verdict=max((part.verdict for part in parts), key=VERDICTS.index),
        alternatives=tuple(reading for part in parts for reading in part.alternatives),
        steps=tuple(step for part in parts for step in part.steps),
    )
