"""The overview: every claim as a tile, one line a chapter, the tiles ordered by headline."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from il6review.figures import style
from il6review.figures.display import Figure, need_two, plain, sentences

_ROW = 0.27
_LONGEST_LABEL = 2.1
_GAP = 0.15
_TOTAL = 0.35
_TILE = 0.2
_APART = 0.03
#: Lines above the chapters: what each tile means, a gap.
_ABOVE = 1.6
#: Each headline has its letter, and a look that grey print keeps: dark fill, frame, black fill, thin frame.
_TILES = {
    "stands": {"facecolor": style.BLUE, "edgecolor": style.BLUE, "letter": "white"},
    "weakened": {"facecolor": "white", "edgecolor": style.VERMILION, "linewidth": 1.8, "letter": style.INK},
    "falls": {"facecolor": style.INK, "edgecolor": style.INK, "letter": "white"},
    "untested": {"facecolor": "white", "edgecolor": style.RULE, "letter": style.MUTED},
}


@dataclass(frozen=True)
class OverviewRow:
    """One chapter: its name, and the headline of each of its claims."""

    label: str
    headlines: tuple[str, ...]


def overview(key: str, rows: Sequence[OverviewRow], caption: str = "") -> Figure:
    """Draw one line a chapter with a lettered tile for each claim, the chapter with most claims first.

    Raises ValueError for fewer than two chapters, a chapter without claims, or a headline other than stands,
    weakened, falls and untested.
    """
    need_two(rows, "an overview")
    for row in rows:
        unknown = [word for word in row.headlines if word not in _TILES]
        if unknown or not row.headlines:
            found = repr(unknown[0]) if unknown else "no claim"
            raise ValueError(f"{row.label}: found {found}, expected headlines among {', '.join(_TILES)}")
    ordered = sorted(rows, key=lambda row: (-len(row.headlines), row.label))
    counts = [tuple(row.headlines.count(word) for word in _TILES) for row in ordered]
    totals = {word: sum(column) for word, column in zip(_TILES, zip(*counts, strict=True), strict=True)}
    claims = sum(totals.values())
    said = "; ".join(f"{word}: {n}" for word, n in totals.items())
    return Figure(
        key=key,
        svg=_draw(ordered, totals),
        alt=sentences(f"One tile for each of {claims} claims in {len(rows)} chapters", said),
        caption=sentences(
            caption,
            f"One tile a claim (n = {claims}), one line a chapter; its letter is that of its headline",
            said,
        ),
        columns=("Chapter", *(word.capitalize() for word in _TILES), "All"),
        table=(
            *((row.label, *map(str, line), str(sum(line))) for row, line in zip(ordered, counts, strict=True)),
            ("All chapters", *map(str, totals.values()), str(claims)),
        ),
        rows=(),
    )


def _draw(rows: Sequence[OverviewRow], totals: dict[str, int]) -> str:
    with style.applied():
        top = style.MARGIN + _ABOVE * _ROW
        figure = style.canvas(top + len(rows) * _ROW + style.MARGIN)
        sheet = style.lines(figure, top, len(rows), _ROW)
        x = style.MARGIN
        for word, n in totals.items():
            text = f"{word} ({n})"
            _tile(sheet, f"legend-{word}", x, -1.6, word, _TILE)
            style.write(sheet, x + _TILE + 0.08, -1.6, text, fontsize=style.SMALL)
            x += _TILE + style.text_width(text, style.SMALL) + 0.4
        labels = [style.shorten(plain(row.label), _LONGEST_LABEL, style.SMALL) for row in rows]
        left = style.MARGIN + max(style.text_width(label, style.SMALL) for label in labels) + _GAP
        room = style.WIDTH - style.MARGIN - left - _TOTAL
        step = min(_TILE + _APART, room / max(len(row.headlines) for row in rows))
        for y, (row, label) in enumerate(zip(rows, labels, strict=True)):
            style.write(sheet, style.MARGIN, y, label, fontsize=style.SMALL)
            found = sorted(row.headlines, key=list(_TILES).index)
            for place, word in enumerate(found):
                _tile(sheet, f"claim-{y + 1}-{place + 1}-{word}", left + place * step, y, word, 0.87 * step)
            style.write(
                sheet, left + len(found) * step + 0.05, y, str(len(found)), fontsize=style.SMALL, color=style.MUTED
            )
        return style.save(figure)


def _tile(sheet: Axes, name: str, x: float, y: float, word: str, width: float) -> None:
    """Draw a tile with the first letter of its headline, x and width in inches, y the line."""
    look = {"linewidth": 1.0} | {part: value for part, value in _TILES[word].items() if part != "letter"}
    height = _TILE / _ROW
    sheet.add_patch(Rectangle((x, y - height / 2), width, height, gid=name, clip_on=False, **look))
    middle = {"ha": "center", "fontsize": style.SMALL - 1, "color": _TILES[word]["letter"]}
    style.write(sheet, x + width / 2, y, word[0].upper(), **middle)
