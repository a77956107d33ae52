"""Plots over group size and over ordered stages of a disease."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes

from il6review.figures import style
from il6review.figures.display import (
    Figure,
    fmt,
    need_finite,
    need_interval,
    need_two,
    percent,
    plain,
    sentences,
    unique,
)
from il6review.figures.ticks import linear_ticks
from il6review.stats.trends import StageContrast

_LEFT = 0.8
_ABOVE = 0.4
_PLOT_WIDTH = style.WIDTH - _LEFT - 0.25
_PLOT_HEIGHT = 3.0


@dataclass(frozen=True)
class StageRow:
    """One stage: mean and interval in the unit of the plot; no interval where no spread was printed."""

    label: str
    n: int
    mean: float
    ci_low: float | None = None
    ci_high: float | None = None
    row_ids: tuple[str, ...] = ()


def bound_curve(
    key: str,
    bounds: Sequence[tuple[int, float]],
    caption: str = "",
    *,
    other_n: int,
    p_text: str,
    points: Sequence[tuple[str, int, float]] = (),
    rows: tuple[str, ...] = (),
) -> Figure:
    """Draw the smallest difference that fits a printed inequality, over the unknown size of one group.

    ``bounds`` are pairs of group size and smallest |g| (Hedges' g, in standard deviations), ``other_n`` is the
    known size of the other group, ``p_text`` the inequality as printed (``"p < 0.05"``); ``points`` (label, size,
    g) are marked; ``rows`` are the ids of the evidence rows. Raises ValueError for fewer than two bounds, sizes
    that do not rise, or a value that is negative or not finite.
    """
    need_two(bounds, "a curve of bounds")
    for where, n, g in [("bound", *bound) for bound in bounds] + list(points):
        need_finite(f"{where} at n = {n}", n=n, g=g)
        if g < 0:
            raise ValueError(f"{where} at n = {n}: |g| is {g}, expected 0 or more")
    sizes = [n for n, _ in bounds]
    if any(later <= earlier for earlier, later in pairwise(sizes)):
        raise ValueError(f"group sizes must rise from bound to bound, found {sizes}")
    (first, at_first), (last, at_last) = bounds[0], bounds[-1]
    known = f"the other group n = {other_n}"
    marked = "; ".join(f"{label} (n = {n}, |g| {fmt(g)})" for label, n, g in points)
    return Figure(
        key=key,
        svg=_draw_bounds(bounds, points, other_n, p_text),
        alt=sentences(
            f"Curve of the smallest |g| that fits {p_text} over the unknown size of one group, {known}",
            f"It goes from {fmt(at_first)} at n = {first} to {fmt(at_last)} at n = {last}",
            f"Marked: {marked}" if marked else "",
        ),
        caption=sentences(
            caption,
            f"Smallest difference that fits {p_text}, in standard deviations (Hedges' g), for n = {first} to {last}",
            f"Known: {known}",
            "Every effect on or above the curve fits what was printed, none below does",
            f"Marked: {marked}" if marked else "",
        ),
        columns=("Bound", "n", "|g|"),
        table=(
            *((p_text, str(n), fmt(g)) for n, g in bounds),
            *((label, str(n), fmt(g)) for label, n, g in points),
        ),
        rows=rows,
    )


def stage_plot(
    key: str,
    stages: Sequence[StageRow],
    unit: str,
    caption: str = "",
    *,
    contrasts: Sequence[StageContrast] = (),
    confidence: float = 0.95,
) -> Figure:
    """Draw means with their intervals over ordered stages, from left to right in the order given.

    ``unit`` is written at the axis, ``contrasts`` into caption and table; ``confidence`` is the level of all
    intervals. Raises ValueError for fewer than two stages, for half an interval, and for an interval that is not
    finite or misses its mean.
    """
    need_two(stages, "a plot of stages")
    for row in stages:
        if (row.ci_low is None) != (row.ci_high is None):
            raise ValueError(f"{row.label}: only one end of the interval is given, expected both or none")
        need_interval(
            row.label,
            row.mean if row.ci_low is None else row.ci_low,
            row.mean,
            row.mean if row.ci_high is None else row.ci_high,
        )
    for contrast in contrasts:
        need_interval(contrast.name, contrast.ci_low, contrast.estimate, contrast.ci_high)
    level = percent(confidence)
    means = ", ".join(f"{fmt(row.mean)} ({row.label}, n = {row.n})" for row in stages)
    people = sum(row.n for row in stages)
    bare = sum(row.ci_low is None for row in stages)
    return Figure(
        key=key,
        svg=_draw_stages(stages, unit),
        alt=sentences(
            f"Plot of {len(stages)} ordered stages with means in {unit}: {means}",
            *(_sentence(contrast, level) for contrast in contrasts),
        ),
        caption=sentences(
            caption,
            f"Means in {unit} with {level} intervals over {len(stages)} stages, n = {people}",
            f"Hollow: no interval, because no spread was printed ({bare} of {len(stages)})" if bare else "",
            *(_sentence(contrast, level) for contrast in contrasts),
        ),
        columns=("Stage", "n", f"Mean, {unit}", f"{level} low", f"{level} high"),
        table=(
            *((row.label, str(row.n), fmt(row.mean), _end(row.ci_low), _end(row.ci_high)) for row in stages),
            *((c.name, "", fmt(c.estimate), fmt(c.ci_low), fmt(c.ci_high)) for c in contrasts),
        ),
        rows=unique(row.row_ids for row in stages),
    )


def _sentence(contrast: StageContrast, level: str) -> str:
    interval = f"{level} interval {fmt(contrast.ci_low)} to {fmt(contrast.ci_high)}"
    p = "p < 0.001" if contrast.p < 0.001 else f"p = {fmt(contrast.p, 2)}"
    return f"{contrast.name}: {fmt(contrast.estimate)} ({interval}, {p})"


def _end(value: float | None) -> str:
    return "" if value is None else fmt(value)


def _draw_bounds(
    bounds: Sequence[tuple[int, float]], points: Sequence[tuple[str, int, float]], other_n: int, p_text: str
) -> str:
    with style.applied():
        plot = _plot(0.65, f"Smallest |g| that fits {p_text}")
        sizes, smallest = zip(*bounds, strict=True)
        across = [*sizes, *(n for _, n, _ in points)]
        first, last = min(across), max(across)
        ceiling = 1.15 * (max([*smallest, *(g for _, _, g in points)]) or 1.0)
        plot.fill_between(sizes, smallest, ceiling, color=style.BLUE, alpha=0.12, linewidth=0, gid="fits")
        plot.plot(sizes, smallest, color=style.BLUE, linewidth=2, gid="curve")
        for number, (label, n, g) in enumerate(points, start=1):
            look = {"marker": "o", "markersize": 7, "color": style.VERMILION, "linewidth": 0}
            plot.plot(n, g, gid=f"point-{number}", **look)
            # The curve falls, so that above right and below left of a point on it there is room.
            right = n > (first + last) / 2
            plot.annotate(
                style.shorten(f"{plain(label)}: {fmt(g)}", 0.45 * _PLOT_WIDTH),
                (n, g),
                xytext=(-6, -8) if right else (6, 8),
                textcoords="offset points",
                ha="right" if right else "left",
                va="top" if right else "bottom",
            )
        room = 0.03 * (last - first)
        plot.set_xlim(first - room, last + room)
        plot.set_xticks(*linear_ticks(first - room, last + room, _PLOT_WIDTH, whole=True))
        plot.set_ylim(0, ceiling)
        plot.set_yticks(*linear_ticks(0, ceiling, _PLOT_HEIGHT))
        plot.set_xlabel(f"Size n of the unknown group (known group: n = {other_n})")
        return style.save(plot.figure)


def _draw_stages(stages: Sequence[StageRow], unit: str) -> str:
    with style.applied():
        column = 0.94 * _PLOT_WIDTH / len(stages)
        labels = [[*style.wrap(plain(row.label), column, style.SMALL), f"n = {row.n}"] for row in stages]
        plot = _plot(0.2 + 0.18 * max(map(len, labels)), f"Mean, {plain(unit)}")
        means = [row.mean for row in stages]
        plot.plot(range(len(stages)), means, color=style.MUTED, linewidth=1, zorder=1, gid="line")
        for x, row in enumerate(stages):
            dot = {"marker": "o", "markersize": 8, "color": style.BLUE, "linewidth": 0, "zorder": 3}
            if row.ci_low is None:
                dot["markerfacecolor"] = "white"
            else:
                bar = {"marker": "_", "markersize": 10, "color": style.INK, "linewidth": 1.4}
                plot.plot([x, x], [row.ci_low, row.ci_high], gid=f"stage-{x + 1}-interval", **bar)
            plot.plot(x, row.mean, gid=f"stage-{x + 1}", **dot)
        values = means + [end for row in stages for end in (row.ci_low, row.ci_high) if end is not None]
        low, high = min(values), max(values)
        room = 0.08 * (high - low or abs(high) or 1.0)
        plot.set_ylim(low - room, high + room)
        plot.set_yticks(*linear_ticks(low - room, high + room, _PLOT_HEIGHT))
        plot.set_xlim(-0.5, len(stages) - 0.5)
        plot.set_xticks(range(len(stages)), ["\n".join(label) for label in labels])
        return style.save(plot.figure)


def _plot(below: float, title: str) -> Axes:
    """Return axes in a new figure, with what is measured above them and ``below`` inches free under them."""
    figure = style.canvas(_ABOVE + _PLOT_HEIGHT + below)
    plot = style.axes(figure, _LEFT, _ABOVE, _PLOT_WIDTH, _PLOT_HEIGHT)
    plot.set_title(style.shorten(title, _PLOT_WIDTH), loc="left", fontsize=style.TEXT)
    return plot
