"""The share of one group with an outcome, and its interval."""

import math
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.distributions import normal_quantile
from il6review.stats.errors import StatsError


@dataclass(frozen=True)
class Share:
    """A share between 0 and 1 with its interval."""

    estimate: float
    ci_low: float
    ci_high: float
    n: int
    confidence: float


def wilson(share: float, n: int, confidence: float = 0.95) -> Share:
    """Return the score interval of Wilson 1927, Journal of the American Statistical Association 22:209-212.

    With z the normal quantile of the level, centre (p + z^2/2n) / (1 + z^2/n) and half width
    z sqrt(p (1 - p)/n + z^2/4n^2) / (1 + z^2/n). It stays within 0 and 1, also for nobody and for everybody.
    `share` may come from a rounded percent; the rounding is not in the interval. Raises StatsError for a share
    outside 0 to 1, a size below 1, and a confidence outside (0, 1).
    """
    p, n = checks.number(share, "share"), checks.whole(n, "n", 1)
    if not 0 <= p <= 1:
        raise StatsError(f"share is {share}; expected a number from 0 to 1: divide a percent by 100.")
    z = normal_quantile((1 + checks.fraction(confidence, "confidence")) / 2)
    scale = 1 + z**2 / n
    centre = (p + z**2 / (2 * n)) / scale
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / scale
    # At 0 and 1 one limit is the share itself, which rounding may miss by a hair.
    return Share(p, min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half)), n, confidence)
