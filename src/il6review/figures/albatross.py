"""The albatross plot: p over group size, for studies that print no effect."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from il6review.figures import style
from il6review.figures.display import Figure, need_two, plain, sentences, unique
from il6review.figures.ticks import tick_label
from il6review.stats.directions import AlbatrossPoint, albatross_contour, albatross_points
from il6review.stats.p_values import NS_LEVEL, PrintedP, parse_p

_LEFT = 0.8
_ABOVE = 0.5
_BELOW = 0.6
_PLOT_WIDTH = style.WIDTH - _LEFT - 0.25
_PLOT_HEIGHT = 3.8
_STEPS = 60
_SIDES = {1: ("for", style.BLUE), -1: ("against", style.VERMILION)}
_MEASURES = {"SMD": "|g| (two groups of equal size)", "r": "|r|"}
# Up to here there is room for a mark at p = 0.05, as tens of p.
_WIDEST_WITH_005 = 5


@dataclass(frozen=True)
class AlbatrossRow:
    """One study: p as printed, persons in all, and direction: +1 with the claim, -1 against it."""

    label: str
    p: str
    n: int
    direction: int
    row_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Mark:
    """A study with what its p means: exact, an upper bound of p, or a lower one."""

    row: AlbatrossRow
    point: AlbatrossPoint
    kind: str


def albatross(
    key: str,
    rows: Sequence[AlbatrossRow],
    *,
    for_label: str,
    against_label: str,
    contours: Sequence[float] = (0.2, 0.5, 0.8),
    kind: str = "SMD",
    caption: str = "",
) -> Figure:
    """Draw each study at its p (smaller outwards, left and right by direction) and its number of persons.

    Along a ``contour`` lie the studies of one effect, of the ``kind`` "SMD" or "r". A p printed as "<0.05" stands at
    its bound and points outwards, one printed as ">0.1" or "NS" (taken as above 0.05) points inwards.
    ``for_label`` and ``against_label`` say what the two sides mean. Raises ValueError for fewer than two studies, a
    p that cannot be read, a size below 2, a direction other than +1 and -1, and a contour that is no effect.
    """
    need_two(rows, "an albatross plot")
    printed = [parse_p(row.p) for row in rows]
    places = [NS_LEVEL if p.value is None else p.value for p in printed]
    points = albatross_points(places, [row.n for row in rows], [row.direction for row in rows])
    marks = [_Mark(row, point, _kind(p)) for row, point, p in zip(rows, points, printed, strict=True)]
    sizes = [row.n for row in rows]
    lines = [
        albatross_contour(sign * abs(effect), _grid(min(sizes), max(sizes)), kind)
        for effect in contours
        for sign in (1, -1)
    ]
    meanings = {1: plain(for_label), -1: plain(against_label)}
    counts = "; ".join(f"{meaning}: {sum(row.direction == sign for row in rows)}" for sign, meaning in meanings.items())
    named = ", ".join(tick_label(abs(effect)) for effect in contours)
    curves = f"Contours at {_MEASURES[kind]} = {named}" if contours else ""
    bounds = sum(mark.kind != "exact" for mark in marks)
    return Figure(
        key=key,
        svg=_draw(marks, lines, [tick_label(abs(effect)) for effect in contours for _ in _SIDES], meanings),
        alt=sentences(f"Albatross plot of {len(rows)} studies with n = {min(sizes)} to {max(sizes)}", counts, curves),
        caption=sentences(
            caption,
            f"{len(rows)} studies, n = {sum(sizes)}; p falls outwards from the middle, persons rise upwards",
            f"Right: {meanings[1]}; left: {meanings[-1]}",
            curves,
            f"Hollow triangles: only a bound of p is printed ({bounds} of {len(rows)}); they point to where p lies"
            if bounds
            else "",
        ),
        columns=("Study", "n", "p as printed", "Direction"),
        table=tuple((row.label, str(row.n), row.p, meanings[row.direction]) for row in rows),
        rows=unique(row.row_ids for row in rows),
    )


def _kind(p: PrintedP) -> str:
    return {"=": "exact", "<": "below", "<=": "below"}.get(p.operator, "above")


def _grid(smallest: int, largest: int) -> list[int]:
    """Return rising sizes from below the smallest to above the largest, far enough apart to hold a 1, 2 or 5."""
    low, high = max(2.0, smallest / 1.6), 1.6 * largest
    return sorted({round(low * (high / low) ** (step / _STEPS)) for step in range(_STEPS + 1)})


def _draw(
    marks: Sequence[_Mark],
    lines: Sequence[Sequence[AlbatrossPoint]],
    names: Sequence[str],
    meanings: dict[int, str],
) -> str:
    with style.applied():
        figure = style.canvas(_ABOVE + _PLOT_HEIGHT + _BELOW)
        plot = style.axes(figure, _LEFT, _ABOVE, _PLOT_WIDTH, _PLOT_HEIGHT)
        reach = 1.1 * max(2.0, *(abs(mark.point.x) for mark in marks))
        sizes = _grid(min(mark.point.n for mark in marks), max(mark.point.n for mark in marks))
        low, high = math.log10(sizes[0]) ** 2, math.log10(sizes[-1]) ** 2
        plot.set_xlim(-reach, reach)
        plot.set_ylim(low, high)
        plot.axvline(0, color=style.MUTED, linestyle=(0, (4, 3)), linewidth=1, gid="no-effect")
        for number, (line, name) in enumerate(zip(lines, names, strict=True), start=1):
            _contour(plot, line, name, number)
        for number, mark in enumerate(marks, start=1):
            _mark(plot, mark, number)
        plot.set_xticks(*_p_ticks(reach))
        plot.set_yticks(*_size_ticks(sizes[0], sizes[-1]))
        plot.set_xlabel("p, two-sided")
        plot.set_ylabel("Persons, n")
        sides = ((0, -1, "left", "◀ {}"), (1, 1, "right", "{} ▶"))
        for x, sign, side, pattern in sides:
            text = style.shorten(pattern.format(meanings[sign]), 0.48 * _PLOT_WIDTH)
            plot.text(x, 1.03, text, transform=plot.transAxes, ha=side, color=_SIDES[sign][1])
        return style.save(figure)


def _contour(plot: Axes, line: Sequence[AlbatrossPoint], name: str, number: int) -> None:
    """Draw one contour and write its effect beside the edge where it leaves the plot."""
    xs, ys = [point.x for point in line], [point.y for point in line]
    plot.plot(xs, ys, color=style.MUTED, linewidth=1, gid=f"contour-{number}", zorder=1)
    reach, (low, high) = plot.get_xlim()[1], plot.get_ylim()
    inside = [(x, y) for x, y in zip(xs, ys, strict=True) if abs(x) < 0.93 * reach and y < high - 0.06 * (high - low)]
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    look = {"fontsize": style.SMALL, "color": style.MUTED, "ha": "center", "va": "center", "bbox": box, "zorder": 2}
    if inside:
        plot.text(*inside[-1], name, **look)


def _mark(plot: Axes, mark: _Mark, number: int) -> None:
    name, colour = _SIDES[mark.row.direction]
    outwards = ">" if mark.row.direction == 1 else "<"
    inwards = "<" if mark.row.direction == 1 else ">"
    look = {
        "marker": {"exact": "o", "below": outwards, "above": inwards}[mark.kind],
        "markerfacecolor": colour if mark.kind == "exact" else "white",
        "markersize": 7,
        "color": colour,
        "linewidth": 0,
        "zorder": 3,
    }
    plot.plot(mark.point.x, mark.point.y, gid=f"study-{number}-{name}", **look)


def _p_ticks(reach: float) -> tuple[list[float], list[str]]:
    """Return places and labels of 1, 0.05 and powers of ten, at most five to a side."""
    step = math.ceil(reach / 5)
    outward = [float(tens) for tens in range(2 if step == 1 else step, int(reach) + 1, step)]
    if reach <= _WIDEST_WITH_005:
        outward.insert(0, -math.log10(NS_LEVEL))
    places = [*(-place for place in reversed(outward)), 0.0, *outward]
    return places, [tick_label(10 ** -abs(place)) for place in places]


def _size_ticks(smallest: int, largest: int) -> tuple[list[float], list[str]]:
    """Return places and labels of 2, 5, 10, 20, 50 and so on, or of powers of ten where these crowd."""
    powers = range(math.floor(math.log10(smallest)), math.ceil(math.log10(largest)) + 1)
    fine = [step * 10**power for power in powers for step in (1, 2, 5)]
    coarse = [10**power for power in powers]
    values = [n for n in (fine if len(powers) < 5 else coarse) if smallest <= n <= largest]
    return [math.log10(n) ** 2 for n in values], [str(n) for n in values]
