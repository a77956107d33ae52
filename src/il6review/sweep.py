"""What a sweep leaves for a reader: one tidy table, and a heat map of one number over two parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from . import figures
from .evidence.exports import csv_text
from .runs import RunError, Sweep
from .runs.errors import did_you_mean
from .runs.sweeps import PICTURES, TABLE


def files(sweep: Sweep, chosen: Sequence[str]) -> dict[str, str]:
    """Give the files of a sweep by name: the table, and the heat map as SVG and with its words and numbers as HTML.

    `chosen` are the keys of numbers to keep, the first of them drawn; without it all are kept, and one is drawn that
    is not the same in all runs, an estimate where there is one. There is no heat map where no run has a number.
    Raises RunError when runs went well and none has a number of a chosen key.
    """
    kept = keys([line.numbers for line in sweep.lines])
    problems = [f"number {key}: found no such number. {did_you_mean(key, kept)}" for key in chosen if key not in kept]
    if problems and not all(line.problem for line in sweep.lines):
        raise RunError(problems)
    kept = [key for key in chosen if key in kept] if chosen else kept
    texts = {TABLE: table(sweep, kept)}
    drawn = kept[0] if chosen and kept else telling(sweep, kept)
    if drawn:
        figure = heat_map(sweep, drawn)
        texts |= dict(zip(PICTURES, (figure.svg, page(figure)), strict=True))
    return texts


def keys(found: Collection[Mapping[str, object]]) -> list[str]:
    """Give every key that some run has, in the order in which they come."""
    return list(dict.fromkeys(key for one in found for key in one))


def table(sweep: Sweep, numbers: Sequence[str]) -> str:
    """Write one line for each run: its number, its values, its problem, headlines and findings, and numbers.

    A cell is empty where a run has no such thing; no cell can be taken for a formula.
    """
    parameters, words = list(sweep.lines[0].values), keys([line.words for line in sweep.lines])
    rows = [
        [
            number,
            *line.values.values(),
            line.problem,
            *(line.words.get(key, "") for key in words),
            *(line.numbers.get(key, "") for key in numbers),
        ]
        for number, line in enumerate(sweep.lines, start=1)
    ]
    return csv_text(["run", *parameters, "problem", *words, *numbers], rows)


def telling(sweep: Sweep, kept: Sequence[str]) -> str:
    """Choose the number that tells most: one that differs between runs, an estimate before others; empty if none."""
    spans = {key: {line.numbers[key] for line in sweep.lines if key in line.numbers} for key in kept}
    return min(kept, key=lambda key: (len(spans[key]) < 2, not key.endswith("estimate")), default="")


def heat_map(sweep: Sweep, key: str) -> figures.Figure:
    """Draw a number over the first two parameters with several values; each other one stays at its first value."""
    values = {name: keys([{line.values[name]: None} for line in sweep.lines]) for name in sweep.lines[0].values}
    several = [name for name in values if len(values[name]) > 1]
    down, across = [*several, *(name for name in values if name not in several), ""][:2]
    held = {name: values[name][0] for name in values if name not in (down, across)}
    shown = [line for line in sweep.lines if all(line.values[name] == value for name, value in held.items())]
    fixed = ", ".join(f"{name} {value}" for name, value in held.items() if name in several)
    return figures.heat_map(
        f"{sweep.name}.sweep",
        {
            (str(line.values[down]), str(line.values.get(across, ""))): line.numbers[key]
            for line in shown
            if key in line.numbers
        },
        what=key,
        down=down,
        across=across or "no other parameter",
        lines=[str(value) for value in values[down]],
        columns=[str(value) for value in values.get(across, [""])],
        caption=f"Held at their first value: {fixed}" if fixed else "",
    )


def page(figure: figures.Figure) -> str:
    """Write a figure as a page of its own: the picture with its words, and the numbers as a table."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        f"<title>Sweep</title></head><body>{figure.html()}</body></html>\n"
    )
