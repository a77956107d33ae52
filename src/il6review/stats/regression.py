"""Do effects differ with a moderator, or between subgroups?

y = X b with weights w = 1 / (variance + tau2). tau2 is what the moderators leave unexplained, by any estimator of
`heterogeneity` with k - p for k - 1, where p counts the coefficients. Definitions are metafor's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from il6review.stats import checks, heterogeneity, pooling
from il6review.stats.distributions import chi2_sf, f_sf, normal_cdf, normal_quantile, t_quantile, t_sf
from il6review.stats.errors import StatsError
from il6review.stats.least_squares import Lines, solve_at, weighted_squares

_INTERVALS = ("wald", "knapp_hartung")
_TAU2 = ("separate", "common")
# Squares below this part of all squares are rounding: the estimates lie on the fit.
_EXACT = 1e-26


@dataclass(frozen=True)
class Coefficient:
    """A coefficient with its interval and two-sided test; `statistic` is estimate / se, z or t."""

    name: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    statistic: float
    p: float


@dataclass(frozen=True)
class MetaRegression:
    """A meta-regression. The first coefficient is the intercept; `tau2` is the residual heterogeneity.

    `qm`, `qm_p` test all moderators at once: chi-square with `qm_df` degrees of freedom under "wald", F with `qm_df`
    and `qe_df` under "knapp_hartung". `qe`, `qe_df`, `qe_p` test whether heterogeneity is left. `r2` is the percent
    of tau2 that the moderators account for, not below 0; None where there was no tau2 to account for.
    """

    coefficients: tuple[Coefficient, ...]
    tau2: float
    qm: float
    qm_df: int
    qm_p: float
    qe: float
    qe_df: int
    qe_p: float
    r2: float | None
    k: int
    method: str
    interval: str
    confidence: float


@dataclass(frozen=True)
class Subgroup:
    """The pooled effect of a subgroup of `k` studies."""

    group: str | int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    tau2: float
    k: int


@dataclass(frozen=True)
class SubgroupContrast:
    """Pooled effects of subgroups and the test that they are all equal.

    `q` is chi-square with `df` degrees of freedom; where `df_residual` is given, q is F with both.
    """

    subgroups: tuple[Subgroup, ...]
    q: float
    df: int
    df_residual: int | None
    p: float
    tau2: str


def meta_regression(
    estimates: Sequence[float],
    variances: Sequence[float],
    moderators: Sequence[Sequence[float]],
    names: Sequence[str],
    method: str = "REML",
    interval: str = "knapp_hartung",
    confidence: float = 0.95,
) -> MetaRegression:
    """Regress the effects on moderators, each a sequence with one number for each study, under its name.

    interval: "wald" (normal quantile, chi-square test) or "knapp_hartung" (se times sqrt(q / (k - p)), t with k - p
    degrees of freedom, F test; Knapp and Hartung 2003, Statistics in Medicine 22:2693-2710).
    r2 is 100 (tau2_0 - tau2) / tau2_0, where tau2_0 is the same estimator without moderators (Raudenbush 2009).
    Coefficients keep ten digits or more, unless columns are nearly combinations of each other.

    Raises StatsError as `pooling.fit` does; for no moderator, a moderator of another length, one that is constant or
    a combination of the others, names that are not distinct texts, and unless k > p; for "knapp_hartung" also if
    the studies lie exactly on the fit.
    """
    y, v = checks.studies(estimates, variances)
    moderators = checks.rows(moderators, "moderators", 1)
    names = checks.rows(names, "names", 0)
    checks.same_length({"moderators": moderators, "names": names})
    for place, name in enumerate(names, 1):
        if not isinstance(name, str) or name in ("", "intercept", *names[: place - 1]):
            raise StatsError(f"names, row {place}, is {name!r}; expected a text unlike the others and 'intercept'.")
    columns = [[1.0] * len(y)]
    for name, moderator in zip(names, moderators, strict=True):
        values = checks.rows(moderator, name, 0)
        checks.same_length({"estimates": y, name: values})
        columns.append([checks.number(value, f"{name}, row {row},") for row, value in enumerate(values, 1)])
    fitted = _fit(y, v, columns, ("intercept", *names), method, interval, confidence)
    qm, qm_p = fitted.test()
    before = 0.0 if method == "EE" else heterogeneity.TAU2[method](y, v)
    return MetaRegression(
        coefficients=fitted.coefficients,
        tau2=fitted.tau2,
        qm=qm,
        qm_df=len(names),
        qm_p=qm_p,
        qe=fitted.qe,
        qe_df=fitted.df,
        qe_p=chi2_sf(fitted.qe, fitted.df),
        r2=100 * max(0.0, (before - fitted.tau2) / before) if before > 0 else None,
        k=len(y),
        method=method,
        interval=interval,
        confidence=confidence,
    )


def subgroup_contrast(
    estimates: Sequence[float],
    variances: Sequence[float],
    groups: Sequence[str | int],
    method: str = "REML",
    interval: str = "knapp_hartung",
    confidence: float = 0.95,
    tau2: str = "separate",
) -> SubgroupContrast:
    """Pool each subgroup and test whether their effects are equal; subgroups keep their first order.

    tau2: "separate" pools each subgroup by `pooling.fit` with its own tau2, and q = sum((estimate - mean)^2 / se^2)
    about their mean with weights 1/se^2. "common" fits one tau2 to all by `meta_regression` on the subgroups, which
    also allows a subgroup of one study.

    Raises StatsError as `pooling.fit` does, in the message with the subgroup; for fewer than two subgroups, a label
    that is no text or whole number, and with "common" for an interval that `meta_regression` does not know.
    """
    y, v = checks.studies(estimates, variances)
    labels = checks.labels(groups, "groups", len(y))
    names = tuple(dict.fromkeys(labels))
    if len(names) < 2:
        raise StatsError(f"All studies are in the subgroup {names[0]!r}; expected at least two subgroups.")
    if checks.known(tau2, "tau2", _TAU2) == "separate":
        return _separate(y, v, labels, names, method, interval, confidence)
    members = [[float(label == name) for label in labels] for name in names]
    means = _fit(y, v, members, [str(name) for name in names], method, interval, confidence)
    columns = [[1.0] * len(y), *members[1:]]
    contrast = _fit(y, v, columns, ["intercept", *(str(name) for name in names[1:])], method, interval, confidence)
    q, p = contrast.test()
    subgroups = tuple(
        Subgroup(name, mean.estimate, mean.se, mean.ci_low, mean.ci_high, means.tau2, int(sum(member)))
        for name, mean, member in zip(names, means.coefficients, members, strict=True)
    )
    df_residual = contrast.df if interval == "knapp_hartung" else None
    return SubgroupContrast(subgroups, q, len(names) - 1, df_residual, p, tau2)


def _separate(
    y: Sequence[float],
    v: Sequence[float],
    labels: Sequence[str | int],
    names: Sequence[str | int],
    method: str,
    interval: str,
    confidence: float,
) -> SubgroupContrast:
    subgroups = []
    for name in names:
        places = [place for place, label in enumerate(labels) if label == name]
        try:
            fit = pooling.fit(
                [y[place] for place in places], [v[place] for place in places], method, interval, confidence
            )
        except StatsError as error:
            raise type(error)(f"Subgroup {name!r}: {error}") from error
        subgroups.append(Subgroup(name, fit.estimate, fit.se, fit.ci_low, fit.ci_high, fit.tau2, fit.k))
    q = heterogeneity.q_statistic([group.estimate for group in subgroups], [group.se**2 for group in subgroups])
    return SubgroupContrast(tuple(subgroups), q, len(names) - 1, None, chi2_sf(q, len(names) - 1), "separate")


@dataclass(frozen=True)
class _Fit:
    """Coefficients of any columns; `parts` as in `least_squares.Solution`, `scale` the factor of the variances."""

    coefficients: tuple[Coefficient, ...]
    parts: tuple[float, ...]
    scale: float
    tau2: float
    qe: float
    df: int
    interval: str

    def test(self) -> tuple[float, float]:
        """Return the statistic and p of the test that all coefficients after the first are 0."""
        squares, df = math.fsum(part**2 for part in self.parts[1:]), len(self.parts) - 1
        if self.interval == "wald":
            return squares, chi2_sf(squares, df)
        f = squares / self.scale / df
        return f, f_sf(f, df, self.df)


def _fit(
    y: Sequence[float],
    v: Sequence[float],
    columns: Sequence[Sequence[float]],
    names: Sequence[str],
    method: str,
    interval: str,
    confidence: float,
) -> _Fit:
    checks.known(method, "method", pooling.METHODS)
    checks.known(interval, "interval", _INTERVALS)
    tail, df = (1 - checks.fraction(confidence, "confidence")) / 2, len(y) - len(columns)
    if df < 1:
        raise StatsError(f"There are {len(y)} studies for {len(columns)} coefficients; expected more studies.")
    model = Lines(y, columns, names)
    tau2 = 0.0 if method == "EE" else heterogeneity.TAU2[method](y, v, model)
    weights, solution = solve_at(model, v, tau2)
    scale, factor = 1.0, -normal_quantile(tail)
    if interval == "knapp_hartung":
        squares = weighted_squares(weights, solution)
        if squares <= _EXACT * math.fsum(part**2 for part in solution.parts):
            raise StatsError(
                "All estimates lie on the fit, so the Knapp-Hartung standard errors would be 0; expected estimates "
                "that differ from it, or interval 'wald'."
            )
        scale, factor = squares / df, -t_quantile(tail, df)
    coefficients = []
    for name, estimate, root in zip(names, solution.coefficients, solution.ses(), strict=True):
        se = math.sqrt(scale) * root
        z = estimate / se
        p = 2 * (normal_cdf(-abs(z)) if interval == "wald" else t_sf(abs(z), df))
        coefficients.append(Coefficient(name, estimate, se, estimate - factor * se, estimate + factor * se, z, p))
    qe = weighted_squares(*solve_at(model, v, 0.0))
    return _Fit(tuple(coefficients), solution.parts, scale, tau2, qe, df, interval)
