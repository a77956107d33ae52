"""How many digits of a pooled estimate are right: ours, computed here, beside what other tools gave.

The yardstick is arithmetic with 50 digits (`tests/reference`); the other tools' digits were measured by
`make digits` and stand in `benchmarks/digits.csv` with their versions.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from math import log10
from pathlib import Path
from statistics import median

import pandas as pd

from .claims.model import Number
from .claims.views import Table
from .evidence import base
from .stats import heterogeneity

QUANTITIES = ("tau2", "mu", "se", "se_knha")
#: A double carries about 16 digits; the last ones depend on the machine's mathematics library and are not counted.
MOST = 14.0


def correct_digits(value: float, exact: str) -> float:
    """Give the number of correct significant digits: -log10 of the relative error, from 0 to 14.

    Where the exact value is 0 the error is taken as it is.
    """
    truth = float(exact)
    error = abs(value - truth) / (abs(truth) or 1.0)
    return MOST if error == 0 else max(0.0, min(MOST, -log10(error)))


def yardstick() -> dict[str, dict]:
    """Read the data sets with their exact results: yi, vi, and by estimator tau2, mu, se, se_knha as text."""
    folder = base().parent / "tests" / "reference"
    exact = json.loads((folder / "pooling_oracle.json").read_text(encoding="utf-8"))["cases"]
    inputs = json.loads((folder / "pooling_metafor.json").read_text(encoding="utf-8"))["cases"]
    return {name: {"yi": inputs[name]["yi"], "vi": inputs[name]["vi"], "exact": exact[name]} for name in exact}


def own_fit(yi: Sequence[float], vi: Sequence[float], estimator: str) -> dict[str, float]:
    """Fit one data set with our functions."""
    tau2 = 0.0 if estimator == "EE" else heterogeneity.TAU2[estimator](yi, vi)
    mean = heterogeneity.weighted_mean(yi, vi, tau2)
    knapp_hartung = heterogeneity.knapp_hartung_se(mean)
    return {"tau2": tau2, "mu": mean.estimate, "se": mean.se, "se_knha": knapp_hartung}


def own_digits() -> list[dict]:
    """Count the correct digits of ours: one line for each estimator and quantity, over all data sets."""
    cases = yardstick().values()
    fits = {name: [own_fit(case["yi"], case["vi"], name) for case in cases] for name in ("EE", *heterogeneity.TAU2)}
    return [
        summary(
            "il6review",
            "",
            estimator,
            quantity,
            [
                correct_digits(fit[quantity], case["exact"][estimator][quantity])
                for fit, case in zip(found, cases, strict=True)
            ],
        )
        for estimator, found in fits.items()
        for quantity in QUANTITIES
    ]


def summary(tool: str, version: str, estimator: str, quantity: str, digits: Iterable[float]) -> dict:
    """Sum up the digits of one tool: the fewest and the median over the data sets."""
    found = sorted(digits)
    return {
        "tool": tool,
        "version": version,
        "estimator": estimator,
        "quantity": quantity,
        "datasets": len(found),
        "fewest": round(found[0], 1),
        "median": round(median(found), 1),
    }


def fewest(lines: Iterable[Mapping], row: str, column: str) -> Table:
    """Lay out the fewest correct digits: one line for each value of `row`, one column for each of `column`."""
    frame = pd.DataFrame(lines).astype({"fewest": float})
    table = frame.pivot_table(index=row, columns=column, values="fewest", aggfunc="min", sort=False)
    return Table(table.map(lambda digits: "" if pd.isna(digits) else f"{digits:.1f}").reset_index())


def speeds(lines: Iterable[Mapping]) -> Table:
    """Lay out the measured times: median with range, and how many times ours."""
    frame = pd.DataFrame(lines)
    text = frame["median_ms"] + " (" + frame["min_ms"] + " to " + frame["max_ms"] + ")"
    shown = {"studies": frame["k"], "tool": frame["tool"], "milliseconds": text, "times ours": frame["ratio"]}
    return Table(pd.DataFrame(shown))


def numbers(lines: Iterable[Mapping]) -> dict[str, Number]:
    """Name the numbers of the page: data sets, estimators, and the fewest correct digits of all."""
    lines = list(lines)
    return {
        "datasets": Number(lines[0]["datasets"], 0, "data sets with exact results"),
        "estimators": Number(len({line["estimator"] for line in lines}), 0, "estimators"),
        "fewest": Number(min(line["fewest"] for line in lines), 0, "correct digits of ours, at least"),
    }


def tool_numbers(lines: Iterable[Mapping]) -> dict[str, Number]:
    """Name the fewest and the median digits of tau² by REML of each other tool."""
    return {
        f"{line['tool'].replace(', ', '_')}.{name}": Number(
            float(line[name]), 1, f"{line['tool']} {line['version']}, tau² by REML, {name} correct digits"
        )
        for line in lines
        if line["estimator"] == "REML" and line["quantity"] == "tau2"
        for name in ("fewest", "median")
    }


def measured(name: str) -> list[Mapping[str, str]]:
    """Read a table of measurements from `benchmarks/`."""
    path = Path(base().parent, "benchmarks", f"{name}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
