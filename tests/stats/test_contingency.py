import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.contingency import chi2_p, fisher_exact
from il6review.stats.errors import StatsError

cells = st.integers(0, 60)
fourfold = (
    st.tuples(cells, cells, cells, cells)
    .map(lambda four: [list(four[:2]), list(four[2:])])
    .filter(lambda table: all(map(any, table)) and all(map(any, zip(*table, strict=True))))
)


def transposed(table):
    return [list(column) for column in zip(*table, strict=True)]


def test_chi_square_agrees_with_r(reference):
    for case in reference("summary_tests")["tables"]:
        test = chi2_p(case["table"])
        assert test.chi2 == pytest.approx(case["chi2"], rel=1e-10, abs=1e-13)
        assert test.p == pytest.approx(case["p"], rel=1e-10, abs=0)
        assert (test.df, test.smallest_expected) == (case["df"], pytest.approx(case["smallest_expected"], rel=1e-12))


def test_yates_and_fisher_agree_with_r(reference):
    cases = [case for case in reference("summary_tests")["tables"] if "fisher_p" in case]
    assert len(cases) == 10
    for case in cases:
        corrected, exact = chi2_p(case["table"], yates=True), fisher_exact(case["table"])
        assert corrected.chi2 == pytest.approx(case["yates_chi2"], rel=1e-10, abs=1e-13)
        assert corrected.p == pytest.approx(case["yates_p"], rel=1e-10, abs=0)
        assert exact.p == pytest.approx(case["fisher_p"], rel=1e-10, abs=0)
        assert exact.p_less == pytest.approx(case["fisher_less"], rel=1e-10, abs=0)
        assert exact.p_greater == pytest.approx(case["fisher_greater"], rel=1e-10, abs=0)


def test_the_lady_tasting_tea():
    exact = fisher_exact([[3, 1], [1, 3]])
    assert exact.p == float(Fraction(34, 70))
    assert (exact.p_greater, exact.p_less) == (float(Fraction(17, 70)), float(Fraction(69, 70)))


def test_a_table_as_likely_within_one_part_in_ten_million_counts_as_in_r():
    # With all sums held fixed, a first cell of 19 is more likely than one of 14 by less than that.
    assert fisher_exact([[14, 2078], [18, 1950]]).p == pytest.approx(0.478161520276298, rel=1e-10)
    assert fisher_exact([[19, 2073], [13, 1955]]).p == pytest.approx(0.478161520276298, rel=1e-10)


def test_a_table_more_likely_by_two_parts_in_ten_million_does_not_count_as_in_r():
    # A first cell of 27 is more likely than one of 32 by 1.9e-7.
    assert fisher_exact([[32, 1630], [11, 761]]).p == pytest.approx(0.414549815168739, rel=1e-10)
    assert fisher_exact([[27, 1635], [16, 756]]).p == pytest.approx(0.508428460750436, rel=1e-10)


@given(fourfold)
def test_turning_or_swapping_a_fourfold_table_changes_no_two_sided_p(table):
    swapped = [table[1], table[0]]
    for function in (chi2_p, lambda t: chi2_p(t, yates=True), fisher_exact):
        p = function(table).p
        assert function(transposed(table)).p == pytest.approx(p, rel=1e-9)
        assert function(swapped).p == pytest.approx(p, rel=1e-9)
    assert fisher_exact(swapped).p_less == fisher_exact(table).p_greater


@given(fourfold)
def test_the_correction_raises_p_and_the_tails_share_the_observed_table(table):
    assert chi2_p(table, yates=True).p >= chi2_p(table).p
    exact = fisher_exact(table)
    assert 0 < exact.p <= 1
    assert exact.p_less + exact.p_greater >= 1
    assert exact.p >= min(exact.p_less, exact.p_greater) * (1 - 1e-12)


@given(st.lists(st.integers(1, 40), min_size=2, max_size=4), st.lists(st.integers(1, 5), min_size=2, max_size=4))
def test_rows_in_proportion_give_no_chi_square(row, factors):
    test = chi2_p([[factor * count for count in row] for factor in factors])
    assert test.chi2 == pytest.approx(0, abs=1e-9)
    assert test.p == pytest.approx(1)
    assert test.df == (len(row) - 1) * (len(factors) - 1)


@pytest.mark.parametrize("function", [chi2_p, fisher_exact])
@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([[1, 2]], "table has 1 rows"),
        ([[1], [2]], "table, row 1, has 1 rows"),
        ([[1, 2], [3, 4, 5]], "table, row 2, has 3 columns; expected 2"),
        ([[1, 2], [3, 4.5]], "table, row 2, column 2, is 4.5"),
        ([[1, -2], [3, 4]], "table, row 1, column 2, is -2"),
        ([[1, math.nan], [3, 4]], "table, row 1, column 2, is nan"),
        ([[0, 0], [3, 4]], "table, row 1, sums to 0"),
        ([[0, 2], [0, 4]], "table, column 1, sums to 0"),
        (None, "table is None"),
        ([1, 2], "table, row 1, is 1"),
    ],
)
def test_a_table_that_cannot_be_tested_is_refused_with_its_place(function, table, message):
    with pytest.raises(StatsError, match=f"^{message}"):
        function(table)


def test_yates_and_fisher_are_for_two_rows_and_two_columns():
    table = [[1, 2, 3], [4, 5, 6]]
    with pytest.raises(StatsError, match="2 rows and 3 columns; expected 2 and 2"):
        fisher_exact(table)
    with pytest.raises(StatsError, match="2 rows and 3 columns; expected 2 and 2 for Yates"):
        chi2_p(table, yates=True)


def test_the_exact_test_has_a_largest_table():
    assert fisher_exact([[4_990, 5_010], [5_010, 4_990]]).p == pytest.approx(0.788160907580569, rel=1e-9)
    with pytest.raises(StatsError, match=r"holds 20001 persons; expected at most 20000\. Use chi2_p"):
        fisher_exact([[10_000, 1], [5_000, 5_000]])


@given(st.lists(st.lists(st.one_of(st.integers(-1, 9), st.floats(), st.none()), max_size=3), max_size=3))
def test_whatever_is_given_comes_out_as_numbers_or_a_named_error(table):
    for function in (chi2_p, fisher_exact):
        try:
            p = function(table).p
        except StatsError:
            continue
        assert 0 <= p <= 1
