import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.effects import g_from_d, hedges_g
from il6review.stats.errors import StatsError
from il6review.stats.from_tests import (
    d_from_log_odds_ratio,
    d_from_r,
    d_from_t,
    d_from_t_and_df,
    g_from_t,
    r_from_chi2,
    r_from_d,
    r_from_t,
    t_from_f,
    t_from_p,
)
from il6review.stats.p_values import d_interval_from_p, p_from_r, student_p

ts = st.floats(-12, 12)
sizes = st.integers(2, 200)
rs = st.floats(-0.99, 0.99)
groups = st.tuples(st.floats(0.1, 100), st.floats(0.1, 10), sizes)
# R's effectsize finds its limits with an optimiser that stops early: measured, up to 2e-5 off at t = 12 with 9
# degrees of freedom, 3e-7 elsewhere. The limits are therefore held to 1e-12 against 34-digit arithmetic as well.
OPTIMISER = 3e-7
OPTIMISER_FAR = 2e-5


def computed(case):
    args = case["args"]
    if case["fn"] == "t_to_r":
        result = r_from_t(args["t"], args["df_error"])
        return result.r, result.ci_low, result.ci_high
    t = args["t"] if case["fn"] == "t_to_d" else t_from_f(args["f"])
    result = d_from_t_and_df(t, args["df_error"], "paired" if args.get("paired") else "independent")
    return result.d, result.ci_low, result.ci_high


def test_d_and_r_with_their_intervals_agree_with_effectsize(reference):
    cases = reference("effect_size_conversions")["cases"]
    assert {case["fn"] for case in cases} == {"t_to_d", "t_to_r", "F_to_d"}
    for case in cases:
        value, low, high = computed(case)
        printed = case["effectsize"]
        assert value == pytest.approx(printed["r" if case["fn"] == "t_to_r" else "d"], rel=1e-12)
        distance = OPTIMISER_FAR if case["args"].get("t") == 12 else OPTIMISER
        assert (low, high) == pytest.approx((printed["CI_low"], printed["CI_high"]), rel=0, abs=distance)


def test_the_intervals_agree_with_34_digit_arithmetic(reference):
    for case in reference("effect_size_conversions")["cases"]:
        exact = float(case["exact"]["ci_low"]), float(case["exact"]["ci_high"])
        assert computed(case)[1:] == pytest.approx(exact, rel=1e-11, abs=0)


def test_g_and_its_variance_from_t_agree_with_metafor(reference):
    cases = [case for case in reference("effect_sizes_metafor")["cases"] if "ti" in case["args"]]
    assert len(cases) == 3
    for case in cases:
        effect = g_from_t(case["args"]["ti"], case["args"]["n1i"], case["args"]["n2i"])
        assert (effect.estimate, effect.variance) == pytest.approx((case["yi"], case["vi"]), rel=1e-12)


def test_the_point_biserial_r_of_two_groups_agrees_with_metafor(reference):
    cases = [case for case in reference("effect_sizes_metafor")["cases"] if case["args"]["measure"] == "RPB"]
    assert len(cases) == 2
    for case in cases:
        a = case["args"]
        data = [a[name] for name in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")]
        test = student_p(*data)
        assert r_from_t(test.t, test.df).r == pytest.approx(case["yi"], rel=1e-12)
        d = d_from_t(test.t, a["n1i"], a["n2i"]).d
        assert r_from_d(d, a["n1i"], a["n2i"]) == pytest.approx(case["yi"], rel=1e-12)


def test_d_from_an_odds_ratio_agrees_with_metafor_and_effectsize(reference):
    cases = {
        case["args"]["measure"]: case for case in reference("effect_sizes_metafor")["cases"] if "ai" in case["args"]
    }
    log_or = next(case for case in reference("effect_sizes_metafor")["cases"] if case["id"] == "2x2_135_15_40_10_OR")
    effect = d_from_log_odds_ratio(log_or["yi"], log_or["vi"], 150, 50)
    expected = cases["OR2DL"]["yi"], cases["OR2DL"]["vi"]
    assert (effect.estimate, effect.variance) == pytest.approx(expected, rel=1e-12)
    assert (effect.measure, effect.n1, effect.n2) == ("SMD", 150, 50)
    examples = reference("effect_examples")
    assert (effect.estimate, effect.se) == pytest.approx(examples["escalc"]["OR2D"], abs=6e-5)
    ratio, d = examples["effectsize"]["odds_ratio_to_d"]
    assert d_from_log_odds_ratio(math.log(ratio), 1, 9, 9).estimate == pytest.approx(d, abs=6e-4)
    log_ratio, d = examples["effectsize"]["log_odds_ratio_to_d"]
    assert d_from_log_odds_ratio(log_ratio, 1, 9, 9).estimate == pytest.approx(d, abs=6e-5)


def test_r_from_chi_square_is_the_phi_of_the_table(reference):
    (case,) = [case for case in reference("effect_sizes_metafor")["cases"] if case["args"]["measure"] == "PHI"]
    a, b, c, d = (case["args"][cell] for cell in ("ai", "bi", "ci", "di"))
    n = a + b + c + d
    expected = [row * column / n for row in (a + b, c + d) for column in (a + c, b + d)]
    chi2 = sum((seen - cell) ** 2 / cell for seen, cell in zip((a, b, c, d), expected, strict=True))
    assert r_from_chi2(chi2, n) == pytest.approx(case["yi"], rel=1e-12)


def test_r_of_many_persons_agrees_with_the_formula_for_equal_groups(reference):
    d, r = reference("effect_examples")["effectsize"]["d_to_r"]
    assert r_from_d(d, 10**6, 10**6) == pytest.approx(r, abs=6e-6)


@given(groups, groups, st.sampled_from(["large_sample", "borenstein"]))
def test_g_from_the_t_of_two_groups_is_the_g_of_their_means(one, two, variance):
    direct = hedges_g(*one, *two, variance=variance)
    from_t = g_from_t(student_p(*one, *two).t, one[2], two[2], variance)
    assert from_t.estimate == pytest.approx(direct.estimate, rel=1e-12, abs=1e-14)
    assert from_t.variance == pytest.approx(direct.variance, rel=1e-12)
    assert (from_t.measure, from_t.n1, from_t.n2) == ("SMD", one[2], two[2])


@given(ts, sizes, sizes)
def test_t_d_and_r_lead_back_to_each_other(t, n1, n2):
    df = n1 + n2 - 2
    d, r = d_from_t(t, n1, n2).d, r_from_t(t, df).r
    assert d / math.sqrt(1 / n1 + 1 / n2) == pytest.approx(t, rel=1e-12, abs=1e-300)
    assert r_from_d(d, n1, n2) == pytest.approx(r, rel=1e-12, abs=1e-300)
    assert d_from_r(r, n1, n2) == pytest.approx(d, rel=1e-10, abs=1e-300)


@given(rs, st.integers(3, 300))
def test_r_from_the_t_of_a_correlation_is_the_correlation(r, n):
    test = p_from_r(r, n)
    assert r_from_t(test.t, test.df).r == pytest.approx(r, rel=1e-12, abs=1e-300)


@given(st.floats(1e-6, 1), st.integers(2, 60), st.integers(2, 60), st.floats(0.5, 0.999))
def test_d_from_p_by_way_of_t_is_d_from_p(p, n1, n2, confidence):
    by_way, direct = d_from_t(t_from_p(p, n1 + n2 - 2), n1, n2, confidence), d_interval_from_p(p, n1, n2, confidence)
    for name in ("d", "ci_low", "ci_high", "g", "confidence"):
        assert getattr(by_way, name) == pytest.approx(getattr(direct, name), rel=1e-11, abs=1e-12)


@given(ts, sizes, sizes, st.floats(0.5, 0.99))
def test_turning_t_turns_the_intervals(t, n1, n2, confidence):
    df = n1 + n2 - 2
    for there, back in (
        (d_from_t(t, n1, n2, confidence), d_from_t(-t, n1, n2, confidence)),
        (r_from_t(t, df, confidence), r_from_t(-t, df, confidence)),
        (d_from_t_and_df(t, df, "paired", confidence), d_from_t_and_df(-t, df, "paired", confidence)),
    ):
        assert (back.ci_low, back.ci_high) == pytest.approx((-there.ci_high, -there.ci_low), rel=1e-9, abs=1e-10)
        assert there.ci_low < there.ci_high


@given(ts, st.integers(2, 300))
def test_without_sizes_d_is_that_of_equal_groups_but_for_two_degrees_of_freedom(t, half):
    known, unknown = d_from_t(t, half, half), d_from_t_and_df(t, 2 * half - 2)
    assert unknown.d == pytest.approx(known.d * math.sqrt(half / (half - 1)), rel=1e-12, abs=1e-300)
    assert unknown.g == pytest.approx(known.g * math.sqrt(half / (half - 1)), rel=1e-12, abs=1e-300)


def test_g_stands_beside_d_with_the_exact_factor():
    interval = d_from_t(3, 10, 12)
    assert interval.g == pytest.approx(g_from_d(interval.d, 10, 12).estimate, rel=1e-14)
    assert interval.confidence == 0.95


def test_a_t_next_to_zero_has_the_interval_of_zero():
    assert r_from_t(1e-130, 1).ci_high == r_from_t(0, 1).ci_high > 0


def test_a_t_without_end_is_refused():
    with pytest.raises(StatsError, match=r"^t is .*expected a finite number"):
        t_from_p(0.01, 1e-3)


def test_f_with_one_degree_of_freedom_is_the_square_of_t():
    assert t_from_f(16) == 4


@pytest.mark.parametrize("f", [-1, math.nan, math.inf, None])
def test_f_below_zero_is_refused(f):
    with pytest.raises(StatsError, match=r"^f is "):
        t_from_f(f)


@pytest.mark.parametrize(
    ("chi2", "n", "name"), [(-1, 20, "chi2"), (20, 20, "chi2"), (math.nan, 20, "chi2"), (2, 3, "n")]
)
def test_a_chi_square_that_no_table_of_two_by_two_has_is_refused(chi2, n, name):
    with pytest.raises(StatsError, match=f"^{name} is "):
        r_from_chi2(chi2, n)


def test_an_unknown_design_is_answered_with_the_known_ones():
    with pytest.raises(
        StatsError, match=r"design is 'pair'; expected one of independent, paired. Did you mean 'paired'"
    ):
        d_from_t_and_df(2, 10, "pair")


@pytest.mark.parametrize(
    ("function", "good", "names"),
    [
        (g_from_t, (2.0, 8, 9), ("t", "n1", "n2")),
        (d_from_t, (2.0, 8, 9, 0.95), ("t", "n1", "n2", "confidence")),
        (r_from_t, (2.0, 8, 0.95), ("t", "df", "confidence")),
        (t_from_p, (0.04, 8), ("p", "df")),
        (r_from_d, (0.5, 8, 9), ("d", "n1", "n2")),
        (d_from_r, (0.5, 8, 9), ("r", "n1", "n2")),
        (d_from_log_odds_ratio, (0.5, 0.2, 8, 9), ("log_or", "variance", "n1", "n2")),
    ],
)
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3", 1e300])
def test_a_bad_number_anywhere_is_refused_by_name(function, good, names, bad):
    for position, name in enumerate(names):
        data = list(good)
        data[position] = bad
        with pytest.raises(StatsError, match=f"^{name} is "):
            function(*data)


@pytest.mark.parametrize(("function", "value"), [(g_from_t, 2), (d_from_t, 2)])
def test_sizes_that_leave_one_degree_of_freedom_give_no_g(function, value):
    with pytest.raises(StatsError, match="df is 1"):
        function(value, 1, 2)
    assert math.isfinite(r_from_d(value, 1, 2))


@pytest.mark.parametrize("function", [r_from_d, d_from_r])
def test_two_persons_have_no_degree_of_freedom(function):
    with pytest.raises(StatsError, match="n1 and n2 sum to 2; expected at least 3"):
        function(0.5, 1, 1)


@given(
    st.floats(-1e50, 1e50),
    st.one_of(st.floats(1e-50, 1e9), st.integers(1, 10**9)),
    st.floats(0, 1, exclude_min=True, exclude_max=True),
)
def test_extreme_but_possible_input_gives_ordered_numbers_or_a_named_error(t, df, confidence):
    for function in (r_from_t, lambda *args: d_from_t_and_df(args[0], args[1], "independent", args[2])):
        try:
            interval = function(t, df, confidence)
        except StatsError:
            continue
        assert math.isfinite(interval.ci_low)
        assert interval.ci_low <= interval.ci_high < math.inf


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("from_tests") == {("confidence", 0.95)}
