import math
import statistics

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from il6review.stats.effects import (
    MEASURES,
    g_from_d,
    hedges_g,
    log_ratio_of_geometric_means,
    log_ratio_of_means,
    log_ratio_of_means_change,
    mean_change,
    mean_difference,
    sd_of_change,
    small_sample_factor,
    standardized_mean_change_by_change_sd,
    standardized_mean_change_by_raw_sd,
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
    cases = [case for case in reference("effect_sizes_metafor")["cases"] if case["id"].startswith("borenstein_ch4")]
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


def with_measure(reference, measure):
    return [case for case in reference("effect_sizes_metafor")["cases"] if case["args"]["measure"] == measure]


def test_both_forms_of_the_variance_of_g_agree_with_metafor(reference):
    cases = [case for case in with_measure(reference, "SMD") if case["args"].get("vtype") == "LS2"]
    assert len(cases) == 3
    for case in cases:
        data = [case["args"][f"{name}i"] for name in NAMES]
        effect = hedges_g(*data, variance="borenstein")
        assert (effect.estimate, effect.variance) == pytest.approx((case["yi"], case["vi"]), rel=1e-12, abs=0)
        assert hedges_g(*data) == hedges_g(*data, variance="large_sample")


def test_the_effects_of_four_stroke_trials_agree_with_the_published_table(reference):
    table = reference("effect_examples")["normand1999"]
    for measure in ("SMD", "ROM"):
        effects = [two_group_effect(measure, *row) for row in table["rows"]]
        assert [e.estimate for e in effects] == pytest.approx(table[f"{measure}_yi"], abs=6e-5)
        assert [e.variance for e in effects] == pytest.approx(table[f"{measure}_vi"], abs=6e-5)


@given(groups, groups)
def test_the_variance_of_borenstein_is_the_smaller_one(one, two):
    large, small = hedges_g(*one, *two), hedges_g(*one, *two, variance="borenstein")
    assert small.estimate == large.estimate
    assert small.variance < large.variance


def test_g_from_d_is_d_times_the_small_sample_factor():
    effect = g_from_d(0.8, 10, 12)
    assert effect.estimate == pytest.approx(0.8 * small_sample_factor(20), rel=1e-15)
    assert (effect.measure, effect.n1, effect.n2) == ("SMD", 10, 12)


@pytest.mark.parametrize(
    ("data", "name"), [((math.nan, 5, 5), "d"), ((1, 0, 5), "n1"), ((1, 5, 2.5), "n2"), ((1, 1, 2), "df")]
)
def test_g_from_d_refuses_what_cannot_be(data, name):
    with pytest.raises(StatsError, match=f"^{name} is "):
        g_from_d(*data)


def test_unknown_options_are_answered_with_the_known_ones():
    with pytest.raises(StatsError, match=r"variance is 'borenstien'.*Did you mean 'borenstein'"):
        hedges_g(3, 1, 5, 2, 1, 5, variance="borenstien")
    with pytest.raises(StatsError, match="correction is None; expected one of none, lajeunesse"):
        log_ratio_of_means(3, 1, 5, 2, 1, 5, correction=None)


def moments_of_the_log(mean, se):
    """Return mean and variance of log(X) of a normal X, by the trapezoid rule over nine standard deviations."""
    points = [step / 100 for step in range(-900, 901)]
    weights = [math.exp(-(z**2) / 2) for z in points]
    logs = [math.log(mean + se * z) for z in points]
    total = math.fsum(weights)
    first = math.fsum(w * x for w, x in zip(weights, logs, strict=True)) / total
    return first, math.fsum(w * (x - first) ** 2 for w, x in zip(weights, logs, strict=True)) / total


@pytest.mark.parametrize(
    ("one", "two"), [((10, 6, 40), (7, 1, 30)), ((3, 0.5, 9), (5, 3, 60)), ((20, 9, 25), (20, 9, 80))]
)
def test_the_second_order_terms_take_away_nearly_all_bias_of_the_log_ratio(one, two):
    plain, corrected = log_ratio_of_means(*one, *two), log_ratio_of_means(*one, *two, correction="lajeunesse")
    (mean1, var1), (mean2, var2) = (moments_of_the_log(m, sd / math.sqrt(n)) for m, sd, n in (one, two))
    # The correction goes against the bias: the observed log ratio lies off by E(log) - log(mean).
    bias = (mean1 - mean2) - plain.estimate
    assert corrected.estimate - plain.estimate == pytest.approx(-bias, rel=0.06)
    error = var1 + var2 - plain.variance
    assert error > 0
    # The normal distribution gives further terms of the same order, c^2 among them, that the paper leaves out.
    assert 0 < corrected.variance - plain.variance < error
    c1, c2 = (one[1] / one[0]) ** 2 / one[2], (two[1] / two[0]) ** 2 / two[2]
    assert corrected.variance - plain.variance == pytest.approx((c1**2 + c2**2) / 2, rel=1e-9)


@given(groups, groups)
def test_the_corrected_log_ratio_turns_with_the_groups_as_well(one, two):
    there = log_ratio_of_means(*one, *two, correction="lajeunesse")
    back = log_ratio_of_means(*two, *one, correction="lajeunesse")
    assert there.estimate == pytest.approx(-back.estimate, rel=1e-9, abs=1e-9)
    assert there.variance == pytest.approx(back.variance, rel=1e-9)


def test_second_order_terms_without_bound_are_refused():
    with pytest.raises(StatsError, match=r"^sd2\^2/\(n2 m2\^2\) is 5e\+199; expected"):
        log_ratio_of_means(1, 1, 2, 1e-50, 1e50, 2, correction="lajeunesse")


def test_the_ratio_of_geometric_means_is_a_difference_of_means_of_logs():
    effect = log_ratio_of_geometric_means(math.log(8), 0.6, 9, math.log(2), 0.4, 16)
    assert math.exp(effect.estimate) == pytest.approx(4)
    assert effect.variance == pytest.approx(0.36 / 9 + 0.16 / 16)
    assert (effect.measure, effect.n1, effect.n2) == ("RGM", 9, 16)


PAIRED = {
    "MC": mean_change,
    "SMCC": standardized_mean_change_by_change_sd,
    "ROMC": log_ratio_of_means_change,
}
PAIRED_NAMES = ("m_after", "sd_after", "m_before", "sd_before", "n", "correlation")
RAW_NAMES = ("m_after", "m_before", "sd_before", "n", "correlation")
pairs = st.tuples(means, sds, means, sds, st.integers(3, 500), st.floats(-0.99, 0.99))


def test_paired_effects_agree_with_metafor(reference):
    for measure, effect in PAIRED.items():
        cases = with_measure(reference, measure)
        assert len(cases) >= 4
        for case in cases:
            result = effect(*(case["args"][name] for name in ("m1i", "sd1i", "m2i", "sd2i", "ni", "ri")))
            assert (result.estimate, result.variance) == pytest.approx((case["yi"], case["vi"]), rel=1e-10, abs=0)
            n, r = case["args"]["ni"], case["args"]["ri"]
            assert (result.measure, result.n1, result.n2, result.correlation) == (measure, n, n, r)


def test_the_change_in_raw_standard_deviations_agrees_with_metafor(reference):
    cases = with_measure(reference, "SMCR")
    assert len(cases) >= 5
    for case in cases:
        # metafor's sd1i is the standard deviation that the change is divided by.
        result = standardized_mean_change_by_raw_sd(
            *(case["args"][name] for name in ("m1i", "m2i", "sd1i", "ni", "ri"))
        )
        assert (result.estimate, result.variance) == pytest.approx((case["yi"], case["vi"]), rel=1e-10, abs=0)
        assert (result.measure, result.n1, result.correlation) == ("SMCR", case["args"]["ni"], case["args"]["ri"])


def test_the_crossover_example_of_the_handbook_is_met(reference):
    example = reference("effect_examples")["crossover"]
    result = mean_change(*(example[name] for name in PAIRED_NAMES))
    assert (result.estimate, result.se) == pytest.approx((example["md"], example["se"]), abs=5e-4)
    spread = sd_of_change(example["sd_after"], example["sd_before"], example["correlation"])
    assert spread == pytest.approx(example["sd_of_difference"], abs=6e-5)


@given(pairs)
def test_turning_time_turns_the_sign_of_a_change(pair):
    after, sd_after, before, sd_before, n, r = pair
    for effect in PAIRED.values():
        there, back = effect(*pair), effect(before, sd_before, after, sd_after, n, r)
        assert there.estimate == pytest.approx(-back.estimate, rel=1e-9, abs=1e-12)
        assert there.variance == pytest.approx(back.variance, rel=1e-9)


@given(pairs, st.floats(0.001, 1000))
def test_standardised_changes_and_ratios_do_not_depend_on_the_unit(pair, factor):
    after, sd_after, before, sd_before, n, r = pair
    scaled = after * factor, sd_after * factor, before * factor, sd_before * factor, n, r
    for effect in (standardized_mean_change_by_change_sd, log_ratio_of_means_change):
        here, there = effect(*pair), effect(*scaled)
        assert (there.estimate, there.variance) == pytest.approx((here.estimate, here.variance), rel=1e-9, abs=1e-9)
    here = standardized_mean_change_by_raw_sd(after, before, sd_before, n, r)
    there = standardized_mean_change_by_raw_sd(after * factor, before * factor, sd_before * factor, n, r)
    assert (there.estimate, there.variance) == pytest.approx((here.estimate, here.variance), rel=1e-9, abs=1e-9)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=3, max_size=20))
def test_the_standard_deviation_of_change_is_that_of_the_differences(values):
    after, before = [x for x, _ in values], [y for _, y in values]
    assume(min(statistics.stdev(after), statistics.stdev(before)) > 0.1)
    r = statistics.correlation(after, before)
    assume(abs(r) < 0.999)
    of_differences = statistics.stdev([x - y for x, y in values])
    spread = sd_of_change(statistics.stdev(after), statistics.stdev(before), r)
    assert spread == pytest.approx(of_differences, rel=1e-6)


def test_without_correlation_a_change_is_as_uncertain_as_a_difference_of_two_groups():
    paired, independent = mean_change(5, 2, 3, 4, 10, 0), mean_difference(5, 2, 10, 3, 4, 10)
    assert (paired.estimate, paired.variance) == (independent.estimate, pytest.approx(independent.variance))


@pytest.mark.parametrize("effect", PAIRED.values())
@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3", 1e300])
def test_a_bad_number_of_a_pair_is_refused_by_name(effect, position, bad):
    data = [3.0, 1.0, 2.0, 1.0, 9, 0.5]
    data[position] = bad
    with pytest.raises(StatsError, match=f"^{PAIRED_NAMES[position]} is "):
        effect(*data)


@pytest.mark.parametrize("position", range(5))
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3", 1e300])
def test_a_bad_number_of_a_raw_change_is_refused_by_name(position, bad):
    data = [3.0, 2.0, 1.0, 9, 0.5]
    data[position] = bad
    with pytest.raises(StatsError, match=f"^{RAW_NAMES[position]} is "):
        standardized_mean_change_by_raw_sd(*data)


@pytest.mark.parametrize("correlation", [1, -1, 1.2])
def test_a_correlation_of_one_is_refused(correlation):
    with pytest.raises(StatsError, match=r"correlation is .*above -1 and below 1"):
        mean_change(3, 1, 2, 1, 9, correlation)


def test_two_pairs_have_no_standardised_change_but_a_mean_change():
    for effect in (
        lambda n: standardized_mean_change_by_change_sd(3, 1, 2, 1, n, 0.5),
        lambda n: standardized_mean_change_by_raw_sd(3, 2, 1, n, 0.5),
    ):
        with pytest.raises(StatsError, match="n is 2; expected a whole number from 3"):
            effect(2)
        assert effect(3).variance > 0
    assert mean_change(3, 1, 2, 1, 2, 0.5).variance == pytest.approx(0.5)


@pytest.mark.parametrize(("after", "before", "name"), [(0, 2, "m_after"), (2, -1, "m_before")])
def test_a_ratio_of_means_over_time_needs_means_above_zero(after, before, name):
    with pytest.raises(StatsError, match=f"^{name} is .*Use SMD or MD"):
        log_ratio_of_means_change(after, 1, before, 1, 9, 0.5)


@pytest.mark.parametrize("correlation", [-1 + 1e-16, 0, 1 - 1e-16])
def test_the_largest_accepted_changes_give_finite_effects(correlation):
    data = 1e50, 1e-50, 1e-50, 1e-50, 3, correlation
    for effect in (*PAIRED.values(), lambda a, _, b, sd, n, r: standardized_mean_change_by_raw_sd(a, b, sd, n, r)):
        result = effect(*data)
        assert math.isfinite(result.estimate)
        assert 0 < result.variance < math.inf
