import math

import pytest
from mpmath import diag, log, matrix, mp, mpf, sqrt

from il6review.stats.errors import StatsError
from il6review.stats.least_squares import (
    Lines,
    Mean,
    cholesky,
    inverse_of_triangle,
    solve_at,
    weighted_squares,
)

Y, V = [0.1, 0.9, 0.4, 1.3, 0.2], [0.1, 0.4, 0.2, 0.3, 0.15]
ONES, DOSE, YEAR = [1.0] * 5, [1.0, 2.0, 4.0, 3.0, 7.0], [1948.0, 1980.0, 1949.0, 1953.0, 1972.0]
MODELS = {
    "mean": (Mean(Y, V), [ONES]),
    "mean as a line": (Lines(Y, [ONES], ["intercept"]), [ONES]),
    "one moderator": (Lines(Y, [ONES, DOSE], ["intercept", "dose"]), [ONES, DOSE]),
    "two moderators": (Lines(Y, [ONES, DOSE, YEAR], ["intercept", "dose", "year"]), [ONES, DOSE, YEAR]),
    "no intercept": (Lines(Y, [DOSE, YEAR], ["dose", "year"]), [DOSE, YEAR]),
}


@pytest.mark.parametrize("tau2", [0.0, 0.25])
@pytest.mark.parametrize("name", MODELS)
@mp.workdps(50)
def test_a_fit_agrees_with_the_normal_equations_in_50_digits(name, tau2):
    model, columns = MODELS[name]
    weights, solution = solve_at(model, V, tau2)
    w = diag([1 / (mpf(v) + mpf(tau2)) for v in V])
    x, y = matrix(columns).T, matrix(Y)
    covariance = (x.T * w * x) ** -1
    b = covariance * x.T * w * y
    residuals = y - x * b
    hat = x * covariance * x.T * w

    def exactly(values):
        return pytest.approx([float(value) for value in values], rel=1e-12, abs=1e-14)

    assert model.columns == len(columns)
    assert weights == exactly(w[i, i] for i in range(5))
    assert solution.coefficients == exactly(b)
    assert solution.ses() == exactly(sqrt(covariance[i, i]) for i in range(len(columns)))
    assert list(solution.residuals) == exactly(residuals)
    assert list(solution.free) == exactly(1 - hat[i, i] for i in range(5))
    assert [solution.log_determinant()] == exactly([-log(mp.det(covariance))])
    assert [weighted_squares(weights, solution)] == exactly([(residuals.T * w * residuals)[0]])
    root = solution.root
    assert [math.fsum(map(math.prod, zip(a, b, strict=True))) for a in root for b in root] == exactly(covariance)
    if name != "no intercept":
        total = sum(w[i, i] for i in range(5))
        mean = sum(w[i, i] * y[i] for i in range(5)) / total
        about_the_mean = sum(w[i, i] * (y[i] - mean) ** 2 for i in range(5))
        explained = about_the_mean - (residuals.T * w * residuals)[0]
        assert [math.fsum(part**2 for part in solution.parts[1:])] == exactly([explained])


def test_the_leverage_of_a_study_that_dominates_keeps_its_digits():
    weights, solution = solve_at(Mean([5.0, 1.0, 2.0], [1e-20, 1.0, 1.0]), [1e-20, 1.0, 1.0], 0.0)
    assert weights[0] == pytest.approx(1e20, rel=1e-15)
    assert solution.free[0] == pytest.approx(2e-20, rel=1e-14, abs=0)
    assert solution.residuals[0] == pytest.approx(7e-20, rel=1e-14, abs=0)
    assert solution.parts == pytest.approx([5e10], rel=1e-14)


@pytest.mark.parametrize("extra", [1e-9, -1e-9])
def test_columns_that_differ_in_the_ninth_digit_are_told_apart(extra):
    nearly = [*DOSE[:4], DOSE[4] + extra * 10]
    solution = Lines(Y, [DOSE, nearly], ["dose", "nearly"]).solve(ONES)
    assert all(map(math.isfinite, solution.coefficients))


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ([ONES, [3.0] * 5], "second"),
        ([ONES, DOSE, [2 * value + 1 for value in DOSE]], "third"),
        ([DOSE, [*DOSE[:4], 7 + 1e-10]], "second"),
    ],
)
def test_a_column_that_says_nothing_new_is_refused_by_name(columns, named):
    names = ["first", "second", "third"][: len(columns)]
    with pytest.raises(StatsError, match=f"'{named}' is constant or a combination"):
        Lines(Y, columns, names).solve(ONES)


@mp.workdps(50)
def test_a_triangle_and_its_inverse_rebuild_the_matrix():
    rows = [[4.0, 1.5, -0.5], [1.5, 3.0, 0.7], [-0.5, 0.7, 2.0]]
    triangle = cholesky(rows)
    full = matrix([[*row, *[0.0] * (3 - len(row))] for row in triangle])
    assert [float(value) for value in full * full.T] == pytest.approx(list(matrix(rows)), rel=1e-14)
    inverse = matrix(inverse_of_triangle(triangle))
    assert [float(value) for value in inverse * inverse.T] == pytest.approx(list(matrix(rows) ** -1), rel=1e-14)


@pytest.mark.parametrize("rows", [[[1.0, 1.0], [1.0, 1.0]], [[0.0]], [[1.0, 2.0], [2.0, 1.0]]])
def test_a_matrix_that_is_not_positive_definite_is_refused(rows):
    with pytest.raises(StatsError, match="cannot be inverted in double precision"):
        cholesky(rows)
