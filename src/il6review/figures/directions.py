"""The effect-direction plot: what each study says about a claim, the studies without a number kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from il6review.figures import style
from il6review.figures.display import Figure, need_two, percent, plain, sentences, unique
from il6review.stats.directions import VoteCount

_ROW = 0.21
_GAP = 0.25
_COLUMN = 0.38
_LONGEST_LABEL = 2.4
# Lines above the studies: what each of the three signs means, a gap, the headings.
_ABOVE = 4.6
#: Name and look of each direction: told apart by shape, by column and by colour.
_SIGNS = {
    1: ("for", {"marker": "^", "color": style.BLUE}),
    0: ("none", {"marker": "o", "color": style.MUTED, "markerfacecolor": "white"}),
    -1: ("against", {"marker": "v", "color": style.VERMILION}),
}


@dataclass(frozen=True)
class DirectionRow:
    """One study: +1 with the claim, 0 no difference or mixed, -1 against it; ``detail`` says how that is known."""

    label: str
    direction: int
    n: int | None
    detail: str = ""
    row_ids: tuple[str, ...] = ()


def effect_direction(
    key: str,
    rows: Sequence[DirectionRow],
    *,
    for_label: str,
    against_label: str,
    vote: VoteCount | None = None,
    caption: str = "",
) -> Figure:
    """Draw one line a study with a sign for its direction, the largest study of each direction first.

    ``for_label`` and ``against_label`` say what the two directions mean ("higher in arthritis"). ``vote`` is
    printed below. Raises ValueError for fewer than two studies, a direction other than +1, 0 and -1, or a vote
    that counts other studies than those shown.
    """
    need_two(rows, "an effect-direction plot")
    for row in rows:
        if row.direction not in _SIGNS:
            raise ValueError(f"{row.label}: direction is {row.direction!r}, expected 1, 0 or -1")
    counts = {sign: sum(row.direction == sign for row in rows) for sign in _SIGNS}
    if vote and (vote.for_, vote.null, vote.against) != tuple(counts.values()):
        raise ValueError(
            f"the vote counts {vote.for_} for, {vote.null} without difference, {vote.against} against; "
            f"the rows show {counts[1]}, {counts[0]} and {counts[-1]}"
        )
    ordered = sorted(rows, key=lambda row: (-row.direction, -(row.n or 0), row.label))
    meanings = {1: plain(for_label), 0: "no difference or mixed", -1: plain(against_label)}
    sizes = [row.n for row in rows if row.n is not None]
    partial = f" in the {len(sizes)} that give it" if len(sizes) < len(rows) else ""
    persons = f"n = {sum(sizes)}{partial}" if sizes else "n not given"
    verdict = _verdict(vote) if vote else ""
    return Figure(
        key=key,
        svg=_draw(ordered, [f"{meanings[sign]}: {counts[sign]}" for sign in _SIGNS], verdict),
        alt=sentences(
            f"Effect-direction plot of {len(rows)} studies",
            "; ".join(f"{meanings[sign]}: {counts[sign]}" for sign in _SIGNS),
            verdict,
        ),
        caption=sentences(
            caption,
            f"{len(rows)} studies, {persons}; the largest of each direction first",
            f"Triangle up: {meanings[1]}; circle: {meanings[0]}; triangle down: {meanings[-1]}",
            verdict,
        ),
        columns=("Study", "n", "Direction", "How known"),
        table=tuple((row.label, _size(row), meanings[row.direction], row.detail) for row in ordered),
        rows=unique(row.row_ids for row in ordered),
    )


def _verdict(vote: VoteCount) -> str:
    interval = f"{percent(vote.confidence)} interval {percent(vote.ci_low)} to {percent(vote.ci_high)}"
    return f"{vote.for_} of {vote.k} for; share {percent(vote.share)}, {interval}"


def _size(row: DirectionRow) -> str:
    return "–" if row.n is None else str(row.n)


def _draw(rows: Sequence[DirectionRow], legend: Sequence[str], verdict: str) -> str:
    with style.applied():
        top = style.MARGIN + _ABOVE * _ROW
        figure = style.canvas(top + (len(rows) + (1.2 if verdict else 0)) * _ROW + style.MARGIN)
        sheet = style.lines(figure, top, len(rows), _ROW)
        for y, ((name, look), text) in enumerate(zip(_SIGNS.values(), legend, strict=True), start=-5):
            _sign(sheet, style.MARGIN + 0.08, y, f"legend-{name}", look)
            room = style.WIDTH - 2 * style.MARGIN - 0.24
            style.write(sheet, style.MARGIN + 0.24, y, style.shorten(text, room))
        _studies(sheet, rows)
        changes = [n + 0.5 for n in range(len(rows) - 1) if rows[n].direction != rows[n + 1].direction]
        for y in (-0.5, *changes, len(rows) - 0.5):
            ends = [style.MARGIN, style.WIDTH - style.MARGIN]
            sheet.plot(ends, [y, y], color=style.RULE, linewidth=0.8, clip_on=False)
        style.write(sheet, style.MARGIN, len(rows) + 0.3, verdict)
        return style.save(figure)


def _studies(sheet: Axes, rows: Sequence[DirectionRow]) -> None:
    """Write one line a study: label, n, sign in the column of its direction, how it is known."""
    widest = max(style.text_width(plain(row.label), style.SMALL) for row in rows)
    label_width = min(_LONGEST_LABEL, widest)
    n_right = style.MARGIN + label_width + _GAP + max(style.text_width(_size(row), style.SMALL) for row in rows)
    columns = {sign: n_right + _GAP + _COLUMN * place for place, sign in enumerate(sorted(_SIGNS))}
    detail_left = columns[1] + _GAP
    detail_width = style.WIDTH - style.MARGIN - detail_left
    small = {"fontsize": style.SMALL}
    for x, text, side in ((style.MARGIN, "Study", "left"), (n_right, "n", "right"), (detail_left, "How known", "left")):
        style.write(sheet, x, -1.1, text, ha=side, fontweight="bold", **small)
    for y, row in enumerate(rows):
        name, look = _SIGNS[row.direction]
        style.write(sheet, style.MARGIN, y, style.shorten(plain(row.label), label_width, style.SMALL), **small)
        style.write(sheet, n_right, y, _size(row), ha="right", **small)
        _sign(sheet, columns[row.direction], y, f"study-{y + 1}-{name}", look)
        detail = style.shorten(plain(row.detail), detail_width, style.SMALL)
        style.write(sheet, detail_left, y, detail, color=style.MUTED, **small)


def _sign(sheet: Axes, x: float, y: float, name: str, look: Mapping[str, str]) -> None:
    sheet.plot(x, y, gid=name, linewidth=0, markersize=7, clip_on=False, **look)
