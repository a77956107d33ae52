import pytest

from il6review.claims import views_depression_models
from il6review.stats.errors import StatsError


@pytest.fixture
def three(make):
    """A document with three printed P values, each with its contrast, and a contrast of another source."""
    ids = ["RA-901", "RA-902", "RA-903"]
    claims = [make.claim_row(claim_id, p_reported=p) for claim_id, p in zip(ids, ["0.02", "0.01", "0.04"], strict=True)]
    contrasts = [make.comparison("Seed", claim_ids=claim_id) for claim_id in ids]
    review = make.review(claims=claims, comparisons=[*contrasts, make.comparison("Other")])
    return review, ids, tuple(row["comparison_id"] for row in contrasts)


def test_the_smallest_p_is_multiplied_by_the_number_of_tests_and_the_next_by_one_less(three):
    review, ids, _ = three
    table, _ = views_depression_models.adjusted(review, ids, 0.05)
    assert list(table.frame["Holm"]) == ["0.04", "0.03", "0.04"]
    assert list(table.frame["printed"]) == ["P = 0.02", "P = 0.01", "P = 0.04"]


def test_the_numbers_name_the_contrasts_of_the_document_alone(three):
    review, ids, rows = three
    _, numbers = views_depression_models.adjusted(review, ids, 0.05)
    assert {name: number.as_json()["text"] for name, number in numbers.items()} == {
        "tests": "3",
        "p_smallest": "0.030",
        "below": "3",
    }
    assert {number.rows for number in numbers.values()} == {rows}


def test_a_p_that_equals_the_level_is_not_below_it(three):
    review, ids, _ = three
    _, numbers = views_depression_models.adjusted(review, ids, 0.04)
    assert numbers["below"].value == 1


def test_a_claim_without_a_printed_p_is_refused(make):
    review = make.review(claims=[make.claim_row("RA-901")])
    with pytest.raises(StatsError):
        views_depression_models.adjusted(review, ["RA-901"], 0.05)
