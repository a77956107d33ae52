"""What the chapter on biomarkers shows beside the answers: every arm of the trials whose responders are counted."""

from collections.abc import Mapping

from ..stats.proportions import wilson
from .review import Review, Row
from .rules import Question
from .synthesis import printed_value, value_rows


def responder_lines(review: Review, question: Question) -> list[dict]:
    """Give the lines of a dot plot: the arms that the question counts, and beside them the others of the same trial.

    The interval is Wilson's; an arm whose size is not printed has none. A trial that two sources tell of is taken from
    the first of them; trials are ordered by name, and in each the treated arms come first.
    """
    (rule,) = question.values
    treated = {row["row_id"] for row in value_rows(review, rule)}
    told = _first_source(review, treated)
    rows = [
        row
        for row in review.rows("proportions", {"trial": list(told)})
        if told[row["trial"]] == _place(row) and printed_value(row) is not None
    ]
    rows.sort(key=lambda row: (row["trial"], row["row_id"] not in treated))
    return [_line(review, row, row["row_id"] in treated) for row in rows]


def _place(row: Row) -> tuple[str, str, str]:
    return row["source_key"], row["outcome"], row["timepoint"]


def _first_source(review: Review, treated: set[str]) -> Mapping[str, tuple[str, str, str]]:
    """Give source, outcome and time of each trial with a treated arm, as the first such row has them."""
    found: dict[str, tuple[str, str, str]] = {}
    for row in review.rows("proportions", {"row_id": sorted(treated)}):
        found.setdefault(row["trial"], _place(row))
    return found


def _line(review: Review, row: Row, treated: bool) -> dict:
    value, _ = printed_value(row)
    n = None if row["n"] is None else int(row["n"])
    interval = wilson(value / 100, n, review.confidence) if n else None
    return {
        "trial": row["trial"],
        "arm": row["arm"],
        "treated": treated,
        "percent": value,
        "n": n,
        "ci_low": interval and 100 * interval.ci_low,
        "ci_high": interval and 100 * interval.ci_high,
        "source": row["source_key"],
        "row_ids": (row["row_id"],),
    }
