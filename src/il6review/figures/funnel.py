"""The funnel plot: each study's estimate over its standard error, and where chance alone would put it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.figures import style
from il6review.figures.display import Figure, fmt, need_finite, need_two, percent, plain, sentences, unique
from il6review.figures.ticks import linear_ticks, ratio_ticks, tick_label
from il6review.stats.pooling import Pooled
from il6review.stats.small_study import Egger, TrimFill, funnel_limits

_LEFT = 0.8
_ABOVE = 0.15
_BELOW = 0.6
_PLOT_WIDTH = style.WIDTH - _LEFT - 0.25
_PLOT_HEIGHT = 3.8
# exp(300) is no ratio of anything measured, and exp(710) is more than a computer can hold.
_LARGEST_LOG = 300.0


@dataclass(frozen=True)
class FunnelRow:
    """One study: estimate (a logarithm if the plot shows ratios) and its standard error."""

    label: str
    estimate: float
    se: float
    row_ids: tuple[str, ...] = ()


def funnel(
    key: str,
    rows: Sequence[FunnelRow],
    pooled: Pooled,
    measure_label: str,
    null_value: float,
    *,
    log: bool = True,
    egger: Egger | None = None,
    trimmed: TrimFill | None = None,
    caption: str = "",
) -> Figure:
    """Draw each study at its estimate and standard error, the largest studies on top, about the pooled value.

    The limits are `small_study.funnel_limits` at the confidence of ``pooled``. With ``log`` estimates and
    ``null_value`` are logarithms, and ratios are written. ``egger`` and ``trimmed`` are put into words, or the
    reason why they give no verdict; the studies that ``trimmed`` adds are drawn hollow. Raises ValueError for
    fewer than two studies, a value that is not finite, a standard error not above 0, a logarithm beyond 300, and
    results that rest on another number of studies.
    """
    need_two(rows, "a funnel plot")
    _check(rows, pooled, [("Egger's test", egger), ("trim and fill", trimmed)], null_value, log)
    added = list(zip(trimmed.filled_estimates, trimmed.filled_variances, strict=True)) if trimmed else []
    filled = [FunnelRow(f"Added {i}", estimate, math.sqrt(v)) for i, (estimate, v) in enumerate(added, 1)]
    level, null = percent(pooled.confidence), tick_label(math.exp(null_value) if log else null_value)
    found = [*_egger(egger), *_trimmed(trimmed, log)]
    errors, above = [row.se for row in rows], sum(row.estimate > pooled.estimate for row in rows)
    scale = " (log scale)" if log else ""
    return Figure(
        key=key,
        svg=_draw(rows, filled, pooled, null_value, plain(measure_label), log),
        alt=sentences(
            f"Funnel plot of {len(rows)} studies",
            f"Pooled {measure_label} {_text(pooled.estimate, log)}, {above} studies above it",
            f"Standard errors{scale} {fmt(min(errors))} to {fmt(max(errors))}",
            *found,
        ),
        caption=sentences(
            caption,
            f"{measure_label[:1].upper()}{measure_label[1:]} of {len(rows)} studies over its standard error{scale}, "
            "large studies on top",
            f"Solid line: pooled value; slanting lines: {level} limits about it if chance alone spreads the studies; "
            f"dashed line: no effect ({null})",
            "The axis is logarithmic" if log else "",
            "Hollow: added by trim and fill, not observed" if filled else "",
            *found,
        ),
        columns=("Study", measure_label, f"Standard error{scale}"),
        table=(
            *((row.label, _text(row.estimate, log), fmt(row.se)) for row in [*rows, *filled]),
            ("Pooled", _text(pooled.estimate, log), fmt(pooled.se)),
        ),
        rows=unique(row.row_ids for row in rows),
    )


def _check(
    rows: Sequence[FunnelRow],
    pooled: Pooled,
    results: Sequence[tuple[str, Egger | TrimFill | None]],
    null_value: float,
    log: bool,
) -> None:
    need_finite("funnel plot", null_value=null_value)
    need_finite("pooled value", estimate=pooled.estimate)
    for row in rows:
        need_finite(row.label, estimate=row.estimate, se=row.se)
        if row.se <= 0:
            raise ValueError(f"{row.label}: se is {row.se}, expected more than 0")
        if log and abs(row.estimate) > _LARGEST_LOG:
            raise ValueError(f"{row.label}: estimate is {row.estimate}, expected the logarithm of a ratio")
    for what, result in [("the pooled value", pooled), *results]:
        if result is not None and result.k != len(rows):
            raise ValueError(f"{what} rests on {result.k} studies, but {len(rows)} are shown")


def _egger(test: Egger | None) -> list[str]:
    if test is None:
        return []
    p = "p < 0.001" if test.slope.p < 0.001 else f"p = {fmt(test.slope.p, 2)}"
    return [f"Egger's test: {p}; {test.verdict or f'no verdict ({test.reason})'}"]


def _trimmed(result: TrimFill | None, log: bool) -> list[str]:
    if result is None:
        return []
    if result.verdict is None:
        return [f"Trim and fill: no verdict ({result.reason})"]
    return [f"Trim and fill: {result.verdict}; pooled with them {_text(result.pooled.estimate, log)}"]


def _text(value: float, log: bool) -> str:
    return fmt(math.exp(value) if log else value)


def _draw(
    rows: Sequence[FunnelRow],
    filled: Sequence[FunnelRow],
    pooled: Pooled,
    null_value: float,
    measure: str,
    log: bool,
) -> str:
    with style.applied():
        figure = style.canvas(_ABOVE + _PLOT_HEIGHT + _BELOW)
        plot = style.axes(figure, _LEFT, _ABOVE, _PLOT_WIDTH, _PLOT_HEIGHT)
        bottom = 1.08 * max(row.se for row in rows)
        top, foot = funnel_limits(pooled.estimate, (0.0, bottom), confidence=pooled.confidence)
        for name, ends in (("limit-low", (top.low, foot.low)), ("limit-high", (top.high, foot.high))):
            plot.plot(ends, (0, bottom), color=style.MUTED, linewidth=1, gid=name)
        plot.axvline(pooled.estimate, color=style.INK, linewidth=1, gid="pooled")
        plot.axvline(null_value, color=style.MUTED, linestyle=(0, (4, 3)), linewidth=1, gid="no-effect")
        look = {"marker": "o", "markersize": 7, "color": style.BLUE, "linewidth": 0, "zorder": 3}
        for number, row in enumerate(rows, start=1):
            plot.plot(row.estimate, row.se, gid=f"study-{number}", **look)
        for number, row in enumerate(filled, start=1):
            plot.plot(row.estimate, row.se, gid=f"added-{number}", markerfacecolor="white", **look)
        values = [null_value, foot.low, foot.high, *(row.estimate for row in [*rows, *filled])]
        room = 0.04 * (max(values) - min(values))
        low, high = min(values) - room, max(values) + room
        plot.set_xlim(low, high)
        plot.set_xticks(*(ratio_ticks if log else linear_ticks)(low, high, _PLOT_WIDTH))
        plot.set_ylim(bottom, 0)
        plot.set_yticks(*linear_ticks(0, bottom, _PLOT_HEIGHT))
        plot.set_xlabel(style.shorten(f"{measure[:1].upper()}{measure[1:]}", _PLOT_WIDTH))
        plot.set_ylabel("Standard error" + (" (log scale)" if log else ""))
        return style.save(figure)
