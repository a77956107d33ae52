"""Stacked bars: how often each of a few outcomes occurs in each group, the worst outcome first."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from il6review.figures import style
from il6review.figures.display import Figure, need_two, plain, sentences, unique

_ROW = 0.26
_THICK = 0.78
_GAP = 0.14
_LONGEST_LABEL = 2.9


@dataclass(frozen=True)
class BarRow:
    """One group: its name, the count of each outcome, and the evidence rows behind them."""

    label: str
    counts: tuple[int, ...]
    row_ids: tuple[str, ...] = ()


def stacked_bars(key: str, rows: Sequence[BarRow], *, parts: Sequence[str], what: str, caption: str = "") -> Figure:
    """Draw one bar a group, as long as its count, split into its outcomes; every count stands in its part.

    ``parts`` names the outcomes from worst to best, ``what`` says what is counted ("checks"). Raises ValueError for
    fewer than two groups, more outcomes than there are colours, counts that are not one for each outcome or below 0,
    and a group without any.
    """
    need_two(rows, "a plot of stacked bars")
    if not 2 <= len(parts) <= len(style.STACK):
        raise ValueError(f"parts has {len(parts)} names, expected 2 to {len(style.STACK)}")
    for row in rows:
        if len(row.counts) != len(parts) or min(row.counts) < 0 or not sum(row.counts):
            raise ValueError(f"{row.label}: counts are {row.counts}, expected {len(parts)} from 0 up, not all 0")
    totals = [sum(row.counts[place] for row in rows) for place in range(len(parts))]
    legend = [f"{plain(name)}: {total}" for name, total in zip(parts, totals, strict=True)]
    return Figure(
        key=key,
        svg=_draw(rows, legend),
        alt=sentences(f"Stacked bars of {sum(totals)} {plain(what)} in {len(rows)} groups", "; ".join(legend)),
        caption=sentences(
            caption, f"Each bar is one group, as long as its number of {plain(what)}; parts in the order of the legend"
        ),
        columns=("Group", plain(what).capitalize(), *map(plain, parts)),
        table=tuple((row.label, str(sum(row.counts)), *map(str, row.counts)) for row in rows),
        rows=unique(row.row_ids for row in rows),
    )


def _draw(rows: Sequence[BarRow], legend: Sequence[str]) -> str:
    with style.applied():
        top = style.MARGIN + (len(legend) + 1) // 2 * _ROW + _GAP
        figure = style.canvas(top + len(rows) * _ROW + style.MARGIN)
        sheet = style.lines(figure, top, len(rows), _ROW)
        for place, text in enumerate(legend):
            # Two columns, read down the first.
            column, line = divmod(place, (len(legend) + 1) // 2)
            x, y = style.MARGIN + column * style.WIDTH / 2, line - (top - style.MARGIN) / _ROW
            _block(sheet, x, y, 0.2, place, f"legend-{place + 1}")
            style.write(sheet, x + 0.3, y, style.shorten(text, style.WIDTH / 2 - 0.4))
        _bars(sheet, rows)
        return style.save(figure)


def _bars(sheet: Axes, rows: Sequence[BarRow]) -> None:
    """Draw the bars on one scale; a count is written where its part is wide enough, and the sum at the end."""
    labels = [style.shorten(plain(row.label), _LONGEST_LABEL, style.SMALL) for row in rows]
    left = style.MARGIN + max(style.text_width(label, style.SMALL) for label in labels) + _GAP
    most = max(sum(row.counts) for row in rows)
    unit = (style.WIDTH - style.MARGIN - left - _GAP - style.text_width(str(most), style.SMALL)) / most
    for y, (row, label) in enumerate(zip(rows, labels, strict=True)):
        style.write(sheet, left - _GAP, y, label, ha="right", fontsize=style.SMALL)
        x = left
        for place, count in enumerate(row.counts):
            if count:
                width = count * unit
                _block(sheet, x, y, width, place, f"bar-{y + 1}-{place + 1}")
                if width > style.text_width(str(count), style.SMALL) + 0.04:
                    look = {"color": style.STACK[place][1], "ha": "center", "fontsize": style.SMALL}
                    style.write(sheet, x + width / 2, y, str(count), **look)
                x += width
        style.write(sheet, x + _GAP / 2, y, str(sum(row.counts)), fontsize=style.SMALL, fontweight="bold")


def _block(sheet: Axes, x: float, y: float, width: float, place: int, name: str) -> None:
    look = {"color": style.STACK[place][0], "edgecolor": "white", "linewidth": 0.8}
    (bar,) = sheet.barh(y, width, _THICK, left=x, clip_on=False, **look)
    bar.set_gid(name)
