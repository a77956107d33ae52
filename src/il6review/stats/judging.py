"""Judging a printed p value: is it what its statistic gives, at the precision in which both are printed?

The logic is that of statcheck (Nuijten et al. 2016, Behavior Research Methods 48:1205-1226), with two kinds of
near miss told apart from plain errors: a value cut off or rounded up, and a one-sided p.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from il6review.stats import checks
from il6review.stats.distributions import chi2_sf, f_sf, normal_cdf, t_sf
from il6review.stats.errors import StatsError
from il6review.stats.p_values import PrintedP, p_from_r, parse_p

_STATISTIC = re.compile(r"[+-]?(?:\d+|\d*\.(\d{1,12}))")
_LAST_NUMBER = re.compile(r"(\d+|\d*\.\d+)(?:e([+-]?\d+))?$", re.IGNORECASE)
# Number of degrees of freedom, whether the test has a one-sided form, and p from the size of the statistic.
_TESTS: dict[str, tuple[int, bool, Callable[..., float]]] = {
    "t": (1, True, lambda t, df: 2 * t_sf(t, df)),
    "z": (0, True, lambda z: 2 * normal_cdf(-z)),
    "r": (1, True, lambda r, df: p_from_r(r, df + 2).p),
    "F": (2, False, lambda f, df1, df2: f_sf(f, df1, df2)),
    "chi2": (1, False, lambda chi2, df: chi2_sf(chi2, df)),
}


@dataclass(frozen=True)
class RecomputedP:
    """A p computed again, and the range in which it lies if the statistic it rests on was rounded.

    `directional` says whether the test has a one-sided form with half the p: t, z and r have, F and chi-square
    have not. A p of 0 is one too small for a double.
    """

    p: float
    p_low: float
    p_high: float
    directional: bool

    def __post_init__(self) -> None:
        """Raise StatsError unless 0 <= p_low <= p <= p_high <= 1."""
        low, p, high = (checks.probability(getattr(self, name), name) for name in ("p_low", "p", "p_high"))
        if not low <= p <= high:
            raise StatsError(f"p is {p} in a range from {low} to {high}; expected p_low <= p <= p_high.")

    def one_sided(self) -> "RecomputedP":
        """Return the p of the one-sided test in the direction seen: half, or the same if there is none."""
        if not self.directional:
            return self
        return RecomputedP(self.p / 2, self.p_low / 2, self.p_high / 2, False)


@dataclass(frozen=True)
class Judgement:
    """A printed p beside the recomputed one, with the verdict as `judge_p` explains it.

    `tolerance` is half a unit of the last printed digit, 0 for an inequality. `crosses_alpha` says that the p
    is not reproduced and that the printed and the recomputed value lie on two sides of alpha.
    """

    verdict: str
    printed: PrintedP
    recomputed: RecomputedP
    tolerance: float
    crosses_alpha: bool
    note: str


def recompute_p(kind: str, statistic: str, *dfs: float) -> RecomputedP:
    """Return the p of a printed statistic, and the range of p over all values that round to it.

    `kind` is "t" (one df), "z" (none), "r" (one df, n - 2), "F" (two) or "chi2" (one); `statistic` is the text
    as printed, for its digits carry its precision: "2.20" may be anything from 2.195 to 2.205.

    Raises StatsError for an unknown kind, text that is no number of at most 12 decimals, a negative F or
    chi-square, r of 1 or beyond, and a wrong number of dfs or one outside 1 to a thousand million.
    """
    df_count, directional, tail = _TESTS[checks.known(kind, "kind", _TESTS)]
    if len(dfs) != df_count:
        raise StatsError(f"{kind} has {len(dfs)} degrees of freedom; expected {df_count} of them.")
    dfs = [_degrees(df, f"df{position}") for position, df in enumerate(dfs, 1)]
    match = _STATISTIC.fullmatch(statistic.strip().replace("\u2212", "-")) if isinstance(statistic, str) else None
    if not match:
        raise StatsError(f"statistic is {statistic!r}; expected text as printed, such as '2.20' or '-0.35'.")
    value = checks.number(float(match[0]), "statistic")
    if kind == "r":
        checks.correlation(value, "statistic")
    if value < 0 and not directional:
        raise StatsError(f"statistic is {statistic}; expected 0 or more for {kind}.")
    size, half = abs(value), 0.5 / 10 ** len(match[1] or "")
    low, p, high = sorted(tail(x, *dfs) for x in (size + half, size, max(0.0, size - half)))
    return RecomputedP(p, low, high, directional)


def judge_p(printed: str | PrintedP, recomputed: float | RecomputedP, *, alpha: float = 0.05) -> Judgement:
    """Judge a printed p against the recomputed two-sided one, at the precision in which it is printed.

    - reproduced: the recomputed p rounds to the printed digits (a tie may go either way: "0.044" holds 0.0435 to
      0.0445), or the printed inequality holds. NS is read as "> alpha", a printed zero as a rounded value.
    - rounding: it lies less than one unit of the last printed digit away, so it was cut off or rounded up.
    - one_sided: half of it is reproduced, and the test has a one-sided form.
    - error: none of these. decision_error: an error with the printed and the recomputed p on two sides of alpha,
      where p = alpha counts as significant.

    A plain number is taken as the exact p of a test that has a one-sided form; for F and chi-square, or where the
    statistic was rounded, give what `recompute_p` returns: one value of its range that fits is enough. A PrintedP
    is judged by its text.

    Raises StatsError for a printed p that cannot be read, a recomputed p outside [0, 1], alpha outside (0, 1).
    """
    printed = parse_p(printed.text if isinstance(printed, PrintedP) else printed)
    alpha = checks.fraction(alpha, "alpha")
    if not isinstance(recomputed, RecomputedP):
        p = checks.probability(recomputed, "recomputed")
        recomputed = RecomputedP(p, p, p, True)
    value, unit = _value_and_unit(printed)
    crosses = _significant(printed, alpha) not in (None, recomputed.p <= alpha)
    half, shown, text = recomputed.one_sided(), f"{recomputed.p:.3g}", printed.text.strip()
    if _fits(printed, recomputed, alpha):
        verdict, crosses, note = "reproduced", False, f"{shown} agrees with the printed {text}"
    elif _distance(recomputed, value) < unit:
        verdict, note = "rounding", f"{shown} lies within one unit of the last digit of the printed {text}"
    elif _fits(printed, half, alpha):
        verdict, note = "one_sided", f"half of {shown}, {half.p:.3g}, agrees with the printed {text}"
    else:
        verdict, note = "decision_error" if crosses else "error", f"{shown} does not fit the printed {text}"
    if crosses:
        note += f"; unlike the printed p it is {'' if recomputed.p <= alpha else 'not '}significant at {alpha:g}"
    return Judgement(verdict, printed, recomputed, float(unit / 2), crosses, note + ".")


def _degrees(df: object, name: str) -> float:
    checked = checks.number(df, name)
    if not 1 <= checked <= checks.LARGEST_SIZE:
        raise StatsError(f"{name} is {df}; expected degrees of freedom from 1 to {checks.LARGEST_SIZE}.")
    return checked


def _value_and_unit(printed: PrintedP) -> tuple[Fraction, Fraction]:
    """Return the printed value and one unit of its last digit; the unit is 0 for an inequality and NS.

    Without decimals only 1 can be printed; it stands for 1.0, so its unit is 0.1.
    """
    match = _LAST_NUMBER.search(printed.text.strip())
    if not match:
        return Fraction(0), Fraction(0)
    digits, exponent = match[1], int(match[2] or 0)
    value = Fraction(digits) * Fraction(10) ** exponent
    if printed.operator != "=" and value:
        return value, Fraction(0)
    return value, min(Fraction(1, 10), Fraction(10) ** (exponent - len(digits.partition(".")[2])))


def _fits(printed: PrintedP, recomputed: RecomputedP, alpha: float) -> bool:
    """Say whether some p of the recomputed range agrees with the printed one."""
    value, unit = _value_and_unit(printed)
    if unit:
        return _distance(recomputed, value) <= unit / 2
    low, high = recomputed.p_low, recomputed.p_high
    if printed.operator == "NS":
        return high > alpha
    bound = printed.value
    return {"<": low < bound, "<=": low <= bound, ">": high > bound, ">=": high >= bound}[printed.operator]


def _distance(recomputed: RecomputedP, value: Fraction) -> Fraction:
    """Return how far a value lies outside the recomputed range, in exact decimal arithmetic."""
    low, high = Fraction(repr(recomputed.p_low)), Fraction(repr(recomputed.p_high))
    return max(low - value, value - high, Fraction(0))


def _significant(printed: PrintedP, alpha: float) -> bool | None:
    """Say whether the printed p claims significance; None if an inequality leaves it open."""
    if printed.operator == "=":
        return printed.value <= alpha
    if printed.operator.startswith("<"):
        return True if printed.value <= alpha else None
    return False if printed.value is None or printed.value >= alpha else None
