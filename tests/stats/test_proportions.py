import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from il6review.stats.errors import StatsError
from il6review.stats.proportions import wilson

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.5, 0.999)


def limits(share):
    return share.ci_low, share.ci_high


def test_the_interval_is_that_of_a_worked_example():
    # Newcombe 1998, Statistics in Medicine 17:857-872, table I: 81 of 263, method 3.
    assert limits(wilson(81 / 263, 263)) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert limits(wilson(15 / 148, 148)) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert limits(wilson(0, 20)) == pytest.approx((0, 0.1611), abs=5e-5)
    assert limits(wilson(1 / 29, 29)) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(counts, levels)
def test_the_interval_is_that_of_statsmodels(count, level):
    events, n = count
    theirs = proportion_confint(events, n, alpha=1 - level, method="wilson")
    assert limits(wilson(events / n, n, level)) == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@given(counts, levels)
def test_the_interval_holds_the_share_and_turns_with_it(count, level):
    share, other = wilson(count[0] / count[1], count[1], level), wilson(1 - count[0] / count[1], count[1], level)
    assert 0 <= share.ci_low <= share.estimate <= share.ci_high <= 1
    assert limits(share) == pytest.approx((1 - other.ci_high, 1 - other.ci_low), abs=1e-12)


@given(counts)
def test_every_limit_solves_the_score_equation(count):
    p, n = count[0] / count[1], count[1]
    for limit in {*limits(wilson(p, n))} - {p}:
        assert abs(p - limit) == pytest.approx(1.959963984540054 * math.sqrt(limit * (1 - limit) / n), rel=1e-6)


def test_a_tiny_share_has_no_limit_below_zero():
    assert 0 <= wilson(1e-200, 241).ci_low <= 1e-200


@pytest.mark.parametrize("share", [-0.01, 1.01, 70, math.nan])
def test_a_share_that_cannot_be_is_refused(share):
    with pytest.raises(StatsError, match="share is"):
        wilson(share, 10)


@pytest.mark.parametrize(("n", "level"), [(0, 0.95), (2.5, 0.95), (10, 1), (10, 0)])
def test_a_size_or_a_level_that_cannot_be_is_refused(n, level):
    with pytest.raises(StatsError):
        wilson(0.5, n, level)
