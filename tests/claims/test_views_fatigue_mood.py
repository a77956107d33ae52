import pytest

from il6review.claims import views_fatigue_mood
from il6review.claims.model import LedgerError
from il6review.stats.errors import StatsError


@pytest.fixture
def trials(make):
    """A trial with two arms, means with standard errors 0.3 and 0.4, and one that prints its difference."""
    drug = make.group("One", statistic="mean_sem", centre=9.0, spread=0.3, n=16)
    placebo = make.group("One", "control", statistic="mean_sem", centre=6.0, spread=0.4, n=25)
    printed = make.effect("Two", measure="MD", estimate=-1.0, ci_low=-2.0, ci_high=0.0, ci_level=90)
    review = make.review(groups=[drug, placebo], effects=[printed])
    return review, {"first": (drug["row_id"], placebo["row_id"]), "second": (printed["row_id"],)}


def test_two_arms_give_drug_minus_placebo_with_both_standard_errors(trials):
    review, names = trials
    first, _ = views_fatigue_mood.differences(review, names)
    assert (first.trial, first.n, first.rows) == ("first", 41, names["first"])
    assert (first.estimate, first.se) == pytest.approx((3.0, 0.5))


def test_a_printed_difference_gives_its_standard_error_by_the_level_of_its_interval(trials):
    review, names = trials
    _, second = views_fatigue_mood.differences(review, names)
    assert (second.n, second.rows) == (None, names["second"])
    assert (second.estimate, second.se) == pytest.approx((-1.0, 1 / 1.6448536))


def test_an_unknown_row_is_named_with_its_table(make):
    for rows, table in (("G998", "G999"), "groups"), (("E999",), "effects"):
        with pytest.raises(LedgerError, match=rf"{table}\.csv.*{rows[0]}.*row_id"):
            views_fatigue_mood.differences(make.review(), {"trial": rows})


def test_pooling_weighs_by_the_inverse_of_the_variance(make):
    review = make.review(tau2_estimator="EE")
    found = [views_fatigue_mood.Difference("a", 2.0, 0.5, 10, ()), views_fatigue_mood.Difference("b", 4.0, 1.0, 10, ())]
    assert views_fatigue_mood.pool_differences(review, found).estimate == pytest.approx((2 / 0.25 + 4) / 5)
    with pytest.raises(StatsError):
        views_fatigue_mood.pool_differences(review, found[:1])


@pytest.mark.parametrize(("estimate", "direction"), [(2.0, 1), (1.9, 0), (-1.9, 0), (-2.0, -1)])
def test_a_trial_has_a_direction_only_where_its_interval_leaves_no_effect(make, estimate, direction):
    item = views_fatigue_mood.Difference("trial", estimate, 1.0, None, ("E001",))
    (line,) = views_fatigue_mood.difference_lines(make.review(), [item])
    assert line["direction"] == direction
    assert line["row_ids"] == ("E001",)


def test_the_interval_of_a_trial_follows_the_level_of_the_run(make):
    item = views_fatigue_mood.Difference("trial", 2.0, 1.0, 12, ())
    (line,) = views_fatigue_mood.difference_lines(make.review(confidence=0.9), [item])
    assert line["detail"] == "2.0 points (0.4 to 3.6)"


def test_the_numbers_of_a_trial_are_its_difference_and_both_limits_in_points(make):
    item = views_fatigue_mood.Difference("score", 2.0, 1.0, 12, ("G001", "G002"))
    found = views_fatigue_mood.difference_numbers(make.review(confidence=0.9), [item])
    assert {name: number.as_json()["text"] for name, number in found.items()} == {
        "score.estimate": "2.0",
        "score.ci_low": "0.4",
        "score.ci_high": "3.6",
    }
    assert {(number.unit, number.rows) for number in found.values()} == {("points", item.rows)}
