import math

import pytest

from il6review.stats import checks
from il6review.stats.errors import StatsError

NOT_NUMBERS = [None, "1", True, math.nan, math.inf, -math.inf, 1e51, 10**400, 1j, [1.0]]


@pytest.mark.parametrize("value", NOT_NUMBERS)
def test_what_is_no_finite_number_is_refused_by_name(value):
    with pytest.raises(StatsError, match=r"^age is "):
        checks.number(value, "age")


@pytest.mark.parametrize("value", [0, -1, 1e-51, math.nan])
def test_a_positive_number_is_above_zero(value):
    with pytest.raises(StatsError, match=r"^sd is .*expected"):
        checks.positive(value, "sd")


@pytest.mark.parametrize("value", [2.5, 1, -3, 2e9, math.nan])
def test_a_size_is_whole_and_large_enough(value):
    with pytest.raises(StatsError, match=r"^n is .*expected"):
        checks.whole(value, "n", 2)


def test_a_size_goes_up_to_a_thousand_million():
    assert checks.whole(10**9, "n", 2) == 10**9
    with pytest.raises(StatsError, match="from 2 to 1000000000"):
        checks.whole(10**9 + 1, "n", 2)


def test_a_whole_number_may_be_written_with_a_decimal_point():
    assert checks.whole(12.0, "n", 2) == 12
    assert isinstance(checks.whole(12.0, "n", 2), int)


@pytest.mark.parametrize("value", [0, 1, 95, -0.1])
def test_a_confidence_lies_between_0_and_1(value):
    with pytest.raises(StatsError, match="between 0 and 1"):
        checks.fraction(value, "confidence")


@pytest.mark.parametrize("value", [1, -1, 1.2])
def test_a_correlation_lies_between_minus_1_and_1(value):
    with pytest.raises(StatsError, match="above -1 and below 1"):
        checks.correlation(value, "r")


@pytest.mark.parametrize("value", [0, 1.0001, -0.5])
def test_a_p_value_lies_above_0_and_at_most_1(value):
    with pytest.raises(StatsError, match="expected a number above 0"):
        checks.p_value(value, "p")
    assert checks.p_value(1, "p") == 1


@pytest.mark.parametrize("value", [-1e-9, 1.0001, math.nan, None])
def test_a_probability_lies_from_0_to_1(value):
    with pytest.raises(StatsError, match=r"^p_low is "):
        checks.probability(value, "p_low")
    assert (checks.probability(0, "p_low"), checks.probability(1, "p_low")) == (0, 1)


def test_an_unknown_name_is_answered_with_the_known_ones_and_the_nearest():
    with pytest.raises(StatsError, match=r"expected one of DL, PM, REML. Did you mean 'REML'?"):
        checks.known("REMLL", "method", ["DL", "PM", "REML"])


def test_studies_name_the_bad_row():
    with pytest.raises(StatsError, match="variances, row 2, is 0; expected a number above 0"):
        checks.studies([1, 2, 3], [1, 0, 1])
    with pytest.raises(StatsError, match="estimates, row 3, is nan"):
        checks.studies([1, 2, math.nan], [1, 1, 1])


def test_columns_of_different_length_are_named():
    with pytest.raises(StatsError, match="estimates 2, variances 3 rows"):
        checks.studies([1, 2], [1, 1, 1])


def test_no_study_and_one_study_are_told_apart():
    with pytest.raises(StatsError, match="There is no study"):
        checks.studies([], [])
    with pytest.raises(StatsError, match="One study cannot be pooled"):
        checks.studies([1], [1])


def test_a_single_number_is_no_column():
    with pytest.raises(StatsError, match="expected a sequence of numbers"):
        checks.studies(1.0, [1, 2])


def test_a_table_names_the_cell_and_the_row_that_do_not_fit():
    assert checks.table([[1, 2], (3, 4)], "table") == ((1.0, 2.0), (3.0, 4.0))
    with pytest.raises(StatsError, match="table, row 2, column 1, is None"):
        checks.table([[1, 2], [None, 4]], "table")
    with pytest.raises(StatsError, match="table, row 2, has 3 columns; expected 2 as in row 1"):
        checks.table([[1, 2], [3, 4, 5]], "table")
    with pytest.raises(StatsError, match="table has 1 rows"):
        checks.table([[1, 2]], "table")
    with pytest.raises(StatsError, match="table, row 1, has 1 rows"):
        checks.table([[1], [2]], "table")


def test_a_number_is_at_most_1e50_unless_said(defaults):
    assert defaults("checks") == {("largest", 1e50)}
