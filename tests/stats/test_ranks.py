import csv
import dataclasses
import math
from itertools import permutations, product
from pathlib import Path
from statistics import fmean, pvariance

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.errors import StatsError
from il6review.stats.ranks import (
    GRADE_CODINGS,
    GradeCoding,
    friedman,
    grade_sensitivity,
    jonckheere_terpstra,
    kendall_tau,
    kendall_w,
    page_trend,
    rank_contrasts,
)

DATA = Path(__file__).parents[2] / "data"
few = st.integers(0, 4).map(float)
tables = (
    st.tuples(st.integers(2, 7), st.integers(2, 5))
    .flatmap(
        lambda size: st.lists(st.lists(few, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])
    )
    .filter(lambda table: any(len(set(row)) > 1 for row in table))
)
untied = st.tuples(st.integers(2, 6), st.integers(2, 5)).flatmap(
    lambda size: st.lists(st.permutations(range(size[1])), min_size=size[0], max_size=size[0])
)
groups = st.lists(st.lists(few, min_size=1, max_size=6), min_size=2, max_size=4).filter(
    lambda found: sum(map(len, found)) > 2 and len({x for group in found for x in group}) > 1
)


@pytest.fixture(scope="module")
def grades():
    with (DATA / "rank_table.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["claim_id"], row["cytokine"]): row["grade"] for row in csv.DictReader(file)}
    return [
        [rows[claim, cytokine] for cytokine in ("IL-6", "TNF", "IL-1")] for claim in sorted({key[0] for key in rows})
    ]


def test_the_graded_table_of_the_deck_gives_the_recorded_test(grades):
    first = grade_sensitivity(grades).tests[0]
    assert (first.n, first.k, first.ties) == (11, 3, True)
    assert round(first.chi2, 2) == 12.17
    assert round(first.p, 4) == 0.0023
    assert [round(rank, 2) for rank in first.mean_ranks] == [2.77, 1.55, 1.68]


def test_the_sensitivity_gives_the_range_over_all_codings(grades):
    result = grade_sensitivity(grades)
    assert result.codings == GRADE_CODINGS
    chi2s, ps = [test.chi2 for test in result.tests], [test.p for test in result.tests]
    assert (result.chi2_low, result.chi2_high) == (min(chi2s), max(chi2s)) == (pytest.approx(12.1667, abs=1e-4), 12.4)
    assert (result.p_low, result.p_high) == (min(ps), max(ps))
    assert result.mean_ranks_low == pytest.approx((2.7727, 1.5455, 1.6364), abs=1e-4)
    assert result.mean_ranks_high == pytest.approx((2.7727, 1.5909, 1.6818), abs=1e-4)


def test_a_grade_counts_its_plus_signs_and_the_coding_the_other_two():
    (test,) = grade_sensitivity([["-", "(+)", "+++"], ["++", "+", "(+)"]], [GradeCoding(5, 2)]).tests
    assert test == friedman([[5, 2, 3], [2, 1, 2]])


@pytest.mark.parametrize(
    ("bad", "codings", "message"),
    [
        ([["+", "x"], ["+", "-"]], GRADE_CODINGS, "grades, row 1, column 2, is 'x'; expected '-'"),
        ([["+", "-"], ["", "-"]], GRADE_CODINGS, "grades, row 2, column 1, is ''"),
        ([["+", "-"], ["+", 1]], GRADE_CODINGS, "grades, row 2, column 2, is 1"),
        ([["+", "-"], ["+"]], GRADE_CODINGS, "grades, row 2, has 1 rows"),
        ([["+", "-"], ["+", "-", "-"]], GRADE_CODINGS, "table, row 2, has 3 columns"),
        ([["+", "-"], ["+", "-"]], [], "codings has 0 rows"),
        ([["+", "-"], ["+", "-"]], [(0, 1)], "codings, row 1, is .*expected a GradeCoding"),
        ([["+", "-"], ["+", "-"]], [GradeCoding(0, math.nan)], "codings, row 1, weak, is nan"),
        ([["+", "-"], ["+", "-"]], [GradeCoding("0", 1)], "codings, row 1, none, is '0'"),
    ],
)
def test_grades_and_codings_that_cannot_be_read_are_refused_with_their_place(bad, codings, message):
    with pytest.raises(StatsError, match=message):
        grade_sensitivity(bad, codings)


@given(tables)
def test_friedman_agrees_with_scipy(table):
    result = friedman(table)
    if len(table[0]) > 2:
        expected = scipy.stats.friedmanchisquare(*zip(*table, strict=True))
        assert result.chi2 == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
        assert result.p == pytest.approx(expected.pvalue, rel=1e-8)
    n, k = len(table), len(table[0])
    assert (result.n, result.k, result.df, result.f_df1, result.f_df2) == (n, k, k - 1, k - 1, (n - 1) * (k - 1))
    assert math.fsum(result.mean_ranks) == pytest.approx(k * (k + 1) / 2)
    assert result.ties == any(len(set(row)) < k for row in table)


@given(tables)
def test_the_f_form_is_the_analysis_of_variance_of_the_ranks(table):
    result = friedman(table)
    ranks = [scipy.stats.rankdata(row) for row in table]
    n, k = len(table), len(table[0])
    means = [fmean(column) for column in zip(*ranks, strict=True)]
    between = n * sum((mean - (k + 1) / 2) ** 2 for mean in means) / (k - 1)
    rest = sum((rank - mean) ** 2 for row in ranks for rank, mean in zip(row, means, strict=True))
    if rest < 1e-9:
        assert (result.f, result.f_p) == (math.inf, 0)
    else:
        assert result.f == pytest.approx(between / (rest / ((n - 1) * (k - 1))), rel=1e-9, abs=1e-12)
        assert result.f_p == pytest.approx(scipy.stats.f.sf(result.f, k - 1, (n - 1) * (k - 1)), rel=1e-9)


@given(tables)
def test_concordance_is_a_share_and_tests_as_friedman_does(table):
    result, test = kendall_w(table), friedman(table)
    assert 0 <= result.w <= 1 + 1e-12
    assert result.chi2 == test.chi2 == pytest.approx(result.n * (result.k - 1) * result.w, rel=1e-12)
    assert (result.p, result.df, result.n, result.k) == (test.p, test.df, len(table), len(table[0]))


def test_concordance_is_one_for_like_rows_and_zero_for_opposite_ones():
    assert kendall_w([[1, 2, 3], [4, 5, 9]]).w == 1
    assert kendall_w([[1, 2, 3], [3, 2, 1]]).w == 0


@given(tables)
def test_contrasts_have_the_variance_of_all_permutations_within_rows(table):
    ranks = [scipy.stats.rankdata(row) for row in table]
    spread = sum(pvariance([p[0] - p[1] for p in permutations(row, 2)]) for row in ranks) / len(table) ** 2
    contrasts, means = rank_contrasts(table), friedman(table).mean_ranks
    assert len(contrasts) == math.comb(len(means), 2)
    for contrast in contrasts:
        difference = means[contrast.second - 1] - means[contrast.first - 1]
        assert contrast.first < contrast.second
        assert contrast.estimate == pytest.approx(difference, abs=1e-12)
        assert contrast.se**2 == pytest.approx(spread, rel=1e-9)
        assert contrast.z == pytest.approx(difference / math.sqrt(spread), abs=1e-9)
        assert contrast.p == pytest.approx(2 * scipy.stats.norm.sf(abs(contrast.z)), rel=1e-9)
        assert contrast.p_chi2 == pytest.approx(scipy.stats.chi2.sf(contrast.z**2, len(means) - 1), rel=1e-9)
        assert contrast.p <= contrast.p_holm <= min(1, len(contrasts) * contrast.p) + 1e-12
        assert contrast.p <= contrast.p_chi2 + 1e-12


def test_without_ties_the_standard_error_has_the_textbook_form():
    assert rank_contrasts([[1, 2, 3, 4]] * 5)[0].se == pytest.approx(math.sqrt(4 * 5 / (6 * 5)))


@given(untied)
def test_page_without_ties_is_exact(table):
    result = page_trend(table)
    exact = scipy.stats.page_trend_test(table, method="exact") if len(table[0]) > 2 else None
    n, k = len(table), len(table[0])
    assert result.exact
    assert result.note == "Exact p: no ties."
    assert result.variance == pytest.approx(n * k**2 * (k + 1) ** 2 * (k - 1) / 144)
    assert result.z == pytest.approx((result.l - result.mean) / math.sqrt(result.variance))
    if exact:
        assert result.l == exact.statistic
        assert result.p == pytest.approx(exact.pvalue, rel=1e-9)


@given(tables.filter(lambda table: len(table) * len(table[0]) <= 12 and any(len(set(r)) < len(r) for r in table)))
def test_pages_moments_with_ties_are_those_of_all_permutations(table):
    ranks = [scipy.stats.rankdata(row) for row in table]
    ls = [[sum(j * rank for j, rank in enumerate(order, 1)) for order in permutations(row)] for row in ranks]
    result = page_trend(table)
    assert result.l == pytest.approx(sum(values[0] for values in ls))
    assert result.mean == pytest.approx(sum(map(fmean, ls)))
    assert result.variance == pytest.approx(sum(map(pvariance, ls)))
    assert result.p == pytest.approx(scipy.stats.norm.sf(result.z), rel=1e-9)
    assert not result.exact
    assert result.note == "Normal p with the variance corrected for ties."


def test_page_is_normal_for_large_tables_and_says_so():
    for table in ([[1, 2, 3]] * 31, [list(range(7))] * 3):
        result = page_trend(table)
        assert not result.exact
        assert result.note == "Normal p: more than 30 rows or 6 columns."
        assert result.p == pytest.approx(scipy.stats.norm.sf(result.z))
    assert page_trend([[1, 2, 3]] * 30).p == pytest.approx(6.0**-30, rel=1e-9, abs=0)
    assert page_trend([list(range(6))] * 2).exact


@given(groups)
def test_jonckheeres_moments_are_those_of_all_permutations(found):
    values = [x for group in found for x in group]
    result = jonckheere_terpstra(found)
    if len(values) <= 6:
        js = []
        for order in permutations(values):
            left, cut = list(order), []
            for group in found:
                cut.append(left[: len(group)])
                left = left[len(group) :]
            js.append(jonckheere_by_hand(cut))
        assert result.mean == pytest.approx(fmean(js))
        assert result.se**2 == pytest.approx(pvariance(js), rel=1e-9)
    assert result.j == jonckheere_by_hand(found)
    assert result.z == pytest.approx((result.j - result.mean) / result.se)
    assert result.p == pytest.approx(2 * scipy.stats.norm.sf(abs(result.z)), rel=1e-9)
    assert (result.n, result.k, result.ties) == (len(values), len(found), len(set(values)) < len(values))


def jonckheere_by_hand(found):
    pairs = [(x, y) for i, a in enumerate(found) for b in found[i + 1 :] for x, y in product(a, b)]
    return sum((x < y) + (x == y) / 2 for x, y in pairs)


@given(st.lists(few, min_size=2, max_size=9), st.lists(few, min_size=2, max_size=9))
def test_over_two_groups_jonckheere_is_the_mann_whitney_test(first, second):
    if len({*first, *second}) == 1:
        return
    for continuity in (False, True):
        expected = scipy.stats.mannwhitneyu(first, second, use_continuity=continuity, method="asymptotic")
        result = jonckheere_terpstra([first, second], continuity)
        assert result.j == len(first) * len(second) - expected.statistic
        assert result.p == pytest.approx(min(1, expected.pvalue), rel=1e-9)


@given(groups)
def test_turning_the_groups_turns_jonckheeres_trend(found):
    here, there = jonckheere_terpstra(found), jonckheere_terpstra(found[::-1])
    assert there.z == pytest.approx(-here.z)
    assert jonckheere_terpstra(found, continuity=True).p >= here.p - 1e-12


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[1, 2, 3]], "groups has 1 rows"),
        ([[1, 2], []], "groups, row 2, has 0 rows"),
        ([[1, 2], [3, math.nan]], "groups, row 2, value 2, is nan"),
        ([[1], [2]], "groups hold 2 values"),
        ([[1, 1], [1]], "groups hold 3 values, 1 different"),
        ([1, 2], "groups, row 1, is 1"),
    ],
)
def test_groups_without_an_order_are_refused(bad, message):
    with pytest.raises(StatsError, match=message):
        jonckheere_terpstra(bad)


@given(st.lists(st.tuples(few, few), min_size=3, max_size=12))
def test_kendalls_tau_agrees_with_scipy(rows):
    xs, ys = zip(*rows, strict=True)
    if min(len(set(xs)), len(set(ys))) == 1:
        return
    tied = len(set(xs)) < len(xs) or len(set(ys)) < len(ys)
    expected = scipy.stats.kendalltau(xs, ys, method="asymptotic" if tied else "exact")
    result = kendall_tau(xs, ys)
    assert result.tau == pytest.approx(expected.statistic, rel=1e-9, abs=1e-12)
    assert result.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert (result.exact, result.n) == (not tied, len(xs))


@given(st.permutations(range(9)))
def test_kendalls_p_is_exact_without_ties(ys):
    expected = scipy.stats.kendalltau(range(9), ys, method="exact")
    result = kendall_tau(range(9), ys)
    assert (result.tau, result.p) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-12, abs=1e-15)


def test_kendalls_p_is_normal_from_fifty_values_on():
    ys = [(7 * i) % 51 for i in range(51)]
    result = kendall_tau(range(51), ys)
    assert not result.exact
    assert result.p == pytest.approx(scipy.stats.kendalltau(range(51), ys, method="asymptotic").pvalue, rel=1e-9)
    assert kendall_tau(range(49), [(7 * i) % 50 for i in range(49)]).exact
    assert not kendall_tau(range(50), [(7 * i) % 51 for i in range(50)]).exact


@pytest.mark.parametrize(
    ("xs", "ys", "message"),
    [
        ([1, 2], [1, 2], "xs has 2 rows"),
        ([1, 2, 3], [1, 2], "ys has 2 rows"),
        ([1, 2, 3, 4], [1, 2, 3], "differ in length"),
        ([1, 1, 1], [1, 2, 3], "xs are all equal"),
        ([1, 2, 3], [2, 2, 2], "ys are all equal"),
        ([1, 2, math.inf], [1, 2, 3], "xs, row 3, is inf"),
    ],
)
def test_values_without_an_order_are_refused(xs, ys, message):
    with pytest.raises(StatsError, match=message):
        kendall_tau(xs, ys)


@pytest.mark.parametrize("function", [friedman, kendall_w, rank_contrasts, page_trend])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[1, 2, 3]], "table has 1 rows"),
        ([[1], [2]], "table, row 1, has 1 rows"),
        ([[1, 2], [1, 2, 3]], "table, row 2, has 3 columns; expected 2 as in row 1"),
        ([[1, 2], [1, "3"]], "table, row 2, column 2, is '3'"),
        ([[math.nan, 2], [1, 3]], "table, row 1, column 1, is nan"),
        ([[2, 2], [3, 3]], "table has the same value throughout every row"),
        ([1, 2], "table, row 1, is 1"),
        (None, "table is None"),
    ],
)
def test_a_table_that_cannot_be_ranked_is_refused(function, bad, message):
    with pytest.raises(StatsError, match=message):
        function(bad)


@given(st.lists(st.lists(st.one_of(st.floats(), st.none(), st.integers()), max_size=4), max_size=4))
def test_whatever_the_table_the_result_is_finite_or_the_error_named(table):
    for function in (friedman, kendall_w, rank_contrasts, page_trend, jonckheere_terpstra):
        try:
            result = function(table)
        except StatsError:
            continue
        for part in result if isinstance(result, tuple) else (result,):
            assert not any(isinstance(x, float) and math.isnan(x) for x in dataclasses.astuple(part))
