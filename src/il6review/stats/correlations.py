"""Pooling correlations on Fisher's z scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.pooling import Pooled, pool


@dataclass(frozen=True)
class FisherZ:
    """Fisher's z of a correlation with its sampling variance; both without unit."""

    estimate: float
    variance: float
    n: int

    @property
    def se(self) -> float:
        """Standard error: the square root of the variance."""
        return math.sqrt(self.variance)


@dataclass(frozen=True)
class PooledCorrelation:
    """A pooled correlation. Estimate and limits are correlations; `z` is the fit on Fisher's scale."""

    estimate: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float
    z: Pooled


def fisher_z(r: float, n: int) -> FisherZ:
    """Return z = atanh(r) with variance 1/(n - 3). Raises StatsError unless -1 < r < 1 and n >= 4."""
    r, n = checks.correlation(r, "r"), checks.whole(n, "n", 4)
    return FisherZ(math.atanh(r), 1 / (n - 3), n)


def pool_correlations(
    rs: Sequence[float],
    ns: Sequence[int],
    method: str = "REML",
    interval: str = "knapp_hartung",
    confidence: float = 0.95,
) -> PooledCorrelation:
    """Pool correlations: `pool` on Fisher's z, then tanh of the estimate and of all limits.

    Raises StatsError as `pool` does, and unless every r lies between -1 and 1 and every n is at least 4.
    """
    rs, ns = checks.rows(rs, "rs", 0), checks.rows(ns, "ns", 0)
    checks.same_length({"rs": rs, "ns": ns})
    zs = [
        fisher_z(checks.correlation(r, f"rs, row {row},"), checks.whole(n, f"ns, row {row},", 4))
        for row, (r, n) in enumerate(zip(rs, ns, strict=True), 1)
    ]
    pooled = pool([z.estimate for z in zs], [z.variance for z in zs], method, interval, confidence)
    return PooledCorrelation(
        estimate=math.tanh(pooled.estimate),
        ci_low=math.tanh(pooled.ci_low),
        ci_high=math.tanh(pooled.ci_high),
        pi_low=math.tanh(pooled.pi_low),
        pi_high=math.tanh(pooled.pi_high),
        z=pooled,
    )
