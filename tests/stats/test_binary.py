import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from il6review.stats.binary import log_odds_ratio, log_risk_ratio, risk_difference
from il6review.stats.errors import StatsError
from il6review.stats.pooling import pool

FUNCTIONS = {"OR": log_odds_ratio, "RR": log_risk_ratio, "RD": risk_difference}
NAMES = ("events1", "n1", "events2", "n2")
groups = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def of_table(a, b, c, d):
    return a, a + b, c, c + d


def test_effects_and_variances_agree_with_metafor_with_and_without_zeros(reference):
    seen = set()
    for case in reference("effect_sizes_metafor")["cases"]:
        args = case["args"]
        if args["measure"] in FUNCTIONS:
            table = [args[cell] for cell in ("ai", "bi", "ci", "di")]
            effect = FUNCTIONS[args["measure"]](*of_table(*table))
            assert (effect.estimate, effect.variance) == pytest.approx((case["yi"], case["vi"]), rel=1e-10, abs=1e-15)
            assert (effect.measure, effect.n1, effect.n2) == (args["measure"], sum(table[:2]), sum(table[2:]))
            assert effect.added == (0.5 if 0 in table else 0)
            seen.add((args["measure"], 0 in table))
    assert seen == {(measure, zero) for measure in FUNCTIONS for zero in (True, False)}


def test_thirteen_vaccine_trials_pool_to_the_published_figures(reference):
    bcg = reference("effect_examples")["bcg"]
    assert len(bcg["pooled"]) == 4
    for printed in bcg["pooled"]:
        effects = [FUNCTIONS[printed["measure"]](*of_table(*row)) for row in bcg["rows"]]
        pooled = pool([e.estimate for e in effects], [e.variance for e in effects], printed["method"], "wald")
        assert pooled.estimate == pytest.approx(printed.get("estimate", pooled.estimate), abs=6e-5)
        assert pooled.se == pytest.approx(printed.get("se", pooled.se), abs=6e-5)
        limits = printed.get("ci", (pooled.ci_low, pooled.ci_high))
        assert (pooled.ci_low, pooled.ci_high) == pytest.approx(limits, abs=6e-5)


@pytest.mark.parametrize("measure", sorted(FUNCTIONS))
@given(one=groups, two=groups)
def test_swapping_the_groups_turns_the_sign(measure, one, two):
    assume(0 < one[0] + two[0] < one[1] + two[1])
    there, back = FUNCTIONS[measure](*one, *two), FUNCTIONS[measure](*two, *one)
    assert there.estimate == pytest.approx(-back.estimate, rel=1e-12, abs=1e-15)
    assert there.variance == pytest.approx(back.variance, rel=1e-12)
    assert there.variance > 0


@given(groups, groups)
def test_counting_those_without_the_outcome_turns_odds_ratio_and_risk_difference(one, two):
    assume(0 < one[0] + two[0] < one[1] + two[1])
    without = one[1] - one[0], one[1], two[1] - two[0], two[1]
    for effect in (log_odds_ratio, risk_difference):
        there, back = effect(*one, *two), effect(*without)
        assert there.estimate == pytest.approx(-back.estimate, rel=1e-9, abs=1e-12)
        assert there.variance == pytest.approx(back.variance, rel=1e-12)


@given(groups, groups)
def test_half_is_added_just_where_a_zero_stands(one, two):
    table = (one[0], one[1] - one[0], two[0], two[1] - two[0])
    for effect in FUNCTIONS.values():
        if 0 in table:
            with pytest.raises(StatsError):
                effect(*one, *two, zero_cells="refuse")
        else:
            assert effect(*one, *two, zero_cells="refuse") == effect(*one, *two)
            assert effect(*one, *two).added == 0


@pytest.mark.parametrize(("effect", "name"), [(log_odds_ratio, "an odds ratio"), (log_risk_ratio, "a risk ratio")])
def test_a_table_without_events_says_nothing_about_a_ratio(effect, name):
    with pytest.raises(StatsError, match=f"of 51 persons .*{name} is unknown. Use the risk difference"):
        effect(0, 20, 0, 31)


def test_if_everybody_has_the_outcome_the_odds_ratio_is_unknown_and_the_risk_ratio_is_not():
    with pytest.raises(StatsError, match="51 of 51 persons"):
        log_odds_ratio(20, 20, 31, 31)
    assert log_risk_ratio(20, 20, 31, 31).estimate == pytest.approx(math.log(20.5 / 21 * 32 / 31.5))


def test_the_refusal_of_a_zero_shows_the_table_and_the_way_out():
    with pytest.raises(StatsError, match=r"\(0, 9, 3, 8\) holds a zero.*'add_half'"):
        log_odds_ratio(0, 9, 3, 11, zero_cells="refuse")


@pytest.mark.parametrize("effect", FUNCTIONS.values())
@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3", -1, 2.5, 1e300, True])
def test_a_bad_count_anywhere_is_refused_by_name(effect, position, bad):
    data = [3, 9, 4, 11]
    data[position] = bad
    with pytest.raises(StatsError, match=f"^{NAMES[position]} is "):
        effect(*data)


@pytest.mark.parametrize("effect", FUNCTIONS.values())
def test_more_events_than_persons_and_unknown_options_are_refused(effect):
    with pytest.raises(StatsError, match="events1 is 10; expected at most n1, which is 9"):
        effect(10, 9, 4, 11)
    with pytest.raises(StatsError, match="events2 is 12; expected at most n2, which is 11"):
        effect(3, 9, 12, 11)
    with pytest.raises(StatsError, match=r"zero_cells is 'addhalf'; expected one of .*Did you mean 'add_half'"):
        effect(3, 9, 4, 11, zero_cells="addhalf")
    with pytest.raises(StatsError, match="n1 is 0"):
        effect(0, 0, 4, 11)


@pytest.mark.parametrize("effect", FUNCTIONS.values())
def test_the_largest_accepted_counts_give_finite_effects(effect):
    result = effect(1, 10**9, 10**9 - 1, 10**9)
    assert math.isfinite(result.estimate)
    assert 0 < result.variance < math.inf
