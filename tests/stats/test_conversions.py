import math
import statistics
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from il6review.stats.conversions import (
    Skewed,
    change_unit,
    combine_groups,
    log_mean_sd_from_geometric,
    log_mean_sd_from_mean_sd,
    log_mean_sd_from_quartiles,
    log_mean_sd_from_range,
    mean_sd_from_five_numbers,
    mean_sd_from_quartiles,
    mean_sd_from_range,
    sd_from_interval,
    sd_from_iqr,
    sd_from_range,
    sd_from_se_of_difference,
    se_from_interval,
    sem_to_sd,
    skewness_five_numbers,
    skewness_quartiles,
    skewness_range,
)
from il6review.stats.distributions import normal_quantile, t_quantile
from il6review.stats.effects import log_ratio_of_geometric_means
from il6review.stats.errors import StatsError
from il6review.stats.p_values import student_p

ARGUMENTS = {1: ("min", "median", "max"), 2: ("q1", "median", "q3"), 3: ("min", "q1", "median", "q3", "max")}
CONVERT = {1: mean_sd_from_range, 2: mean_sd_from_quartiles, 3: mean_sd_from_five_numbers}
TEST = {1: skewness_range, 2: skewness_quartiles, 3: skewness_five_numbers}
COUNT = {1: 3, 2: 3, 3: 5}


def test_means_and_standard_deviations_agree_with_metafor(reference):
    for case in reference("five_number_summaries")["default_luo_wan_shi"]:
        numbers = [case[name] for name in ARGUMENTS[case["case"]]]
        result = CONVERT[case["case"]](*numbers, case["n"])
        assert (result.mean, result.sd) == pytest.approx((case["mean"], case["sd"]), abs=1e-6)
        recomputed = case["recomputed_mean"], case["recomputed_sd"]
        assert (result.mean, result.sd) == pytest.approx(recomputed, rel=1e-12, abs=0)


def test_skewness_tests_agree_with_metafor(reference):
    data = {1: (2, 6, 14), 2: (4, 6, 10), 3: (2, 4, 6, 10, 14)}
    for case in reference("five_number_summaries")["skewness_test_shi2023"]:
        numbers = (2, 4, 6, 14, 20) if isinstance(case["case"], str) else data[case["case"]]
        test = TEST[3 if len(numbers) == 5 else case["case"]](*numbers, 20)
        assert test.statistic == pytest.approx(case["tval"], abs=5e-4)
        assert test.critical == pytest.approx(case["crit"], abs=5e-4)
        assert test.skewed == case["sig"]


def test_the_skewness_of_five_numbers_is_the_larger_of_two():
    of_quartiles = skewness_five_numbers(0, 4, 5, 8, 10, 20)
    assert of_quartiles.statistic == pytest.approx(2 / 4)
    of_range = skewness_five_numbers(0, 4, 5, 6, 14, 20)
    assert of_range.statistic == pytest.approx(2.65 * math.log(12) / math.sqrt(20) * 4 / 14)


def test_critical_values_follow_their_formulas():
    assert skewness_quartiles(1, 2, 3, 100).critical == pytest.approx(0.265 - 0.0006)
    assert skewness_range(1, 2, 3, 100).critical == pytest.approx(1 / math.log(109) + 2.5 / 101)
    assert skewness_five_numbers(0, 1, 2, 3, 4, 10).critical == pytest.approx(3 / math.sqrt(10) - 0.04)


def test_a_statistic_equal_to_its_critical_value_is_skewed():
    critical = skewness_quartiles(1, 2, 3, 8).critical
    test = skewness_quartiles(-1, critical, 1, 8)
    assert test.statistic == critical
    assert test.skewed


@pytest.mark.parametrize(
    ("case", "numbers"), [(1, (0, 1, 10)), (2, (0, 1, 10)), (3, (2, 4, 6, 14, 20)), (3, (0, 4, 5, 6, 30))]
)
def test_a_skewed_summary_is_refused(case, numbers):
    with pytest.raises(Skewed, match=r"statistic \d.*critical value \d"):
        CONVERT[case](*numbers, 30)


@pytest.mark.parametrize("case", [1, 2, 3])
@given(
    steps=st.lists(st.floats(0.01, 100), min_size=2, max_size=2),
    centre=st.floats(-100, 100),
    n=st.integers(5, 1000),
)
def test_a_symmetric_summary_has_its_mean_at_the_median(case, steps, centre, n):
    near, far = steps[0], steps[0] + steps[1]
    numbers = [centre - far, centre - near, centre, centre + near, centre + far]
    if case != 3:
        numbers = numbers[1:4]
    result = CONVERT[case](*numbers, n)
    assert result.mean == pytest.approx(centre, abs=1e-9)
    assert result.sd > 0


@pytest.mark.parametrize("case", [1, 2, 3])
@given(
    numbers=st.lists(st.floats(-50, 50), min_size=5, max_size=5),
    n=st.integers(5, 500),
    shift=st.integers(-50, 50),
)
def test_skewness_turns_with_the_sign_and_the_mean_moves_with_the_values(case, numbers, n, shift):
    numbers = sorted(numbers)[: COUNT[case]]
    assume(all(after - before > 0.01 for before, after in pairwise(numbers)))
    mirrored = [-value for value in reversed(numbers)]
    test = TEST[case](*numbers, n)
    assert TEST[case](*mirrored, n).statistic == pytest.approx(test.statistic, rel=1e-9)
    if abs(test.statistic - test.critical) > 1e-6 and not test.skewed:
        here = CONVERT[case](*numbers, n)
        there = CONVERT[case](*(value + shift for value in numbers), n)
        assert there.mean == pytest.approx(here.mean + shift, abs=1e-9)
        assert there.sd == pytest.approx(here.sd, rel=1e-9)


@pytest.mark.parametrize("case", [1, 2])
@given(n=st.integers(5, 400), spread=st.floats(0.1, 10))
def test_the_standard_deviation_grows_with_the_spread(case, n, spread):
    narrow, wide = CONVERT[case](-spread, 0, spread, n), CONVERT[case](-2 * spread, 0, 2 * spread, n)
    assert wide.sd == pytest.approx(2 * narrow.sd)


def test_sem_times_root_n_is_the_standard_deviation():
    assert sem_to_sd(1.5, 16) == 6.0


@pytest.mark.parametrize(("sem", "n"), [(0, 10), (-1, 10), (1, 1), (1, 2.5), (math.nan, 5)])
def test_sem_to_sd_refuses_what_cannot_be(sem, n):
    with pytest.raises(StatsError):
        sem_to_sd(sem, n)


def test_values_out_of_order_are_named():
    with pytest.raises(StatsError, match=r"q1 4, median 3, q3 8.*expected q1 <= median <= q3"):
        mean_sd_from_quartiles(4, 3, 8, 20)


def test_no_spread_is_refused():
    with pytest.raises(StatsError, match="q1 and q3 are equal"):
        mean_sd_from_five_numbers(0, 3, 3, 3, 9, 20)
    with pytest.raises(StatsError, match="low and high are equal"):
        mean_sd_from_range(3, 3, 3, 20)


@pytest.mark.parametrize("n", [4, 0, 7.5, -20])
def test_fewer_than_five_values_are_refused(n):
    with pytest.raises(StatsError, match=r"n is .*from 5"):
        mean_sd_from_quartiles(1, 2, 3, n)


@pytest.mark.parametrize("case", [1, 2, 3])
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3"])
def test_a_bad_number_anywhere_is_refused(case, bad):
    for position in range(COUNT[case]):
        numbers = [float(value) for value in range(COUNT[case])]
        numbers[position] = bad
        with pytest.raises(StatsError, match="expected"):
            CONVERT[case](*numbers, 20)


@given(st.floats(-100, 100), st.floats(0.01, 100), st.integers(2, 500), st.floats(0.5, 0.999))
def test_an_interval_made_of_a_standard_deviation_gives_it_back(mean, sd, n, confidence):
    tail, se = (1 - confidence) / 2, sd / math.sqrt(n)
    for name, quantile in (("t", -t_quantile(tail, n - 1)), ("normal", -normal_quantile(tail))):
        limits = mean - quantile * se, mean + quantile * se
        assert sd_from_interval(*limits, n, confidence, name) == pytest.approx(sd, rel=1e-6)


def test_the_interval_of_a_mean_is_read_with_t_unless_told():
    assert sd_from_interval(30, 34.2, 25) == sd_from_interval(30, 34.2, 25, 0.95, "t")
    assert sd_from_interval(30, 34.2, 25) < sd_from_interval(30, 34.2, 25, quantile="normal")
    assert sd_from_interval(30, 34.2, 25, quantile="normal") == pytest.approx(5 * 2.1 / 1.959963984540054)


def test_variances_of_log_ratios_from_printed_intervals_agree_with_metafor(reference):
    for _, low, high, variance in reference("effect_examples")["intervals"]["rows"]:
        assert se_from_interval(math.log(low), math.log(high)) ** 2 == pytest.approx(variance, abs=6e-5)


def test_the_standard_deviation_behind_a_p_value_is_that_of_the_handbook(reference):
    example = reference("effect_examples")["se_from_p"]
    n1, n2 = example["n1"], example["n2"]
    t = -t_quantile(example["p"] / 2, n1 + n2 - 2)
    se = example["md"] / t
    assert (t, se) == pytest.approx((example["t"], example["se"]), abs=6e-3)
    assert sd_from_se_of_difference(se, n1, n2) == pytest.approx(example["sd"], abs=6e-3)


@given(st.floats(0.01, 100), st.integers(2, 200), st.integers(2, 200))
def test_the_standard_error_of_a_difference_gives_the_standard_deviation_back(sd, n1, n2):
    se = 1 / student_p(1, sd, n1, 0, sd, n2).t
    assert sd_from_se_of_difference(se, n1, n2) == pytest.approx(sd, rel=1e-12)


@pytest.mark.parametrize("limits", [(3, 3), (4, 3), (math.nan, 3), (1, math.inf)])
def test_limits_that_are_no_interval_are_refused(limits):
    with pytest.raises(StatsError, match=r"^ci_(low|high) is "):
        se_from_interval(*limits)


@pytest.mark.parametrize("confidence", [0, 1, 95, None])
def test_a_confidence_that_has_no_interval_is_refused(confidence):
    with pytest.raises(StatsError, match=r"^confidence is "):
        se_from_interval(1, 2, confidence)


def test_an_interval_whose_quantile_is_zero_or_without_end_is_refused():
    with pytest.raises(StatsError, match=r"^The quantile at confidence 1e-300 is "):
        se_from_interval(1, 2, 1e-300)
    with pytest.raises(StatsError, match=r"^The quantile at confidence 0.95 is "):
        se_from_interval(1, 2, 0.95, 1e-3)


def test_other_bad_input_of_intervals_is_refused_by_name():
    with pytest.raises(StatsError, match=r"^df is 0"):
        se_from_interval(1, 2, 0.95, 0)
    with pytest.raises(StatsError, match=r"^n is 1"):
        sd_from_interval(1, 2, 1)
    with pytest.raises(StatsError, match=r"^quantile is 'z'; expected one of t, normal"):
        sd_from_interval(1, 2, 9, quantile="z")
    with pytest.raises(StatsError, match=r"^se is 0"):
        sd_from_se_of_difference(0, 5, 5)
    with pytest.raises(StatsError, match=r"^n2 is 0"):
        sd_from_se_of_difference(1, 5, 0)


@given(st.floats(0.1, 100), st.integers(5, 10**6))
def test_a_width_alone_gives_the_standard_deviation_of_its_limits(width, n):
    assert sd_from_iqr(width, n) == pytest.approx(mean_sd_from_quartiles(-width / 2, 0, width / 2, n).sd, rel=1e-12)
    assert sd_from_range(width, n) == pytest.approx(mean_sd_from_range(-width / 2, 0, width / 2, n).sd, rel=1e-12)


def test_for_many_values_the_interquartile_range_is_1_349_standard_deviations():
    assert sd_from_iqr(1.3489795, 10**8) == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize(("function", "name"), [(sd_from_iqr, "iqr"), (sd_from_range, "width")])
def test_a_width_must_be_above_zero_and_of_five_values(function, name):
    for bad in (0, -1, math.nan, None):
        with pytest.raises(StatsError, match=f"^{name} is "):
            function(bad, 20)
    with pytest.raises(StatsError, match=r"^n is 4"):
        function(1, 4)


def test_the_skewness_of_logs_agrees_with_metafor():
    # metafor's help page: skewed as it stands (0.818 against 0.666), not on the log scale (0.353).
    numbers = (2, 4, 6, 14, 20)
    assert skewness_five_numbers(*numbers, 20).skewed
    assert skewness_five_numbers(*map(math.log, numbers), 20).statistic == pytest.approx(0.353, abs=5e-4)


def test_a_skewed_summary_that_is_log_normal_is_taken_on_the_log_scale():
    quartiles, limits = (math.exp(0.2), math.exp(1), math.exp(1.8)), (math.exp(-1), math.exp(1), math.exp(3))
    with pytest.raises(Skewed):
        mean_sd_from_quartiles(*quartiles, 60)
    with pytest.raises(Skewed):
        mean_sd_from_range(*limits, 60)
    of_quartiles, of_range = log_mean_sd_from_quartiles(*quartiles, 60), log_mean_sd_from_range(*limits, 60)
    assert (of_quartiles.mean, of_range.mean) == pytest.approx((1, 1))
    assert of_quartiles.sd == pytest.approx(sd_from_iqr(1.6, 60))
    assert of_range.sd == pytest.approx(sd_from_range(4, 60))
    assert "log-normal" in of_quartiles.method


@pytest.mark.parametrize("convert", [log_mean_sd_from_quartiles, log_mean_sd_from_range])
def test_what_is_skewed_even_on_the_log_scale_is_refused(convert):
    with pytest.raises(Skewed, match=r"^On the log scale: .*statistic \d"):
        convert(1, 100, 101, 200)


@pytest.mark.parametrize("convert", [log_mean_sd_from_quartiles, log_mean_sd_from_range])
def test_logs_need_values_above_zero_in_order(convert):
    with pytest.raises(StatsError, match=r"^(q1|low) is 0; expected a number above 0"):
        convert(0, 2, 5, 20)
    with pytest.raises(StatsError, match=r"out of order .* 5, median 2"):
        convert(5, 2, 9, 20)
    with pytest.raises(StatsError, match=r"^n is 4"):
        convert(1, 2, 4, 4)
    with pytest.raises(StatsError, match=r"^median is nan"):
        convert(1, math.nan, 4, 20)


@given(st.floats(-3, 3), st.floats(0.05, 2))
def test_mean_and_sd_of_log_normal_values_give_those_of_the_logs_back(mu, sigma):
    mean = math.exp(mu + sigma**2 / 2)
    result = log_mean_sd_from_mean_sd(mean, mean * math.sqrt(math.expm1(sigma**2)))
    assert (result.mean, result.sd) == pytest.approx((mu, sigma), rel=1e-9, abs=1e-12)


def test_geometric_mean_and_sd_give_their_logs():
    result = log_mean_sd_from_geometric(446.7, 1.2)
    assert (result.mean, result.sd) == (math.log(446.7), math.log(1.2))


@given(st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)), st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)))
def test_the_ratio_of_geometric_means_does_not_depend_on_the_unit(one, two):
    def ratio(factor):
        logs = [log_mean_sd_from_mean_sd(mean * factor, sd * factor) for mean, sd in (one, two)]
        return log_ratio_of_geometric_means(logs[0].mean, logs[0].sd, 9, logs[1].mean, logs[1].sd, 12)

    here, there = ratio(1), ratio(1000)
    assert (there.estimate, there.variance) == pytest.approx((here.estimate, here.variance), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("convert", "data", "name"),
    [
        (log_mean_sd_from_mean_sd, (0, 1), "mean"),
        (log_mean_sd_from_mean_sd, (2, 0), "sd"),
        (log_mean_sd_from_mean_sd, (math.nan, 1), "mean"),
        (log_mean_sd_from_mean_sd, (1e30, 1), "The variance of the logs"),
        (log_mean_sd_from_geometric, (-1, 2), "mean"),
        (log_mean_sd_from_geometric, (5, 1), "sd"),
        (log_mean_sd_from_geometric, (5, math.inf), "sd"),
    ],
)
def test_values_without_logs_are_refused_by_name(convert, data, name):
    with pytest.raises(StatsError, match=f"^{name} is "):
        convert(*data)


def test_combined_groups_agree_with_published_figures(reference):
    cases = reference("effect_examples")["combined"]
    assert len(cases) == 3
    for case in cases:
        result = combine_groups(*zip(*case["groups"], strict=True))
        assert (result.mean, result.sd, result.n) == pytest.approx((case["mean"], case["sd"], case["n"]), abs=6e-7)


samples = st.lists(st.floats(-100, 100), min_size=2, max_size=12).filter(lambda values: statistics.stdev(values) > 0.01)


@given(st.lists(samples, min_size=2, max_size=5))
def test_combined_groups_have_mean_and_sd_of_all_values_in_any_order(lists):
    def summary(lists):
        return combine_groups(
            [statistics.fmean(values) for values in lists],
            [statistics.stdev(values) for values in lists],
            [len(values) for values in lists],
        )

    together, result = [value for values in lists for value in values], summary(lists)
    expected = statistics.fmean(together), statistics.stdev(together)
    assert (result.mean, result.sd) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert result.n == len(together)
    turned = summary(lists[::-1])
    assert (turned.mean, turned.sd) == pytest.approx((result.mean, result.sd), rel=1e-12, abs=1e-12)
    first = summary(lists[:2])
    if len(lists) > 2:
        rest = lists[2:]
        stepwise = combine_groups(
            [first.mean, *map(statistics.fmean, rest)],
            [first.sd, *map(statistics.stdev, rest)],
            [first.n, *map(len, rest)],
        )
        assert (stepwise.mean, stepwise.sd) == pytest.approx((result.mean, result.sd), rel=1e-9, abs=1e-9)


def test_groups_that_cannot_be_combined_are_refused_by_row():
    with pytest.raises(StatsError, match="means has 1 rows; expected at least 2"):
        combine_groups([1], [1], [5])
    with pytest.raises(StatsError, match="means 2, sds 3, ns 2 rows"):
        combine_groups([1, 2], [1, 1, 1], [5, 5])
    with pytest.raises(StatsError, match="sds, row 2, is 0"):
        combine_groups([1, 2], [1, 0], [5, 5])
    with pytest.raises(StatsError, match="The sum of ns is "):
        combine_groups([1, 2], [1, 1], [10**9, 10**9])


SIZES = {"pg/ml": 1, "ng/l": 1, "ng/ml": 1000}


def test_a_change_of_unit_shows_its_factor():
    result = change_unit(0.014, "ng/ml", "pg/ml", SIZES)
    assert result.shown == "0.014 ng/ml x 1000 = 14 pg/ml"
    assert (result.value, result.unit, result.factor) == (14, "pg/ml", 1000)
    assert change_unit(14, "pg/ml", "ng/ml", SIZES).shown == "14 pg/ml x 0.001 = 0.014 ng/ml"
    assert change_unit(-3, "pg/ml", "ng/l", SIZES).shown == "-3 pg/ml x 1 = -3 ng/l"


@given(st.floats(-1e6, 1e6), st.sampled_from(sorted(SIZES)), st.sampled_from(sorted(SIZES)))
def test_a_change_of_unit_and_back_gives_the_value(value, unit, to):
    there = change_unit(value, unit, to, SIZES)
    assert change_unit(there.value, to, unit, SIZES).value == pytest.approx(value, rel=1e-12, abs=1e-300)


def test_a_unit_without_a_factor_is_refused_with_the_known_ones():
    with pytest.raises(StatsError, match=r"^unit is 'IU/ml'; expected one of pg/ml, ng/l, ng/ml"):
        change_unit(3, "IU/ml", "pg/ml", SIZES)
    with pytest.raises(StatsError, match=r"^to is 'pg/mL'.*Did you mean 'pg/ml'"):
        change_unit(3, "ng/ml", "pg/mL", SIZES)
    with pytest.raises(StatsError, match=r"^the size of ng/l is 0"):
        change_unit(3, "ng/l", "pg/ml", SIZES | {"ng/l": 0})
    with pytest.raises(StatsError, match=r"^value is nan"):
        change_unit(math.nan, "ng/l", "pg/ml", SIZES)


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("conversions") == {("confidence", 0.95)}
