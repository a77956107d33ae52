"""How fast the notebooks run beside other ways, whether the goals were met, and what many runs would cost.

All times come from `make bench`, which writes one line for each way and round to `benchmarks/runs.csv`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import pandas as pd

from .claims.model import Number
from .claims.views import Table

Lines = Sequence[Mapping[str, str]]
Times = dict[int, float]

COMMAND, BOOK = ("notebooks", "papermill command"), ("book", "bare build")
COLD, UNCHANGED = ("notebooks", "ours cold"), ("notebooks", "ours nothing changed")
ONE_VALUE = ("notebooks", "ours one value changed")
FLOOR, TRIVIAL = ("notebooks", "one plain process"), ("trivial", "ours")
THREADS, ONE_WORKER, TWO_WORKERS = (("sweep", way) for way in ("threads", "Dask one worker", "Dask two workers"))

RUNS = (1_000, 10_000, 100_000, 1_000_000)
CORES = (2, 16, 128, 1024)


def times(lines: Lines, way: tuple[str, str]) -> Times:
    """Give the seconds of a way by round."""
    return {int(line["round"]): float(line["seconds"]) for line in lines if (line["job"], line["way"]) == way}


def together(lines: Lines, *ways: tuple[str, str]) -> Times:
    """Give the seconds that several ways took one after another, by round; a round counts if it has them all."""
    found = [times(lines, way) for way in ways]
    rounds = set.intersection(*map(set, found))
    return {number: sum(one[number] for one in found) for number in sorted(rounds)}


def ratios(above: Times, below: Times) -> list[float]:
    """Divide round by round, so that a busy machine slows both."""
    return [above[number] / below[number] for number in above if number in below]


def count(lines: Lines, way: tuple[str, str]) -> int:
    """Give how many notebooks or runs a way did in a round."""
    return next(int(line["runs"]) for line in lines if (line["job"], line["way"]) == way)


@dataclass(frozen=True)
class Goal:
    """A goal: its key, its words, the figure that is measured in each round, and the limit that it should keep.

    `least` tells that the figure should reach the limit, else that it should not pass it.
    """

    key: str
    words: str
    figure: Callable[[Lines], list[float]]
    limit: float
    least: bool
    unit: str = ""

    def met(self, lines: Lines) -> bool:
        """Tell whether the median over the rounds keeps the limit."""
        found = median(self.figure(lines))
        return found >= self.limit if self.least else found <= self.limit


GOALS = (
    Goal(
        "cold",
        "notebooks and book, nothing kept: times faster than papermill in sequence and the book",
        lambda lines: ratios(together(lines, COMMAND, BOOK), together(lines, COLD, BOOK)),
        5,
        True,
    ),
    Goal(
        "floor",
        "the same: share of twice the floor and the bare build",
        lambda lines: ratios(together(lines, COLD, BOOK), together(lines, FLOOR, FLOOR, BOOK)),
        1,
        False,
    ),
    Goal(
        "unchanged",
        "notebooks, nothing changed: times faster than papermill in sequence",
        lambda lines: ratios(times(lines, COMMAND), times(lines, UNCHANGED)),
        30,
        True,
    ),
    Goal(
        "overhead",
        "added to each of many notebooks that do nothing",
        lambda lines: [seconds / count(lines, TRIVIAL) for seconds in times(lines, TRIVIAL).values()],
        0.3,
        False,
        "s",
    ),
    Goal(
        "dask",
        "sweep on Dask with two workers: times as long as on threads",
        lambda lines: ratios(times(lines, TWO_WORKERS), times(lines, THREADS)),
        1.15,
        False,
    ),
)


def goals(lines: Lines) -> Table:
    """Lay out the goals: what was wanted, what was found in the rounds, and whether the median keeps it."""
    return Table(
        pd.DataFrame(
            {
                "goal": goal.words,
                "wanted": f"{'at least' if goal.least else 'at most'} {goal.limit:g} {goal.unit}".rstrip(),
                "found": f"{spread(goal.figure(lines))} {goal.unit}".rstrip(),
                "met": "yes" if goal.met(lines) else "no",
            }
            for goal in GOALS
        )
    )


def spread(values: Iterable[float]) -> str:
    """Write median with range."""
    values = sorted(values)
    return f"{short(median(values))} ({short(values[0])} to {short(values[-1])})"


def short(value: float) -> str:
    """Write with two digits below a tenth, two decimals below ten, one below a hundred, else without."""
    if value < 0.1:
        return f"{value:.2g}"
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}"


def ways(lines: Lines) -> Table:
    """Lay out all ways: notebooks or runs in a round, seconds, and memory as medians with range, times as long as ours.

    Ours is, for each job, what a reader would do first: the cold run, or the sweep on threads.
    """
    own = {"notebooks": COLD, "book": BOOK, "trivial": TRIVIAL, "sweep": THREADS}
    keys = list(dict.fromkeys((line["job"], line["way"]) for line in lines))
    return Table(
        pd.DataFrame(
            {
                "job": key[0],
                "way": key[1],
                "runs": count(lines, key),
                "rounds": len(times(lines, key)),
                "seconds": spread(times(lines, key).values()),
                "times ours": _beside(ratios(times(lines, key), times(lines, own[key[0]]))),
                "peak MB": f"{most(lines, key):.0f}",
            }
            for key in keys
        )
    )


def _beside(found: Sequence[float]) -> str:
    """Write the ratios of a way; nothing where no round holds it and ours."""
    return spread(found) if found else ""


def most(lines: Lines, way: tuple[str, str]) -> float:
    """Give the most memory that a way held in any round, in MB."""
    return max(float(line["peak_mb"]) for line in lines if (line["job"], line["way"]) == way)


@dataclass(frozen=True)
class Model:
    """What many runs cost: seconds = start + runs * (overhead + compute) / cores.

    `overhead` is what running a notebook adds on one core, `compute` what its own code takes, `start` what the
    command takes before the first run, all in seconds. Assumed: runs do not wait for one another, each core is ours
    alone and as fast as the one measured, inputs are small beside the code, and the scheduler is never the limit.
    """

    start: float
    overhead: float
    compute: float = 0.0

    def seconds(self, runs: int, cores: int) -> float:
        """Give the time for so many runs on so many cores; one run cannot be divided."""
        return self.start + max(runs / cores, 1.0) * (self.overhead + self.compute)


def fitted(lines: Lines) -> Model:
    """Take the cost of a run from the sweep on one worker, which is one core, and the start from a run of nothing.

    The notebook of the sweep does nothing, so all of its time is overhead.
    """
    start = median(times(lines, UNCHANGED).values())
    whole = median(times(lines, ONE_WORKER).values())
    return Model(start, (whole - start) / count(lines, ONE_WORKER))


def with_compute(lines: Lines) -> Model:
    """Give the model for a notebook of this book: its code takes a share of the floor."""
    model = fitted(lines)
    return Model(model.start, model.overhead, median(times(lines, FLOOR).values()) / count(lines, FLOOR))


def checks(lines: Lines) -> list[dict[str, float | str]]:
    """Hold the model against two points that it was not fitted to: the sweep on threads and on two workers."""
    model, cores = fitted(lines), int(lines[0]["cores"])
    found = []
    for way, used in ((THREADS, cores), (TWO_WORKERS, 2)):
        measured = median(times(lines, way).values())
        predicted = model.seconds(count(lines, way), used)
        line = {"way": way[1], "runs": count(lines, way), "cores": used}
        found.append(line | {"predicted": predicted, "measured": measured, "ratio": measured / predicted})
    return found


def check_table(lines: Lines) -> Table:
    """Lay out the model beside what was measured."""
    shown = [line | {name: short(line[name]) for name in ("predicted", "measured", "ratio")} for line in checks(lines)]
    return Table(pd.DataFrame(shown).rename(columns={"predicted": "predicted s", "measured": "measured s"}))


def costs(lines: Lines) -> Table:
    """Lay out the hours that many runs of a notebook of this book take: one line for each number of runs."""
    model = with_compute(lines)
    return Table(
        pd.DataFrame(
            {"runs": str(runs)} | {f"{cores} cores, h": short(model.seconds(runs, cores) / 3600) for cores in CORES}
            for runs in RUNS
        )
    )


def numbers(lines: Lines) -> dict[str, Number]:
    """Name the numbers of the page: each goal's median and range, times, the model and how it was checked."""
    model = with_compute(lines)
    found = {
        "notebooks": Number(count(lines, COMMAND), 0, "notebooks that were timed"),
        "rounds": Number(len(times(lines, COMMAND)), 0, "rounds"),
        "sweep": Number(count(lines, THREADS), 0, "runs of a sweep"),
        "touched": Number(count(lines, ONE_VALUE), 0, "notebooks that read the row of which one value changed"),
        "trivial": Number(count(lines, TRIVIAL), 0, "notebooks that do nothing"),
        "cores": Number(int(lines[0]["cores"]), 0, "cores of the machine"),
        "met": Number(sum(goal.met(lines) for goal in GOALS), 0, "goals that were met"),
        "goals": Number(len(GOALS), 0, "goals"),
        "overhead": Number(model.overhead, 2, "what a run adds on one core", "s"),
        "compute": Number(model.compute, 2, "what the code of a notebook of this book takes", "s"),
        "million": Number(model.seconds(1_000_000, 128) / 3600, 1, "time for a million runs on 128 cores", "h"),
    }
    named = {"papermill": COMMAND, "ours": COLD, "one_value": ONE_VALUE, "unchanged": UNCHANGED}
    for name, way in (named | {"floor": FLOOR, "book": BOOK}).items():
        found[f"seconds.{name}"] = Number(median(times(lines, way).values()), 1, ", ".join(way), "s")
    for goal in GOALS:
        values = goal.figure(lines)
        for part, value in (("median", median(values)), ("low", min(values)), ("high", max(values))):
            decimals = 2 if value < 10 else 1 if value < 100 else 0
            found[f"{goal.key}.{part}"] = Number(value, decimals, f"{goal.words}, {part}", goal.unit)
    for name, line in zip(("threads", "workers"), checks(lines), strict=True):
        found[f"check.{name}"] = Number(line["ratio"], 2, f"measured over predicted, {line['way']}")
    return found
