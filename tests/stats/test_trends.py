import dataclasses
import math
from statistics import correlation, linear_regression

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.combining import holm
from il6review.stats.errors import StatsError
from il6review.stats.p_values import welch_p
from il6review.stats.trends import (
    cochran_armitage,
    is_monotone,
    linear_trend,
    pairwise,
    step_contrast,
    step_or_gradual,
    supported_steps,
)

NAMES = ("m1", "sd1", "n1", "m2", "sd2", "n2")
tables = st.lists(st.tuples(st.floats(-10, 10), st.floats(0.1, 5), st.integers(2, 60)), min_size=2, max_size=6).map(
    lambda rows: tuple(zip(*rows, strict=True))
)


def test_over_two_groups_every_contrast_is_welchs_test(reference):
    for case in reference("two_group_summary")["cases"]:
        means, sds, ns = ([case[f"{name}{group}"] for group in (2, 1)] for name in ("m", "sd", "n"))
        for contrast in (
            linear_trend(means, sds, ns),
            step_contrast(means, sds, ns, 1),
            *pairwise(means, sds, ns),
        ):
            assert contrast.estimate == pytest.approx(case["md"], rel=1e-10, abs=0)
            assert contrast.se**2 == pytest.approx(case["md_var"], rel=1e-10, abs=0)
            assert contrast.t == pytest.approx(case["welch_t"], rel=1e-10, abs=0)
            assert contrast.df == pytest.approx(case["welch_df"], rel=1e-10, abs=0)
            assert contrast.p == pytest.approx(case["welch_p"], rel=1e-10, abs=0)


@given(st.floats(-5, 5), st.floats(-3, 3), st.lists(st.integers(1, 9), min_size=2, max_size=6), st.integers(2, 40))
def test_means_on_a_line_give_its_slope(start, slope, gaps, n):
    scores = [sum(gaps[:i]) for i in range(len(gaps))]
    means = [start + slope * score for score in scores]
    trend = linear_trend(means, [1.0] * len(means), [n] * len(means), scores)
    assert trend.estimate == pytest.approx(slope, abs=1e-9)
    squares = sum((score - sum(scores) / len(scores)) ** 2 for score in scores)
    assert trend.se == pytest.approx(1 / math.sqrt(n * squares), rel=1e-9)
    assert trend.df == pytest.approx(_df_of_equal_groups(scores, n), rel=1e-9)


def _df_of_equal_groups(scores, n):
    squares = [(score - sum(scores) / len(scores)) ** 2 for score in scores]
    return (n - 1) * sum(squares) ** 2 / sum(square**2 for square in squares)


def test_the_default_scores_count_the_steps():
    table = [1.0, 4.0, 3.0], [1, 2, 1.5], [10, 12, 8]
    assert linear_trend(*table) == linear_trend(*table, scores=[1, 2, 3]) == linear_trend(*table, scores=[5, 6, 7])
    assert linear_trend(*table).estimate == pytest.approx(1.0)
    assert linear_trend(*table).name == "linear trend"


def test_a_step_compares_the_mean_after_the_cut_with_the_mean_up_to_it():
    step = step_contrast([1, 3, 5, 10], [1, 1, 1, 2], [4, 4, 4, 4], cut=2)
    assert step.estimate == pytest.approx(7.5 - 2)
    assert step.se == pytest.approx(math.sqrt((1 + 1 + 1 + 4) / 4 / 4))
    assert step.name == "after group 2 against up to group 2"


def test_the_sides_of_a_step_may_differ_in_their_number_of_groups():
    step = step_contrast([2, 3, 5, 10], [1, 1, 1, 1], [9, 9, 9, 9], cut=1)
    assert step.estimate == pytest.approx(6 - 2)
    assert step.se == pytest.approx(math.sqrt((1 + 3 / 9) / 9))


@pytest.mark.parametrize("cut", [0, 3, 1.5, None])
def test_a_cut_leaves_a_group_on_each_side(cut):
    with pytest.raises(StatsError, match=r"^cut is "):
        step_contrast([1, 2, 3], [1, 1, 1], [5, 5, 5], cut)


@given(tables)
def test_pairs_are_welch_tests_with_p_adjusted_by_holm(table):
    means, sds, ns = table
    contrasts = pairwise(means, sds, ns)
    assert len(contrasts) == math.comb(len(means), 2)
    for contrast in contrasts:
        low, high = contrast.lower - 1, contrast.higher - 1
        assert low < high
        test = welch_p(means[high], sds[high], ns[high], means[low], sds[low], ns[low])
        assert contrast.estimate == means[high] - means[low]
        assert (contrast.t, contrast.df) == pytest.approx((test.t, test.df), rel=1e-9)
        assert contrast.p == pytest.approx(test.p, rel=1e-6, abs=1e-300)
        assert contrast.p <= contrast.p_holm <= 1
        assert contrast.name == f"group {contrast.higher} minus group {contrast.lower}"
    assert tuple(contrast.p_holm for contrast in contrasts) == holm([contrast.p for contrast in contrasts]).ps


def test_a_p_too_small_for_a_double_is_still_adjusted():
    (contrast,) = pairwise([0, 1e6], [1, 1], [500, 500])
    assert contrast.p == 0
    assert 0 < contrast.p_holm < 1e-300


@given(tables, st.floats(0.5, 0.99))
def test_the_interval_holds_the_estimate_and_excludes_zero_just_when_p_is_small(table, confidence):
    for contrast in (
        linear_trend(*table, confidence=confidence),
        step_contrast(*table, 1, confidence),
        *pairwise(*table, confidence),
    ):
        assert contrast.ci_low < contrast.estimate < contrast.ci_high
        if abs(contrast.p - (1 - confidence)) > 1e-9:
            assert (contrast.ci_low > 0 or contrast.ci_high < 0) == (contrast.p < 1 - confidence)


@given(tables)
def test_turning_the_order_of_the_groups_turns_the_trend(table):
    there, back = linear_trend(*table), linear_trend(*(column[::-1] for column in table))
    assert back.estimate == pytest.approx(-there.estimate, abs=1e-9)
    assert back.se == pytest.approx(there.se)


@pytest.mark.parametrize(
    ("means", "answer"),
    [([1, 2, 3], True), ([3, 2, 1], True), ([1, 2, 2], False), ([1, 3, 2], False), ([2, 2], False), ([3, 1, 2], False)],
)
def test_monotone_means_rise_or_fall_at_every_step(means, answer):
    assert is_monotone(means) is answer


@pytest.mark.parametrize("means", [[], [1], [1, math.nan], [1, None], 3])
def test_monotone_needs_two_numbers(means):
    with pytest.raises(StatsError):
        is_monotone(means)


def test_a_step_is_carried_only_by_the_contrast_of_its_neighbours():
    assert supported_steps(4, {(1, 2), (2, 4), (3, 4)}) == ((1, 2), (3, 4))
    assert supported_steps(3, {(1, 3)}) == ()
    assert supported_steps(3, set()) == ()


@pytest.mark.parametrize("contrast", [(2, 1), (1, 1), (0, 1), (3, 5), (1, 2, 3), (1,), 4, (1.5, 2), ("1", "2")])
def test_a_contrast_outside_the_groups_is_refused(contrast):
    with pytest.raises(StatsError, match="contrast"):
        supported_steps(4, {contrast})


def test_scores_must_rise_and_fit_the_groups():
    table = [1, 2, 3], [1, 1, 1], [5, 5, 5]
    with pytest.raises(StatsError, match="scores, row 3, is 2"):
        linear_trend(*table, scores=[1, 2, 2])
    with pytest.raises(StatsError, match="means 3, scores 2 rows"):
        linear_trend(*table, scores=[1, 2])
    with pytest.raises(StatsError, match="scores, row 1, is nan"):
        linear_trend(*table, scores=[math.nan, 2, 3])


@pytest.mark.parametrize("column", range(3))
@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3", 1e300])
def test_a_bad_number_anywhere_is_refused_with_its_row(column, row, bad):
    table = [[1.0, 2.0, 3.0], [1.0, 1.0, 1.0], [5, 5, 5]]
    table[column][row] = bad
    for contrast in (linear_trend, pairwise, lambda *columns: step_contrast(*columns, 1)):
        with pytest.raises(StatsError, match=f"^{('means', 'sds', 'ns')[column]}, row {row + 1}, is "):
            contrast(*table)


@pytest.mark.parametrize(
    "table", [([], [], []), ([1], [1], [5]), ([1, 2], [1, 1], [5]), ([1, 2], [0, 1], [5, 5]), ([1, 2], [1, 1], [5, 1])]
)
def test_impossible_tables_are_refused(table):
    with pytest.raises(StatsError):
        linear_trend(*table)


def test_the_largest_accepted_numbers_give_finite_contrasts():
    table = [-1e50, 1e50, 0.0], [1e50, 1e-50, 1.0], [2, 10**9, 5]
    for contrast in (
        linear_trend(*table, scores=[-1e50, 0.0, 1e50]),
        linear_trend(*table, scores=[0.0, 1e-50, 2e-50]),
        step_contrast(*table, 1),
        *pairwise(*table),
    ):
        values = dataclasses.asdict(contrast)
        del values["name"]
        assert all(map(math.isfinite, values.values()))


counts = st.lists(
    st.integers(1, 15).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=5
)


def test_the_trend_of_proportions_agrees_with_r():
    # prop.trend.test(c(83, 90, 129, 70), c(86, 93, 136, 82)), the example of its help page
    result = cochran_armitage([83, 90, 129, 70], [86, 93, 136, 82])
    assert (round(result.chi2, 4), round(result.p, 6)) == (8.2249, 0.004132)
    assert (result.df, result.z < 0) == (1, True)


@given(counts, st.sampled_from([None, (0, 1, 5, 7, 20)]))
def test_the_trend_of_proportions_is_the_correlation_and_the_slope_over_persons(rows, scores):
    scores = scores and scores[: len(rows)]
    events, totals = zip(*rows, strict=True)
    if sum(events) in (0, sum(totals)):
        return
    people = [
        (score, int(person < count))
        for score, (count, total) in zip(scores or range(1, 9), rows, strict=False)
        for person in range(total)
    ]
    result = cochran_armitage(events, totals, scores)
    assert result.chi2 == pytest.approx(len(people) * correlation(*zip(*people, strict=True)) ** 2, abs=1e-9)
    assert result.estimate == pytest.approx(linear_regression(*zip(*people, strict=True)).slope, abs=1e-9)
    assert result.z**2 == pytest.approx(result.chi2)
    assert math.copysign(1, result.z) == math.copysign(1, result.estimate)
    assert result.p == pytest.approx(math.erfc(abs(result.z) / math.sqrt(2)), rel=1e-9)


@pytest.mark.parametrize(
    ("events", "totals", "scores", "message"),
    [
        ([1], [2], None, "events has 1 rows"),
        ([1, 2, 3], [2, 3], None, "differ in length"),
        ([1, 2.5], [2, 5], None, "events, row 2, is 2.5"),
        ([1, -1], [2, 5], None, "events, row 2, is -1"),
        ([1, 0], [2, 0], None, "totals, row 2, is 0"),
        ([1, 6], [2, 5], None, "events, row 2, is 6 of 5"),
        ([0, 0], [2, 5], None, "events are 0 of 7"),
        ([2, 5], [2, 5], None, "events are 7 of 7"),
        ([1, 2], [2, 5], [2, 1], "scores, row 2, is 1"),
        ([1, 2], [2, 5], [1, 2, 3], "totals 2, scores 3 rows"),
    ],
)
def test_counts_without_a_trend_are_refused(events, totals, scores, message):
    with pytest.raises(StatsError, match=message):
        cochran_armitage(events, totals, scores)


def test_means_on_a_step_are_a_step_and_means_on_a_line_a_line():
    spread = [1, 1, 1, 1], [200, 200, 200, 200]
    step, line = step_or_gradual([1, 1, 5, 5], *spread), step_or_gradual([1, 2, 3, 4], *spread)
    assert (step.cut, step.closer, step.clear, line.closer, line.clear) == (2, "step", True, "line", True)
    assert (step.step.sse, line.line.sse) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))
    assert step.note.startswith("A step after group 2 is closer by ")
    assert line.note.startswith("A straight line is closer by ")
    assert step.note.endswith("a clear difference.")


def test_four_noisy_stages_do_not_decide_and_the_note_says_so():
    result = step_or_gradual([1, 1.5, 3, 3.2], [2, 2, 2, 2], [10, 10, 10, 10])
    assert not result.clear
    assert result.note.endswith("which does not decide between the two; 4 groups seldom do.")


def test_the_misfits_and_aicc_by_hand():
    # Weights n/sd^2 = 4, 1, 1: the best step comes after group 1, with 2 and 4.5 about their mean 3.25.
    result = step_or_gradual([0, 2, 4.5], [1, 2, 2], [4, 4, 4])
    assert (result.cut, result.step.sse) == (1, pytest.approx(2 * 1.25**2))
    weights, scores, means = [4, 1, 1], [1, 2, 3], [0, 2, 4.5]
    centre = sum(w * x for w, x in zip(weights, scores, strict=True)) / 6
    level = sum(w * y for w, y in zip(weights, means, strict=True)) / 6
    sxy = sum(w * (x - centre) * (y - level) for w, x, y in zip(weights, scores, means, strict=True))
    sxx = sum(w * (x - centre) ** 2 for w, x in zip(weights, scores, strict=True))
    syy = sum(w * (y - level) ** 2 for w, y in zip(weights, means, strict=True))
    assert result.line.sse == pytest.approx(syy - sxy**2 / sxx)
    assert result.step.aicc == pytest.approx(result.step.sse + 6 + 24 / (12 - 4))
    assert result.line.aicc == pytest.approx(result.line.sse + 4 + 12 / (12 - 3))


@given(tables.filter(lambda table: len(table[0]) > 2))
def test_the_cut_is_the_best_one_and_turning_the_groups_mirrors_it(table):
    means, sds, ns = table
    result, turned = step_or_gradual(*table), step_or_gradual(*(column[::-1] for column in table))
    assert turned.step.sse == pytest.approx(result.step.sse, rel=1e-6, abs=1e-9)
    assert turned.line.sse == pytest.approx(result.line.sse, rel=1e-6, abs=1e-9)
    for cut in range(1, len(means)):
        levels = []
        for part in (slice(0, cut), slice(cut, None)):
            rows = [(n / sd**2, mean) for mean, sd, n in zip(means[part], sds[part], ns[part], strict=True)]
            level = sum(w * mean for w, mean in rows) / sum(w for w, _ in rows)
            levels.append(sum(w * (mean - level) ** 2 for w, mean in rows))
        assert result.step.sse <= sum(levels) + 1e-6 * (1 + sum(levels))
        if cut == result.cut:
            assert result.step.sse == pytest.approx(sum(levels), rel=1e-6, abs=1e-6)


def test_two_groups_cannot_tell_a_step_from_a_line():
    with pytest.raises(StatsError, match="means has 2 rows; expected at least 3"):
        step_or_gradual([1, 2], [1, 1], [5, 5])
    with pytest.raises(StatsError, match="sds, row 2, is 0"):
        step_or_gradual([1, 2, 3], [1, 0, 1], [5, 5, 5])


@given(
    st.lists(
        st.tuples(st.floats(-1e50, 1e50), st.floats(1e-50, 1e50), st.integers(2, 10**9), st.integers(0, 10**9)),
        max_size=5,
    )
)
def test_whatever_the_groups_the_result_is_finite_or_the_error_named(rows):
    means, sds, ns, events = zip(*rows, strict=True) if rows else ((), (), (), ())
    for call in (
        lambda: step_or_gradual(means, sds, ns),
        lambda: cochran_armitage(events, ns),
        lambda: cochran_armitage([min(pair) for pair in zip(events, ns, strict=True)], ns, sorted(means)),
    ):
        try:
            result = dataclasses.asdict(call())
        except StatsError:
            continue
        values = [*result.values(), *result.get("step", {}).values(), *result.get("line", {}).values()]
        assert all(math.isfinite(value) for value in values if isinstance(value, float))


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("trends") == {("confidence", 0.95)}
