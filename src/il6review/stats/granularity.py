"""Can a printed mean, standard deviation or percent arise from whole units at all? Exact rational arithmetic.

GRIM (Brown and Heathers 2017, Social Psychological and Personality Science 8:363-369), GRIMMER (Anaya 2016, PeerJ
Preprints 4:e2400v1, in the analytic form of Allard 2018) and DEBIT (Heathers and Brown 2019) hold for data that come in
whole units alone: counts, points of a scale, yes or no. The sum of n whole numbers is whole, so a mean is a multiple
of 1/n. A concentration has no such unit, and a test of it would accuse honest papers. Hence `grain`, which has to be
declared, and a refusal of everything else.

A value halfway between two printed ones may have been rounded either way.
"""

import math
from fractions import Fraction

from il6review.stats import checks
from il6review.stats.errors import StatsError
from il6review.stats.printed import Check, Printed, Reading, read_number, show

#: Data that come in whole units, as they have to be declared.
GRAINS = ("integer count", "integer score", "Likert", "binary")
#: Denominators up to this far from the printed n are tried for a percent.
NEAR = 10
# Above this, GRIMMER would go through very many sums, and no printed SD is exact enough to fail.
_LARGEST_GRIMMER = 100_000

_ROUNDING = "rounding either way, of all figures"


class NotGranular(StatsError):
    """The data do not come in whole units, so this check would say nothing about them."""


def percent_of_n(percent: str, n: int, count: int | None = None) -> Check:
    """Ask whether a printed percent is k/n for a whole k, or for the printed `count` if there is one.

    Without a count, no whole k is `inconsistent`: the denominator may be another, and all within 10 of n that give the
    percent are listed. A printed count that gives another percent is an `error` in one of the two.
    Raises StatsError for a percent outside 0 to 100, n below 1, or a count above n.
    """
    printed, n = read_number(percent, "percent"), checks.whole(n, "n", 1)
    if not 0 <= printed.value <= 100:
        raise StatsError(f"percent is {percent!r}; expected a number from 0 to 100.")
    steps = [f"{printed.text} % of {n} is {show(float(printed.value * n / 100))}"]
    if count is not None:
        count = checks.whole(count, "count", 0)
        if count > n:
            raise StatsError(f"count is {count} of {n}; expected no more than n.")

    def of(size: int) -> Reading:
        return _nearest_percent(printed, size) if count is None else _percent(printed, count, size)

    expected, others = of(n), []
    if not expected.fits:
        others += [] if count is None else [_nearest_percent(printed, n)]
        near = range(max(1, count or 0, n - NEAR), n + NEAR + 1)
        others += [reading for size in near if (reading := of(size)).fits]
    steps += [f"{reading.words} is {show(reading.value)} %" for reading in (expected, *others)]
    failed = "inconsistent" if count is None else "error"
    verdict = "consistent" if expected.fits else failed
    return Check("percent_of_n", percent, (expected,), "rounding of the percent", verdict, tuple(others), tuple(steps))


def share_excluded(printed: str, n: int, items: int = 1, percent: bool = False) -> float:
    """Return the share of all values with so many decimals that cannot arise: 1 - n items / 10^decimals, at least 0.

    For a percent the decimals of the proportion count, two more. It is the chance that GRIM, or the check of a percent,
    catches a figure made up at random. Raises StatsError for text that is no number, n or items below 1.
    """
    parts = checks.whole(n, "n", 1) * checks.whole(items, "items", 1)
    unit = 2 * read_number(printed, "printed").half / (100 if percent else 1)
    return float(max(Fraction(0), 1 - parts * unit))


def grim(mean: str, n: int, grain: str, items: int = 1) -> Check:
    """Ask whether a printed mean of n persons is k / (n items) for a whole k; `items` whole scores make one person's.

    Raises NotGranular unless `grain` is one of GRAINS, StatsError for a mean that is not text, or n or items below 1.
    """
    _refuse_unless_granular(grain, GRAINS)
    printed, parts = read_number(mean, "mean"), checks.whole(n, "n", 1) * checks.whole(items, "items", 1)
    total = round(printed.value * parts)
    value = float(Fraction(total, parts))
    fits = bool(_sums(printed, parts))
    reading = Reading(f"{total} / {parts}", value, value, value, fits)
    excluded = share_excluded(mean, n, items)
    steps = (
        f"{printed.text} x {parts} = {show(float(printed.value * parts))}; the nearest whole sum gives {show(value)}",
        f"{excluded:.0%} of all means with so many decimals cannot arise",
    )
    return Check("grim", mean, (reading,), _ROUNDING, "consistent" if fits else "inconsistent", (), steps)


def grimmer(mean: str, sd: str, n: int, grain: str, items: int = 1) -> Check:
    """Ask whether a printed mean and SD of n persons can arise together from whole numbers.

    With whole scores of sum S and sum of squares Q (each person's score being the sum of `items`), SD^2 = (Q - S^2/n) /
    ((n - 1) items^2). S must pass GRIM. Q must be whole, odd or even as S is, and no smaller than the squares of the
    most even split of S. Passing does not prove that such data exist.
    Raises NotGranular unless `grain` is one of GRAINS, StatsError for text that is no number, an SD below 0, n below 2,
    items below 1, or n items above 100,000.
    """
    _refuse_unless_granular(grain, GRAINS)
    centre, spread = read_number(mean, "mean"), read_number(sd, "sd")
    n, items = checks.whole(n, "n", 2), checks.whole(items, "items", 1)
    if spread.value < 0:
        raise StatsError(f"sd is {sd!r}; expected 0 or more.")
    if n * items > _LARGEST_GRIMMER:
        raise StatsError(f"n x items is {n * items}; expected at most {_LARGEST_GRIMMER}.")
    sums = _sums(centre, n * items)
    found = next((possible for total in sums if (possible := _square_sums(total, spread, n, items))), None)
    if not sums:
        outcome = "no whole sum gives the mean"
    elif found is None:
        outcome = f"no whole sum of squares gives the SD with a sum from {sums[0]} to {sums[-1]}"
    else:
        outcome = f"a sum of squares of {found[0]} gives the SD"
    fits = found is not None
    reading = Reading("mean and SD", outcome, None, None, fits)
    printed = f"{centre.text} ({spread.text})"
    return Check("grimmer", printed, (reading,), _ROUNDING, "consistent" if fits else "inconsistent", (), (outcome,))


def debit(mean: str, sd: str, n: int, grain: str) -> Check:
    """Hold the SD of yes-or-no data against their mean: SD = sqrt(n / (n - 1) m (1 - m)).

    Raises NotGranular unless `grain` is "binary", StatsError for a mean outside 0 to 1, an SD below 0, or n below 2.
    """
    _refuse_unless_granular(grain, ("binary",))
    centre, spread, n = read_number(mean, "mean"), read_number(sd, "sd"), checks.whole(n, "n", 2)
    if not 0 <= centre.value <= 1:
        raise StatsError(f"mean is {mean!r}; expected a proportion from 0 to 1.")
    if spread.value < 0:
        raise StatsError(f"sd is {sd!r}; expected 0 or more.")
    ends = [max(Fraction(0), centre.value - centre.half), min(Fraction(1), centre.value + centre.half)]
    # The SD is largest at a mean of one half.
    turns = [Fraction(1, 2)] if ends[0] < Fraction(1, 2) < ends[1] else []
    value, *sds = (math.sqrt(Fraction(n, n - 1) * m * (1 - m)) for m in (centre.value, *ends, *turns))
    fits = spread.overlaps(min(sds), max(sds))
    reading = Reading("SD of the proportion", value, min(sds), max(sds), fits)
    step = f"sqrt({n} / {n - 1} x {centre.text} x (1 - {centre.text})) = {show(value)}"
    verdict = "consistent" if fits else "inconsistent"
    return Check("debit", f"{centre.text} ({spread.text})", (reading,), _ROUNDING, verdict, (), (step,))


def _refuse_unless_granular(grain: str, allowed: tuple[str, ...]) -> None:
    if grain not in allowed:
        raise NotGranular(
            f"grain is {grain!r}; expected one of {', '.join(allowed)}. A measured value such as a concentration in "
            "pg/ml has no smallest unit: any mean can arise, and the check would prove nothing."
        )


def _percent(printed: Printed, count: int, size: int) -> Reading:
    exact = Fraction(100 * count, size)
    value = float(exact)
    return Reading(f"{count} of {size}", value, value, value, abs(exact - printed.value) <= printed.half)


def _nearest_percent(printed: Printed, size: int) -> Reading:
    return _percent(printed, round(printed.value * size / 100), size)


def _sums(printed: Printed, parts: int) -> range:
    """Return the whole sums of which the mean over so many parts rounds to the printed one."""
    low, high = (printed.value + sign * printed.half for sign in (-1, 1))
    return range(math.ceil(low * parts), math.floor(high * parts) + 1)


def _square_sums(total: int, spread: Printed, n: int, items: int) -> range:
    """Return the sums of squares that go with this sum and round to the printed SD."""
    least, most = (
        (n - 1) * items**2 * edge**2 + Fraction(total**2, n)
        for edge in (max(Fraction(0), spread.value - spread.half), spread.value + spread.half)
    )
    each, rest = divmod(total, n)
    first = max(math.ceil(least), n * each**2 + rest * (2 * each + 1))
    # A number and its square are both odd or both even, and so are the two sums.
    return range(first + (first - total) % 2, math.floor(most) + 1, 2)
