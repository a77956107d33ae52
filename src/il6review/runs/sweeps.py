"""One notebook over every combination of a grid of parameters."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from .. import swap
from ..claims.ledger import CHECKS, natural
from .errors import RunError
from .execute import Report, job_of, refuse_foreign, refuse_moved, select, settled, working
from .jobs import Outcome
from .keys import Present
from .notebook import payloads
from .parameters import parameters, refuse_unknown, resolve

TABLE = "table.csv"
PICTURES = ("heat_map.svg", "heat_map.html")
FORMER = ({TABLE, *PICTURES}, {TABLE})


@dataclass(frozen=True)
class Line:
    """One run of a sweep: its values, the words and numbers that it found by key, or why it failed."""

    values: Mapping[str, object]
    words: Mapping[str, str]
    numbers: Mapping[str, float]
    problem: str = ""


@dataclass(frozen=True)
class Sweep:
    """A finished sweep: the notebook, its folder, one line for each combination of values, and how many were reused."""

    name: str
    folder: Path
    lines: Sequence[Line]
    reused: int


def load_grid(path: Path) -> dict[str, list]:
    """Read a grid: a YAML file that gives a list of values for each parameter.

    Raises RunError when it is not one, or a list is empty or holds a value twice.
    """
    import yaml

    expected = (
        "expected a list of values for each parameter. Mend: write lines such as `tau2_estimator: [REML, DL, PM]`."
    )
    try:
        text = path.read_text(encoding="utf-8")
        grid = yaml.safe_load(text)
        # The safe loader keeps the last of two lines for one parameter and says nothing.
        lines = yaml.compose(text, yaml.SafeLoader).value if isinstance(grid, dict) else []
        names = [(name.value, name.start_mark.line + 1) for name, _ in lines]
    except OSError as error:
        raise RunError([f"{path}: cannot be read ({error.strerror}). Mend: name the grid file."]) from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise RunError([f"{path}{f', line {mark.line + 1}' if mark else ''}: found no YAML, {expected}"]) from None
    if not isinstance(grid, dict) or not grid:
        raise RunError([f"{path}: {expected}"])
    problems = (
        [
            f"{path}, line {line}: found {name} twice, expected each parameter once. Mend: join its values in one list."
            for position, (name, line) in enumerate(names)
            if name in dict(names[:position])
        ]
        or [
            f"{path}, {name}: found {values!r}, {expected}"
            for name, values in grid.items()
            if not (isinstance(name, str) and isinstance(values, list) and values)
        ]
        or [
            f"{path}, {name}: found {value!r} twice, expected each value once. Mend: leave one out."
            for name, values in grid.items()
            for position, value in enumerate(values)
            if value in values[:position]
        ]
    )
    if problems:
        raise RunError(problems)
    return grid


def combinations(path: Path, grid: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Give every combination of the grid, the last parameter fastest.

    Raises RunError when a parameter is unknown to the notebook at `path` or a value does not fit it.
    """
    refuse_unknown(grid, parameters(path))
    problems, fitting = [], {name: [] for name in grid}
    for name, values in grid.items():
        for value in values:
            try:
                fitting[name].append(resolve(path, {name: value})[name])
            except RunError as error:
                problems += error.problems
    if problems:
        raise RunError(problems)
    return [dict(zip(grid, values, strict=True)) for values in product(*fitting.values())]


def sweep(
    name: str,
    grid: Mapping[str, Sequence[object]],
    out: Path,
    *,
    root: Path,
    report: Report,
    files: Callable[[Sweep], Mapping[str, str]],
    fresh: bool = False,
    limit: float | None = None,
    scheduler: str = "",
) -> Sweep:
    """Run the notebook `name` for every combination of the grid, and put what `files` makes of it in `out`.

    Results are reused and kept as by `run`. A run that fails is a line with the reason. Raises RunError before
    anything runs when a name or a value is wrong, FailedRun when an input changed meanwhile or a cluster was lost.
    """
    out = out.resolve()
    refuse_foreign(out, FORMER)
    with working(out) as scratch:
        (path,) = select([name], root)
        values = combinations(path, grid)
        job = job_of(path, {}, limit)
        jobs = {number: replace(job, values=own) for number, own in enumerate(values, start=1)}
        lines: dict[Hashable, Line] = {}

        def taken(outcomes: Iterator[tuple[Hashable, Outcome]]) -> Iterator[Outcome]:
            """Take the line out of each outcome, and let go of the notebook."""
            for number, outcome in outcomes:
                lines[number] = _line(jobs[number].values, outcome)
                yield replace(outcome, name=f"{name} {number}", text="")

        with settled(jobs, root, scratch, tick=lambda *_: None, fresh=fresh, scheduler=scheduler) as work:
            reused = sum(outcome.reused for outcome in report(taken(work.outcomes), len(jobs)))
        refuse_moved(work.made.values(), Present(root))
        done = Sweep(name, out, [lines[number] for number in jobs], reused)
        new = scratch / "new"
        new.mkdir()
        for file, text in files(done).items():
            (new / file).write_text(text, encoding="utf-8")
        swap.replace(new, out)
        work.store.prune()
    return done


def _line(values: Mapping[str, object], outcome: Outcome) -> Line:
    """Take what a run found: headline and findings of each claim, and its numbers."""
    if outcome.problem:
        return Line(values, {}, {}, outcome.problem)
    words, numbers = {}, {}
    for payload in payloads(json.loads(outcome.text)):
        if payload["kind"] == "decision":
            entry, claim = payload["entry"], payload["claim_id"]
            words |= {f"{claim} headline": entry["headline"]}
            words |= {f"{claim} {check}": entry[check]["finding"] for check in CHECKS}
        numbers |= {key: number["value"] for key, number in payload.get("numbers", {}).items()}
    order = sorted(numbers, key=natural)
    return Line(values, words, {key: numbers[key] for key in order})
