import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.directions import vote_count
from il6review.stats.errors import StatsError

votes = st.lists(st.sampled_from([1, 0, -1]), min_size=1, max_size=60)


def binomial_tail(events, k, p):
    """Return P(X >= events) of the binomial distribution."""
    return math.fsum(math.comb(k, i) * p**i * (1 - p) ** (k - i) for i in range(events, k + 1))


def test_null_studies_count_in_the_share_but_not_in_the_sign_test():
    result = vote_count([1, 1, 1, 1, 1, 0, 0, -1])
    assert (result.for_, result.null, result.against, result.k) == (5, 2, 1, 8)
    assert result.share == 5 / 8
    assert result.p_sign == 2 * (6 + 1) / 2**6
    assert result.confidence == 0.95


@given(votes, st.floats(0.5, 0.999))
def test_the_limits_put_half_of_the_error_in_each_binomial_tail(directions, confidence):
    result = vote_count(directions, confidence)
    tail = (1 - confidence) / 2
    if result.for_ > 0:
        assert binomial_tail(result.for_, result.k, result.ci_low) == pytest.approx(tail, rel=1e-9)
    else:
        assert result.ci_low == 0
    if result.for_ < result.k:
        assert binomial_tail(result.for_ + 1, result.k, result.ci_high) == pytest.approx(1 - tail, rel=1e-9)
    else:
        assert result.ci_high == 1
    assert result.ci_low <= result.share <= result.ci_high


@given(votes)
def test_turning_every_direction_swaps_the_counts_and_keeps_the_sign_test(directions):
    here, there = vote_count(directions), vote_count([-vote for vote in directions])
    assert (there.for_, there.null, there.against) == (here.against, here.null, here.for_)
    assert there.p_sign == here.p_sign
    assert here.for_ + here.null + here.against == here.k == len(directions)


@given(votes)
def test_the_sign_test_is_the_two_sided_binomial_test_of_one_half(directions):
    result = vote_count(directions)
    throws = result.for_ + result.against
    expected = min(1, 2 * binomial_tail(max(result.for_, result.against), throws, 0.5))
    assert result.p_sign == pytest.approx(expected, rel=1e-12)


def test_null_studies_alone_give_a_share_of_zero_and_no_evidence():
    result = vote_count([0, 0, 0])
    assert (result.share, result.ci_low, result.p_sign) == (0, 0, 1)
    assert result.ci_high == pytest.approx(1 - 0.025 ** (1 / 3), rel=1e-14)


def test_no_study_is_refused():
    with pytest.raises(StatsError, match="directions has 0 rows"):
        vote_count([])


@pytest.mark.parametrize("bad", [2, -2, 0.5, math.nan, None, "1", True])
def test_another_direction_is_refused_with_its_row(bad):
    with pytest.raises(StatsError, match=r"^directions, row 2, is "):
        vote_count([1, bad, -1])


@pytest.mark.parametrize("confidence", [0, 1, 95, math.nan])
def test_an_impossible_confidence_is_refused(confidence):
    with pytest.raises(StatsError, match=r"^confidence is "):
        vote_count([1, 0], confidence)
