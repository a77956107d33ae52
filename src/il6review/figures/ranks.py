"""The rank plot: grades on an ordered scale that is not measured, one line for each thing that is graded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from il6review.figures import style
from il6review.figures.display import Figure, fixed, fmt, need_two, plain, sentences, unique
from il6review.stats.ranks import Friedman

_ROW = 0.24
_GAP = 0.25
_LONGEST_LABEL = 3.3
_LEGEND = 0.24
#: Name and look of each column of grades: told apart by shape, by colour and by their order from left to right.
_LOOKS = {
    "circle": {"marker": "o", "color": style.BLUE},
    "square": {"marker": "s", "color": style.VERMILION, "markerfacecolor": "white"},
    "diamond": {"marker": "D", "color": style.INK},
}


@dataclass(frozen=True)
class RankRow:
    """One line: its grades as printed, in the order of the columns; ``part`` is the heading it stands under."""

    label: str
    grades: tuple[str, ...]
    part: str = ""
    row_ids: tuple[str, ...] = ()


def rank_plot(
    key: str,
    rows: Sequence[RankRow],
    *,
    columns: Sequence[str],
    scale: Sequence[str],
    test: Friedman | None = None,
    caption: str = "",
) -> Figure:
    """Draw the grades of each line as marks on an ordered axis, the lines in the order given.

    ``columns`` are the names of what is graded (two or three), ``scale`` the grades from lowest to highest; their
    distances in the picture mean nothing. ``test`` is printed below as mean ranks. Raises ValueError for fewer
    than two lines, for another number of columns or of grades in a line, for a grade that the scale does not
    have, and for a test of another table.
    """
    need_two(rows, "a rank plot")
    if not 2 <= len(columns) <= len(_LOOKS):
        raise ValueError(f"a rank plot tells {len(_LOOKS)} columns apart and needs two, found {len(columns)}")
    for row in rows:
        if len(row.grades) != len(columns):
            raise ValueError(f"{row.label}: {len(row.grades)} grades, expected one for each of {', '.join(columns)}")
        for grade in row.grades:
            if grade not in scale:
                raise ValueError(f"{row.label}: grade {grade!r} is not on the scale {', '.join(scale)}")
    if test and (test.n, test.k) != (len(rows), len(columns)):
        raise ValueError(
            f"the test is of {test.n} lines and {test.k} columns; the rows show {len(rows)} and {len(columns)}"
        )
    leads = _leads(rows, columns, scale)
    verdict = _verdict(test, columns) if test else ""
    marks = "; ".join(f"{look} for {name}" for look, name in zip(_LOOKS, map(plain, columns), strict=False))
    return Figure(
        key=key,
        svg=_draw(rows, [plain(name) for name in columns], scale, verdict),
        alt=sentences(
            f"Rank plot of {len(rows)} lines with a grade from {scale[0]} to {scale[-1]} for {', '.join(columns)}",
            f"Highest grade alone: {leads}",
            verdict,
        ),
        caption=sentences(
            caption,
            f"{len(rows)} lines; {marks}; marks of one grade stand side by side",
            "The grades have an order and no distance",
            f"Highest grade alone: {leads}",
            verdict,
        ),
        columns=("Line", "Part", *columns),
        table=tuple((row.label, row.part, *row.grades) for row in rows),
        rows=unique(row.row_ids for row in rows),
    )


def _leads(rows: Sequence[RankRow], columns: Sequence[str], scale: Sequence[str]) -> str:
    """Say how many lines give the highest grade to each column alone, and how many to several."""
    alone = dict.fromkeys(columns, 0)
    for row in rows:
        places = [scale.index(grade) for grade in row.grades]
        if places.count(max(places)) == 1:
            alone[columns[places.index(max(places))]] += 1
    counts = [f"{name} {count}" for name, count in alone.items()]
    return ", ".join([*counts, f"shared {len(rows) - sum(alone.values())}"])


def _verdict(test: Friedman, columns: Sequence[str]) -> str:
    means = ", ".join(f"{plain(name)} {fixed(mean, 2)}" for name, mean in zip(columns, test.mean_ranks, strict=True))
    p = "p < 0.001" if test.p < 0.001 else f"p = {fmt(test.p, 2)}"
    return f"Mean rank: {means}; Friedman's chi-square {fixed(test.chi2, 2)}, {p}"


def _draw(rows: Sequence[RankRow], columns: Sequence[str], scale: Sequence[str], verdict: str) -> str:
    with style.applied():
        lines: list[str | tuple[int, RankRow]] = []
        for number, row in enumerate(rows, start=1):
            if row.part and (number == 1 or row.part != rows[number - 2].part):
                lines.append(row.part)
            lines.append((number, row))
        top = style.MARGIN + (len(columns) + 1.6) * _LEGEND
        figure = style.canvas(top + (len(lines) + (1.2 if verdict else 0)) * _ROW + style.MARGIN)
        sheet = style.lines(figure, top, len(lines), _ROW)
        _legend(sheet, columns)
        widest = max(style.text_width(plain(row.label), style.SMALL) for row in rows)
        left = style.MARGIN + min(_LONGEST_LABEL, widest) + _GAP
        width = (style.WIDTH - style.MARGIN - left) / len(scale)
        centres = {grade: left + (place + 0.5) * width for place, grade in enumerate(scale)}
        for grade, x in centres.items():
            style.write(sheet, x, -1.1, style.shorten(plain(grade), width), ha="center", fontweight="bold")
        for x in (left + place * width for place in range(len(scale) + 1)):
            sheet.plot([x, x], [-0.5, len(lines) - 0.5], color=style.RULE, linewidth=0.6, zorder=0)
        for y, line in enumerate(lines):
            _line(sheet, y, line, left - _GAP - style.MARGIN, centres, 0.22 * width)
        for y in (-0.5, len(lines) - 0.5):
            ends = [style.MARGIN, style.WIDTH - style.MARGIN]
            sheet.plot(ends, [y, y], color=style.RULE, linewidth=0.8, clip_on=False)
        room = style.WIDTH - 2 * style.MARGIN
        style.write(sheet, style.MARGIN, len(lines) + 0.3, style.shorten(verdict, room))
        return style.save(figure)


def _legend(sheet: Axes, columns: Sequence[str]) -> None:
    """Write one line above the headings for each column: its mark and its name."""
    room = style.WIDTH - 2 * style.MARGIN - 0.24
    for y, (look, name) in enumerate(zip(_LOOKS, columns, strict=False), start=-2 - len(columns)):
        _mark(sheet, style.MARGIN + 0.08, y, f"legend-{look}", look)
        style.write(sheet, style.MARGIN + 0.24, y, style.shorten(name, room))


def _line(
    sheet: Axes, y: int, line: str | tuple[int, RankRow], room: float, centres: Mapping[str, float], step: float
) -> None:
    """Write a heading, or the label of a row with its marks; marks of one grade stand side by side."""
    small = {"fontsize": style.SMALL}
    if isinstance(line, str):
        style.write(sheet, style.MARGIN, y, style.shorten(plain(line), room, style.SMALL), fontweight="bold", **small)
        return
    number, row = line
    style.write(sheet, style.MARGIN, y, style.shorten(plain(row.label), room, style.SMALL), **small)
    for place, (look, grade) in enumerate(zip(_LOOKS, row.grades, strict=False)):
        x = centres[grade] + (place - (len(row.grades) - 1) / 2) * step
        _mark(sheet, x, y, f"line-{number}-{look}", look)


def _mark(sheet: Axes, x: float, y: float, name: str, look: str) -> None:
    sheet.plot(x, y, gid=name, linewidth=0, markersize=6.5, clip_on=False, **_LOOKS[look])
