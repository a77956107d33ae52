import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il6review.stats.effects import small_sample_factor
from il6review.stats.errors import StatsError
from il6review.stats.p_values import PrintedP, effects_from_p
from il6review.stats.power import exaggeration, exaggerations, just_significant, power_two_sample, sample_size_for

few = settings(max_examples=40)
ds, sizes, alphas = st.floats(0.01, 3), st.integers(2, 300), st.floats(1e-6, 0.5)


def test_power_agrees_with_r(reference):
    for case in reference("power")["power"]:
        power = power_two_sample(case["d"], case["n"], case["n"], case["alpha"])
        assert power == pytest.approx(case["power"], rel=1e-9, abs=0)


def test_sample_sizes_agree_with_r(reference):
    for case in reference("power")["sample_size"]:
        size = sample_size_for(case["d"], case["power"], case["alpha"])
        assert size.n1 == size.n2 == max(2, math.ceil(case["n"]))
        assert size.power == power_two_sample(case["d"], size.n1, size.n2, case["alpha"]) >= case["power"]


def test_power_and_both_errors_agree_with_50_digit_arithmetic(reference):
    for case in reference("power")["exaggeration"]:
        design = case["d_true"], case["n1"], case["n2"], case["alpha"]
        found = exaggeration(*design)
        assert found.d_true == case["d_true"]
        for name in ("power", "type_s", "type_m", "type_m_least"):
            assert getattr(found, name) == pytest.approx(float(case[name]), rel=1e-12, abs=0)
        assert power_two_sample(*design) == found.power


@given(sizes, sizes, alphas)
@few
def test_without_a_difference_power_is_alpha(n1, n2, alpha):
    assert power_two_sample(0, n1, n2, alpha) == pytest.approx(alpha, rel=1e-11)


@given(ds, sizes, sizes, alphas)
@few
def test_power_rises_with_difference_size_and_alpha_and_knows_no_sign_or_order(d, n1, n2, alpha):
    power = power_two_sample(d, n1, n2, alpha)
    assert alpha <= power * (1 + 1e-11)
    assert power <= 1
    assert power_two_sample(-d, n1, n2, alpha) == power
    assert power_two_sample(d, n2, n1, alpha) == power
    for more in ((1.1 * d, n1, n2, alpha), (d, n1 + 1, n2, alpha), (d, n1, n2, alpha * 1.1)):
        assert power_two_sample(*more) >= power * (1 - 1e-11)


@given(st.floats(0.2, 3), st.floats(0.3, 0.99), st.floats(0.001, 0.2), st.floats(0.2, 5))
@few
def test_one_person_less_in_the_first_group_is_too_few(d, power, alpha, ratio):
    size = sample_size_for(d, power, alpha, ratio)
    assert size.power >= power
    assert size.n2 == max(2, math.ceil(round(ratio * size.n1, 9)))
    if size.n1 > 2:
        n1 = size.n1 - 1
        assert power_two_sample(d, n1, max(2, math.ceil(round(ratio * n1, 9))), alpha) < power


def test_a_ratio_is_kept_to_whole_persons():
    assert sample_size_for(0.5, ratio=3).n2 == 3 * sample_size_for(0.5, ratio=3).n1
    # In floating point 1.1 * 10 is above 11.
    size = sample_size_for(1.3, ratio=1.1)
    assert (size.n1, size.n2) == (10, 11)
    assert sample_size_for(-0.5) == sample_size_for(0.5)


def test_a_size_between_the_last_doubling_and_the_largest_is_found():
    size = sample_size_for(1.3e-4)
    assert 2**29 < size.n1 == size.n2 < 10**9
    assert size.power == pytest.approx(0.8, rel=1e-8)


@given(sizes, sizes, st.floats(1e-6, 0.9))
def test_the_just_significant_g_is_the_g_that_fits_p_of_alpha(n1, n2, alpha):
    bounds = effects_from_p(PrintedP("=", alpha, ""), n1, n2)
    assert just_significant(n1, n2, alpha) == pytest.approx(bounds.g_low, rel=1e-12)


@given(ds, sizes, sizes, st.floats(1e-4, 0.2))
@few
def test_what_is_significant_overstates_more_the_less_the_power(d, n1, n2, alpha):
    found, larger = exaggerations([d, 1.2 * d], n1, n2, alpha)
    assert 0 <= larger.type_s <= found.type_s < 0.5
    assert found.type_m > max(1, found.type_m_least)
    assert found.type_m > larger.type_m * (1 - 1e-11)
    assert exaggeration(-d, n1, n2, alpha).type_m == found.type_m
    g = just_significant(n1, n2, alpha)
    assert found.type_m_least == pytest.approx(g / small_sample_factor(n1 + n2 - 2) / d, rel=1e-12)


def test_with_full_power_only_the_small_sample_bias_of_d_is_left():
    found = exaggeration(8, 10, 10)
    assert found.power == pytest.approx(1, rel=1e-15)
    assert found.type_m == pytest.approx(1 / small_sample_factor(18), rel=1e-13)
    assert found.type_s == pytest.approx(2.478811129540e-82, rel=1e-10)


def test_with_alpha_near_one_every_d_counts():
    # The mean of |T| under no restriction, by the folded normal distribution: n is so large that T is normal.
    found, delta = exaggeration(0.001, 10**6, 10**6, 1 - 1e-12), 0.001 * math.sqrt(5e5)
    folded = math.sqrt(2 / math.pi) * math.exp(-(delta**2) / 2) + delta * math.erf(delta / math.sqrt(2))
    assert found.type_m == pytest.approx(folded / delta, rel=1e-6)


@pytest.mark.parametrize("n", [2, 10**9])
@pytest.mark.parametrize("d", [1e-50, 1e-7, 1e50])
@pytest.mark.parametrize("alpha", [1e-50, 0.05, 1 - 1e-15])
def test_extreme_designs_give_numbers(d, n, alpha):
    found = exaggeration(d, n, n, alpha)
    assert alpha * (1 - 1e-9) <= found.power <= 1
    assert 0 <= found.type_s <= 0.5 + 1e-12
    assert 1 - 1e-12 <= found.type_m < math.inf


DESIGN = {"d": 0.5, "n1": 10, "n2": 12, "alpha": 0.05}


@pytest.mark.parametrize(
    ("name", "bad"),
    [(name, bad) for name in DESIGN for bad in (math.nan, math.inf, None, "1")]
    + [(name, bad) for name in ("n1", "n2") for bad in (1, 0, 2.5, 2e9)]
    + [("alpha", bad) for bad in (0, 1, 1e-60, -0.1)],
)
def test_a_bad_design_is_refused_by_name(name, bad):
    design = {**DESIGN, name: bad}
    with pytest.raises(StatsError, match=f"^{name} is "):
        power_two_sample(**design)
    d = design.pop("d")
    with pytest.raises(StatsError, match=f"^{'d_true' if name == 'd' else name} is "):
        exaggeration(d, **design)
    if name != "d":
        with pytest.raises(StatsError, match=f"^{name} is "):
            just_significant(**design)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"d": 0}, "d is 0; expected a true difference other than 0"),
        ({"d": math.nan}, "d is nan"),
        ({"power": 1}, "power is 1"),
        ({"power": 0.05}, "power is 0.05; expected more than alpha, 0.05"),
        ({"alpha": 0}, "alpha is 0"),
        ({"ratio": 0}, "ratio is 0; expected n2 / n1 from 0.001 to 1000"),
        ({"ratio": 1001}, "ratio is 1001"),
        ({"ratio": math.nan}, "ratio is nan"),
        ({"d": 1e-5}, "d is 1e-05; expected a difference that 1000000000 in a group can detect"),
        ({"d": 1e-3, "ratio": 1000, "power": 1 - 1e-15}, "d is 0.001; expected a difference that"),
    ],
)
def test_an_impossible_sample_size_is_refused(changed, message):
    arguments = {"d": 0.5, "power": 0.8, "alpha": 0.05, "ratio": 1, **changed}
    with pytest.raises(StatsError, match=f"^{message}"):
        sample_size_for(**arguments)


@pytest.mark.parametrize("bad", [[], None, 0.5])
def test_a_list_of_true_differences_is_needed(bad):
    with pytest.raises(StatsError, match=r"^d_trues "):
        exaggerations(bad, 10, 10)
    with pytest.raises(StatsError, match=r"^d_true is 0; expected a true difference other than 0"):
        exaggerations([0.5, 0], 10, 10)


anything = st.one_of(st.floats(), st.integers(-2, 50), st.none())


@given(anything, anything, anything, anything)
@few
def test_whatever_is_given_comes_out_as_numbers_or_a_named_error(d, n1, n2, alpha):
    for function, arguments in (
        (power_two_sample, (d, n1, n2, alpha)),
        (just_significant, (n1, n2, alpha)),
        (lambda *design: exaggeration(*design).type_m, (d, n1, n2, alpha)),
    ):
        try:
            assert math.isfinite(function(*arguments))
        except StatsError:
            pass


def test_unless_said_alpha_is_5_percent_and_power_80_percent(defaults):
    assert defaults("power") == {("alpha", 0.05), ("power", 0.8)}
