"""The timeline: the year that a document gives for each event, beside the years that sources give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from il6review.figures import style
from il6review.figures.display import Figure, need_two, plain, sentences, unique
from il6review.figures.ticks import linear_ticks

_LINE = 0.24
_BELOW = 0.35
#: Lines of an event: its name, its marks, its sources, and room to the next.
_EVENT = 3.4
_WIDTH = style.WIDTH - 2 * style.MARGIN
#: Room for half a tick label at either end of the scale.
_ROOM = 0.25
#: Told apart by shape, by size, by filling and by colour; where the years agree the circle stands in the diamond.
_SAID = {"marker": "D", "markersize": 12, "color": style.VERMILION, "markerfacecolor": "none", "markeredgewidth": 1.6}
_FOUND = {"marker": "o", "markersize": 6, "color": style.BLUE}


@dataclass(frozen=True)
class TimelineRow:
    """One event: the year that the document gives, and the years that sources give, each with the source's name."""

    label: str
    said: int
    found: tuple[tuple[int, str], ...] = ()
    row_ids: tuple[str, ...] = ()


def timeline(key: str, rows: Sequence[TimelineRow], *, said_by: str, caption: str = "") -> Figure:
    """Draw each event on one scale of years, in the order given.

    ``said_by`` names the document ("the slide"). Raises ValueError for fewer than two events and for a year that is
    no whole number.
    """
    need_two(rows, "a timeline")
    for row in rows:
        for year in (row.said, *(year for year, _ in row.found)):
            if not isinstance(year, int):
                raise ValueError(f"{row.label}: year is {year!r}, expected a whole number")
    said_by = plain(said_by)
    return Figure(
        key=key,
        svg=_draw(rows, said_by),
        alt=sentences(f"Timeline of {len(rows)} events", *(_sentence(row, said_by) for row in rows)),
        caption=sentences(
            caption,
            f"Diamond: the year that {said_by} gives; circle: a year that a source gives",
            "Where they agree the circle stands in the diamond",
        ),
        columns=("Event", "Year", "Given by"),
        table=tuple(line for row in rows for line in _lines(row, said_by)),
        rows=unique(row.row_ids for row in rows),
    )


def _lines(row: TimelineRow, said_by: str) -> list[tuple[str, str, str]]:
    return [(row.label, str(year), name) for year, name in ((row.said, said_by), *sorted(row.found))]


def _sentence(row: TimelineRow, said_by: str) -> str:
    return f"{row.label}: {said_by} {row.said}; {_sources(row)}"


def _sources(row: TimelineRow) -> str:
    return "; ".join(f"{year}: {plain(name)}" for year, name in sorted(row.found)) or "no source gives a year"


def _draw(rows: Sequence[TimelineRow], said_by: str) -> str:
    with style.applied():
        top = style.MARGIN + 3 * _LINE
        height = _EVENT * len(rows) * _LINE
        figure = style.canvas(top + height + _BELOW)
        legend = style.lines(figure, style.MARGIN, 2, _LINE)
        for y, (look, text) in enumerate(((_SAID, f"year that {said_by} gives"), (_FOUND, "year that a source gives"))):
            _mark(legend, style.MARGIN + 0.12, y, f"legend-{y + 1}", look)
            style.write(legend, style.MARGIN + 0.32, y, style.shorten(text, _WIDTH - 0.32))
        plot = style.axes(figure, style.MARGIN + _ROOM, top, _WIDTH - 2 * _ROOM, height)
        years = [year for row in rows for year in (row.said, *(year for year, _ in row.found))]
        room = max(1.0, 0.04 * (max(years) - min(years)))
        low, high = min(years) - room, max(years) + room
        plot.set_xlim(low, high)
        plot.set_xticks(*linear_ticks(low, high, _WIDTH - 2 * _ROOM, whole=True))
        plot.set_ylim(_EVENT * len(rows) - 0.6, -0.6)
        plot.set_yticks([])
        plot.spines["left"].set_visible(False)
        for number, row in enumerate(rows):
            _event(plot, _EVENT * number, number + 1, row)
        return style.save(figure)


def _event(plot: Axes, y: float, number: int, row: TimelineRow) -> None:
    """Write the name of an event, its marks on a thin line below, and its sources under these."""
    style.write(plot, style.MARGIN, y, style.shorten(plain(row.label), _WIDTH))
    plot.axhline(y + 1, color=style.RULE, linewidth=0.8, zorder=0)
    _mark(plot, row.said, y + 1, f"event-{number}-said", _SAID)
    for place, (year, _) in enumerate(sorted(row.found), start=1):
        _mark(plot, year, y + 1, f"event-{number}-found-{place}", _FOUND)
    sources = style.shorten(_sources(row), _WIDTH, style.SMALL)
    style.write(plot, style.MARGIN, y + 1.8, sources, fontsize=style.SMALL, color=style.MUTED)


def _mark(plot: Axes, x: float, y: float, name: str, look: Mapping[str, object]) -> None:
    plot.plot(x, y, gid=name, linewidth=0, clip_on=False, **look)
