"""Directions of studies: votes, the sign test, the effect-direction table, and the albatross plot's curves.

These are the methods for results that cannot be pooled (Cochrane Handbook, chapter 12; the SWiM guideline,
Campbell et al. 2020, BMJ 368:l6890): state the method and its question, show every study, never count by
statistical significance. A vote asks whether there is any effect in one direction; it says nothing of size.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks
from il6review.stats.distributions import beta_quantile, normal_log_cdf
from il6review.stats.errors import StatsError

#: Share of a study's outcomes that must point one way for the study to do so. Kept as a pair of whole numbers:
#: 7 of 10 is then exactly enough.
AGREEING = (7, 10)
#: Contours of the albatross plot: standardised mean difference of two equal groups, or correlation.
KINDS = ("SMD", "r")


@dataclass(frozen=True)
class SignTest:
    """The exact two-sided sign test: ties are counted and left out. `p` is 1 where nothing but ties is left."""

    for_: int
    against: int
    ties: int
    p: float


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


@dataclass(frozen=True)
class Outcome:
    """One outcome that a study reports within a domain: 1 for the claim, 0 no difference, -1 against."""

    study: str
    domain: str
    direction: int


@dataclass(frozen=True)
class DirectionCell:
    """A study's direction in one domain, from `outcomes` outcomes of which the share `agreeing` points that way.

    A conflicting cell has direction 0, so that a vote keeps it among the null studies and the sign test leaves
    it out; `agreeing` is then the share of the most frequent direction.
    """

    study: str
    domain: str
    direction: int
    conflicting: bool
    outcomes: int
    agreeing: float


@dataclass(frozen=True)
class AlbatrossPoint:
    """A place on the albatross plot: x = -log10(p) with the sign of the direction, y = log10(n)^2."""

    n: int
    x: float
    y: float


def sign_test(directions: Sequence[int]) -> SignTest:
    """Test whether studies point one way as often as the other; 1 for the claim, 0 null, -1 against.

    p is twice the probability of at least max(for_, against) heads in for_ + against throws of a fair coin, at
    most 1. A large and a small study count alike, which is the weakness of the test (Nikolakopoulos 2020, Research
    Synthesis Methods 11:714-719). Raises StatsError for no study and for any other value.
    """
    votes = _directions(directions, "directions")
    for_, against = votes.count(1), votes.count(-1)
    throws = for_ + against
    ways = sum(math.comb(throws, heads) for heads in range(max(for_, against), throws + 1))
    return SignTest(for_, against, votes.count(0), min(1.0, 2 * ways / 2**throws))


def vote_count(directions: Sequence[int], confidence: float = 0.95) -> VoteCount:
    """Count directions: 1 for the claim, 0 null, -1 against.

    Interval of the share: the exact one of Clopper and Pearson 1934, Biometrika 26:404-413. Sign test:
    `sign_test`. Raises StatsError for no study, for any other value, and for a confidence outside (0, 1).
    """
    test = sign_test(directions)
    tail = (1 - checks.fraction(confidence, "confidence")) / 2
    k = test.for_ + test.ties + test.against
    return VoteCount(
        for_=test.for_,
        null=test.ties,
        against=test.against,
        k=k,
        share=test.for_ / k,
        ci_low=_lower_limit(test.for_, k, tail),
        ci_high=1 - _lower_limit(k - test.for_, k, tail),
        p_sign=test.p,
        confidence=confidence,
    )


def direction_table(outcomes: Sequence[Outcome]) -> tuple[DirectionCell, ...]:
    """Return one cell for each study and domain that report anything, in order of first appearance.

    If at least 70 % of the outcomes have one direction the cell has it, else it is conflicting; statistical
    significance plays no part (Boon and Thomson 2021, Research Synthesis Methods 12:29-33). Outcomes without
    difference count in the 70 % like any other. Raises StatsError for no outcome, for anything but an Outcome,
    and for a direction other than 1, 0 and -1.
    """
    cells: dict[tuple[str, str], Counter[int]] = {}
    for row, outcome in enumerate(checks.rows(outcomes, "outcomes", 1), 1):
        if not isinstance(outcome, Outcome):
            raise StatsError(f"outcomes, row {row}, is {outcome!r}; expected an Outcome.")
        direction = _direction(outcome.direction, f"outcomes, row {row}, direction")
        cells.setdefault((outcome.study, outcome.domain), Counter())[direction] += 1
    return tuple(_cell(study, domain, counts) for (study, domain), counts in cells.items())


def albatross_points(ps: Sequence[float], ns: Sequence[int], directions: Sequence[int]) -> tuple[AlbatrossPoint, ...]:
    """Return the places of studies on the albatross plot from two-sided p, total size and direction (1 or -1).

    Harrison et al. 2017, Research Synthesis Methods 8:281-289. A study without direction has no place on it.
    Raises StatsError for no study, unequal lengths, a p outside (0, 1], a size below 2 and any other direction.
    """
    ps, ns = checks.rows(ps, "ps", 1), checks.rows(ns, "ns", 1)
    signs = _directions(directions, "directions")
    checks.same_length({"ps": ps, "ns": ns, "directions": signs})
    if 0 in signs:
        raise StatsError(f"directions, row {signs.index(0) + 1}, is 0; expected 1 or -1: the plot has no place for it.")
    return tuple(
        _point(checks.whole(n, f"ns, row {row},", 2), -sign * math.log10(checks.p_value(p, f"ps, row {row},")))
        for row, (p, n, sign) in enumerate(zip(ps, ns, signs, strict=True), 1)
    )


def albatross_contour(effect: float, n_values: Sequence[int], kind: str = "SMD") -> tuple[AlbatrossPoint, ...]:
    """Return where studies of a given effect would lie, one place for each total size n.

    With z = |effect| / se, p = 2 P(Z > z):
    "SMD", two groups of n/2: se^2 = 4/n + d^2/(2 n), so z^2 = 2 n d^2 / (8 + d^2);
    "r": se^2 = (1 - r^2)/n, so z^2 = n r^2 / (1 - r^2).
    Harrison et al. 2017 (as in their program `albatross`). The places are approximate for small n, where t would
    replace z. Raises StatsError for an effect of 0 or not a number, an r outside (-1, 1), no size, a size below
    2, and an unknown kind.
    """
    checks.known(kind, "kind", KINDS)
    size = abs(checks.correlation(effect, "effect") if kind == "r" else checks.number(effect, "effect"))
    if size < checks.SMALLEST_POSITIVE:
        raise StatsError(f"effect is {effect}; expected one that is not 0: no effect lies on the middle line.")
    unit_se = math.sqrt(1 - size**2) if kind == "r" else math.sqrt(4 + size**2 / 2)
    points = []
    for row, value in enumerate(checks.rows(n_values, "n_values", 1), 1):
        n = checks.whole(value, f"n_values, row {row},", 2)
        # By the logarithm of the tail: p itself would round to 0 where z is above 38.
        log_p = math.log(2) + normal_log_cdf(-size * math.sqrt(n) / unit_se)
        points.append(_point(n, math.copysign(log_p / math.log(10), effect)))
    return tuple(points)


def _point(n: int, x: float) -> AlbatrossPoint:
    return AlbatrossPoint(n, x, math.log10(n) ** 2)


def _cell(study: str, domain: str, counts: Counter[int]) -> DirectionCell:
    (direction, most), total = counts.most_common(1)[0], counts.total()
    needed, of = AGREEING
    conflicting = most * of < total * needed
    return DirectionCell(study, domain, 0 if conflicting else direction, conflicting, total, most / total)


def _directions(values: object, name: str) -> list[int]:
    return [_direction(value, f"{name}, row {row},") for row, value in enumerate(checks.rows(values, name, 1), 1)]


def _direction(value: object, name: str) -> int:
    if checks.number(value, name) not in (1, 0, -1):
        raise StatsError(f"{name} is {value}; expected 1 (for), 0 (null) or -1 (against).")
    return int(value)


def _lower_limit(events: int, k: int, tail: float) -> float:
    return beta_quantile(tail, events, k - events + 1) if events else 0.0
