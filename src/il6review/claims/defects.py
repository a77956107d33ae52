"""The recorded arithmetic checks of printed values, computed again from their inputs.

A row of `defects.csv` names its check and holds what went in. The recorded result (columns `expected` and `verdict`) is
never read here, so that it can be held against what comes out.
"""

import json
from collections.abc import Callable, Mapping

from ..stats import consistency, granularity, statements
from ..stats.errors import StatsError
from ..stats.printed import Check, joined
from .model import LedgerError
from .rules import load

#: What stands in `printed` where the source gives no P.
NO_P = "no P printed"
#: Measures whose intervals are symmetric on the log scale.
RATIOS = ("OR", "RR", "HR")

Row = Mapping[str, str]
Inputs = Mapping[str, object]


def recheck(row: Row) -> Check:
    """Compute one row of `defects.csv` again, from the columns defect_id, check, inputs and printed.

    Figures keep the digits that the row holds; zeros at the end of a figure are not kept in `inputs`, so a tolerance
    can be too wide, never too narrow. Raises LedgerError with the id where a row cannot be computed.
    """
    name = row.get("defect_id", "a row without defect_id")
    try:
        inputs = json.loads(row["inputs"], parse_float=str, parse_int=str)
        if not isinstance(inputs, dict):
            raise StatsError("inputs is no JSON object.")
        return CHECKS[row["check"]](row, inputs)
    except KeyError as error:
        raise LedgerError(f"{name}: {error} is missing or unknown. Mend: see defects.csv and defects.yaml.") from error
    except (StatsError, TypeError, ValueError) as error:
        raise LedgerError(f"{name}: {error} Mend: see its inputs in defects.csv.") from error


def _whole(value: object) -> int:
    if not isinstance(value, str) or not value.isdecimal():
        raise StatsError(f"{value!r} stands where a whole number is expected.")
    return int(value)


def _sizes(inputs: Inputs) -> list[int]:
    return [_whole(n) for n in inputs["n"]]


def _p_from_r(row: Row, inputs: Inputs) -> Check:
    n = _whole(inputs["n_patients"] if "n_patients" in inputs else inputs["n"])
    other = _whole(inputs["n_with_controls"]) if "n_with_controls" in inputs else None
    return consistency.p_against_r(inputs["r"], n, None if row["printed"] == NO_P else row["printed"], other)


def _one_sided(row: Row, inputs: Inputs) -> Check:
    return consistency.one_sided_p(inputs["r"], _whole(inputs["n"]), row["printed"])


def _p_from_summary(row: Row, inputs: Inputs) -> Check:
    kind = next((kind for kind in ("sd", "sem") if kind in inputs), "spreads")
    how = "open" if kind == "spreads" else kind
    return consistency.p_against_summary(inputs["means"], inputs[kind], _sizes(inputs), row["printed"], how)


def _sem_not_sd(row: Row, inputs: Inputs) -> Check:
    kind = "sd" if "sd" in inputs else "spreads"
    how = "open" if kind == "spreads" else kind
    return consistency.sem_not_sd(inputs["means"], inputs[kind], _sizes(inputs), inputs["total_spread"], how)


def _subgroup_mean(row: Row, inputs: Inputs) -> Check:
    return consistency.subgroup_mean(inputs["means"], _sizes(inputs), row["printed"], inputs.get("other_split"))


def _p_from_ci(row: Row, inputs: Inputs) -> Check:
    return consistency.p_against_interval(inputs["estimate"], inputs["ci"], row["printed"])


def _p_from_hazard_ratio(row: Row, inputs: Inputs) -> Check:
    return consistency.p_against_hazard_ratio(inputs["HR"], inputs["spread"], row["printed"])


def _p_from_f(row: Row, inputs: Inputs) -> Check:
    above, below = inputs["df"]
    return consistency.p_against_f(inputs["F"], _whole(above), _whole(below), row["printed"])


def _ci_asymmetry(row: Row, inputs: Inputs) -> Check:
    return consistency.interval_asymmetry(inputs["estimate"], inputs["ci"])


def _ci_includes_null(row: Row, inputs: Inputs) -> Check:
    (measure,) = inputs.keys() - {"ci"}
    scale = "log" if measure in RATIOS else "raw"
    significant = _text(row)["significant"]
    return consistency.interval_against_claim(inputs[measure], inputs["ci"], significant, scale)


def _constant_ratio(row: Row, inputs: Inputs) -> Check:
    return consistency.constant_multiples(inputs)


def _percent_of_n(row: Row, inputs: Inputs) -> Check:
    if "events" not in inputs:
        percents, sizes = (value if isinstance(value, list) else [value] for value in (inputs["percent"], inputs["n"]))
        counts = [inputs.get("count")] * len(percents)
        p = []
    else:
        # The printed percents, one for each group, and the P of their difference after them.
        sizes, counts = inputs["n"], inputs["events"]
        *percents, last = (part.strip() for part in row["printed"].split(";"))
        p = [consistency.p_against_counts([_whole(count) for count in counts], _sizes(inputs), last)]
    parts = [
        granularity.percent_of_n(percent, _whole(n), None if count is None else _whole(count))
        for percent, n, count in zip(percents, sizes, counts, strict=True)
    ]
    return joined(parts + p)


def _sign_pattern(row: Row, inputs: Inputs) -> Check:
    (values,) = inputs.values()
    return statements.sign_pattern(values)


def _direction(row: Row, inputs: Inputs) -> Check:
    text = _text(row)
    return statements.direction_against_text(inputs, text["higher"], text["lower"])


def _unit(row: Row, inputs: Inputs) -> Check:
    told = load("defects.yaml")
    unit = told["units"][told["analytes"][row["defect_id"]]]
    return statements.unit_against_range(inputs["mean"], inputs["unit"], **unit)


def _date(row: Row, inputs: Inputs) -> Check:
    return statements.date(_whole(inputs["paper"]), _whole(inputs["printed"]))


def _marker(row: Row, inputs: Inputs) -> Check:
    return statements.marker(inputs["text"])


def _text(row: Row) -> Mapping[str, object]:
    return load("defects.yaml")["texts"][row["defect_id"]]


#: The function for each name in the column `check`.
CHECKS: Mapping[str, Callable[[Row, Inputs], Check]] = {
    "p_from_r_n": _p_from_r,
    "one_sided_p": _one_sided,
    "p_from_summary": _p_from_summary,
    "sem_not_sd": _sem_not_sd,
    "subgroup_mean": _subgroup_mean,
    "p_from_ci": _p_from_ci,
    "p_from_hr_se": _p_from_hazard_ratio,
    "p_from_f": _p_from_f,
    "ci_asymmetry": _ci_asymmetry,
    "ci_includes_null": _ci_includes_null,
    "ci_constant_ratio": _constant_ratio,
    "percent_of_n": _percent_of_n,
    "sign_pattern": _sign_pattern,
    "direction": _direction,
    "unit": _unit,
    "date": _date,
    "marker": _marker,
}
