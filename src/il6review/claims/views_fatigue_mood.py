"""What the chapter on fatigue and mood shows beside the answers: trials that print a change of a score in two arms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..stats import pooling
from ..stats.conversions import se_from_interval
from ..stats.distributions import normal_quantile
from ..stats.effects import two_group_effect
from .model import LedgerError, Number
from .review import Review, Row
from .synthesis import mean_and_sd


@dataclass(frozen=True)
class Difference:
    """One trial: the drug's mean change minus that of the other arm, in points, with its standard error."""

    trial: str
    estimate: float
    se: float
    n: int | None
    rows: tuple[str, ...]


def differences(review: Review, trials: Mapping[str, Sequence[str]]) -> tuple[Difference, ...]:
    """Give the difference of mean changes of each trial.

    `trials` maps a name to two rows of the group summaries, the drug first, or to one row of the effects, which
    holds the printed difference with its interval. Raises LedgerError where there is no such row.
    """
    return tuple(
        _of_arms(review, trial, *rows) if len(rows) == 2 else _of_interval(review, trial, *rows)
        for trial, rows in trials.items()
    )


def _of_arms(review: Review, trial: str, drug_id: str, other_id: str) -> Difference:
    drug, other = (_row(review, "groups", row_id) for row_id in (drug_id, other_id))
    (one, _), (two, _) = (mean_and_sd(row, review.plus_minus) for row in (drug, other))
    sizes = int(drug["n"]), int(other["n"])
    effect = two_group_effect("MD", one.mean, one.sd, sizes[0], two.mean, two.sd, sizes[1])
    return Difference(trial, effect.estimate, effect.variance**0.5, sum(sizes), (drug_id, other_id))


def _of_interval(review: Review, trial: str, row_id: str) -> Difference:
    row = _row(review, "effects", row_id)
    se = se_from_interval(row["ci_low"], row["ci_high"], row["ci_level"] / 100)
    return Difference(trial, row["estimate"], se, None, (row_id,))


def _row(review: Review, table: str, row_id: str) -> Row:
    for row in review.rows(table, {"row_id": row_id}):
        return row
    raise LedgerError(f"{table}.csv has no row {row_id!r}. Mend: see the column row_id.")


def pool_differences(review: Review, found: Sequence[Difference]) -> pooling.Pooled:
    """Pool the differences by the choices of the run. Raises StatsError for fewer than two."""
    return pooling.pool(
        [item.estimate for item in found],
        [item.se**2 for item in found],
        method=review.tau2_estimator,
        confidence=review.confidence,
    )


def difference_numbers(review: Review, found: Iterable[Difference]) -> dict[str, Number]:
    """Name the difference of each trial and the limits of its interval, in points, by the name of the trial."""
    labels = {"estimate": "difference", "ci_low": "lower limit", "ci_high": "upper limit"}
    return {
        f"{item.trial}.{part}": Number(value, 1, f"{item.trial}, {labels[part]}", "points", item.rows)
        for item in found
        for part, value in zip(labels, (item.estimate, *_interval(review, item)), strict=True)
    }


def _interval(review: Review, item: Difference) -> tuple[float, float]:
    half = normal_quantile((1 + review.confidence) / 2) * item.se
    return item.estimate - half, item.estimate + half


def difference_lines(review: Review, found: Iterable[Difference]) -> list[dict]:
    """Give the lines of an effect-direction plot: a trial has a direction where its interval leaves no effect."""
    lines = []
    for item in found:
        low, high = _interval(review, item)
        lines.append(
            {
                "label": item.trial,
                "direction": (low > 0) - (high < 0),
                "n": item.n,
                "detail": f"{item.estimate:.1f} points ({low:.1f} to {high:.1f})",
                "row_ids": item.rows,
            }
        )
    return lines
