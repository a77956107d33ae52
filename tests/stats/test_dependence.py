import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import diag, log, matrix, mp, mpf, ones

from il6review.stats.dependence import aggregate, che, shared_control_covariance
from il6review.stats.errors import StatsError
from il6review.stats.pooling import pool

Y, V, STUDIES = [0.1, 0.9, 0.4, 1.3, 0.2], [0.1, 0.1, 0.2, 0.3, 0.15], ["a", "a", "b", "c", "c"]
rows = st.lists(
    st.tuples(st.floats(-3, 3).map(lambda y: round(y, 3)), st.floats(0.01, 2), st.sampled_from(["a", "b", "c", "d"])),
    min_size=3,
    max_size=8,
).filter(lambda rows: len({y for y, _, _ in rows}) > 1 and 1 < len({s for _, _, s in rows}) < len(rows))


def covariance(v, studies, rho, tau2, omega2):
    size = range(len(v))
    result = matrix(len(v))
    for i in size:
        for j in size:
            if studies[i] == studies[j]:
                result[i, j] = (mpf(1) if i == j else mpf(rho)) * mp.sqrt(mpf(v[i]) * mpf(v[j])) + mpf(tau2)
        result[i, i] += mpf(omega2)
    return result


def restricted_log_likelihood(y, v, studies, rho, tau2, omega2):
    """Return the likelihood from the whole covariance matrix, without a shared line of code."""
    inverse = covariance(v, studies, rho, tau2, omega2) ** -1
    one, values = ones(len(y), 1), matrix([mpf(a) for a in y])
    weight = (one.T * inverse * one)[0]
    residuals = values - one * ((one.T * inverse * values)[0] / weight)
    return (log(mp.det(inverse)) - log(weight) - (residuals.T * inverse * residuals)[0]) / 2


def test_the_model_agrees_with_metafor(reference):
    # metafor's optimisers stop with about seven digits of the two variances.
    content = reference("dependence_metafor")
    for case in content["che"]:
        data = content["data"][case["data"]]
        if len(data["y"]) > 60:
            continue
        result = che(data["y"], data["v"], data["study"], case["rho"])
        found = result.estimate, result.se, result.ci_low, result.ci_high
        expected = [case[name] for name in ("estimate", "se", "ci_lb", "ci_ub")]
        assert found == pytest.approx(expected, rel=3e-6, abs=0), case
        assert (result.estimate, result.se) == pytest.approx(expected[:2], rel=1e-7, abs=0)
        assert (result.tau2, result.omega2) == pytest.approx(case["sigma2"], rel=1e-6, abs=1e-8)
        assert (result.df, result.k, result.rho) == (case["df"], len(data["y"]), case["rho"])


@pytest.mark.parametrize("name", ["made", "flat"])
@mp.workdps(30)
def test_the_variances_are_a_maximum_by_30_digit_arithmetic(reference, name):
    data = reference("dependence_metafor")["data"][name]
    y, v, studies = data["y"], data["v"], data["study"]
    for rho in (0.0, 0.5):
        result = che(y, v, studies, rho)
        step = mpf(10) ** -8
        for change in ((step, 0), (0, step)):
            above, below = (
                restricted_log_likelihood(
                    y, v, studies, rho, result.tau2 + sign * change[0], result.omega2 + sign * change[1]
                )
                for sign in (1, -1)
            )
            slope = (above - below) / (2 * step)
            value = result.tau2 if change[0] else result.omega2
            assert slope < 0 if value == 0 else abs(slope) < 1e-10


@mp.workdps(30)
def test_the_standard_error_is_cr1_of_the_whole_matrix(reference):
    data = reference("dependence_metafor")["data"]["made"]
    y, v, studies = data["y"], data["v"], data["study"]
    result = che(y, v, studies, 0.5)
    inverse = covariance(v, studies, 0.5, result.tau2, result.omega2) ** -1
    one, values = ones(len(y), 1), matrix([mpf(a) for a in y])
    row = one.T * inverse
    weight = (row * one)[0]
    estimate = (row * values)[0] / weight
    scores = diag([row[i] for i in range(len(y))]) * (values - one * estimate)
    sums = [sum(scores[i] for i in range(len(y)) if studies[i] == study) for study in set(studies)]
    m = len(sums)
    assert result.estimate == pytest.approx(float(estimate), rel=1e-13)
    expected = mp.sqrt(mpf(m) / (m - 1) * sum(total**2 for total in sums)) / weight
    assert result.se == pytest.approx(float(expected), rel=1e-12)


@settings(max_examples=12)
@given(rows, st.sampled_from([0.0, 0.4, 0.8]))
def test_no_point_of_a_grid_is_more_likely(rows, rho):
    y, v, studies = map(list, zip(*rows, strict=True))
    result = che(y, v, studies, rho)
    best = restricted_log_likelihood(y, v, studies, rho, result.tau2, result.omega2)
    for tau2 in (0, 0.03, 0.3, 3):
        for omega2 in (0, 0.03, 0.3, 3):
            assert restricted_log_likelihood(y, v, studies, rho, tau2, omega2) <= best + 1e-9


@settings(max_examples=30)
@given(rows, st.floats(0, 0.95), st.integers(-5, 5), st.floats(0.1, 10))
def test_a_shift_shifts_and_a_scale_scales(rows, rho, shift, factor):
    y, v, studies = map(list, zip(*rows, strict=True))
    here = che(y, v, studies, rho)
    there = che([factor * a + shift for a in y], [factor**2 * x for x in v], studies, rho)
    assert there.estimate == pytest.approx(factor * here.estimate + shift, rel=1e-6, abs=1e-6)
    assert there.se == pytest.approx(factor * here.se, rel=1e-5, abs=1e-7)


def test_a_wider_confidence_widens_the_interval_about_the_same_estimate():
    narrow, wide = che(Y, V, STUDIES, 0.5, 0.8), che(Y, V, STUDIES, 0.5, 0.99)
    assert narrow.estimate == wide.estimate
    assert wide.ci_low < narrow.ci_low < narrow.estimate < narrow.ci_high < wide.ci_high


def test_aggregates_agree_with_metafor(reference):
    content = reference("dependence_metafor")
    for case in content["aggregates"]:
        data = content["data"][case["data"]]
        result = aggregate(data["y"], data["v"], data["study"], case["rho"])
        assert [row.study for row in result] == case["study"]
        assert [row.estimate for row in result] == pytest.approx(case["estimate"], rel=1e-12, abs=1e-15)
        assert [row.variance for row in result] == pytest.approx(case["variance"], rel=1e-12, abs=0)
        assert [row.k for row in result] == [data["study"].count(study) for study in case["study"]]


def test_aggregating_two_equal_variances_follows_the_correlation():
    one, other = aggregate([1.0, 2.0, 5.0], [0.2, 0.2, 0.7], ["a", "a", "b"], 0.5)
    assert (one.estimate, other.estimate, other.variance) == (1.5, 5.0, 0.7)
    assert one.variance == pytest.approx(0.2 * (1 + 0.5) / 2, rel=1e-15)


def test_aggregates_can_be_pooled():
    single = aggregate(Y, V, STUDIES, 0.5)
    assert pool([row.estimate for row in single], [row.variance for row in single]).k == 3


@pytest.mark.parametrize("function", [che, aggregate])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimates": []}, "differ in length"),
        ({"estimates": [], "variances": []}, "There is no study"),
        ({"variances": [0.1, 0.1, -1, 0.3, 0.15]}, "variances, row 3,"),
        ({"estimates": [0.1, 0.9, math.nan, 1.3, 0.2]}, "estimates, row 3,"),
        ({"studies": ["a", "b"]}, "studies has 2 rows; expected 5"),
        ({"studies": ["a", "a", 1.5, "b", "b"]}, "studies, row 3, is 1.5"),
        ({"studies": ["a", "a", True, "b", "b"]}, "studies, row 3, is True"),
        ({"rho": 1}, "rho is 1; expected a correlation from 0 to below 1"),
        ({"rho": -0.1}, "rho is -0.1"),
        ({"rho": None}, "rho is None"),
    ],
)
def test_bad_rows_are_refused(function, change, message):
    with pytest.raises(StatsError, match=message):
        function(**{"estimates": Y, "variances": V, "studies": STUDIES, "rho": 0.5} | change)


@pytest.mark.parametrize(
    ("estimates", "studies", "message"),
    [
        (Y, ["a"] * 5, "All rows are of one study"),
        (Y, list("abcde"), r"Every study has one row.*use pooling.pool"),
        ([0.3] * 5, STUDIES, "All estimates are equal"),
    ],
)
def test_rows_that_the_model_cannot_take_are_refused(estimates, studies, message):
    with pytest.raises(StatsError, match=message):
        che(estimates, V, studies, 0.5)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(), st.floats(), st.sampled_from(["a", "b"])), max_size=5), st.one_of(st.floats(0, 1))
)
def test_any_input_gives_finite_numbers_or_a_named_error(rows, rho):
    y, v, studies = ([row[place] for row in rows] for place in range(3))
    try:
        result = che(y, v, studies, rho)
    except StatsError:
        return
    assert all(map(math.isfinite, vars(result).values()))


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(-1e50, 1e50), st.floats(-49.9, 49.9).map(lambda power: 10**power)), min_size=5, max_size=5
    ),
    st.floats(0, 0.99),
)
def test_numbers_far_apart_in_size_give_no_overflow(rows, rho):
    y, v = zip(*rows, strict=True)
    try:
        result = che(y, v, STUDIES, rho)
    except StatsError:
        return
    assert all(map(math.isfinite, vars(result).values()))


def test_a_correlation_so_near_1_that_nothing_is_left_is_refused():
    with pytest.raises(StatsError, match="covariances cannot be inverted"):
        che([0.1, 0.2, 0.3, 0.5, 0.9, 0.4], [0.3] * 6, ["a"] * 5 + ["b"], 1 - 2**-53)


def test_the_covariance_with_a_shared_control_is_that_of_the_control():
    first, second, control = (5.0, 1.0, 10), (6.0, 2.0, 12), (4.0, 1.5, 20)
    assert shared_control_covariance("MD", first, second, control) == pytest.approx(1.5**2 / 20, rel=1e-15)
    assert shared_control_covariance("ROM", first, second, control) == pytest.approx((1.5 / 4) ** 2 / 20, rel=1e-15)


def test_the_covariance_of_two_standardised_differences_is_gleser_and_olkins():
    # Twice the same group of a size that hides the rest: the covariance is then all of the variance.
    group, control = (5.0, 1.0, 10**8), (4.0, 1.0, 20)
    expected = 1 / 20 + 1 / (4 * 10**8)
    assert shared_control_covariance("SMD", group, group, control) == pytest.approx(expected, rel=1e-8)
    # g is J(28) (5 - 4)/1 and J(30) (6 - 4)/1, with J from the gamma function.
    j28, j30 = (math.gamma(df / 2) / math.gamma((df - 1) / 2) / math.sqrt(df / 2) for df in (28, 30))
    by_hand = 1 / 20 + j28 * 2 * j30 / (2 * 42)
    found = shared_control_covariance("SMD", (5.0, 1.0, 10), (6.0, 1.0, 12), (4.0, 1.0, 20))
    assert found == pytest.approx(by_hand, rel=1e-13)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("RR", (5, 1, 10), (6, 1, 12), (4, 1, 20)), "measure is 'RR'"),
        (("MD", (5, 1), (6, 1, 12), (4, 1, 20)), "first has 2 rows"),
        (("MD", (5, 1, 10), (6, 1, 12, 3), (4, 1, 20)), "second is .* expected"),
        (("ROM", (5, 1, 10), (6, 1, 12), (-4, 1, 20)), "expected a mean above 0"),
        (("MD", (5, 1, 10), (6, 1, 1), (4, 1, 20)), "n1 is 1"),
    ],
)
def test_bad_groups_are_refused(arguments, message):
    with pytest.raises(StatsError, match=message):
        shared_control_covariance(*arguments)


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("dependence") == {("confidence", 0.95)}
