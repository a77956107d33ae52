"""Distributions and root finding: the only place that touches SciPy.

`scipy.special` is used rather than `scipy.stats`, whose import costs more than everything else in this
package.
"""

import math
from collections.abc import Callable, Sequence

from scipy import special
from scipy.integrate import quad
from scipy.optimize import brentq

from il6review.stats.errors import NotConverged

_WIDEST = 1e50
_NEAR_ZERO = 1e-100


def normal_cdf(x: float) -> float:
    """Return P(Z <= x) of the standard normal distribution."""
    return float(special.ndtr(x))


def normal_log_cdf(x: float) -> float:
    """Return log P(Z <= x) of the standard normal distribution; finite also where P itself rounds to 0."""
    return float(special.log_ndtr(x))


def normal_density(x: float) -> float:
    """Return the density of the standard normal distribution at x."""
    return math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def normal_quantile(p: float) -> float:
    """Return the x with P(Z <= x) = p of the standard normal distribution."""
    return float(special.ndtri(p))


def t_sf(t: float, df: float) -> float:
    """Return P(T > t) of Student's t with `df` degrees of freedom (need not be whole)."""
    return float(special.stdtr(df, -t))


def t_quantile(p: float, df: float) -> float:
    """Return the t with P(T <= t) = p of Student's t."""
    return float(special.stdtrit(df, p))


def chi2_sf(x: float, df: float) -> float:
    """Return P(X > x) of chi-square."""
    return float(special.gammaincc(df / 2, x / 2))


def chi2_quantile(p: float, df: float) -> float:
    """Return the x with P(X <= x) = p of chi-square."""
    return float(2 * special.gammaincinv(df / 2, p))


def chi2_upper_quantile(p: float, df: float) -> float:
    """Return the x with P(X > x) = p of chi-square; exact also where 1 - p would round to 1."""
    return float(2 * special.gammainccinv(df / 2, p))


def f_sf(f: float, df1: float, df2: float) -> float:
    """Return P(X > f) of the F distribution with `df1` and `df2` degrees of freedom."""
    return float(special.fdtrc(df1, df2, f))


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return the x with P(X <= x) = p of the beta distribution."""
    return float(special.betaincinv(a, b, p))


def nct_cdf(t: float, df: float, noncentrality: float) -> float:
    """Return P(T <= t) of the noncentral t distribution. Raises NotConverged where SciPy has no value."""
    # Nearer to 0 SciPy gives nan; P differs from that at 0 by less than its last digit.
    p = float(special.nctdtr(df, noncentrality, 0.0 if abs(t) < _NEAR_ZERO else t))
    if math.isnan(p):
        raise NotConverged(f"The noncentral t distribution has no value at t = {t:g}, df = {df:g}.")
    return p


def nct_noncentrality(p: float, t: float, df: float) -> float:
    """Return the noncentrality under which P(T <= t) = p of the noncentral t distribution.

    Raises NotConverged if none is found.
    """

    def excess(noncentrality: float) -> float:
        return nct_cdf(t, df, noncentrality) - p

    width = 1.0
    while not excess(t - width) >= 0 >= excess(t + width):
        width *= 2
        if width > _WIDEST:
            raise NotConverged(f"No noncentrality found for t = {t:g}, df = {df:g}.")
    return find_root(excess, t - width, t + width)


def find_root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the x in [low, high] where `function` changes sign, to the last digits of double precision.

    Brent's method. Raises NotConverged if both ends have the same sign.
    """
    try:
        return float(brentq(function, low, high, xtol=1e-300, rtol=1e-15, maxiter=2000))
    except (RuntimeError, ValueError) as error:
        raise NotConverged(f"No root between {low:g} and {high:g}: {error}.") from error


def integrate(function: Callable[[float], float], points: Sequence[float]) -> float:
    """Return the integral of a function that is not negative, from the first to the last of three points or more.

    Adaptive Gauss-Kronrod quadrature (QUADPACK), split at the points between. Raises NotConverged if the
    estimated error is above 1e-9 of the result.
    """
    value, error = quad(
        function, points[0], points[-1], points=points[1:-1], epsabs=0, epsrel=1e-13, limit=500, full_output=1
    )[:2]
    if not error <= 1e-9 * value:
        raise NotConverged(f"The integral from {points[0]:g} to {points[-1]:g} was not found: {value:g} +- {error:g}.")
    return value
