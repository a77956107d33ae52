"""What was found in a reader's own cohort, as Markdown and as plain values for JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict

from .cohort import Cohort, Contrast, Gradient, Group, Ratio

WORDS = {"a_higher": "higher", "a_lower": "lower", "no_difference": "no difference"}


def as_text(cell: str) -> str:
    """Give text from a table so that Markdown shows it as it is: nothing in it is markup, a link or a role."""
    plain = " ".join(cell.split())
    return re.sub(r"([\\`*_{}\[\]()<>#!|$~:&^])", lambda mark: f"&#{ord(mark[0])};", plain)


def cohort_markdown(cohorts: Sequence[Cohort]) -> str:
    """Write what was found in every cohort: groups, contrasts, trend, step against line."""
    return "\n\n".join(["# Your persons, tested", _HEAD, *map(_one, cohorts)]) + "\n"


_HEAD = (
    "The groups are compared by ranks (Mann and Whitney, two-sided). Beside it stands the ratio of geometric means "
    "with its 95 % interval; values below detection enter it once as limit / 2, and once by the likelihood of a "
    "log-normal distribution. Where nothing lies below detection both ways are the plain logarithms."
)


def _one(cohort: Cohort) -> str:
    parts = [f"## {as_text(cohort.name)} in {as_text(cohort.unit)}", _groups(cohort), _contrasts(cohort)]
    if cohort.trend:
        parts.append(
            f"Trend over the stages by ranks (Jonckheere and Terpstra): z = {cohort.trend.z:.2f}, "
            f"{p_text(cohort.trend.p)}."
        )
    parts += [_gradient(found) for found in cohort.gradients]
    if cohort.gradual:
        parts.append(
            f"This stands beside {', '.join(cohort.gradual)} and does not vote: "
            "stages at one visit are not stages of a course."
        )
    return "\n\n".join([*parts, *map(as_text, cohort.notes)])


def _groups(cohort: Cohort) -> str:
    lines = ["| group | persons | below detection |", "|---|---|---|"]
    lines += [f"| {as_text(group.name)} | {group.n} | {len(group.limits)} |" for group in cohort.groups]
    return "\n".join(lines)


def _contrasts(cohort: Cohort) -> str:
    ways = list(dict.fromkeys(ratio.way for contrast in cohort.contrasts for ratio in contrast.ratios))
    head = ["group", "against", "claims", "result", "pairs higher", "P", "P (Holm)", *(f"ratio, {way}" for way in ways)]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(_contrast(contrast) for contrast in cohort.contrasts)])


def _contrast(contrast: Contrast) -> str:
    cells = [
        as_text(contrast.higher.name),
        as_text(contrast.lower.name),
        ", ".join(contrast.claims) or "none",
        WORDS[contrast.direction],
        f"{100 * contrast.superiority:.0f} %",
        p_text(contrast.p),
        p_text(contrast.p_holm),
        *map(_ratio, contrast.ratios),
    ]
    return f"| {' | '.join(cells)} |"


def _ratio(ratio: Ratio) -> str:
    if ratio.estimate is None:
        return "none"
    return f"{ratio.estimate:.2f} ({ratio.ci_low:.2f} to {ratio.ci_high:.2f})"


def _gradient(found: Gradient) -> str:
    if found.because:
        return f"On logarithms, {found.way}: none ({as_text(found.because)})."
    slope = found.slope
    estimate, low, high = map(math.exp, (slope.estimate, slope.ci_low, slope.ci_high))
    return (
        f"On logarithms, {found.way}: each stage is {estimate:.2f} times the one before ({low:.2f} to {high:.2f}), "
        f"{p_text(slope.p)}. {found.shape.note}"
    )


def p_text(p: float) -> str:
    """Write a P for reading."""
    return "P < 0.0001" if p < 0.0001 else f"P = {p:.2g}" if p < 0.1 else f"P = {p:.2f}"


def cohort_json(cohorts: Sequence[Cohort]) -> list[dict]:
    """Give all that was found as plain values; persons are counted and none is listed."""
    return [
        {
            "analyte": one.analyte,
            "sample": one.sample,
            "time": one.time,
            "unit": one.unit,
            "chapter": one.chapter,
            "groups": [_group_json(group) for group in one.groups],
            "contrasts": [
                {**asdict(contrast), "higher": contrast.higher.name, "lower": contrast.lower.name}
                for contrast in one.contrasts
            ],
            "trend": asdict(one.trend) if one.trend else None,
            "gradients": [asdict(found) for found in one.gradients],
            "beside": list(one.gradual),
            "notes": list(one.notes),
        }
        for one in cohorts
    ]


def _group_json(group: Group) -> dict:
    return {
        "name": group.name,
        "role": group.role,
        "stage": group.stage,
        "n": group.n,
        "below_detection": len(group.limits),
    }
