import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.errors import StatsError
from il6review.stats.pooling import INTERVALS, METHODS, Fit, fit, pool

studies = st.lists(
    st.tuples(st.floats(-5, 5).map(lambda y: round(y, 3)), st.floats(0.001, 3)), min_size=2, max_size=12
).filter(lambda rows: len({y for y, _ in rows}) > 1)
methods = st.sampled_from(METHODS)
intervals = st.sampled_from(sorted(INTERVALS))
METAFOR_TESTS = {"z": "wald", "t": "t", "knha": "knapp_hartung", "adhoc": "knapp_hartung_floor"}


@pytest.mark.parametrize("method", METHODS)
def test_estimate_and_both_standard_errors_agree_with_50_digit_arithmetic_to_12_digits(reference, method):
    data = reference("pooling_metafor")["cases"]
    for name, case in reference("pooling_oracle")["cases"].items():
        y, v = data[name]["yi"], data[name]["vi"]
        wald, knapp_hartung = pool(y, v, method, "wald"), pool(y, v, method, "knapp_hartung")
        exact = case[method]
        assert wald.estimate == knapp_hartung.estimate == pytest.approx(float(exact["mu"]), rel=1e-12, abs=0)
        assert wald.tau2 == pytest.approx(float(exact["tau2"]), rel=1e-12, abs=0)
        assert wald.se == pytest.approx(float(exact["se"]), rel=1e-12, abs=0)
        assert knapp_hartung.se == pytest.approx(float(exact["se_knha"]), rel=1e-12, abs=0)
        assert wald.q == pytest.approx(float(case["Q"]), rel=1e-12, abs=0)


@pytest.mark.parametrize("method", METHODS)
def test_hard_data_agree_with_50_digit_arithmetic(reference, method):
    for case in reference("exact")["pooling"]:
        wald, knapp_hartung = (pool(case["yi"], case["vi"], method, interval) for interval in ("wald", "knapp_hartung"))
        exact = case[method]
        assert wald.estimate == pytest.approx(float(exact["mu"]), rel=1e-12, abs=0), case["name"]
        assert wald.se == pytest.approx(float(exact["se"]), rel=1e-12, abs=0), case["name"]
        assert knapp_hartung.se == pytest.approx(float(exact["se_knha"]), rel=1e-12, abs=0), case["name"]


@pytest.mark.parametrize("method", METHODS)
def test_every_other_number_agrees_with_metafor(reference, method):
    names = {
        "ci_low": "ci_lb",
        "ci_high": "ci_ub",
        "i2": "I2",
        "h2": "H2",
        "q": "QE",
        "q_p": "QEp",
        "pi_low": "pi_lb",
        "pi_high": "pi_ub",
    }
    compared = 0
    for case in reference("pooling_metafor")["cases"].values():
        for metafor in case["fits"]:
            if metafor["method"] != method:
                continue
            interval = METAFOR_TESTS[metafor["test"]]
            result = pool(case["yi"], case["vi"], method, interval)
            for ours, theirs in names.items():
                if metafor.get(theirs) is not None:
                    assert getattr(result, ours) == pytest.approx(metafor[theirs], rel=1e-8, abs=0), (ours, metafor)
                    compared += 1
            if "tau2_ci_Qprofile" in metafor:
                ends = result.tau2_ci_low, result.tau2_ci_high
                assert ends == pytest.approx(metafor["tau2_ci_Qprofile"], rel=1e-8, abs=0)
    assert compared >= 12 * 3 * 6


@given(studies, methods, intervals, st.floats(0.5, 0.999))
def test_the_estimate_lies_among_the_studies_and_inside_its_intervals(rows, method, interval, confidence):
    y, v = zip(*rows, strict=True)
    result = pool(y, v, method, interval, confidence)
    assert min(y) - 1e-12 <= result.estimate <= max(y) + 1e-12
    assert result.ci_low < result.estimate < result.ci_high
    assert result.pi_low <= result.ci_low + 1e-9
    assert result.pi_high >= result.ci_high - 1e-9
    assert result.tau2 >= 0
    assert 0 <= result.i2 < 100
    assert result.h2 >= 1
    assert 0 <= result.q_p <= 1
    assert math.fsum(result.weights) == pytest.approx(100)
    assert (result.k, result.df, result.method, result.interval) == (len(y), len(y) - 1, method, interval)
    assert result.confidence == confidence


@given(studies, methods, intervals, st.integers(-20, 20))
def test_a_shift_of_all_studies_shifts_the_result(rows, method, interval, shift):
    y, v = zip(*rows, strict=True)
    here, there = pool(y, v, method, interval), pool([a + shift for a in y], v, method, interval)
    for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
        assert getattr(there, name) == pytest.approx(getattr(here, name) + shift, rel=1e-6, abs=1e-6)


@given(studies, methods, intervals)
def test_turning_all_signs_turns_the_result(rows, method, interval):
    y, v = zip(*rows, strict=True)
    here, there = pool(y, v, method, interval), pool([-a for a in y], v, method, interval)
    assert there.estimate == pytest.approx(-here.estimate, abs=1e-12)
    assert there.ci_low == pytest.approx(-here.ci_high, abs=1e-9)


@given(studies.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))), methods)
def test_the_order_of_the_studies_does_not_matter(orders, method):
    one, other = (pool(*zip(*rows, strict=True), method) for rows in orders)
    assert other.estimate == pytest.approx(one.estimate, rel=1e-12, abs=1e-12)
    assert other.tau2 == pytest.approx(one.tau2, rel=1e-9, abs=1e-12)


def test_the_weights_are_in_percent_and_follow_the_variances():
    assert pool([0.1, 0.2], [0.1, 0.3], "EE", "wald").weights == pytest.approx((75, 25))


def test_the_prediction_interval_follows_the_interval_unless_named():
    y, v = [0.1, 0.9, 0.4], [0.1, 0.1, 0.2]
    assert pool(y, v).pi_method == "hk_t_k-1"
    assert pool(y, v, interval="wald").pi_method == "normal"
    assert pool(y, v, interval="wald", prediction="t_k-2").pi_method == "t_k-2"


def test_equal_estimates_cannot_have_a_knapp_hartung_interval():
    with pytest.raises(StatsError, match=r"All estimates are equal.*interval 'wald'"):
        pool([0.3, 0.3, 0.3], [0.1, 0.2, 0.3])
    with pytest.raises(StatsError, match="All estimates are equal"):
        pool([0.3, 0.3, 0.3], [0.1, 0.2, 0.3], interval="wald", prediction="hk_t_k-1")
    result = pool([0.3, 0.3, 0.3], [0.1, 0.2, 0.3], interval="wald")
    assert (result.estimate, result.tau2) == (0.3, 0)


def test_the_floor_keeps_the_interval_where_studies_agree_closely():
    y, v = [0.30, 0.31, 0.32], [0.1, 0.2, 0.3]
    wald, t, floor = (pool(y, v, interval=interval) for interval in ("wald", "t", "knapp_hartung_floor"))
    assert floor.se == t.se == wald.se > pool(y, v, interval="knapp_hartung").se
    assert (floor.ci_low, floor.ci_high) == (t.ci_low, t.ci_high)
    assert (floor.pi_method, floor.pi_low) == ("t_k-1", t.pi_low)
    assert wald.ci_low > t.ci_low
    assert pool([0.3, 0.3, 0.3], v, interval="knapp_hartung_floor").ci_low < 0.3


def test_the_floor_does_nothing_where_studies_disagree():
    y, v = [0.1, 1.9, 0.4], [0.01, 0.01, 0.02]
    floor, free = pool(y, v, "EE", "knapp_hartung_floor"), pool(y, v, "EE", "knapp_hartung")
    assert (floor.se, floor.pi_low, floor.pi_method) == (free.se, free.pi_low, "hk_t_k-1")


@given(studies, methods, intervals)
def test_the_bare_fit_is_the_first_part_of_the_whole(rows, method, interval):
    y, v = zip(*rows, strict=True)
    bare, whole = vars(fit(y, v, method, interval, 0.9)), vars(pool(y, v, method, interval, 0.9))
    assert bare == {name: whole[name] for name in bare}
    assert isinstance(pool(y, v, method, interval), Fit)


def test_two_studies_can_be_pooled_but_not_predicted_with_k_less_2():
    assert pool([0.1, 0.9], [0.1, 0.2]).df == 1
    with pytest.raises(StatsError, match="at least three studies"):
        pool([0.1, 0.9], [0.1, 0.2], prediction="t_k-2")


@pytest.mark.parametrize(
    ("given_names", "message"),
    [
        (
            {"method": "REMLE"},
            "method is 'REMLE'; expected one of EE, DL, HE, HS, SJ, PM, ML, REML. Did you mean 'REML'?",
        ),
        ({"method": None}, "method is None"),
        ({"interval": "knapp-hartung"}, "Did you mean 'knapp_hartung'?"),
        ({"prediction": "t_k-3"}, "prediction is 't_k-3'"),
        ({"prediction": ""}, "prediction is ''"),
        ({"confidence": 95}, "confidence is 95"),
    ],
)
def test_an_unknown_choice_is_answered_with_the_known_ones(given_names, message):
    with pytest.raises(StatsError, match=message):
        pool([0.1, 0.9, 0.4], [0.1, 0.1, 0.2], **given_names)


@given(
    st.lists(st.tuples(st.floats(), st.floats()), max_size=5),
    methods,
    intervals,
    st.one_of(st.floats(0.01, 0.999), st.floats()),
)
def test_any_input_gives_finite_numbers_or_a_named_error(rows, method, interval, confidence):
    try:
        result = pool([y for y, _ in rows], [v for _, v in rows], method, interval, confidence)
    except StatsError:
        return
    for name, value in dataclasses.asdict(result).items():
        for number in value if isinstance(value, tuple) else (value,):
            assert isinstance(number, str) or math.isfinite(number), name


@given(
    st.lists(
        st.tuples(
            st.floats(-1e50, 1e50).map(lambda y: round(y, 40)), st.floats(-49.9, 49.9).map(lambda power: 10**power)
        ),
        min_size=2,
        max_size=5,
    ),
    methods,
    intervals,
)
def test_numbers_far_apart_in_size_are_pooled_without_overflow(rows, method, interval):
    y, v = zip(*rows, strict=True)
    if len(set(y)) == 1:
        return
    result = pool(y, v, method, interval)
    assert all(map(math.isfinite, (result.estimate, result.se, result.tau2, result.i2, result.h2, result.q)))
    assert all(map(math.isfinite, (result.ci_low, result.ci_high, result.pi_low, result.pi_high)))


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("pooling") == {("confidence", 0.95)}
