import math

import pytest

from il6review.claims import views_tocilizumab
from il6review.claims.review import load


def proportion(row_id, arm, events, n, **cells):
    return {
        "row_id": row_id,
        "source_key": "Trial",
        "outcome": "response",
        "timepoint": "week 12",
        "arm": arm,
        "events": events,
        "n": n,
    } | cells


@pytest.fixture(scope="module")
def tocilizumab():
    return load("tocilizumab")


def shown(review, *rows):
    return list(views_tocilizumab.responders(review, rows).frame["risk ratio (interval)"])


def test_the_risk_ratio_of_two_arms_has_its_textbook_interval(make):
    # 30/60 against 15/60: ratio 2, variance of the log 1/30 - 1/60 + 1/15 - 1/60 = 1/15.
    (text,) = shown(make.review(), proportion("P1", "drug", 30, 60), proportion("P2", "placebo", 15, 60))
    half = 1.959964 * math.sqrt(1 / 15)
    assert text == f"2.00 ({2 * math.exp(-half):.2f} to {2 * math.exp(half):.2f})"


def test_a_wider_level_gives_a_wider_interval(make):
    rows = proportion("P1", "drug", 30, 60), proportion("P2", "placebo", 15, 60)
    assert shown(make.review(confidence=0.8), *rows) != shown(make.review(), *rows)


def test_an_arm_without_any_event_is_compared_and_says_what_was_added(make):
    (text,) = shown(make.review(), proportion("P1", "drug", 18, 53), proportion("P2", "placebo", 0, 26))
    # (18.5/54) / (0.5/27) = 18.5
    assert text.startswith("18.5 (") and text.endswith("; 0.5 added to every cell")


@pytest.mark.parametrize("cells", [{"source_key": "Other"}, {"outcome": "remission"}, {"timepoint": "week 24"}])
def test_an_arm_is_compared_only_with_placebo_of_its_own_source_outcome_and_time(make, cells):
    drug = proportion("P1", "drug", 30, 60)
    assert shown(make.review(), drug, proportion("P2", "placebo", 15, 60, **cells)) == []


def test_counts_and_rows_stand_beside_the_ratio(make):
    rows = proportion("P1", "drug", 30, 60), proportion("P2", "placebo", 15, 60)
    (line,) = views_tocilizumab.responders(make.review(), rows).frame.to_dict("records")
    assert (line["responders"], line["placebo"], line["rows"]) == ("30 of 60", "15 of 60", "P1 P2")
    assert line["outcome"] == "response, week 12"


def test_apercent_without_a_count_is_left_out(tocilizumab):
    rows = views_tocilizumab.counted(tocilizumab)
    assert rows and all(row["events"] <= row["n"] for row in rows)
    assert {row["chapter"] for row in rows} == {"tocilizumab"}
    assert not {"Yoshida2014", "AnonARD187926"} & {row["source_key"] for row in rows}


def test_a_value_is_text_and_never_markup(make, read_html, hostile):
    rows = (
        proportion("P1", hostile, 30, 60, source_key=hostile),
        proportion("P2", "placebo", 15, 60, source_key=hostile),
    )
    table = views_tocilizumab.responders(make.review(), rows)
    elements, text = read_html(table._repr_mimebundle_()["text/html"])
    assert {tag for tag, _ in elements} == {"div", "table", "thead", "tbody", "tr", "th", "td"}
    assert text.count(hostile) == 2
