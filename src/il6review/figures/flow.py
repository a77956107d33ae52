"""The flow diagram: how many were there at each step, and how many left on the way, in the manner of PRISMA."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from il6review.figures import style
from il6review.figures.display import Figure, need_two, plain, sentences, unique

_LINE = 0.185
_PAD = 0.09
_GAP = 0.3
_APART = 0.08
_MAIN_WIDTH = 4.35
_SIDE_LEFT = 4.95
_SIDE_WIDTH = style.WIDTH - style.MARGIN - _SIDE_LEFT


@dataclass(frozen=True)
class FlowStep:
    """One step: what there was and how many, its parts, and what of it does not reach the next step.

    ``unit`` is what is counted (``"sources"``); ``parts`` and ``leaves`` are pairs of name and number.
    """

    label: str
    n: int
    unit: str
    parts: tuple[tuple[str, int], ...] = ()
    leaves: tuple[str, int] | None = None
    row_ids: tuple[str, ...] = ()


def flow(key: str, steps: Sequence[FlowStep], caption: str = "") -> Figure:
    """Draw the steps as boxes from top to bottom, and beside each arrow what leaves there.

    Raises ValueError for fewer than two steps, a negative number, parts that do not add up to their step, or a
    step in the same unit as the one before that is not what the one before leaves over.
    """
    need_two(steps, "a flow diagram")
    for step in steps:
        _check(step)
    for before, after in pairwise(steps):
        over = before.n - (before.leaves[1] if before.leaves else 0)
        if before.unit == after.unit and over != after.n:
            raise ValueError(f"{after.label}: {after.n} {after.unit}, but the step before leaves {over}")
    return Figure(
        key=key,
        svg=_draw(steps),
        alt=sentences(f"Flow diagram of {len(steps)} steps", *(_sentence(step) for step in steps)),
        caption=sentences(
            caption,
            "From top to bottom: what there was at each step; at the right, what does not go on",
        ),
        columns=("Step", "Part", "Number", "Counted"),
        table=tuple(line for step in steps for line in _lines(step)),
        rows=unique(step.row_ids for step in steps),
    )


def _check(step: FlowStep) -> None:
    numbers = [step.n, *(n for _, n in step.parts), *(() if step.leaves is None else (step.leaves[1],))]
    if min(numbers) < 0:
        raise ValueError(f"{step.label}: found a negative number, expected 0 or more")
    if step.parts and sum(n for _, n in step.parts) != step.n:
        raise ValueError(f"{step.label}: its parts add up to {sum(n for _, n in step.parts)}, expected {step.n}")


def _sentence(step: FlowStep) -> str:
    parts = f" ({_listed(step.parts)})" if step.parts else ""
    left = f"; not further: {step.leaves[0]}, {step.leaves[1]}" if step.leaves else ""
    return plain(f"{step.label}: {step.n} {step.unit}{parts}{left}")


def _listed(parts: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {n}" for name, n in parts)


def _lines(step: FlowStep) -> list[tuple[str, ...]]:
    """Give the lines of the table for one step: all of it, its parts, and what leaves."""
    lines = [(step.label, "all", str(step.n), step.unit)]
    lines += [(step.label, name, str(n), step.unit) for name, n in step.parts]
    if step.leaves:
        lines.append((step.label, f"not further: {step.leaves[0]}", str(step.leaves[1]), step.unit))
    return lines


def _draw(steps: Sequence[FlowStep]) -> str:
    with style.applied():
        main = [_text(step.label, step.n, _listed(step.parts), _MAIN_WIDTH) for step in steps]
        side = [_text(step.leaves[0], step.leaves[1], "", _SIDE_WIDTH) if step.leaves else None for step in steps]
        places = _places([text.height for text in main], [text and text.height for text in side])
        bottom = max(end for _, end, *beside in places for end in (end, *beside))
        figure = style.canvas(bottom + style.MARGIN)
        sheet = style.axes(figure, 0, 0, style.WIDTH, bottom + style.MARGIN)
        sheet.set_xlim(0, style.WIDTH)
        sheet.set_ylim(bottom + style.MARGIN, 0)
        sheet.set_axis_off()
        for number, (text, place) in enumerate(zip(main, places, strict=True), start=1):
            _box(sheet, f"step-{number}", style.MARGIN, _MAIN_WIDTH, place[:2], text, style.BLUE)
        middle = style.MARGIN + 0.5 * _MAIN_WIDTH
        for number, (before, after) in enumerate(pairwise(places), start=1):
            _arrow(sheet, f"arrow-{number}", (middle, before[1]), (middle, after[0]))
        for number, (text, place) in enumerate(zip(side, places, strict=True), start=1):
            if text:
                height = 0.5 * (place[2] + place[3])
                _arrow(sheet, f"leaves-{number}", (middle, height), (_SIDE_LEFT, height))
                _box(sheet, f"left-{number}", _SIDE_LEFT, _SIDE_WIDTH, place[2:], text, style.MUTED)
        return style.save(figure)


@dataclass(frozen=True)
class _Text:
    """The text of a box: its name in bold lines, the number at their right, the parts in plain lines below."""

    name: list[str]
    number: str
    parts: list[str]

    @property
    def height(self) -> float:
        return 2 * _PAD + _LINE * (len(self.name) + len(self.parts))


def _text(label: str, n: int, parts: str, width: float) -> _Text:
    """Break the text of a box into lines that fit its width, beside the number."""
    number, inner = f"n = {n}", width - 2 * _PAD
    # A bold line is wider than a plain one of the same size.
    room = 0.88 * (inner - style.text_width(number, style.SMALL, "bold") - _PAD)
    return _Text(style.wrap(plain(label), room, style.SMALL), number, style.wrap(plain(parts), inner, style.SMALL))


def _places(main: Sequence[float], side: Sequence[float | None]) -> list[tuple[float, ...]]:
    """Give top and bottom of each box in inches, and of the box beside the arrow below it where there is one.

    The side boxes stand at the middle of their arrows; an arrow grows where they would touch.
    """
    places, top, used = [], style.MARGIN, 0.0
    for height, beside in zip(main, side, strict=True):
        bottom, gap = top + height, _GAP
        place = (top, bottom)
        if beside is not None:
            gap = max(gap, 2 * (used + _APART + beside / 2 - bottom))
            start = bottom + gap / 2 - beside / 2
            used = start + beside
            place += (start, used)
        places.append(place)
        top = bottom + gap
    return places


def _box(sheet: Axes, name: str, left: float, width: float, place: tuple[float, ...], text: _Text, edge: str) -> None:
    top, bottom = place
    sheet.add_patch(
        Rectangle((left, top), width, bottom - top, gid=name, facecolor="white", edgecolor=edge, linewidth=1.4)
    )
    small, bold = {"fontsize": style.SMALL}, {"fontweight": "bold"}
    first = top + _PAD + _LINE / 2
    style.write(sheet, left + width - _PAD, first, text.number, ha="right", **small, **bold)
    for place, line in enumerate([*text.name, *text.parts]):
        look = small | bold if place < len(text.name) else small
        style.write(sheet, left + _PAD, first + place * _LINE, line, **look)


def _arrow(sheet: Axes, name: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    look = {"arrowstyle": "-|>", "color": style.MUTED, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    sheet.annotate("", end, start, arrowprops=look | {"gid": name})
