"""How far our numbers can be trusted: digits, false alarms of the checks, and formulas broken on purpose.

Our digits are counted here against arithmetic with 50 digits (`tests/reference`); those of other tools were measured by
`make digits` and stand in `benchmarks/digits.csv` with their versions. The false alarms are those that
`tests/stats/test_false_alarms.py` counts, and the broken formulas those of `make mutants`.
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
from .evidence import project
from .stats import heterogeneity
from .stats.printed import VERDICTS

#: What is counted, in the words of a table.
QUANTITIES = {"tau2": "tau²", "mu": "mean", "se": "standard error", "se_knha": "standard error by Knapp-Hartung"}
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
    exact, inputs = reference("pooling_oracle")["cases"], reference("pooling_metafor")["cases"]
    return {name: {"yi": inputs[name]["yi"], "vi": inputs[name]["vi"], "exact": exact[name]} for name in exact}


def reference(name: str) -> dict:
    """Read a file of reference results."""
    path = project() / "tests" / "reference" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


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
    shown = table.map(lambda digits: "" if pd.isna(digits) else f"{digits:.1f}").rename_axis(columns=None)
    return Table(shown.reset_index().rename(columns=QUANTITIES))


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


def universe_numbers(line: Mapping) -> dict[str, Number]:
    """Name the universes that were timed, their studies, and the seconds that they took."""
    return {
        "universes": Number(int(line["universes"]), 0, f"analyses of one claim with {line['studies']} studies"),
        "universes.seconds": Number(float(line["median_ms"]) / 1000, 1, "time for all of them, median of rounds", "s"),
    }


def measured(name: str) -> list[Mapping[str, str]]:
    """Read a table of measurements from `benchmarks/`."""
    path = Path(project(), "benchmarks", f"{name}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def false_alarms() -> list[dict]:
    """Count, for each check, the runs on clean tables, those that accuse the table, and those that only doubt it.

    Every verdict but `consistent` and `doubtful` accuses.
    """
    simulated, lines = reference("false_alarms"), {}
    for counted in simulated["verdicts"].values():
        for check, verdicts in counted.items():
            line = lines.setdefault(check, {"check": check, "runs": 0, "accused": 0, "doubted": 0})
            line["runs"] += sum(verdicts.values())
            line["accused"] += sum(verdicts.get(verdict, 0) for verdict in VERDICTS[2:])
            line["doubted"] += verdicts.get("doubtful", 0)
    return list(lines.values())


def alarms(lines: Iterable[Mapping]) -> Table:
    """Lay out the runs on clean tables: one line for each kind of check."""
    return Table(pd.DataFrame([line | {"check": line["check"].replace("_", " ")} for line in lines]))


def alarm_numbers(lines: Iterable[Mapping]) -> dict[str, Number]:
    """Name the clean tables that were drawn, the kinds of check, their runs, and how many accuse or doubt."""
    lines, simulated = list(lines), reference("false_alarms")
    tables = simulated["tables"] * len(simulated["verdicts"])
    total = {name: sum(line[name] for line in lines) for name in ("runs", "accused", "doubted")}
    of_signs = sum(line["doubted"] for line in lines if line["check"] == "sign_pattern")
    return {
        "alarms.tables": Number(tables, 0, "clean tables drawn by chance"),
        "alarms.checks": Number(len(lines), 0, "kinds of check"),
        "alarms.runs": Number(total["runs"], 0, "runs of a check on a clean table"),
        "alarms.accused": Number(total["accused"], 0, "runs that accuse a clean table"),
        "alarms.doubted": Number(total["doubted"], 0, "runs that doubt a clean table"),
        "alarms.signs": Number(of_signs, 0, "runs that doubt a clean table for the signs of its correlations"),
        "alarms.rate": Number(1e4 * total["accused"] / total["runs"], 1, "false accusations in ten thousand runs"),
    }


def mutant_numbers(lines: Iterable[Mapping]) -> dict[str, Number]:
    """Name the formulas broken on purpose: how many can be, were, turned a test red, and did not, with the share."""
    names = ("mutants", "tried", "killed", "timed_out", "survived")
    total = {name: sum(int(line[name]) for line in lines) for name in names}
    noticed = total["killed"] + total["timed_out"]
    return {
        "mutants.all": Number(total["mutants"], 0, "changes of a formula that can be made"),
        "mutants.tried": Number(total["tried"], 0, "changes of a formula that were made"),
        "mutants.noticed": Number(noticed, 0, "changes that a test noticed"),
        "mutants.missed": Number(total["survived"], 0, "changes that no test noticed"),
        "mutants.share": Number(100 * noticed / total["tried"], 1, "changes that a test noticed", "%"),
    }


def mutants(lines: Iterable[Mapping]) -> Table:
    """Lay out the broken formulas: one line for each module."""
    frame = pd.DataFrame(lines)[["module", "tried", "killed", "timed_out", "survived"]]
    return Table(frame.rename(columns={"killed": "noticed", "timed_out": "ran too long", "survived": "missed"}))
