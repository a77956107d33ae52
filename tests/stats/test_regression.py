import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import fsum, matrix, mp, mpf, sqrt

from il6review.stats.errors import StatsError
from il6review.stats.pooling import METHODS, fit
from il6review.stats.regression import meta_regression, subgroup_contrast

INTERVALS = {"z": "wald", "knha": "knapp_hartung"}
Y, V, X = [0.1, 0.9, 0.4, 1.3, 0.2], [0.1, 0.1, 0.2, 0.3, 0.15], [1, 2, 4, 3, 7]


def regressions(reference):
    content = reference("regression_metafor")
    for case in content["regressions"]:
        data, names = content["data"][case["data"]], case["moderators"]
        moderators = [data[name] for name in names]
        interval = INTERVALS[case["test"]]
        yield data, moderators, meta_regression(data["y"], data["v"], moderators, names, case["method"], interval), case


def test_regressions_agree_with_metafor_for_every_estimator(reference):
    columns = {
        "estimate": "beta",
        "se": "se",
        "ci_low": "ci_lb",
        "ci_high": "ci_ub",
        "statistic": "stat",
        "p": "pval",
    }
    numbers = {"tau2": "tau2", "qm": "QM", "qm_p": "QMp", "qe": "QE", "qe_p": "QEp"}
    methods = set()
    for _, _, result, case in regressions(reference):
        methods.add(case["method"])
        assert [coefficient.name for coefficient in result.coefficients] == ["intercept", *case["moderators"]]
        # metafor does not centre: with years as they are it keeps nine digits.
        for ours, theirs in columns.items():
            values = [getattr(coefficient, ours) for coefficient in result.coefficients]
            assert values == pytest.approx(case[theirs], rel=2e-9, abs=0), (ours, case)
        for ours, theirs in numbers.items():
            assert getattr(result, ours) == pytest.approx(case[theirs], rel=2e-9, abs=1e-12), (ours, case)
        if result.r2 is None:
            assert case["method"] == "EE"
        else:
            assert result.r2 == pytest.approx(case["R2"], rel=2e-9, abs=1e-9)
        assert (result.k, result.qm_df) == (len(result.coefficients) + result.qe_df, len(case["moderators"]))
    assert methods == set(METHODS)


def exact_coefficients(y, v, moderators, tau2):
    """Solve the normal equations with 50 digits and return estimates and standard errors."""
    w = [1 / (mpf(x) + mpf(tau2)) for x in v]
    rows = [[mpf(1), *map(mpf, row)] for row in zip(*moderators, strict=True)]
    places = range(len(rows[0]))
    cross = matrix([[fsum(a * r[i] * r[j] for a, r in zip(w, rows, strict=True)) for j in places] for i in places])
    inverse = cross**-1
    right = [fsum(a * r[i] * mpf(value) for a, r, value in zip(w, rows, y, strict=True)) for i in places]
    for i in places:
        yield float(fsum(inverse[i, j] * right[j] for j in places)), float(sqrt(inverse[i, i]))


@mp.workdps(50)
def test_coefficients_agree_with_50_digit_arithmetic_to_12_digits(reference):
    for data, moderators, result, case in regressions(reference):
        if case["test"] == "z":
            exact = list(exact_coefficients(data["y"], data["v"], moderators, result.tau2))
            found = [(coefficient.estimate, coefficient.se) for coefficient in result.coefficients]
            assert found == [pytest.approx(pair, rel=1e-12, abs=0) for pair in exact], case


@mp.workdps(50)
def test_numbers_far_from_0_keep_their_digits():
    y, x = [1e6 + value for value in Y], [1e8 + value for value in X]
    result = meta_regression(y, V, [x], ["x"], interval="wald")
    (_, slope) = exact_coefficients(y, V, [x], result.tau2)
    assert result.coefficients[1].estimate == pytest.approx(slope[0], rel=1e-13, abs=0)
    assert result.coefficients[1].se == pytest.approx(slope[1], rel=1e-13, abs=0)


def test_the_residual_tau2_of_paule_and_mandel_brings_q_to_its_degrees_of_freedom(reference):
    for data, moderators, result, case in regressions(reference):
        if case["method"] == "PM" and result.tau2 > 0:
            widened = [v + result.tau2 for v in data["v"]]
            scaled = meta_regression(data["y"], widened, moderators, case["moderators"], "EE")
            assert scaled.qe == pytest.approx(result.qe_df, rel=1e-11)


@given(st.floats(-1e5, 1e5), st.floats(-1e3, 1e3), st.sampled_from(METHODS))
def test_a_shift_of_moderator_and_estimates_moves_the_intercept_alone(shift, lift, method):
    here = meta_regression(Y, V, [X], ["dose"], method)
    there = meta_regression([y + lift for y in Y], V, [[x + shift for x in X]], ["dose"], method)
    assert there.coefficients[1].estimate == pytest.approx(here.coefficients[1].estimate, rel=1e-8)
    assert there.coefficients[1].se == pytest.approx(here.coefficients[1].se, rel=1e-8)
    slope = here.coefficients[1].estimate
    expected = here.coefficients[0].estimate + lift - slope * shift
    assert there.coefficients[0].estimate == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_a_moderator_that_explains_everything_leaves_nothing():
    result = meta_regression([2 * x for x in X], V, [X], ["dose"], interval="wald")
    assert result.coefficients[1].estimate == pytest.approx(2, rel=1e-13)
    assert result.tau2 == 0
    assert result.r2 == 100
    with pytest.raises(StatsError, match="All estimates lie on the fit"):
        meta_regression([2 * x + 1 for x in X], V, [X], ["dose"])


def test_without_heterogeneity_there_is_no_share_explained():
    result = meta_regression([0.30, 0.31, 0.32, 0.30, 0.31], V, [X], ["dose"], "DL")
    assert (result.tau2, result.r2) == (0, None)


@pytest.mark.parametrize(
    ("moderators", "names", "message"),
    [
        ([], [], "moderators has 0 rows; expected at least 1"),
        ([X], [], "differ in length"),
        ([X, X], ["a", "a"], "names, row 2, is 'a'"),
        ([X], ["intercept"], "names, row 1, is 'intercept'"),
        ([X], [""], "names, row 1, is ''"),
        ([X], [3], "names, row 1, is 3"),
        ([X[:4]], ["dose"], r"estimates 5, dose 4 rows"),
        ([[1, 2, None, 4, 5]], ["dose"], "dose, row 3, is None"),
        ([[1, 2, math.inf, 4, 5]], ["dose"], "dose, row 3, is inf"),
        ([[7] * 5], ["dose"], "'dose' is constant or a combination"),
        ([X, [2 * x + 1 for x in X]], ["a", "b"], "'b' is constant or a combination"),
        ([X, [x**2 for x in X], [x**3 for x in X], [x**4 for x in X]], list("abcd"), "5 studies for 5 coefficients"),
    ],
)
def test_bad_moderators_are_refused(moderators, names, message):
    with pytest.raises(StatsError, match=message):
        meta_regression(Y, V, moderators, names)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"method": "REMLL"}, "Did you mean 'REML'"),
        ({"interval": "t"}, "expected one of wald, knapp_hartung"),
        ({"confidence": 95}, "confidence is 95"),
    ],
)
def test_an_unknown_choice_is_refused(choice, message):
    with pytest.raises(StatsError, match=message):
        meta_regression(Y, V, [X], ["dose"], **choice)


@given(
    st.lists(st.tuples(st.floats(), st.floats(), st.floats()), max_size=5),
    st.sampled_from(METHODS),
    st.sampled_from(sorted(INTERVALS.values())),
)
def test_any_input_gives_finite_numbers_or_a_named_error(rows, method, interval):
    y, v, x = ([row[place] for row in rows] for place in range(3))
    try:
        result = meta_regression(y, v, [x], ["x"], method, interval)
    except StatsError:
        return
    for coefficient in result.coefficients:
        assert all(math.isfinite(value) for name, value in vars(coefficient).items() if name != "name")
    assert all(map(math.isfinite, (result.tau2, result.qm, result.qm_p, result.qe, result.qe_p)))


def test_subgroups_agree_with_metafor(reference):
    content = reference("regression_metafor")
    data = content["data"]["bcg"]
    for case in content["subgroups"]:
        interval = INTERVALS[case["test"]]
        result = subgroup_contrast(data["y"], data["v"], data["alloc"], interval=interval, tau2=case["tau2"])
        assert [group.group for group in result.subgroups] == case["groups"]
        columns = {"estimate": "estimate", "se": "se", "ci_low": "ci_lb", "ci_high": "ci_ub", "tau2": "tau2_values"}
        for ours, theirs in columns.items():
            values = [getattr(group, ours) for group in result.subgroups]
            assert values == pytest.approx(case[theirs], rel=1e-10, abs=0), (ours, case)
        assert result.q == pytest.approx(case["q"], rel=1e-10, abs=0)
        assert result.p == pytest.approx(case["p"], rel=1e-10, abs=0)
        by_f = case["tau2"] == "common" and case["test"] == "knha"
        assert (result.df, result.df_residual) == (2, 10 if by_f else None)
        assert [group.k for group in result.subgroups] == [data["alloc"].count(name) for name in case["groups"]]


def test_separate_subgroups_are_pooled_like_any_studies():
    groups = ["a", "b", "a", "b", "b"]
    result = subgroup_contrast(Y, V, groups, "PM", "t", 0.9)
    alone = fit([Y[0], Y[2]], [V[0], V[2]], "PM", "t", 0.9)
    first = result.subgroups[0]
    assert (first.group, first.estimate, first.ci_low, first.k) == ("a", alone.estimate, alone.ci_low, 2)


def test_a_common_tau2_allows_a_subgroup_of_one_study():
    groups = [1, 2, 2, 2, 2]
    assert subgroup_contrast(Y, V, groups, tau2="common").subgroups[0].k == 1
    with pytest.raises(StatsError, match="Subgroup 1: One study cannot be pooled"):
        subgroup_contrast(Y, V, groups)


@pytest.mark.parametrize(
    ("groups", "choice", "message"),
    [
        (["a"] * 5, {}, "All studies are in the subgroup 'a'"),
        (["a", "b"], {}, "groups has 2 rows; expected 5"),
        (["a", "b", "", "a", "b"], {}, "groups, row 3, is ''"),
        (["a", "b", None, "a", "b"], {}, "groups, row 3, is None"),
        (["a", "b", "a", "a", "b"], {"tau2": "shared"}, "tau2 is 'shared'"),
        (["a", "b", "a", "a", "b"], {"tau2": "common", "interval": "t"}, "interval is 't'"),
        (["a", "b", "a", "a", "b"], {"method": "XX"}, "Subgroup 'a': method is 'XX'"),
    ],
)
def test_bad_subgroups_are_refused(groups, choice, message):
    with pytest.raises(StatsError, match=message):
        subgroup_contrast(Y, V, groups, **choice)


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("regression") == {("confidence", 0.95)}
