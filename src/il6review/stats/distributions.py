"""Distributions and root finding: the only place that touches SciPy.

`scipy.special` is used rather than `scipy.stats`, whose import costs more than everything else in this
package.
"""

import math
from collections.abc import Callable

from scipy import special
from scipy.optimize import brentq

from il6review.stats.errors import NotConverged


def normal_cdf(x: float) -> float:
    """Return P(Z <= x) of the standard normal distribution."""
    return float(special.ndtr(x))


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


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return the x with P(X <= x) = p of the beta distribution."""
    return float(special.betaincinv(a, b, p))


def nct_cdf(t: float, df: float, noncentrality: float) -> float:
    """Return P(T <= t) of the noncentral t distribution. Raises NotConverged where SciPy has no value."""
    p = float(special.nctdtr(df, noncentrality, t))
    if math.isnan(p):
        raise NotConverged(f"The noncentral t distribution has no value at t = {t:g}, df = {df:g}.")
    return p


def find_root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the x in [low, high] where `function` changes sign, to the last digits of double precision.

    Brent's method. Raises NotConverged if both ends have the same sign.
    """
    try:
        return float(brentq(function, low, high, xtol=1e-300, rtol=1e-15, maxiter=2000))
    except (RuntimeError, ValueError) as error:
        raise NotConverged(f"No root between {low:g} and {high:g}: {error}.") from error
