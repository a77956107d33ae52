"""Where the marks of an axis stand, and what is written at them."""

import itertools
import math
from collections.abc import Callable, Iterator

from matplotlib.ticker import MaxNLocator

from il6review.figures import style
from il6review.figures.display import MINUS, fmt

_BETWEEN = 0.06
_FINEST = 6


def linear_ticks(low: float, high: float, width: float, whole: bool = False) -> tuple[list[float], list[str]]:
    """Return places and labels of round values on an axis ``width`` inches long; whole numbers if ``whole``."""
    return _first_that_fits(_round_values(low, high, whole), low, high, width)


def ratio_ticks(low: float, high: float, width: float) -> tuple[list[float], list[str]]:
    """Return places (logarithms) and labels (ratios) on an axis from ``low`` to ``high``, ``width`` inches long.

    The ratios are 1, 2, 5, 10 and so on, or powers of ten where these crowd, or equal steps in a narrow range.
    """
    return _first_that_fits(_round_ratios(low, high), low, high, width, place=math.log)


def tick_label(value: float) -> str:
    """Write the value at a tick as short as can be, a large power of ten as ``10⁶``."""
    if value == 0 or 1e-4 <= abs(value) < 1e5:
        return f"{value:.6g}".replace("-", MINUS)
    return fmt(value, 1).removeprefix("1 × ")


def _round_values(low: float, high: float, whole: bool) -> Iterator[list[float]]:
    """Yield ever fewer round values between two."""
    for parts in range(_FINEST, 0, -1):
        found = MaxNLocator(nbins=parts, steps=[1, 2, 2.5, 5, 10], integer=whole).tick_values(low, high)
        yield [float(value) for value in found if low <= value <= high]


def _round_ratios(low: float, high: float) -> Iterator[list[float]]:
    """Yield ever fewer ratios between two logarithms."""
    powers = range(math.floor(low / math.log(10)), math.ceil(high / math.log(10)) + 1)
    fine = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    inside = [ratio for ratio in fine if low <= math.log(ratio) <= high]
    if len(inside) < 3:
        yield from _round_values(math.exp(low), math.exp(high), whole=False)
    yield inside
    for every in range(1, len(powers) + 1):
        yield [10.0**power for power in powers if power % every == 0 and low <= power * math.log(10) <= high]


def _first_that_fits(
    choices: Iterator[list[float]],
    low: float,
    high: float,
    width: float,
    place: Callable[[float], float] = float,
) -> tuple[list[float], list[str]]:
    """Return the first choice whose labels do not touch, or the last one."""
    for values in choices:
        places, labels = [place(value) for value in values], [tick_label(value) for value in values]
        halves = [style.text_width(label, style.SMALL) / 2 for label in labels]
        steps = [(after - before) * width / (high - low) for before, after in itertools.pairwise(places)]
        needs = [before + after + _BETWEEN for before, after in itertools.pairwise(halves)]
        if len(values) > 1 and all(step >= need for step, need in zip(steps, needs, strict=True)):
            break
    return places, labels
