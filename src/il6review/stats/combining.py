"""Several p values at once: combined into one, or adjusted because many tests were made.

A p of 0 is refused everywhere. A printed "0.000" is a bound, not a value: 0.0005 is the largest p that it can
stand for, and whoever combines bounds must say so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.distributions import chi2_sf, normal_cdf, normal_quantile
from il6review.stats.errors import StatsError

#: The smallest number above 0 that a double holds: stands for a computed p that is too small for one.
SMALLEST_P = math.ulp(0.0)


@dataclass(frozen=True)
class Combined:
    """One p from k independent tests. `statistic` is chi-square with `df` degrees of freedom, or z (df None)."""

    statistic: float
    df: int | None
    p: float
    k: int
    method: str


@dataclass(frozen=True)
class Adjusted:
    """P values adjusted for their number, in the order given."""

    ps: tuple[float, ...]
    method: str


def fisher(ps: Sequence[float]) -> Combined:
    """Combine independent p values: -2 sum(ln p) is chi-square with 2 k degrees of freedom.

    Fisher 1932, Statistical Methods for Research Workers, 4th edition, section 21.1. With two-sided p a small
    result says that some effect exists, not that the effects point one way. Raises StatsError for no p and for
    a p that is not above 0 and at most 1.
    """
    checked = _ps(ps)
    statistic, df = -2 * math.fsum(math.log(p) for p in checked), 2 * len(checked)
    return Combined(statistic, df, chi2_sf(statistic, df), len(checked), "fisher")


def stouffer(ps: Sequence[float], weights: Sequence[float] | None = None) -> Combined:
    """Combine independent one-sided p values of one direction: z = sum(w z_i) / sqrt(sum(w^2)), p = P(Z > z).

    z_i is the normal score with P(Z > z_i) = p_i; all weights are 1 by default, and the root of the study's
    size is usual (Stouffer et al. 1949, The American Soldier, volume 1; Liptak 1958). Raises StatsError for no
    p, for a p that is not between 0 and 1 (1 has no normal score), for weights that are not above 0, and for
    unequal lengths.
    """
    checked = _ps(ps)
    for row, p in enumerate(checked, 1):
        if p == 1:
            raise StatsError(f"ps, row {row}, is 1; expected a p below 1: the normal score of 1 is not finite.")
    weights = (1.0,) * len(checked) if weights is None else checks.rows(weights, "weights", 1)
    checks.same_length({"ps": checked, "weights": weights})
    weights = [checks.positive(weight, f"weights, row {row},") for row, weight in enumerate(weights, 1)]
    weighted = math.fsum(-w * normal_quantile(p) for w, p in zip(weights, checked, strict=True))
    z = weighted / math.sqrt(math.fsum(w**2 for w in weights))
    return Combined(z, None, normal_cdf(-z), len(checked), "stouffer")


def bonferroni(ps: Sequence[float]) -> Adjusted:
    """Return each of k p values times k, at most 1. Raises StatsError as `fisher` does."""
    checked = _ps(ps)
    return Adjusted(tuple(min(1.0, len(checked) * p) for p in checked), "bonferroni")


def holm(ps: Sequence[float]) -> Adjusted:
    """Return p values adjusted by Holm: the i-th smallest of k times k - i + 1, never falling, at most 1.

    Holm 1979, Scandinavian Journal of Statistics 6:65-70. Raises StatsError as `fisher` does.
    """
    checked = _ps(ps)
    adjusted, largest = [0.0] * len(checked), 0.0
    for rank, index in enumerate(sorted(range(len(checked)), key=checked.__getitem__)):
        largest = max(largest, min(1.0, (len(checked) - rank) * checked[index]))
        adjusted[index] = largest
    return Adjusted(tuple(adjusted), "holm")


def _ps(ps: object) -> tuple[float, ...]:
    """Return one or more numbers above 0 and at most 1."""
    checked = tuple(checks.probability(p, f"ps, row {row},") for row, p in enumerate(checks.rows(ps, "ps", 1), 1))
    if 0 in checked:
        raise StatsError(
            f"ps, row {checked.index(0) + 1}, is 0; expected a p above 0. A printed 0.000 is a bound, not a value: "
            "read it with parse_p and combine the bound, 0.0005."
        )
    return checked
