import pytest

from il6review import figures
from il6review.claims.review import load
from il6review.claims.rules import questions
from il6review.claims.views_biomarkers import responder_lines
from il6review.stats.proportions import wilson


def arm(make, name, row_id, percent=50.0, **cells):
    return make.share("Source", row_id=row_id, arm=name, percent_reported=percent, **cells)


def lines(make, *rows, **choices):
    rule = {"table": "proportions", "agrees": "below", "than": 100, "where": {"arm": ["drug"], "outcome": ["response"]}}
    return responder_lines(make.review(proportions=rows, **choices), make.question(values=(rule,)))


def test_an_arm_stands_beside_the_others_of_its_trial_the_treated_first(make):
    rows = arm(make, "placebo", "P1", trial="B"), arm(make, "drug", "P2", trial="B"), arm(make, "drug", "P3", trial="A")
    found = lines(make, *rows, arm(make, "placebo", "P4", trial="C"))
    assert [(line["trial"], line["arm"], line["treated"]) for line in found] == [
        ("A", "drug", True),
        ("B", "drug", True),
        ("B", "placebo", False),
    ]


@pytest.mark.parametrize("cells", [{"source_key": "Other"}, {"outcome": "remission"}, {"timepoint": "week 52"}])
def test_an_arm_of_another_source_outcome_or_time_is_not_beside_it(make, cells):
    assert len(lines(make, arm(make, "drug", "P1"), arm(make, "placebo", "P2", **cells))) == 1


def test_a_trial_of_two_sources_is_taken_from_the_first(make):
    found = lines(make, arm(make, "drug", "P1"), arm(make, "drug", "P2", source_key="Other"))
    assert [line["row_ids"] for line in found] == [("P1",)]


def test_an_arm_without_any_value_is_left_out(make):
    assert [line["row_ids"] for line in lines(make, arm(make, "drug", "P1"), arm(make, "drug", "P2", None))] == [
        ("P1",)
    ]


def test_the_interval_is_wilsons_at_the_level_of_the_review(make):
    (line,) = lines(make, arm(make, "drug", "P1", 70.0, n=286), confidence=0.9)
    share = wilson(0.7, 286, 0.9)
    assert (line["ci_low"], line["ci_high"]) == pytest.approx((100 * share.ci_low, 100 * share.ci_high))


def test_a_count_goes_before_a_rounded_percent(make):
    (line,) = lines(make, arm(make, "drug", "P1", 64.0, events=91, n=143))
    assert line["percent"] == pytest.approx(9100 / 143)


def test_an_arm_whose_size_is_not_printed_has_no_interval(make):
    (line,) = lines(make, arm(make, "drug", "P1", n=None))
    assert (line["n"], line["ci_low"], line["ci_high"]) == (None, None, None)


def test_the_committed_trials_can_be_drawn():
    found = responder_lines(load("biomarkers"), questions()["biomarkers_nonresponders"])
    rows = [figures.ResponderRow(**line) for line in found]
    assert figures.responders("x", rows, outcome="ACR20", treated_label="drug").table
    assert not {row.arm for row in rows if row.treated} & {"placebo", "MTX", "DMARD"}
    assert len({(row.trial, row.source) for row in rows}) == len({row.trial for row in rows})
