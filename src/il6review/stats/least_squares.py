"""Weighted least squares of a few columns: what the estimators of tau2 and the pooled values rest on.

A model is made once from the studies and then solved under many sets of weights. `solve` takes weights that do not
rise with the variance: 1/(variance + tau2), or all 1.
"""

import math
from collections.abc import Sequence
from operator import mul
from typing import NamedTuple, Protocol

from il6review.stats.errors import StatsError

# A column that keeps less than this part of its length beside the others leaves too few digits for a coefficient.
_LEAST_PART = 1e-10


class Solution(NamedTuple):
    """Coefficients b under weights w, with what is needed of their covariance and of the residuals.

    `root` is the matrix B, by rows, with B B' = (X'WX)^-1. `parts` are the lengths of sqrt(w) y along the columns
    made orthogonal in their order: the sum of their squares after the first tests all but the first column.
    `free` is 1 - leverage of each row.
    """

    coefficients: tuple[float, ...]
    root: tuple[tuple[float, ...], ...]
    parts: tuple[float, ...]
    residuals: Sequence[float]
    free: Sequence[float]

    def ses(self) -> tuple[float, ...]:
        """Return the standard errors of the coefficients, sqrt of the diagonal of (X'WX)^-1."""
        return tuple(math.hypot(*row) for row in self.root)

    def log_determinant(self) -> float:
        """Return log det(X'WX)."""
        return -2 * math.fsum(math.log(row[place]) for place, row in enumerate(self.root))


class Model(Protocol):
    """Rows that can be fitted under any weights; `columns` counts the coefficients."""

    columns: int

    def solve(self, weights: Sequence[float]) -> Solution:
        """Return the fit under these weights."""


class Mean:
    """A common mean: sum(w y)/sum(w)."""

    columns = 1

    def __init__(self, y: Sequence[float], v: Sequence[float]) -> None:
        """Take the estimates and their variances."""
        # The mean lies near the study with the smallest variance. Distances from it stay exact where differences
        # of estimates would cancel, and its leverage is taken from the other weights.
        self._heaviest = min(range(len(v)), key=v.__getitem__)
        self._anchor = y[self._heaviest]
        self._distances = [value - self._anchor for value in y]

    def solve(self, weights: Sequence[float]) -> Solution:
        """Return the weighted mean."""
        total = math.fsum(weights)
        shift = math.fsum(map(mul, weights, self._distances)) / total
        free = [1 - weight / total for weight in weights]
        others = [*weights[: self._heaviest], *weights[self._heaviest + 1 :]]
        free[self._heaviest] = math.fsum(others) / total
        residuals = [distance - shift for distance in self._distances]
        root = math.sqrt(total)
        mean = self._anchor + shift
        return Solution((mean,), ((1 / root,),), (mean * root,), residuals, free)


class Lines:
    """Any columns, by modified Gram-Schmidt with y as the last column, as stable as Householder's (Björck 1967).

    With an intercept (a first column of ones) estimates and other columns are measured from their first value, so
    that years such as 1948 and 1980 keep their digits. `names` are those of the columns, for messages.
    """

    def __init__(self, y: Sequence[float], columns: Sequence[Sequence[float]], names: Sequence[str]) -> None:
        """Take the estimates and the columns, each with its name."""
        self.columns = len(columns)
        self._names = names
        intercept = all(value == 1 for value in columns[0])
        self._anchor = y[0] if intercept else 0.0
        self._distances = [value - self._anchor for value in y]
        self._origins = [column[0] if intercept and place else 0.0 for place, column in enumerate(columns)]
        self._columns = [
            [value - origin for value in column] for column, origin in zip(columns, self._origins, strict=True)
        ]

    def solve(self, weights: Sequence[float]) -> Solution:
        """Return the fit. Raises StatsError if a column is a combination of those before it."""
        scales = [math.sqrt(weight) for weight in weights]
        basis: list[list[float]] = []
        triangle: list[list[float]] = []
        for column, name in zip(self._columns, self._names, strict=True):
            scaled = list(map(mul, scales, column))
            rest, parts = _without(scaled, basis)
            length = math.hypot(*rest)
            if not length > _LEAST_PART * math.hypot(*scaled):
                raise StatsError(
                    f"{name!r} is constant or a combination of the other columns; expected columns that can be told "
                    "apart. Leave it out."
                )
            basis.append([value / length for value in rest])
            triangle.append([*parts, length])
        rest, parts = _without(list(map(mul, scales, self._distances)), basis)
        root = inverse_of_triangle(triangle)
        # Back from the origins of the columns to 0: only the intercept moves.
        root[0] = [
            math.fsum((value, *(-origin * row[place] for origin, row in zip(self._origins[1:], root[1:], strict=True))))
            for place, value in enumerate(root[0])
        ]
        first, *others = (math.fsum(map(mul, row, parts)) for row in root)
        return Solution(
            (self._anchor + first, *others),
            tuple(map(tuple, root)),
            tuple(parts),
            [value / scale for value, scale in zip(rest, scales, strict=True)],
            [1 - math.fsum(value**2 for value in row) for row in zip(*basis, strict=True)],
        )


def solve_at(model: Model, variances: Sequence[float], tau2: float) -> tuple[list[float], Solution]:
    """Return the weights 1/(variance + tau2) and the fit under them."""
    weights = [1 / (variance + tau2) for variance in variances]
    return weights, model.solve(weights)


def weighted_squares(weights: Sequence[float], solution: Solution) -> float:
    """Return q = sum(w residual^2)."""
    return math.fsum([w * r**2 for w, r in zip(weights, solution.residuals, strict=True)])


def cholesky(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return the rows, down to the diagonal, of the lower triangle L with L L' = the positive definite matrix.

    Raises StatsError if the matrix is singular to double precision.
    """
    triangle: list[list[float]] = []
    for place, line in enumerate(matrix):
        row: list[float] = []
        for other in triangle:
            row.append((line[len(row)] - math.fsum(map(mul, row, other))) / other[-1])
        square = math.fsum([line[place], *(-(value**2) for value in row)])
        if not square > 0:
            raise StatsError(
                "The covariances cannot be inverted in double precision; expected variances nearer to each other in "
                "size, or a smaller correlation."
            )
        row.append(math.sqrt(square))
        triangle.append(row)
    return triangle


def inverse_of_triangle(triangle: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return, by rows, the inverse of the upper triangle U whose columns are given down to the diagonal.

    Of the rows of L that `cholesky` gives, it is the B with B B' = (L L')^-1.
    """
    size = len(triangle)
    inverse = [[0.0] * size for _ in range(size)]
    for column in range(size):
        inverse[column][column] = 1 / triangle[column][column]
        for row in range(column):
            parts = [inverse[row][place] * triangle[column][place] for place in range(row, column)]
            inverse[row][column] = -math.fsum(parts) / triangle[column][column]
    return inverse


def _without(vector: list[float], basis: list[list[float]]) -> tuple[list[float], list[float]]:
    """Return the vector less its parts along the basis, and those parts."""
    parts = []
    for unit in basis:
        part = math.fsum(map(mul, unit, vector))
        parts.append(part)
        vector = [value - part * along for value, along in zip(vector, unit, strict=True)]
    return vector, parts
