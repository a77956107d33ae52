import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import combine_pvalues

from il6review.stats.combining import SMALLEST_P, bonferroni, fisher, holm, stouffer
from il6review.stats.errors import StatsError

ps = st.lists(st.floats(1e-12, 1), min_size=1, max_size=10)
inner = st.lists(st.floats(1e-12, 0.999), min_size=1, max_size=10)
FUNCTIONS = [fisher, stouffer, bonferroni, holm]


def test_fisher_by_hand():
    combined = fisher([0.1, 0.2])
    # Chi-square with four degrees of freedom has the tail exp(-x/2) (1 + x/2).
    assert combined.statistic == pytest.approx(-2 * math.log(0.02), rel=1e-15)
    assert combined.p == pytest.approx(0.02 * (1 - math.log(0.02)), rel=1e-14)
    assert (combined.df, combined.k, combined.method) == (4, 2, "fisher")


def test_stouffer_by_hand():
    combined = stouffer([0.025, 0.025])
    assert combined.statistic == pytest.approx(1.959963984540054 * math.sqrt(2), rel=1e-14)
    assert (combined.df, combined.k, combined.method) == (None, 2, "stouffer")
    assert stouffer([0.025, 0.5], [3, 4]).statistic == pytest.approx(1.959963984540054 * 3 / 5, rel=1e-14)


@given(inner)
def test_combined_p_values_agree_with_scipy(values):
    weights = [row + 0.5 for row in range(len(values))]
    for ours, theirs in (
        (fisher(values), combine_pvalues(values, method="fisher")),
        (stouffer(values), combine_pvalues(values, method="stouffer")),
        (stouffer(values, weights), combine_pvalues(values, method="stouffer", weights=weights)),
    ):
        assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-9)
        assert ours.p == pytest.approx(theirs.pvalue, rel=1e-9, abs=1e-300)


@given(st.floats(1e-12, 0.999))
def test_one_p_combined_or_adjusted_stays_itself(p):
    assert fisher([p]).p == pytest.approx(p, rel=1e-12)
    assert stouffer([p]).p == pytest.approx(p, rel=1e-12)
    assert holm([p]).ps == bonferroni([p]).ps == (p,)


@given(inner, st.randoms())
def test_the_order_of_the_p_values_does_not_matter(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    for combine in (fisher, stouffer):
        assert combine(shuffled).p == pytest.approx(combine(values).p, rel=1e-12)
    assert sorted(holm(shuffled).ps) == sorted(holm(values).ps)


def test_equal_weights_are_no_weights():
    assert stouffer([0.1, 0.02, 0.7], [5, 5, 5]).p == pytest.approx(stouffer([0.1, 0.02, 0.7]).p, rel=1e-14)


def test_holm_and_bonferroni_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]).ps == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]).ps == (1, 1)
    assert bonferroni([0.01, 0.04, 0.6]).ps == pytest.approx([0.03, 0.12, 1])
    assert (holm([0.5]).method, bonferroni([0.5]).method) == ("holm", "bonferroni")


@given(ps)
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(values):
    adjusted = holm(values).ps
    for p, q, most in zip(values, adjusted, bonferroni(values).ps, strict=True):
        assert p <= q <= most
    by_p = [q for _, q in sorted(zip(values, adjusted, strict=True))]
    assert by_p == sorted(by_p)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.1, 1.1, None, "0.05", True])
def test_what_is_no_p_value_is_refused_with_its_row(function, bad):
    with pytest.raises(StatsError, match=r"^ps, row 2, is "):
        function([0.5, bad])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_p_of_zero_is_refused_as_a_bound(function):
    with pytest.raises(StatsError, match=r"^ps, row 3, is 0; .*0\.000 is a bound"):
        function([0.5, 0.01, 0.0])
    assert 0 < min(getattr(function([SMALLEST_P]), "ps", [1]))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("bad", [[], None, 0.05])
def test_no_p_value_is_refused(function, bad):
    with pytest.raises(StatsError, match=r"^ps "):
        function(bad)


def test_stouffer_refuses_a_p_of_one_and_weights_that_do_not_fit():
    with pytest.raises(StatsError, match="ps, row 1, is 1; expected a p below 1"):
        stouffer([1, 0.5])
    with pytest.raises(StatsError, match="weights, row 2, is 0"):
        stouffer([0.1, 0.5], [1, 0])
    with pytest.raises(StatsError, match="ps 2, weights 1 rows"):
        stouffer([0.1, 0.5], [1])


@pytest.mark.parametrize("function", FUNCTIONS)
@given(st.lists(st.one_of(st.floats(), st.none(), st.integers(), st.text(max_size=3)), max_size=4))
def test_whatever_is_given_comes_out_as_numbers_or_a_named_error(function, values):
    try:
        result = function(values)
    except StatsError:
        return
    for p in getattr(result, "ps", None) or (result.p,):
        assert 0 <= p <= 1


def test_the_smallest_p_is_the_smallest_number_above_0():
    assert SMALLEST_P > 0
    assert SMALLEST_P / 2 == 0
