"""The forest plot: each study, the pooled value, where a further study is expected; and a value before and after."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from il6review.figures import style
from il6review.figures.display import (
    Figure,
    fixed,
    fmt,
    need_finite,
    need_interval,
    need_two,
    percent,
    plain,
    sentences,
    unique,
)
from il6review.figures.ticks import linear_ticks, ratio_ticks, tick_label
from il6review.stats.correlations import PooledCorrelation
from il6review.stats.pooling import Pooled

_ROW = 0.27
_GAP = 0.14
# Inches that the plot gets at least, and where labels are long.
_LEAST_PLOT, _PLOT = 1.6, 1.9
_LEAST_LABEL = 1.0
# How much smaller a name may be written.
_LEAST_SIZE = 0.8
_LARGEST_SQUARE = 11.0
_INTERVALS = {
    "wald": "Wald interval",
    "t": "Student's t interval",
    "knapp_hartung": "Knapp-Hartung interval",
    "knapp_hartung_floor": "Knapp-Hartung interval with floor",
}
_APART = "Published, not pooled"
# The pooled values, drawn as diamonds.
_POOLED = ("pooled", "before", "after")
# exp(300) is no ratio of anything measured, and exp(710) is more than a computer can hold.
_LARGEST_LOG = 300.0


@dataclass(frozen=True)
class ForestRow:
    """One study: effect and interval (logarithms if the plot shows ratios), weight in percent, group sizes.

    ``weight`` is None for a result that is not pooled, ``n2`` where there is one group, as for a correlation.
    """

    label: str
    estimate: float
    ci_low: float
    ci_high: float
    weight: float | None
    n1: int
    n2: int | None
    note: str = ""
    row_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Scale:
    """How values are read and written: logarithms as ratios, other values as they are, with fixed decimals."""

    log: bool
    tau2: str
    largest: float
    decimals: int

    def text(self, value: float) -> str:
        return fmt(math.exp(value)) if self.log else fixed(value, self.decimals)

    def check(self, where: str, low: float, estimate: float, high: float) -> None:
        need_interval(where, low, estimate, high)
        if max(-low, high) > self.largest:
            meant = "logarithms of ratios" if self.log else "correlations"
            raise ValueError(f"{where}: {low} to {high} goes beyond {self.largest:g}, expected {meant}")


@dataclass(frozen=True)
class _Line:
    """One line of the plot and of its table, so that both say the same."""

    kind: str
    label: str
    n: str
    low: float
    estimate: float | None
    high: float
    weight: float | None
    note: str
    scale: _Scale

    @property
    def values(self) -> str:
        interval = f"[{self.scale.text(self.low)}, {self.scale.text(self.high)}]"
        return interval if self.estimate is None else f"{self.scale.text(self.estimate)} {interval}"

    @property
    def share(self) -> str:
        return "" if self.weight is None else f"{self.weight:.1f} %"

    @property
    def cells(self) -> tuple[str, ...]:
        estimate = "" if self.estimate is None else self.scale.text(self.estimate)
        limits = self.scale.text(self.low), self.scale.text(self.high)
        return self.label, self.n, estimate, *limits, self.share, self.note


def forest(
    key: str,
    studies: Sequence[ForestRow],
    pooled: Pooled | PooledCorrelation,
    measure_label: str,
    null_value: float,
    *,
    log: bool = True,
    unit_note: str = "",
    caption: str = "",
    published: ForestRow | None = None,
) -> Figure:
    """Draw the studies with their weights, the pooled value, its prediction interval and the line of no effect.

    With ``log`` every value, ``null_value`` too, is the natural logarithm of a ratio, and ratios are written;
    without it values are written as they are. Correlations stand on an axis from -1 to 1; any other axis holds
    every estimate, and an interval that runs far beyond them ends in an arrowhead. ``unit_note`` says what was
    measured and in which unit. ``published`` is a result from elsewhere, shown apart below.

    Raises ValueError for fewer than two studies, a study without weight, a value that is not finite, an interval
    that does not hold its estimate, a pooled result of another number of studies, pooled correlations with
    ``log``, a logarithm beyond 300, or a correlation beyond 1.
    """
    need_two(studies, "a forest plot")
    apart = [published] if published else []
    fit = pooled.z if isinstance(pooled, PooledCorrelation) else pooled
    scale = _scale(studies, fit is not pooled, log)
    _check(studies, apart, pooled, fit.k, scale)
    need_finite("forest plot", null_value=null_value)
    foot = _model(fit, scale.tau2)
    lines = [
        *(_study("study", row, row.note, scale) for row in studies),
        *_summary(studies, pooled, foot, fit.pi_method, scale),
        *(_study("published", row, sentences(_APART, row.note), scale) for row in apart),
    ]
    low, high = _axis(lines, null_value) if fit is pooled else (-1.0, 1.0)
    level, null = percent(fit.confidence), tick_label(math.exp(null_value) if log else null_value)
    measured = f"{measure_label} ({unit_note})" if unit_note else measure_label
    verb = "includes" if pooled.ci_low <= null_value <= pooled.ci_high else "excludes"
    return Figure(
        key=key,
        svg=_draw(lines, null_value, low, high, (measured, foot, f"Estimate [{level} CI]")),
        alt=sentences(
            f"Forest plot of {fit.k} studies",
            f"Pooled {measure_label} {scale.text(pooled.estimate)} ({level} interval {scale.text(pooled.ci_low)} "
            f"to {scale.text(pooled.ci_high)}), which {verb} {null}, no effect",
            f"Prediction interval {scale.text(pooled.pi_low)} to {scale.text(pooled.pi_high)}",
        ),
        caption=sentences(
            caption,
            f"{measured[:1].upper()}{measured[1:]} in {fit.k} studies, n = {lines[len(studies)].n}",
            "A square grows with the weight of its study; the diamond is the pooled value, the thin bar the "
            f"prediction interval, the dashed line no effect ({null})",
            "The axis is logarithmic" if log else "",
            foot,
            *(f"Hollow diamond: {row.label}, published elsewhere and not pooled" for row in apart),
        ),
        columns=("Study", "n", measure_label, f"{level} low", f"{level} high", "Weight", "Note"),
        table=tuple(line.cells for line in lines),
        rows=unique(row.row_ids for row in [*studies, *apart]),
    )


def before_after(
    key: str,
    own: Sequence[ForestRow],
    before: Pooled | PooledCorrelation,
    after: Pooled | PooledCorrelation,
    measure_label: str,
    null_value: float,
    *,
    log: bool = True,
    unit_note: str = "",
    caption: str = "",
) -> Figure:
    """Draw a pooled value before and after own studies came to it, the studies between the two.

    All else is as in ``forest``; the weight of an own study is that in the value after. Other studies are not shown.

    Raises ValueError without an own study, for one without weight, a value that is not finite, an interval that does
    not hold its estimate, a correlation beside another measure, two levels of confidence, pooled correlations with
    ``log``, a logarithm beyond 300, or a correlation beyond 1.
    """
    if not own:
        raise ValueError("a figure before and after needs at least one own study, found none")
    kinds = [isinstance(pooled, PooledCorrelation) for pooled in (before, after)]
    if kinds[0] != kinds[1]:
        raise ValueError("before and after are a correlation and another measure; expected twice the same")
    fits = [pooled.z if isinstance(pooled, PooledCorrelation) else pooled for pooled in (before, after)]
    if fits[0].confidence != fits[1].confidence:
        levels = " and ".join(percent(fit.confidence) for fit in fits)
        raise ValueError(f"the intervals before and after have {levels} confidence; expected twice the same")
    scale = _scale(own, kinds[0], log)
    _check_rows(own, [], scale)
    need_finite("figure before and after", null_value=null_value)
    values = {"before": before, "after": after}
    for name, pooled in values.items():
        scale.check(f"pooled value {name}", pooled.ci_low, pooled.estimate, pooled.ci_high)
    models = [_model(fit, scale.tau2) for fit in fits]
    first, last = (
        _Line(
            name,
            f"Pooled {name}",
            f"{fit.k} studies",
            pooled.ci_low,
            pooled.estimate,
            pooled.ci_high,
            None,
            model,
            scale,
        )
        for (name, pooled), fit, model in zip(values.items(), fits, models, strict=True)
    )
    lines = [first, *(_study("study", row, row.note, scale) for row in own), last]
    low, high = (-1.0, 1.0) if kinds[0] else _axis(lines, null_value)
    level, null = percent(fits[0].confidence), tick_label(math.exp(null_value) if log else null_value)
    measured = f"{measure_label} ({unit_note})" if unit_note else measure_label
    foot = f"Before: {models[0][:1].lower()}{models[0][1:]}. After: {models[1][:1].lower()}{models[1][1:]}"
    added = "one study of your own" if len(own) == 1 else f"{len(own)} studies of your own"
    told = (
        f"{line.label[:1].upper()}{line.label[1:]}, {line.n}: {scale.text(line.estimate)} ({level} interval "
        f"{scale.text(line.low)} to {scale.text(line.high)}), which "
        f"{'includes' if line.low <= null_value <= line.high else 'excludes'} {null}, no effect"
        for line in (first, last)
    )
    return Figure(
        key=key,
        svg=_draw(lines, null_value, low, high, (measured, foot, f"Estimate [{level} CI]")),
        alt=sentences(f"{measure_label[:1].upper()}{measure_label[1:]} before and after {added} came to it", *told),
        caption=sentences(
            caption,
            f"{measured[:1].upper()}{measured[1:]} before and after {added} came to it",
            f"The hollow diamond is the value before, the full one that after, the dashed line no effect ({null})",
            "The axis is logarithmic" if log else "",
            foot,
        ),
        columns=("Study", "n", measure_label, f"{level} low", f"{level} high", "Weight", "Note"),
        table=tuple(line.cells for line in lines),
        rows=unique(row.row_ids for row in own),
    )


def _scale(studies: Sequence[ForestRow], correlations: bool, log: bool) -> _Scale:
    """Return the scale; decimals are enough for three digits of the largest estimate."""
    if correlations and log:
        raise ValueError("correlations are no ratios; draw them with log=False")
    for row in studies:
        need_finite(row.label, estimate=row.estimate)
    largest = max(abs(row.estimate) for row in studies) or 1.0
    decimals = min(max(0, 2 - math.floor(math.log10(largest))), 6)
    if log:
        return _Scale(True, "log scale", _LARGEST_LOG, decimals)
    return _Scale(False, "Fisher's z scale", 1.0, decimals) if correlations else _Scale(False, "", math.inf, decimals)


def _check(
    studies: Sequence[ForestRow],
    apart: Sequence[ForestRow],
    pooled: Pooled | PooledCorrelation,
    k: int,
    scale: _Scale,
) -> None:
    if k != len(studies):
        raise ValueError(f"the pooled value rests on {k} studies, but {len(studies)} are shown")
    _check_rows(studies, apart, scale)
    scale.check("pooled value", pooled.ci_low, pooled.estimate, pooled.ci_high)
    scale.check("prediction interval", pooled.pi_low, pooled.estimate, pooled.pi_high)


def _check_rows(studies: Sequence[ForestRow], apart: Sequence[ForestRow], scale: _Scale) -> None:
    for row in studies:
        if row.weight is None or not 0 < row.weight <= 100:
            raise ValueError(f"{row.label}: weight is {row.weight}, expected percent, above 0 and up to 100")
    for row in [*studies, *apart]:
        scale.check(row.label, row.ci_low, row.estimate, row.ci_high)


def _model(fit: Pooled, scale: str) -> str:
    """Say how the studies were pooled and how much they differ."""
    tau2 = f"{fmt(fit.tau2)} ({scale})" if scale else fmt(fit.tau2)
    return f"Pooled by {fit.method}, {_INTERVALS[fit.interval]}; τ² = {tau2}, I² = {fmt(fit.i2)} %"


def _study(kind: str, row: ForestRow, note: str, scale: _Scale) -> _Line:
    ends = row.ci_low, row.estimate, row.ci_high
    return _Line(kind, plain(row.label), _sizes(row.n1, row.n2), *ends, row.weight, note, scale)


def _summary(
    studies: Sequence[ForestRow], pooled: Pooled | PooledCorrelation, model: str, pi_method: str, scale: _Scale
) -> tuple[_Line, _Line]:
    second = [row.n2 for row in studies if row.n2 is not None]
    people = _sizes(sum(row.n1 for row in studies), sum(second) if second else None)
    ends = pooled.ci_low, pooled.estimate, pooled.ci_high
    return (
        _Line("pooled", "Pooled", people, *ends, None, model, scale),
        _Line("future", "Prediction interval", "", pooled.pi_low, None, pooled.pi_high, None, pi_method, scale),
    )


def _sizes(n1: int, n2: int | None) -> str:
    return str(n1) if n2 is None else f"{n1} v {n2}"


def _axis(lines: Sequence[_Line], null_value: float) -> tuple[float, float]:
    """Return limits that hold every estimate, and of the intervals as much as does not squeeze the rest."""
    centres = [null_value, *(line.estimate for line in lines if line.estimate is not None)]
    first, last = min(centres), max(centres)
    reach = max(last - first, 1.5 * statistics.median(line.high - line.low for line in lines)) or 1.0
    low = max(first - reach, min([first, *(line.low for line in lines)]))
    high = min(last + reach, max([last, *(line.high for line in lines)]))
    room = 0.04 * (high - low or reach)
    return low - room, high + room


def _draw(lines: Sequence[_Line], null_value: float, low: float, high: float, texts: tuple[str, str, str]) -> str:
    """Draw texts left and right, marks between them; ``texts``: under the axis, at the foot, over the values."""
    measured, foot, heading = texts
    with style.applied():
        apart = any(line.kind == "published" for line in lines)
        count = len(lines) + apart
        named = style.wrap(plain(measured), 0.9 * style.WIDTH, style.SMALL)
        top = style.MARGIN + 1.2 * _ROW
        below = style.wrap(foot, style.WIDTH - 2 * style.MARGIN, style.SMALL)
        figure = style.canvas(top + (count + (len(named) + len(below) - 1) * 0.7 + 2.3) * _ROW)
        sheet = style.lines(figure, top, count, _ROW)
        left, right = _columns(sheet, lines, heading)
        plot = style.axes(figure, left, top, right - left, count * _ROW)
        plot.axvline(null_value, color=style.MUTED, linestyle=(0, (4, 3)), linewidth=1, gid="no-effect")
        heaviest = max(line.weight for line in lines if line.kind == "study")
        for y, line in enumerate(lines):
            _mark(plot, y + (line.kind == "published"), line, heaviest, low, high)
        if apart:
            style.write(sheet, style.MARGIN, len(lines) - 1, _APART, color=style.MUTED)
        small = {"fontsize": style.SMALL, "color": style.MUTED}
        half = style.MARGIN + max(style.text_width(text, style.SMALL) for text in named) / 2
        middle = min(max((left + right) / 2, half), style.WIDTH - half)
        for y, text in enumerate(named):
            style.write(sheet, middle, count + 0.7 + 0.7 * y, text, ha="center", fontsize=style.SMALL)
        for y, text in enumerate(below, len(named)):
            style.write(sheet, style.MARGIN, count + 0.9 + 0.7 * y, text, **small)
        ticks = ratio_ticks if lines[0].scale.log else linear_ticks
        plot.set_xticks(*ticks(low, high, right - left))
        plot.set_yticks([])
        plot.spines["left"].set_visible(False)
        plot.set_xlim(low, high)
        plot.set_ylim(count - 0.5, -0.5)
        return style.save(figure)


def _columns(sheet: Axes, lines: Sequence[_Line], heading: str) -> tuple[float, float]:
    """Write the columns of text and return the left and right edge, in inches, of the room left for the plot."""
    n_width = max(style.text_width(line.n) for line in lines)
    share_width = style.text_width("Weight", weight="bold")
    room = style.WIDTH - 2 * style.MARGIN - 4 * _GAP - n_width - share_width
    widest = max(style.text_width(line.values, weight="bold") for line in lines)
    # Ratios of very different size make long texts: these are written smaller, never cut.
    size = style.TEXT * min(1.0, (room - _LEAST_LABEL - _LEAST_PLOT) / widest)
    values_width = max(style.text_width(heading, weight="bold"), widest * size / style.TEXT)
    widest_label = max(style.text_width(line.label) for line in lines)
    # The names of pooled values are written bold, and in full.
    bold = max(style.text_width(line.label, weight="bold") for line in lines if line.kind in _POOLED)
    label_width = max(bold, min(widest_label, max(_LEAST_LABEL, room - values_width - _PLOT)))
    # Long names are written smaller before they are cut, so that a year is not lost.
    label_size = style.TEXT * max(_LEAST_SIZE, min(1.0, label_width / widest_label))
    n_right = style.MARGIN + label_width + _GAP + n_width
    share_right = style.WIDTH - style.MARGIN
    values_right = share_right - share_width - _GAP
    places = ((style.MARGIN, "left"), (n_right, "right"), (values_right, "right"), (share_right, "right"))
    for (x, side), text in zip(places, ("Study", "n", heading, "Weight"), strict=True):
        style.write(sheet, x, -1, text, ha=side, fontweight="bold")
    for index, line in enumerate(lines):
        y = index + (line.kind == "published")
        weight = "bold" if line.kind in _POOLED else "normal"
        named = line.kind in ("study", "published")
        label = style.shorten(line.label, label_width, label_size) if named else line.label
        size_here = label_size if named else style.TEXT
        style.write(sheet, style.MARGIN, y, label, fontsize=size_here, fontweight=weight)
        style.write(sheet, n_right, y, line.n, ha="right")
        style.write(sheet, values_right, y, line.values, ha="right", fontsize=size, fontweight=weight)
        style.write(sheet, share_right, y, line.share, ha="right")
    pooled = max(index for index, line in enumerate(lines) if line.kind in _POOLED)
    for y in (-0.5, pooled - 0.5):
        sheet.plot([style.MARGIN, share_right], [y, y], color=style.RULE, linewidth=0.8)
    return n_right + _GAP, values_right - values_width - _GAP


def _mark(plot: Axes, y: int, line: _Line, heaviest: float, low: float, high: float) -> None:
    """Draw one line's mark; an interval that leaves the axis ends in an arrowhead."""
    colour = style.VERMILION if line.kind in (*_POOLED, "future") else style.INK
    name = f"study-{y + 1}" if line.kind == "study" else line.kind
    if line.kind in (*_POOLED, "published"):
        face = colour if line.kind in ("pooled", "after") else "white"
        corners = [line.low, line.estimate, line.high, line.estimate], [y, y - 0.3, y, y + 0.3]
        plot.fill(*corners, facecolor=face, edgecolor=colour, linewidth=1.2, zorder=3, gid=name)
    else:
        ends = max(line.low, low), min(line.high, high)
        look = {"linewidth": 3.5 if line.kind == "future" else 1.4, "solid_capstyle": "butt", "zorder": 4}
        plot.plot(ends, [y, y], color=colour, gid=f"{name}-interval", **look)
    if line.kind == "study":
        side = max(3.0, _LARGEST_SQUARE * math.sqrt(line.weight / heaviest))
        look = {"marker": "s", "markersize": side, "color": style.BLUE, "linewidth": 0, "zorder": 3}
        plot.plot(line.estimate, y, gid=name, **look)
    arrow = {"markersize": 6, "color": colour, "linewidth": 0, "clip_on": False, "zorder": 5}
    if line.low < low:
        plot.plot(low, y, marker="<", gid=f"{name}-beyond-low", **arrow)
    if line.high > high:
        plot.plot(high, y, marker=">", gid=f"{name}-beyond-high", **arrow)
