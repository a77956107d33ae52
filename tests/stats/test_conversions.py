import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from il6review.stats.conversions import (
    Skewed,
    mean_sd_from_five_numbers,
    mean_sd_from_quartiles,
    mean_sd_from_range,
    sem_to_sd,
    skewness_five_numbers,
    skewness_quartiles,
    skewness_range,
)
from il6review.stats.errors import StatsError

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
