import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.errors import StatsError
from il6review.stats.influence import baujat, cumulative, influence, leave_one_out
from il6review.stats.pooling import METHODS, pool

NAMES = {
    "residual": "rstudent",
    "dffits": "dffits",
    "cook_distance": "cook_d",
    "covariance_ratio": "cov_r",
    "tau2_deleted": "tau2_del",
    "q_deleted": "QE_del",
    "hat": "hat",
    "weight": "weight",
}
studies = st.lists(
    st.tuples(st.floats(-5, 5).map(lambda y: round(y, 3)), st.floats(0.01, 3)), min_size=3, max_size=7
).map(lambda rows: tuple(zip(*rows, strict=True)))


def cases(reference):
    content = reference("influence_metafor")
    for case in content["cases"]:
        data = content["data"][case["data"]]
        yield data["y"], data["v"], case


def test_diagnostics_agree_with_metafor_for_every_estimator(reference):
    methods = set()
    for y, v, case in cases(reference):
        results = influence(y, v, case["method"])
        methods.add(case["method"])
        for ours, theirs in NAMES.items():
            values = [getattr(result, ours) for result in results]
            assert values == pytest.approx(case[theirs], rel=1e-9, abs=1e-12), (ours, case["method"])
    assert methods == set(METHODS)


def test_diagnostics_and_leave_one_out_agree_with_metafor_on_twelve_data_sets(reference):
    for case in reference("pooling_metafor")["cases"].values():
        results = influence(case["yi"], case["vi"])
        for ours, theirs in NAMES.items():
            values = [getattr(result, ours) for result in results]
            assert values == pytest.approx(case["influence_REML"][theirs], rel=1e-8, abs=1e-10), ours
        left = leave_one_out(case["yi"], case["vi"], interval="wald")
        for ours, theirs in {"estimate": "estimate", "se": "se", "ci_low": "ci_lb", "q": "Q", "i2": "I2"}.items():
            values = [getattr(result, ours) for result in left]
            assert values == pytest.approx(case["leave1out_REML"][theirs], rel=1e-8, abs=1e-8), ours


def test_baujat_leave_one_out_and_cumulative_agree_with_metafor(reference):
    for y, v, case in cases(reference):
        method = case["method"]
        points, left = baujat(y, v, method), leave_one_out(y, v, method, "wald")
        grown = cumulative(y, v, method=method, interval="wald")
        assert [point.heterogeneity for point in points] == pytest.approx(case["baujat_x"], rel=1e-9, abs=0)
        assert [point.influence for point in points] == pytest.approx(case["baujat_y"], rel=1e-9, abs=0)
        assert [result.estimate for result in left] == pytest.approx(case["loo_estimate"], rel=1e-9, abs=0)
        assert [result.se for result in left] == pytest.approx(case["loo_se"], rel=1e-9, abs=0)
        assert [result.estimate for result in grown] == pytest.approx(case["cumul_estimate"], rel=1e-9, abs=0)
        assert [result.ci_low for result in grown] == pytest.approx(case["cumul_ci_lb"], rel=1e-9, abs=0)


def test_under_equal_effects_the_heterogeneities_sum_to_q():
    y, v = [0.1, 0.9, 0.4, 1.3], [0.1, 0.1, 0.2, 0.3]
    assert math.fsum(point.heterogeneity for point in baujat(y, v, "EE")) == pytest.approx(pool(y, v).q, rel=1e-12)


def test_studies_enter_by_their_order_and_equal_ones_by_their_rows():
    y, v = [0.1, 0.9, 0.4, 1.3], [0.1, 0.1, 0.2, 0.3]
    by_year = cumulative(y, v, order=[1998, 1993, 1998, 2004])
    assert by_year == cumulative([0.9, 0.1, 0.4, 1.3], [0.1, 0.1, 0.2, 0.3])
    assert [result.k for result in by_year] == [2, 3, 4]
    assert by_year[-1].estimate == pytest.approx(pool(y, v).estimate, rel=1e-12)


def test_options_reach_every_fit():
    y, v = [0.1, 0.9, 0.4, 1.3], [0.1, 0.1, 0.2, 0.3]
    assert leave_one_out(y, v, "PM", "t", 0.8)[3] == pool(y[:3], v[:3], "PM", "t", 0.8)
    assert cumulative(y, v, None, "PM", "t", 0.8)[1] == pool(y[:3], v[:3], "PM", "t", 0.8)


@pytest.mark.parametrize("function", [leave_one_out, baujat, influence])
def test_two_studies_leave_only_one(function):
    with pytest.raises(StatsError, match="There are 2 studies; expected at least three"):
        function([0.1, 0.2], [0.1, 0.1])


def test_an_impossible_fit_is_named_by_its_row():
    with pytest.raises(StatsError, match="Without row 2: All estimates are equal"):
        leave_one_out([0.3, 0.5, 0.3], [0.1, 0.2, 0.3])
    with pytest.raises(StatsError, match="With row 3 as number 2: All estimates are equal"):
        cumulative([0.3, 0.5, 0.3], [0.1, 0.2, 0.3], order=[1, 3, 2])


@pytest.mark.parametrize(
    ("order", "message"),
    [([1, 2], "differ in length"), ([1, None, 2], "order, row 2, is None"), ([1, 2, math.nan], "order, row 3, is nan")],
)
def test_a_bad_order_is_refused(order, message):
    with pytest.raises(StatsError, match=message):
        cumulative([0.3, 0.5, 0.4], [0.1, 0.2, 0.3], order=order)


@pytest.mark.parametrize("function", [leave_one_out, cumulative, baujat, influence])
@pytest.mark.parametrize(
    ("estimates", "variances", "message"),
    [
        ([], [], "There is no study"),
        ([0.1], [0.1], "One study cannot be pooled"),
        ([0.1, 0.2, math.nan], [1, 1, 1], "estimates, row 3,"),
        ([0.1, 0.2, 0.3], [1, 0, 1], "variances, row 2,"),
        ([0.1, 0.2, 0.3], [1, 1], "differ in length"),
    ],
)
def test_bad_studies_are_refused(function, estimates, variances, message):
    with pytest.raises(StatsError, match=message):
        function(estimates, variances)


@given(studies, st.sampled_from(METHODS))
def test_influence_is_finite_and_the_weights_sum_to_100(data, method):
    results = influence(*data, method)
    assert math.fsum(result.weight for result in results) == pytest.approx(100)
    for result in results:
        assert all(map(math.isfinite, vars(result).values()))
        assert result.cook_distance >= 0
        assert result.hat == pytest.approx(result.weight / 100)


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("influence") == {("confidence", 0.95)}
