import pytest

from il6review.claims.model import LedgerError
from il6review.claims.views_systemic_sclerosis import printed


def test_a_result_keeps_the_decimals_of_the_table_its_words_and_its_row():
    found = printed("effects", "estimate", {"skin": "E052"})["skin"]
    assert found.as_json()["text"] == "−3.55"
    assert found.label == "Khanna2016, mRSS change wk 48 difference, tocilizumab minus placebo"
    assert found.rows == ("E052",)


def test_a_limit_says_which_one_it_is():
    assert printed("effects", "ci_low", {"low": "E052"})["low"].label.endswith("placebo, lower limit")
    assert printed("effects", "ci_high", {"high": "E052"})["high"].label.endswith("placebo, upper limit")


def test_a_coefficient_is_named_by_its_two_sides():
    found = printed("correlations", "r", {"duration": "C007"})["duration"]
    assert (found.as_json()["text"], found.label) == ("0.49", "AbdelMagied2016, IL-6, disease duration")


def test_persons_with_an_outcome_are_whole():
    events = printed("proportions", "events", {"better": "P064"})["better"]
    assert (events.as_json()["text"], events.digits) == ("18", 0)
    assert printed("proportions", "n", {"all": "P064"})["all"].label.endswith("tocilizumab, number of persons")


def test_a_row_that_is_not_there_is_named_with_what_to_do():
    with pytest.raises(LedgerError, match=r"effects\.csv has no row 'E999'.*row_id"):
        printed("effects", "estimate", {"none": "E999"})


def test_an_empty_cell_is_named_with_what_to_do():
    with pytest.raises(LedgerError, match=r"correlations\.csv, row C150: r is empty"):
        printed("correlations", "r", {"none": "C150"})
