"""What a notebook shows of an answer: tables for the reader, and lines for the figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from math import sqrt, tanh

import pandas as pd

from .. import MIME
from ..stats.correlations import fisher_z
from ..stats.distributions import normal_quantile
from ..stats.p_values import effects_from_p
from .entries import Entries, source_name
from .model import Number
from .recomputation import Sizes, group_sizes
from .review import Review, Row
from .rules import Question
from .stages import Stages, carried_steps
from .synthesis import Aside, Correlation, Pair, Vote, control_pairs, pool_pairs, pooled_numbers

#: Said under a figure whose lines are named by source.
NO_AUTHOR = ". A study named Anon or by a journal: the page read shows no author"


@dataclass(frozen=True)
class Table:
    """A table as a notebook shows it: every cell whole, no running number, values as text and never as markup."""

    frame: pd.DataFrame

    def _repr_mimebundle_(self, **_):
        html = self.frame.to_html(index=False, escape=True, border=0, classes="il6-table")
        text = self.frame.to_string(index=False)
        label = escape(", ".join(self.frame.columns))
        region = f'<div class="il6-scroll" role="group" aria-label="Table: {label}" tabindex="0">{html}</div>'
        return {"text/html": region if len(self.frame) else "<p>None.</p>", "text/plain": text}


@dataclass(frozen=True)
class Exhibit:
    """What a page of the book shows too, by its key: anything with HTML, and the ids of the rows that it rests on."""

    key: str
    shown: Table | Entries
    rows: tuple[str, ...] = ()

    def _repr_mimebundle_(self, **_):
        bundle = self.shown._repr_mimebundle_()
        return bundle | {MIME: {"kind": "figure", "key": self.key, "rows": list(self.rows)}}


def pairs_table(pairs: Iterable[Pair]) -> Table:
    """One line for each group of cases with its controls: as printed, how it is read, and why not where it is not."""
    lines = [
        {
            "source": pair.source,
            "cases": _printed(pair.case),
            "controls": _printed(pair.control),
            "pooled?": f"yes: {pair.reading}" if pair.effect else f"no: {pair.because}",
            "rows": " ".join(pair.rows),
        }
        for pair in pairs
    ]
    return _table(lines, ("source", "cases", "controls", "pooled?", "rows"))


def _printed(row: Row) -> str:
    size = "n not printed" if row["n"] is None else f"n = {row['n']}"
    unit = "" if row["unit"].lower() in row["as_reported"].lower() else f" {row['unit']}"
    return f"{row['as_reported'] or 'no value'}{unit}, {size}"


def _table(lines: list[dict], columns: Sequence[str]) -> Table:
    return Table(pd.DataFrame(lines, columns=list(columns)))


def aside_table(aside: Iterable[Aside]) -> Table:
    """List the rows that were looked at and left out, with the reason."""
    lines = [{"source": item.source, "row": item.row, "left out because": item.because} for item in aside]
    return _table(lines, ("source", "row", "left out because"))


def forest_lines(review: Review, pairs: Sequence[Pair], weights: Sequence[float]) -> list[dict]:
    """Give the lines of a forest plot: each study with its own normal interval and its weight in percent."""
    used = [pair for pair in pairs if pair.effect]
    z = normal_quantile((1 + review.confidence) / 2)
    return [
        {
            "label": source_label(review, pair.source),
            "estimate": pair.effect.estimate,
            "ci_low": pair.effect.estimate - z * sqrt(pair.effect.variance),
            "ci_high": pair.effect.estimate + z * sqrt(pair.effect.variance),
            "weight": weight,
            "n1": pair.effect.n1,
            "n2": pair.effect.n2,
            "note": pair.reading,
            "row_ids": pair.rows,
        }
        for pair, weight in zip(used, weights, strict=True)
    ]


def correlation_lines(review: Review, used: Sequence[Correlation], weights: Sequence[float]) -> list[dict]:
    """Give the lines of a forest plot of correlations, with Fisher's interval for each."""
    quantile = normal_quantile((1 + review.confidence) / 2)
    lines = []
    for item, weight in zip(used, weights, strict=True):
        z = fisher_z(item.r, item.n)
        lines.append(
            {
                "label": source_label(review, item.source),
                "estimate": item.r,
                "ci_low": tanh(z.estimate - quantile * sqrt(z.variance)),
                "ci_high": tanh(z.estimate + quantile * sqrt(z.variance)),
                "weight": weight,
                "n1": item.n,
                "n2": None,
                "note": item.outcome,
                "row_ids": (item.row,),
            }
        )
    return lines


def direction_lines(review: Review, votes: Iterable[Vote]) -> list[dict]:
    """Give the lines of an effect-direction plot."""
    return [
        {
            "label": source_label(review, vote.source),
            "direction": vote.direction,
            "n": vote.n,
            "detail": vote.detail,
            "row_ids": vote.rows,
        }
        for vote in votes
    ]


def source_label(review: Review, source: str) -> str:
    """Name a source as a reader does: author, or else journal, and year; its key where neither is known."""
    row = review.source(source)
    return source if row is None else source_name(row)


def null_studies(review: Review, votes: Iterable[Vote]) -> Table:
    """Name the studies that found no difference, something mixed, or the other direction."""
    lines = [
        {
            "study": source_label(review, vote.source),
            "n": "" if vote.n is None else str(vote.n),
            "found": _found(vote),
            "how known": vote.detail,
            "rows": " ".join(vote.rows),
        }
        for vote in votes
        if vote.direction < 1
    ]
    return _table(lines, ("study", "n", "found", "how known", "rows"))


def _found(vote: Vote) -> str:
    if vote.direction < 0:
        return "the other way"
    return "no difference or mixed" if vote.mixed else "no difference"


READINGS = {"sd": "read as SD", "sem": "read as SEM", "exclude": "left out"}


def readings(review: Review, question: Question, analyte: str) -> dict[str, Number]:
    """Pool under each reading of a bare "+/-", and give the numbers by reading."""
    numbers: dict[str, Number] = {}
    for reading in READINGS:
        other = replace(review, plus_minus=reading)
        pairs = control_pairs(other, question, analyte=analyte)
        pooled = pool_pairs(other, pairs)
        rows = tuple(row for pair in pairs if pair.effect for row in pair.rows)
        if pooled:
            found = pooled_numbers(pooled, rows, review.measure)
            for name in [name for name in ("estimate", "ci_low", "ci_high", "k") if name in found]:
                label = f'{found[name].label}, with "+/-" {READINGS[reading]}'
                numbers[f"{reading}.{name}"] = replace(found[name], label=label)
    return numbers


def bounds(review: Review, claim_id: str) -> tuple[Sizes, list[tuple[int, float]]]:
    """Give the smallest |g| that fits the printed P of a claim for every size that its stage can have."""
    claim = review.claim(claim_id)
    sizes = group_sizes(review, claim)
    low, high = sizes.n2
    known = sizes.n1[0]
    return sizes, [(n, effects_from_p(claim.p_reported, known, n).g_low) for n in range(low, high + 1)]


def stages_table(sets: Iterable[Stages]) -> Table:
    """One line for each set of ordered stages: values, whether they rise, and the test or why there is none."""
    lines = [
        {
            "source": item.source,
            "stages": "; ".join(f"{row['group_label']}: {row['as_reported']}" for row in item.groups),
            "ordered by": item.population,
            "one direction": {True: "yes", False: "no", None: "unknown"}[item.monotone],
            "trend for each step": _contrast(item.trend) if item.trend else f"no test: {item.because}",
            "rows": " ".join(item.rows),
        }
        for item in sets
    ]
    return _table(lines, ("source", "stages", "ordered by", "one direction", "trend for each step", "rows"))


def _contrast(contrast) -> str:
    return f"{contrast.estimate:.3g} ({contrast.ci_low:.3g} to {contrast.ci_high:.3g}), P {contrast.p:.2g}"


def contrasts_table(sets: Iterable[Stages], alpha: float) -> Table:
    """List trend, sharpest step and every pair of stages of each set that can be tested, P adjusted by Holm."""
    lines = []
    for item in sets:
        tests = [] if item.trend is None else [item.trend, item.step, *item.pairs]
        for contrast in tests:
            p = getattr(contrast, "p_holm", contrast.p)
            lines.append(
                {
                    "source": item.source,
                    "contrast": contrast.name,
                    "estimate (interval), P": _contrast(contrast),
                    "P, Holm": f"{p:.2g}" if hasattr(contrast, "p_holm") else "",
                    f"below {alpha:g}": "yes" if p < alpha else "no",
                }
            )
    return _table(lines, ("source", "contrast", "estimate (interval), P", "P, Holm", f"below {alpha:g}"))


def stage_lines(item: Stages) -> list[dict]:
    """Give the lines of a stage plot."""
    return [
        {
            "label": row["group_label"],
            "n": row["n"],
            "mean": mean,
            "ci_low": low,
            "ci_high": high,
            "row_ids": (row["row_id"],),
        }
        for row, (low, mean, high) in zip(item.groups, item.means, strict=True)
    ]


def steps_table(review: Review, parts: dict[str, list[str]]) -> tuple[Table, dict[str, Number]]:
    """Say for each analyte which steps between stages the contrasts of the document carry, with the counts."""
    lines, numbers = [], {}
    for name, claim_ids in parts.items():
        steps, needed, rows = carried_steps(review, claim_ids)
        numbers[f"{name}.steps"] = Number(len(steps), 0, f"{name}, steps between stages that are carried", rows=rows)
        carried = ", ".join(f"{low} to {high}" for low, high in steps)
        lines.append({"analyte": name, "steps carried by a contrast": carried, "rows": " ".join(rows)})
        numbers["needed"] = Number(needed, 0, "steps of a gradual rise over all stages", rows=rows)
    return _table(lines, ("analyte", "steps carried by a contrast", "rows")), numbers


def smallest_stage(sizes: Sizes, curve: Sequence[tuple[int, float]]) -> tuple[str, int, float]:
    """Give the point of the curve that the smallest of the stages cannot lie below, as a marked point."""
    most = sizes.total // sizes.stages
    return f"smallest of {sizes.stages} stages", most, dict(curve)[most]
