import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.errors import StatsError
from il6review.stats.pooling import METHODS, pool
from il6review.stats.small_study import begg, egger, funnel_limits, pet_peese, trim_and_fill

ALL = (egger, begg, trim_and_fill, pet_peese)
studies = st.lists(
    st.tuples(st.floats(-3, 3).map(lambda y: round(y, 3)), st.floats(0.01, 2).map(lambda v: round(v, 3))),
    min_size=3,
    max_size=12,
    unique_by=(lambda row: row[0], lambda row: row[1]),
).map(lambda rows: tuple(zip(*rows, strict=True)))


@pytest.fixture(scope="module")
def cases(reference):
    data = reference("pooling_metafor")["cases"]
    found = reference("small_study_metafor")["cases"]
    return [(data[name]["yi"], data[name]["vi"], found[name]) for name in data]


def near(value):
    return pytest.approx(value, rel=1e-10, abs=1e-12)


def test_eggers_weighted_form_agrees_with_metafor(cases):
    for y, v, case in cases:
        expected, result = case["egger_weighted"], egger(y, v)
        assert (result.slope.statistic, result.slope.p) == near((expected["statistic"], expected["p"]))
        assert (result.limit.estimate, result.limit.ci_low, result.limit.ci_high) == near(
            (expected["limit"], *expected["limit_ci"])
        )
        assert (result.slope.df, result.tau2, result.form, result.k) == (expected["df"], 0, "weighted", len(y))


def test_eggers_random_effects_form_agrees_with_metafor(cases):
    for y, v, case in cases:
        expected, result = case["egger_random_effects"], egger(y, v, "random_effects")
        assert (result.slope.statistic, result.slope.p) == near((expected["statistic"], expected["p"]))
        assert (result.limit.estimate, result.limit.ci_low, result.limit.ci_high) == near(
            (expected["limit"], *expected["limit_ci"])
        )
        assert (result.slope.df, result.tau2) == (None, near(expected["tau2"]))


def test_the_slope_has_an_interval_that_excludes_zero_just_when_p_is_small(cases):
    for y, v, _ in cases:
        for form in ("weighted", "random_effects"):
            slope = egger(y, v, form, confidence=0.9).slope
            assert (slope.ci_low > 0 or slope.ci_high < 0) == (slope.p < 0.1)
            assert slope.estimate / slope.se == near(slope.statistic)


def test_beggs_test_agrees_with_metafor(cases):
    for y, v, case in cases:
        result = begg(y, v)
        assert (result.tau, result.p) == near((case["begg"]["tau"], case["begg"]["p"]))
        assert result.exact == (len(y) < 50 and len(set(v)) == len(v))


def test_trim_and_fill_agrees_with_metafor_for_both_estimators_sides_and_models(cases):
    compared = 0
    for y, v, case in cases:
        for expected in case["trim_and_fill"]:
            result = trim_and_fill(y, v, expected["asked"], expected["estimator"], expected["method"])
            assert (result.side, result.missing) == (expected["side"], expected["missing"])
            assert len(result.filled_estimates) == len(result.filled_variances) == result.missing
            fit = result.pooled
            assert (fit.estimate, fit.se, fit.tau2) == near((expected["estimate"], expected["se"], expected["tau2"]))
            assert (fit.ci_low, fit.ci_high) == near(tuple(expected["ci"]))
            compared += 1
    assert compared == 12 * 12


def test_pet_and_peese_agree_with_r(cases):
    for y, v, case in cases:
        result = pet_peese(y, v)
        for name in ("pet", "peese"):
            part, expected = getattr(result, name), case[name]
            assert (part.estimate, part.se, part.p) == near((expected["estimate"], expected["se"], expected["p"]))
            assert (part.ci_low, part.ci_high) == near(tuple(expected["ci"]))
        assert result.chosen == ("PEESE" if case["pet"]["p"] < 0.1 else "PET")


@pytest.mark.parametrize(
    ("level", "slope", "chosen", "verdict"),
    [
        (0.8, 0, "PEESE", "an effect remains"),
        (-0.8, 0, "PEESE", "an effect remains"),
        (0, 1, "PET", "no effect remains"),
        (0.12, 0.6, "PEESE", "an effect remains"),
    ],
)
def test_pet_peese_says_whether_the_chosen_interval_excludes_no_effect(level, slope, chosen, verdict):
    v = [0.01 * i for i in range(1, 13)]
    y = [level + slope * math.sqrt(x) + 0.05 * (-1) ** i for i, x in enumerate(v)]
    result = pet_peese(y, v)
    assert (result.chosen, result.verdict) == (chosen, verdict)
    part = result.peese if chosen == "PEESE" else result.pet
    assert (part.ci_low <= 0 <= part.ci_high) == (verdict == "no effect remains")


@pytest.mark.parametrize("function", ALL)
def test_below_ten_studies_there_is_a_reason_and_no_verdict(function):
    y, v = [0.1, 0.5, 0.2, 0.9, 0.4, 1.3, 0.8, 1.1, 0.3, 1.9], [0.1 * i for i in range(1, 11)]
    few, enough = function(y[:9], v[:9]), function(y, v)
    assert (few.k, few.enough, few.verdict) == (9, False, None)
    assert few.reason == "9 studies; below 10 these tests cannot tell asymmetry from chance"
    assert (enough.k, enough.enough, enough.reason) == (10, True, "10 studies")
    assert enough.verdict


def test_a_verdict_of_asymmetry_needs_p_below_a_tenth(cases):
    verdicts = []
    for y, v, case in cases:
        for result, p in ((egger(y, v), case["egger_weighted"]["p"]), (begg(y, v), case["begg"]["p"])):
            if result.enough:
                assert result.verdict == ("asymmetric" if p < 0.1 else "no asymmetry found")
                verdicts.append(result.verdict)
    assert len(set(verdicts)) == 2


def test_the_verdict_of_trim_and_fill_says_how_many_are_missing_and_where(cases):
    words = {trim_and_fill(y, v, method="EE").verdict for y, v, _ in cases}
    assert {"8 missing on the right", "10 missing on the left", None} <= words
    y, v = [0.1, 0.2, 0.3, 0.4, 0.5, -0.1, -0.2, -0.3, -0.4, -0.5], [0.1 + i / 100 for i in range(10)]
    assert trim_and_fill(y, v, "left", "R0").verdict == "none missing"


@given(studies)
def test_moving_all_estimates_moves_the_limit_and_leaves_the_slope(rows):
    y, v = rows
    try:
        here, there = egger(y, v), egger([value + 4 for value in y], v)
    except StatsError:
        return
    assert there.slope.estimate == pytest.approx(here.slope.estimate, abs=1e-6)
    assert there.limit.estimate == pytest.approx(here.limit.estimate + 4, abs=1e-6)
    assert begg([value + 4 for value in y], v).tau == pytest.approx(begg(y, v).tau)


@given(studies, st.sampled_from(METHODS), st.sampled_from(["L0", "R0"]))
def test_what_is_filled_mirrors_the_outermost_studies(rows, method, estimator):
    y, v = rows
    result = trim_and_fill(y, v, "left", estimator, method)
    outermost = sorted(zip(y, v, strict=True))[len(y) - result.missing :]
    centres = [(a + b) / 2 for a, (b, _) in zip(result.filled_estimates, outermost, strict=True)]
    assert centres == pytest.approx([centres[0]] * len(centres) if centres else [])
    assert result.filled_variances == tuple(variance for _, variance in outermost)
    assert result.pooled == pool([*y, *result.filled_estimates], [*v, *result.filled_variances], method, "wald")


@given(studies)
def test_turning_the_estimates_turns_the_side(rows):
    y, v = rows
    left, right = trim_and_fill(y, v, "left"), trim_and_fill([-value for value in y], v, "right")
    assert right.missing == left.missing
    assert right.pooled.estimate == pytest.approx(-left.pooled.estimate, abs=1e-9)
    assert right.filled_estimates == pytest.approx([-value for value in left.filled_estimates])


def test_the_side_follows_the_slope_and_options_reach_the_pooling():
    y, v = [0.1, 0.2, 0.5, 0.9, 1.4], [0.01, 0.02, 0.2, 0.4, 0.6]
    assert trim_and_fill(y, v).side == "left"
    assert trim_and_fill([-value for value in y], v).side == "right"
    result = trim_and_fill(y, v, method="DL", interval="knapp_hartung", confidence=0.9)
    assert (result.pooled.method, result.pooled.interval, result.pooled.confidence) == ("DL", "knapp_hartung", 0.9)


def test_one_study_left_after_trimming_is_its_own_centre():
    for smallest, estimator in ((1e-4, "L0"), (1e-40, "R0")):
        result = trim_and_fill([5, 15, 15.1], [smallest, 1, 1.1], "left", estimator, "EE")
        assert (result.missing, result.filled_estimates) == (2, pytest.approx((-5, -5.1)))


def test_funnel_limits_spread_with_the_standard_error_and_with_tau():
    top, foot = funnel_limits(1.5, [0, 2])
    assert (top.se, top.low, top.high) == (0, 1.5, 1.5)
    assert (foot.low, foot.high) == pytest.approx((1.5 - 2 * 1.959963985, 1.5 + 2 * 1.959963985))
    assert funnel_limits(0, [3], tau2=16)[0].high == pytest.approx(5 * 1.959963985)
    assert funnel_limits(0, [1], confidence=0.9)[0].high == pytest.approx(1.644853627)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: funnel_limits(0, []), "ses has 0 rows"),
        (lambda: funnel_limits(0, [1, -1]), "ses, row 2, is -1; expected 0 or more"),
        (lambda: funnel_limits(math.nan, [1]), "centre is nan"),
        (lambda: funnel_limits(0, [1], tau2=-1), "tau2 is -1"),
        (lambda: funnel_limits(0, [1], confidence=95), "confidence is 95"),
        (lambda: egger([1, 2, 4], [1, 2, 3], "lm"), "form is 'lm'; expected one of weighted, random_effects"),
        (lambda: egger([1, 2, 3], [1, 4, 9]), "exactly on a line"),
        (lambda: egger([1, 2, 4], [1, 1, 1]), "'standard error' is constant"),
        (lambda: begg([1, 2, 4], [1, 1, 1]), "ys are all equal"),
        (lambda: trim_and_fill([1, 2, 4], [1, 1, 1]), "'standard error' is constant"),
        (lambda: trim_and_fill([1, 2, 4], [1, 2, 3], "up"), "side is 'up'"),
        (lambda: trim_and_fill([1, 2, 4], [1, 2, 3], estimator="Q0"), "estimator is 'Q0'"),
        (lambda: trim_and_fill([1, 2, 4], [1, 2, 3], method="reml"), "method is 'reml'"),
        (lambda: egger([1, 2, 4], [1, 2, 3], confidence=1), "confidence is 1"),
    ],
)
def test_impossible_arguments_are_refused_by_name(call, message):
    with pytest.raises(StatsError, match=message):
        call()


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize(
    ("y", "v", "message"),
    [
        ([], [], "no study"),
        ([1, 2], [1, 2], "There are 2 studies; expected at least three"),
        ([1, 2, 3], [1, 2], "differ in length"),
        ([1, math.nan, 3], [1, 2, 3], "estimates, row 2, is nan"),
        ([1, 2, 3], [1, 0, 3], "variances, row 2, is 0"),
    ],
)
def test_studies_that_cannot_be_used_are_refused_with_their_row(function, y, v, message):
    with pytest.raises(StatsError, match=message):
        function(y, v)


@given(st.lists(st.tuples(st.floats(-1e50, 1e50), st.floats(1e-50, 1e50)), min_size=3, max_size=6))
def test_whatever_the_studies_the_result_is_finite_or_the_error_named(rows):
    y, v = zip(*rows, strict=True)
    for function in ALL:
        try:
            result = function(y, v)
        except StatsError:
            continue
        assert not any(isinstance(x, float) and not math.isfinite(x) for x in flat(dataclasses.astuple(result)))


def flat(values):
    for value in values:
        yield from flat(value) if isinstance(value, tuple) else (value,)


def test_unless_said_confidence_is_95_percent_and_tau2_is_0(defaults):
    assert defaults("small_study") == {("confidence", 0.95), ("tau2", 0.0)}


def test_without_a_slope_the_left_side_is_taken():
    found = trim_and_fill([1, 1, 1, 1], [0.1, 0.2, 0.3, 0.4])
    assert (found.side, found.missing) == ("left", 0)


def test_a_study_on_the_pooled_value_lies_on_neither_side():
    # The ranks above the mean of 0 sum to 2 + 3; with the study at 0 among them one study would be missing.
    assert trim_and_fill([-3, 0, 1, 2], [0.1] * 4, side="left", method="EE").missing == 0
