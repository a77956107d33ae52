"""Heat map: one number over the values of two parameters."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from il6review.figures import style
from il6review.figures.display import Figure, fmt, need_finite, plain, sentences

_ROW = 0.3
_GAP = 0.14
_LONGEST_LABEL = 2.2
#: Share of the full colour in the highest cell: dark text on it is read with ease.
_DARKEST = 0.7


def heat_map(
    key: str,
    values: Mapping[tuple[str, str], float],
    *,
    what: str,
    down: str,
    across: str,
    lines: Sequence[str],
    columns: Sequence[str],
    caption: str = "",
) -> Figure:
    """Draw one cell for each pair of a line and a column, the darker the higher its number.

    ``values`` holds the numbers by (line, column); a pair without one is left white and marked with a cross. ``what``
    says what the numbers are, ``down`` and ``across`` what lines and columns are. A number stands in its cell where
    the cells are wide enough. Raises ValueError when there is no number, or one is not finite.
    """
    if not values:
        raise ValueError("a heat map needs at least one number, found none")
    for (line, column), value in values.items():
        need_finite(f"{line}, {column}", value=value)
    low, high = min(values.values()), max(values.values())
    lowest, highest = (_place(values, end) for end in (low, high))
    missing = len(lines) * len(columns) - len(values)
    return Figure(
        key=key,
        svg=_draw(values, low, high, plain(what), (plain(down), plain(across)), lines, columns),
        alt=sentences(
            f"Heat map of {plain(what)}: {plain(down)} down, {len(lines)}; {plain(across)} across, {len(columns)}",
            f"Lowest {fmt(low)} at {lowest}, highest {fmt(high)} at {highest}",
            f"{missing} without a number" if missing else "",
        ),
        caption=sentences(
            caption,
            f"Each cell is {plain(what)} at one pair of values; the darker, the higher",
            "A cross marks a pair without a number" if missing else "",
        ),
        columns=(f"{plain(down)} \\ {plain(across)}", *map(plain, columns)),
        table=tuple(
            (line, *(fmt(values[line, column]) if (line, column) in values else "" for column in columns))
            for line in lines
        ),
        rows=(),
    )


def _place(values: Mapping[tuple[str, str], float], wanted: float) -> str:
    """Name the first pair with a number."""
    return ", ".join(map(plain, next(pair for pair, value in values.items() if value == wanted)))


def _draw(
    values: Mapping[tuple[str, str], float],
    low: float,
    high: float,
    what: str,
    names: tuple[str, str],
    lines: Sequence[str],
    columns: Sequence[str],
) -> str:
    with style.applied():
        top = style.MARGIN + 3 * _ROW
        figure = style.canvas(top + len(lines) * _ROW + style.MARGIN)
        sheet = style.lines(figure, top, len(lines), _ROW)
        labels = [style.shorten(plain(line), _LONGEST_LABEL, style.SMALL) for line in lines]
        name = style.shorten(names[0], _LONGEST_LABEL, style.SMALL)
        widths = [style.text_width(label, style.SMALL) for label in labels]
        left = style.MARGIN + _GAP + max(*widths, style.text_width(name, style.SMALL, "bold"))
        width = (style.WIDTH - style.MARGIN - left) / len(columns)
        room = style.WIDTH - 2 * style.MARGIN
        scale = f"{what}: from {fmt(low)} (light) to {fmt(high)} (dark)"
        style.write(sheet, style.MARGIN, -3, style.shorten(scale, room))
        head = {"fontweight": "bold", "fontsize": style.SMALL}
        style.write(sheet, left, -2, style.shorten(names[1], style.WIDTH - left, style.SMALL), **head)
        style.write(sheet, left - _GAP, -1, name, ha="right", **head)
        _columns(sheet, columns, left, width)
        fits = all(style.text_width(fmt(value), style.SMALL) < width - 0.06 for value in values.values())
        for y, (line, label) in enumerate(zip(lines, labels, strict=True)):
            style.write(sheet, left - _GAP, y, label, ha="right", fontsize=style.SMALL)
            for place, column in enumerate(columns):
                centre, value = left + (place + 0.5) * width, values.get((line, column))
                text = "×" if value is None else fmt(value) if fits else ""
                share = 0.0 if value is None or high == low else _DARKEST * (value - low) / (high - low)
                _cell(sheet, centre, y, width, share, f"cell-{y + 1}-{place + 1}")
                style.write(sheet, centre, y, text, ha="center", fontsize=style.SMALL)
        return style.save(figure)


def _columns(sheet: Axes, columns: Sequence[str], left: float, width: float) -> None:
    """Name the columns, as many as have room: the first, and then each of equal steps."""
    widest = max(style.text_width(plain(column), style.SMALL) for column in columns) + 0.06
    every = max(1, -(-min(widest, _LONGEST_LABEL) // width))
    for place, column in enumerate(columns):
        if place % every == 0:
            text = style.shorten(plain(column), every * width, style.SMALL)
            style.write(sheet, left + (place + 0.5) * width, -1, text, ha="center", fontsize=style.SMALL)


def _cell(sheet: Axes, centre: float, y: int, width: float, share: float, name: str) -> None:
    """Fill a cell with a share of the full colour, the rest white."""
    colour = tuple(1 - share * (1 - part) for part in to_rgb(style.BLUE))
    look = {"color": colour, "edgecolor": style.RULE, "linewidth": 0.6, "align": "center", "clip_on": False}
    (bar,) = sheet.barh(y, width, 1, left=centre - width / 2, **look)
    bar.set_gid(name)
