import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.effects import (
    MEASURES,
    hedges_g,
    log_ratio_of_means,
    mean_difference,
    small_sample_factor,
    two_group_effect,
)
from il6review.stats.errors import StatsError

means = st.floats(0.1, 1000)
sds = st.floats(0.01, 100)
sizes = st.integers(2, 500)
groups = st.tuples(means, sds, sizes)
NAMES = ("m1", "sd1", "n1", "m2", "sd2", "n2")


def test_effects_and_variances_agree_with_metafor(reference):
    for case in reference("two_group_summary")["cases"]:
        data = [case[name] for name in NAMES]
        for measure, estimate, variance in (
            ("SMD", "g", "g_var"),
            ("MD", "md", "md_var"),
            ("ROM", "log_rom", "log_rom_var"),
        ):
            effect = two_group_effect(measure, *data)
            assert effect.estimate == pytest.approx(case[estimate], rel=1e-10, abs=0)
            assert effect.variance == pytest.approx(case[variance], rel=1e-10, abs=0)
            assert (effect.measure, effect.n1, effect.n2) == (measure, case["n1"], case["n2"])


def test_the_textbook_example_agrees_with_metafor(reference):
    cases = [case for case in reference("effect_sizes_metafor")["cases"] if case["args"]["measure"] != "ZCOR"]
    assert len(cases) == 2
    for case in cases:
        effect = two_group_effect(case["args"]["measure"], *(case["args"][f"{name}i"] for name in NAMES))
        assert (effect.estimate, effect.variance) == pytest.approx((case["yi"], case["vi"]), rel=1e-12, abs=0)


def test_the_small_sample_factor_agrees_with_30_digit_arithmetic(reference):
    for case in reference("exact")["small_sample_factor"]:
        assert small_sample_factor(case["df"]) == pytest.approx(float(case["j"]), rel=1e-15, abs=0)


@pytest.mark.parametrize("df", [1, 0, -3, math.nan])
def test_one_degree_of_freedom_has_no_small_sample_factor(df):
    with pytest.raises(StatsError, match="df is"):
        small_sample_factor(df)


def test_the_standard_error_is_the_root_of_the_variance():
    effect = mean_difference(5, 2, 4, 3, 2, 4)
    assert (effect.estimate, effect.variance, effect.se) == (2, 2, math.sqrt(2))


@given(groups, groups, st.sampled_from(sorted(MEASURES)))
def test_swapping_the_groups_turns_the_sign(one, two, measure):
    there, back = two_group_effect(measure, *one, *two), two_group_effect(measure, *two, *one)
    assert there.estimate == pytest.approx(-back.estimate, rel=1e-9, abs=1e-12)
    assert there.variance == pytest.approx(back.variance, rel=1e-9)


@given(groups, groups, st.floats(0.001, 1000))
def test_g_and_the_log_ratio_do_not_depend_on_the_unit(one, two, factor):
    for effect in (hedges_g, log_ratio_of_means):
        first = effect(*one, *two)
        second = effect(one[0] * factor, one[1] * factor, one[2], two[0] * factor, two[1] * factor, two[2])
        assert second.estimate == pytest.approx(first.estimate, rel=1e-9, abs=1e-9)
        assert second.variance == pytest.approx(first.variance, rel=1e-9)


@given(groups, groups, st.floats(-100, 100))
def test_a_common_shift_changes_neither_g_nor_the_mean_difference(one, two, shift):
    for effect in (hedges_g, mean_difference):
        first = effect(*one, *two)
        second = effect(one[0] + shift, one[1], one[2], two[0] + shift, two[1], two[2])
        assert second.estimate == pytest.approx(first.estimate, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("mean", [0, -2])
def test_a_ratio_of_means_needs_means_above_zero_and_says_what_to_use(mean):
    with pytest.raises(StatsError, match=r"m2 is .*Use SMD or MD"):
        log_ratio_of_means(3, 1, 5, mean, 1, 5)


def test_an_unknown_measure_is_answered_with_the_known_ones():
    with pytest.raises(StatsError, match=r"measure is 'RON'; expected one of SMD, MD, ROM. Did you mean 'ROM'?"):
        two_group_effect("RON", 3, 1, 5, 2, 1, 5)


@pytest.mark.parametrize("measure", sorted(MEASURES))
@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3", 1e300])
def test_a_bad_number_anywhere_is_refused_by_name(measure, position, bad):
    data = [3.0, 1.0, 5, 2.0, 1.0, 5]
    data[position] = bad
    with pytest.raises(StatsError, match=f"^{NAMES[position]} is "):
        two_group_effect(measure, *data)


@pytest.mark.parametrize("measure", sorted(MEASURES))
@pytest.mark.parametrize(("position", "bad"), [(1, 0), (4, -1), (2, 1), (5, 2.5)])
def test_spread_and_size_must_be_possible(measure, position, bad):
    data = [3.0, 1.0, 5, 2.0, 1.0, 5]
    data[position] = bad
    with pytest.raises(StatsError, match=f"^{NAMES[position]} is "):
        two_group_effect(measure, *data)


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_the_largest_accepted_numbers_give_finite_effects(measure):
    effect = two_group_effect(measure, 1e50, 1e-50, 2, 1e-50, 1e-50, 10**9)
    assert math.isfinite(effect.estimate)
    assert math.isfinite(effect.variance)
