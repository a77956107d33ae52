"""The dot plot of responders: how many of each arm of a trial had the outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from matplotlib.axes import Axes

from il6review.figures import style
from il6review.figures.display import Figure, need_interval, need_two, percent, plain, sentences, unique

_ROW = 0.2
_LONGEST_TRIAL = 1.4
_LONGEST_ARM = 1.9
_GAP = 0.2
# Inches right of the plot, for the percent of an arm.
_VALUE = 0.6
# Lines above the arms: what the two marks mean, a gap, the marks of the axis.
_ABOVE = 4.6
_TICKS = (0, 25, 50, 75, 100)
#: Name and look of treated arms and of those they are compared with: told apart by shape, filling and colour.
_LOOKS = {
    True: ("treated", {"marker": "o", "color": style.BLUE}),
    False: ("compared", {"marker": "s", "color": style.VERMILION, "markerfacecolor": "white"}),
}


@dataclass(frozen=True)
class ResponderRow:
    """One arm of a trial: percent with the outcome, and its interval where the size of the arm is known."""

    trial: str
    arm: str
    treated: bool
    percent: float
    n: int | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    source: str = ""
    row_ids: tuple[str, ...] = ()


def responders(
    key: str,
    rows: Sequence[ResponderRow],
    *,
    outcome: str,
    treated_label: str,
    compared_label: str = "comparison",
    confidence: float = 0.95,
    caption: str = "",
) -> Figure:
    """Draw one dot an arm with its interval on an axis from 0 to 100 %, the arms of a trial together.

    Trials and arms stand in the order given; rows of one trial must follow one another. ``outcome`` says what was
    counted, the labels what the two marks mean, ``confidence`` is the level of all intervals. Raises ValueError for
    fewer than two arms, half an interval, a percent outside 0 to 100 or its interval, and a trial in two places.
    """
    need_two(rows, "a dot plot of responders")
    trials = [name for name, _ in groupby(row.trial for row in rows)]
    for row in rows:
        _check(row)
        if trials.count(row.trial) > 1:
            raise ValueError(f"{row.trial}: its arms stand apart, expected them to follow one another")
    level = percent(confidence)
    meanings = {True: plain(treated_label), False: plain(compared_label)}
    bare = sum(row.ci_low is None for row in rows)
    ranges = {kind: sorted(row.percent for row in rows if row.treated == kind) for kind in (True, False)}
    counted = f"{len(rows)} arms of {len(trials)} trial{'s' if len(trials) > 1 else ''}"
    spans = [f"{meanings[kind]}: {_span(found)}" for kind, found in ranges.items() if found]
    return Figure(
        key=key,
        svg=_draw(rows, meanings),
        alt=sentences(f"Dot plot of {counted}, {outcome}", "; ".join(spans)),
        caption=sentences(
            caption,
            f"{outcome}, percent of each arm with {level} interval (Wilson); {counted}",
            f"Filled circle: {meanings[True]}; hollow square: {meanings[False]}",
            f"No interval where the size of the arm is not printed ({bare} of {len(rows)} arms)" if bare else "",
        ),
        columns=("Trial", "Arm", "n", "Percent", f"{level} low", f"{level} high", "Source"),
        table=tuple(
            (
                row.trial,
                row.arm,
                "–" if row.n is None else str(row.n),
                _written(row.percent),
                _written(row.ci_low),
                _written(row.ci_high),
                row.source,
            )
            for row in rows
        ),
        rows=unique(row.row_ids for row in rows),
    )


def _check(row: ResponderRow) -> None:
    where = f"{row.trial}, {row.arm}"
    if (row.ci_low is None) != (row.ci_high is None):
        raise ValueError(f"{where}: only one end of the interval is given, expected both or none")
    low, high = (row.percent, row.percent) if row.ci_low is None else (row.ci_low, row.ci_high)
    need_interval(where, low, row.percent, high)
    if low < 0 or high > 100:
        raise ValueError(f"{where}: {low} to {high} is not within 0 to 100 percent")


def _span(found: Sequence[float]) -> str:
    return f"{_written(found[0])} % to {_written(found[-1])} %"


def _written(value: float | None) -> str:
    return "" if value is None else f"{round(value, 1):g}"


def _draw(rows: Sequence[ResponderRow], meanings: dict[bool, str]) -> str:
    with style.applied():
        top = style.MARGIN + _ABOVE * _ROW
        figure = style.canvas(top + len(rows) * _ROW + style.MARGIN)
        sheet = style.lines(figure, top, len(rows), _ROW)
        room = style.WIDTH - 2 * style.MARGIN - 0.24
        for y, (treated, (name, look)) in enumerate(_LOOKS.items(), start=-4):
            _mark(sheet, style.MARGIN + 0.08, y, f"legend-{name}", look)
            style.write(sheet, style.MARGIN + 0.24, y, style.shorten(meanings[treated], room))
        _arms(sheet, rows)
        return style.save(figure)


def _arms(sheet: Axes, rows: Sequence[ResponderRow]) -> None:
    """Write trial and arm, and draw the dot of each arm on the common axis."""
    widths = [
        min(most, max(style.text_width(plain(text), style.SMALL) for text in texts))
        for most, texts in (
            (_LONGEST_TRIAL, [row.trial for row in rows]),
            (_LONGEST_ARM, [row.arm for row in rows]),
        )
    ]
    arm_left = style.MARGIN + widths[0] + _GAP
    left = arm_left + widths[1] + _GAP
    width = style.WIDTH - style.MARGIN - _VALUE - left
    small = {"fontsize": style.SMALL}
    for tick in _TICKS:
        x = left + width * tick / 100
        sheet.plot([x, x], [-0.5, len(rows) - 0.5], color=style.RULE, linewidth=0.8, clip_on=False, zorder=0)
        style.write(sheet, x, -1.1, f"{tick} %", ha="center", color=style.MUTED, **small)
    for y, row in enumerate(rows):
        if y == 0 or rows[y - 1].trial != row.trial:
            ends = [style.MARGIN, style.WIDTH - style.MARGIN]
            sheet.plot(ends, [y - 0.5, y - 0.5], color=style.RULE, linewidth=0.8, clip_on=False)
            style.write(sheet, style.MARGIN, y, style.shorten(plain(row.trial), widths[0], style.SMALL), **small)
        style.write(sheet, arm_left, y, style.shorten(plain(row.arm), widths[1], style.SMALL), **small)
        name, look = _LOOKS[row.treated]
        if row.ci_low is not None:
            ends = [left + width * end / 100 for end in (row.ci_low, row.ci_high)]
            sheet.plot(ends, [y, y], gid=f"arm-{y + 1}-interval", color=style.INK, linewidth=1.2, clip_on=False)
        _mark(sheet, left + width * row.percent / 100, y, f"arm-{y + 1}-{name}", look)
        right = style.WIDTH - style.MARGIN
        style.write(sheet, right, y, f"{_written(row.percent)} %", ha="right", color=style.MUTED, **small)


def _mark(sheet: Axes, x: float, y: float, name: str, look: dict[str, str]) -> None:
    sheet.plot(x, y, gid=name, linewidth=0, markersize=6, clip_on=False, zorder=3, **look)
