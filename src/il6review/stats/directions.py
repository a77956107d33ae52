"""Counting the directions of studies, null studies included."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.distributions import beta_quantile
from il6review.stats.errors import StatsError


@dataclass(frozen=True)
class VoteCount:
    """How many of k studies point each way, the share that points for the claim, and the sign test.

    `share` = for_ / k with its Clopper-Pearson interval: a null study counts in k. `p_sign` is the exact
    two-sided sign test, which by its nature leaves null studies out and rests on for_ + against alone (1 if
    there are none).
    """

    for_: int
    null: int
    against: int
    k: int
    share: float
    ci_low: float
    ci_high: float
    p_sign: float
    confidence: float


def vote_count(directions: Sequence[int], confidence: float = 0.95) -> VoteCount:
    """Count directions: 1 for the claim, 0 null, -1 against.

    Interval of the share: the exact one of Clopper and Pearson 1934, Biometrika 26:404-413. Sign test: twice
    the probability of at least max(for_, against) heads in for_ + against throws of a fair coin, at most 1.
    Raises StatsError for no study, for any other value, and for a confidence outside (0, 1).
    """
    votes = checks.rows(directions, "directions", 1)
    for row, vote in enumerate(votes, 1):
        if checks.number(vote, f"directions, row {row},") not in (1, 0, -1):
            raise StatsError(f"directions, row {row}, is {vote}; expected 1 (for), 0 (null) or -1 (against).")
    tail = (1 - checks.fraction(confidence, "confidence")) / 2
    k, for_, against = len(votes), votes.count(1), votes.count(-1)
    return VoteCount(
        for_=for_,
        null=votes.count(0),
        against=against,
        k=k,
        share=for_ / k,
        ci_low=_lower_limit(for_, k, tail),
        ci_high=1 - _lower_limit(k - for_, k, tail),
        p_sign=_sign_test(for_, against),
        confidence=confidence,
    )


def _lower_limit(events: int, k: int, tail: float) -> float:
    return beta_quantile(tail, events, k - events + 1) if events else 0.0


def _sign_test(for_: int, against: int) -> float:
    throws = for_ + against
    ways = sum(math.comb(throws, heads) for heads in range(max(for_, against), throws + 1))
    return min(1.0, 2 * ways / 2**throws)
