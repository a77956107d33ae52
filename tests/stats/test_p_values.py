import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.conversions import sem_to_sd
from il6review.stats.effects import hedges_g
from il6review.stats.errors import StatsError
from il6review.stats.p_values import (
    PrintedP,
    anova_p,
    d_interval_from_p,
    effects_from_p,
    p_from_r,
    paired_p,
    paired_p_from_groups,
    parse_p,
    student_p,
    welch_p,
)

NAMES = ("m1", "sd1", "n1", "m2", "sd2", "n2")
ps = st.floats(1e-6, 1)
sizes = st.integers(2, 60)
means, sds = st.floats(-50, 50), st.floats(0.1, 20)
ranges = st.tuples(sizes, st.integers(0, 8)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("0.044", "=", 0.044),
        (".442", "=", 0.442),
        ("= 0.03", "=", 0.03),
        ("P<0.05", "<", 0.05),
        ("p < .001", "<", 0.001),
        ("<=0.0001", "<=", 0.0001),
        ("≤0.01", "<=", 0.01),
        (">=0.4", ">=", 0.4),
        ("≥ 0.4", ">=", 0.4),
        (" >0.05 ", ">", 0.05),
        ("1.18E-03", "=", 0.00118),
        ("1", "=", 1.0),
        ("NS", "NS", None),
        ("n.s.", "NS", None),
        ("P = ns", "NS", None),
    ],
)
def test_printed_p_values_are_read(text, operator, value):
    assert parse_p(text) == PrintedP(operator, value, text)


@pytest.mark.parametrize(("text", "value"), [("0.000", 0.0005), ("<0.000", 0.0005), ("p=0.00", 0.005), (".0", 0.05)])
def test_a_printed_zero_means_below_half_of_its_last_place(text, value):
    assert parse_p(text) == PrintedP("<", value, text)


@pytest.mark.parametrize(
    "text",
    ["", "significant", "<0.05-0.001", "0,04", "<<0.05", "0.05 0.01", "1.01", "-0.2", "0", ">0.000", "nan", "1e999"],
)
def test_what_is_no_p_value_is_refused(text):
    with pytest.raises(StatsError, match="p value"):
        parse_p(text)


@pytest.mark.parametrize("text", ["<0.05-0.001", "P<0.05 - <0.001", "0.05–0.001", "0.01 to 0.04", "p=.01-.04"])
def test_a_range_of_p_values_is_refused_because_it_sums_up_several_tests(text):
    with pytest.raises(StatsError, match="is a range, which sums up several tests"):
        parse_p(text)


@pytest.mark.parametrize("value", [None, 0.05, b"0.05"])
def test_a_p_value_is_read_from_text_alone(value):
    with pytest.raises(StatsError, match="as printed"):
        parse_p(value)


@pytest.mark.parametrize(
    ("operator", "value"), [("~", 0.05), ("=", None), ("=", 0), ("<", 1.5), ("NS", 0.05), ("=", math.nan), ([], 1)]
)
def test_an_impossible_printed_p_cannot_be_made(operator, value):
    with pytest.raises(StatsError):
        PrintedP(operator, value, "made by hand")


@given(st.sampled_from(["=", "<", "<=", ">", ">="]), st.floats(1e-49, 1))
def test_a_written_p_value_is_read_back(operator, value):
    printed = parse_p(f"P {operator} {value!r}")
    assert (printed.operator, printed.value) == (operator, value)


def test_student_and_welch_agree_with_r(reference):
    for case in reference("two_group_summary")["cases"]:
        data = [case[name] for name in NAMES]
        for name, test in (("student", student_p(*data)), ("welch", welch_p(*data))):
            assert test.t == pytest.approx(case[f"{name}_t"], rel=1e-10, abs=0)
            assert test.df == pytest.approx(case[f"{name}_df"], rel=1e-10, abs=0)
            assert test.p == pytest.approx(case[f"{name}_p"], rel=1e-10, abs=0)


def test_paired_tests_agree_with_r(reference):
    for case in reference("summary_tests")["paired"]:
        from_differences = paired_p(case["mean_difference"], case["sd_difference"], case["n"])
        assert from_differences.t == pytest.approx(case["t"], rel=1e-10, abs=0)
        assert from_differences.p == pytest.approx(case["p"], rel=1e-10, abs=0)
        assert from_differences.df == case["df"]
        if case["n"] > 2:
            from_groups = paired_p_from_groups(*(case[name] for name in ("m1", "sd1", "m2", "sd2", "n", "r")))
            assert from_groups.t == pytest.approx(case["t"], rel=1e-10, abs=0)
            assert from_groups.p == pytest.approx(case["p"], rel=1e-10, abs=0)
            assert from_groups.df == case["df"]


@given(means, sds, means, sds, sizes)
def test_pairs_without_correlation_have_the_standard_error_of_two_groups(m1, sd1, m2, sd2, n):
    paired, welch = paired_p_from_groups(m1, sd1, m2, sd2, n, 0), welch_p(m1, sd1, n, m2, sd2, n)
    assert paired.t == pytest.approx(welch.t, rel=1e-12)
    assert paired.df == n - 1


@given(st.floats(-0.99, 0.98))
def test_the_closer_the_pairs_go_together_the_smaller_the_p(r):
    assert paired_p_from_groups(5, 2, 4, 1, 12, r + 0.01).p < paired_p_from_groups(5, 2, 4, 1, 12, r).p


def test_a_correlation_next_to_one_leaves_a_sound_standard_deviation():
    test = paired_p_from_groups(1, 0.1, 0, 0.1, 4, 1 - 2**-50)
    assert test.t == pytest.approx(20 / 2**-24.5, rel=1e-12)


def test_analyses_of_variance_agree_with_r(reference):
    for case in reference("summary_tests")["anova"]:
        test = anova_p(case["means"], case["sds"], case["ns"])
        assert (test.df1, test.df2) == (case["df1"], case["df2"])
        assert test.f == pytest.approx(case["f"], rel=1e-10, abs=0)
        assert test.p == pytest.approx(case["p"], rel=1e-10, abs=0)


def test_an_analysis_of_variance_from_standard_errors_is_that_of_their_standard_deviations():
    sds = [sem_to_sd(sem, n) for sem, n in ((0.5, 16), (0.4, 25))]
    assert sds == pytest.approx([2, 2])
    assert anova_p([3, 5], sds, [16, 25]).f == pytest.approx(student_p(3, 2, 16, 5, 2, 25).t ** 2, rel=1e-12)


@given(means, sds, sizes, means, sds, sizes)
def test_with_two_groups_f_is_the_square_of_student_t(m1, sd1, n1, m2, sd2, n2):
    f, t = anova_p([m1, m2], [sd1, sd2], [n1, n2]), student_p(m1, sd1, n1, m2, sd2, n2)
    assert f.f == pytest.approx(t.t**2, rel=1e-6, abs=1e-18)
    assert f.p == pytest.approx(t.p, rel=1e-6, abs=1e-300)


@given(st.lists(st.tuples(means, sds, sizes), min_size=2, max_size=6), st.randoms())
def test_the_order_and_the_zero_of_the_groups_do_not_matter_to_f(groups, random):
    f = anova_p(*zip(*groups, strict=True)).f
    moved = [(mean + 7, sd, n) for mean, sd, n in groups]
    random.shuffle(moved)
    assert anova_p(*zip(*moved, strict=True)).f == pytest.approx(f, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("r", "df", "p"), [(0.22, 28, 0.242738987912712), (-0.35, 50, 0.0109734108360647)])
def test_the_p_of_a_correlation_agrees_with_statcheck(r, df, p):
    test = p_from_r(r, df + 2)
    assert test.p == pytest.approx(p, rel=1e-12)
    assert test.df == df
    assert math.copysign(1, test.t) == math.copysign(1, r)


def test_the_p_of_a_zero_correlation_is_one():
    assert p_from_r(0, 10).p == 1


@pytest.mark.parametrize(("r", "n"), [(1, 10), (-1, 10), (1.5, 10), (0.5, 2), (0.5, 10.5), (math.nan, 9)])
def test_a_correlation_without_a_test_is_refused(r, n):
    with pytest.raises(StatsError):
        p_from_r(r, n)


def test_d_and_g_from_p_agree_with_r(reference):
    for case in reference("p_to_effect")["cases"]:
        interval = d_interval_from_p(case["p"], case["n1"], case["n2"])
        bounds = effects_from_p(str(case["p"]), case["n1"], case["n2"])
        assert (interval.d, interval.g) == pytest.approx((case["d"], case["g"]), rel=1e-10, abs=0)
        assert bounds.g_low == bounds.g_high == pytest.approx(case["g"], rel=1e-10, abs=0)
        assert bounds.exact
        limits = case["d_ci_low"], case["d_ci_high"]
        assert (interval.ci_low, interval.ci_high) == pytest.approx(limits, abs=1e-6)


def test_the_noncentral_interval_agrees_with_30_digit_arithmetic(reference):
    for case in reference("exact")["d_intervals"]:
        interval = d_interval_from_p(case["p"], case["n1"], case["n2"], case["confidence"])
        for name in ("d", "g", "ci_low", "ci_high"):
            assert getattr(interval, name) == pytest.approx(float(case[name]), rel=1e-12, abs=1e-14)


@given(ps, sizes, sizes, st.floats(0.5, 0.999))
def test_the_interval_holds_d_and_excludes_zero_just_when_p_is_small(p, n1, n2, confidence):
    interval = d_interval_from_p(p, n1, n2, confidence)
    assert interval.ci_low < interval.d < interval.ci_high
    if abs(p - (1 - confidence)) > 1e-9:
        assert (interval.ci_low > 0) == (p < 1 - confidence)


@given(st.tuples(st.floats(1, 20), st.floats(0.5, 5), sizes), st.tuples(st.floats(1, 20), st.floats(0.5, 5), sizes))
def test_the_effect_from_an_exact_p_is_the_effect_that_gave_it(one, two):
    p = student_p(*one, *two).p
    if p < 1e-12 or p > 1 - 1e-6:
        return
    bounds = effects_from_p(PrintedP("=", p, "computed"), one[2], two[2])
    assert bounds.g_low == pytest.approx(abs(hedges_g(*one, *two).estimate), rel=1e-7)


@given(ps, sizes, sizes)
def test_an_inequality_gives_one_side_of_the_exact_effect(p, n1, n2):
    g = effects_from_p(PrintedP("=", p, ""), n1, n2).g_low
    for operator, low, high in (("<", g, math.inf), ("<=", g, math.inf), (">", 0, g), (">=", 0, g)):
        bounds = effects_from_p(PrintedP(operator, p, ""), n1, n2)
        assert (bounds.g_low, bounds.g_high) == (low, high)


def test_not_significant_is_read_as_above_five_percent():
    ns, above = effects_from_p("NS", 10, 12), effects_from_p(">0.05", 10, 12)
    assert (ns.g_low, ns.g_high) == (above.g_low, above.g_high)
    assert not ns.exact


@given(ps, ranges, ranges)
def test_a_range_of_sizes_gives_exactly_the_union_over_every_pair_of_sizes(p, n1, n2):
    printed = PrintedP("=", p, "")
    singles = [effects_from_p(printed, a, b).g_low for a in range(n1[0], n1[1] + 1) for b in range(n2[0], n2[1] + 1)]
    bounds = effects_from_p(printed, n1, n2)
    assert bounds.g_low == pytest.approx(min(singles), rel=1e-14)
    assert bounds.g_high == pytest.approx(max(singles), rel=1e-14)
    assert (bounds.n1, bounds.n2) == (n1, n2)


@given(st.floats(1e-6, 0.05), st.integers(2, 100), st.integers(2, 100))
def test_up_to_five_percent_the_effect_falls_as_a_group_grows(p, n1, n2):
    printed = PrintedP("=", p, "")
    here = effects_from_p(printed, n1, n2).g_low
    assert effects_from_p(printed, n1 + 1, n2).g_low < here
    assert effects_from_p(printed, n1, n2 + 1).g_low < here


def test_near_p_of_one_the_effect_can_rise_as_a_group_grows_and_the_range_knows_it():
    smaller, larger = (effects_from_p("0.9", 2, n2).g_low for n2 in (2, 3))
    assert larger > smaller
    assert effects_from_p("0.9", 2, (2, 3)).g_high == larger


def test_a_p_of_one_fits_no_effect_but_zero():
    bounds = effects_from_p("1", 8, 8)
    assert bounds.g_low == bounds.g_high == 0
    assert math.copysign(1, bounds.g_low) == 1


@pytest.mark.parametrize(
    ("n1", "n2"),
    [(0, 9), (9, 0), ((6, 5), 9), ((1, 2, 3), 9), ((5,), 9), ((2, 203), 9), (5.5, 9), (None, 9), (9, "6-12")],
)
def test_impossible_sizes_are_refused(n1, n2):
    with pytest.raises(StatsError, match=r"^n[12] is .*expected"):
        effects_from_p("<0.05", n1, n2)


@pytest.mark.parametrize(("n1", "n2"), [(1, 2), (1, 1), ((1, 5), 2)])
def test_sizes_that_leave_one_degree_of_freedom_are_refused(n1, n2):
    with pytest.raises(StatsError, match=r"n1 and n2 sum to \d; expected at least 4"):
        effects_from_p("<0.05", n1, n2)
    if not isinstance(n1, tuple):
        with pytest.raises(StatsError, match=r"n1 and n2 sum to \d; expected at least 4"):
            d_interval_from_p(0.05, n1, n2)


@pytest.mark.parametrize("p", [None, 0.05, "junk"])
def test_effects_need_a_printed_p(p):
    with pytest.raises(StatsError, match=r"^p "):
        effects_from_p(p, 9, 9)


@pytest.mark.parametrize("test", [student_p, welch_p])
@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3", 1e300])
def test_a_bad_number_anywhere_is_refused_by_name(test, position, bad):
    data = [3.0, 1.0, 5, 2.0, 1.0, 5]
    data[position] = bad
    with pytest.raises(StatsError, match=f"^{NAMES[position]} is "):
        test(*data)


@pytest.mark.parametrize(
    ("test", "data", "names"),
    [
        (paired_p, (1.0, 2.0, 5), ("mean_difference", "sd_difference", "n")),
        (paired_p_from_groups, (3.0, 1.0, 2.0, 1.0, 5, 0.5), ("m1", "sd1", "m2", "sd2", "n", "r")),
    ],
)
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3", 1e300])
def test_a_bad_number_in_a_paired_test_is_refused_by_name(test, data, names, bad):
    for position, name in enumerate(names):
        with pytest.raises(StatsError, match=f"^{name} is "):
            test(*data[:position], bad, *data[position + 1 :])


@pytest.mark.parametrize(("name", "bad"), [("sd1", 0), ("sd2", -1), ("n", 1), ("n", 5.5), ("r", 1), ("r", -1)])
def test_an_impossible_paired_test_is_refused(name, bad):
    data = {"m1": 3, "sd1": 1, "m2": 2, "sd2": 1, "n": 5, "r": 0.5}
    with pytest.raises(StatsError, match=f"^{name} is "):
        paired_p_from_groups(**{**data, name: bad})
    if name == "n":
        with pytest.raises(StatsError, match=r"^n is "):
            paired_p(1, 2, bad)
    with pytest.raises(StatsError, match=r"^sd_difference is 0"):
        paired_p(1, 0, 5)


@pytest.mark.parametrize(
    ("means", "sds", "ns", "message"),
    [
        ([1], [1], [5], "means has 1 rows"),
        ([1, 2], [1], [5, 5], "sds has 1 rows"),
        ([1, math.nan], [1, 1], [5, 5], "means, row 2, is nan"),
        ([1, 2], [1, 0], [5, 5], "sds, row 2, is 0"),
        ([1, 2], [1, 1], [1, 5], "ns, row 1, is 1"),
    ],
)
def test_groups_without_an_analysis_of_variance_are_refused_with_their_row(means, sds, ns, message):
    with pytest.raises(StatsError, match=f"^{message}"):
        anova_p(means, sds, ns)


numbers = st.one_of(st.floats(), st.floats(-5, 5), st.integers(-3, 40), st.none())


@given(st.lists(numbers, min_size=6, max_size=6))
def test_whatever_the_summary_the_p_is_a_probability_or_the_error_named(values):
    three = values[:3], [abs(value or 1) for value in values[:3]], values[3:]
    for test, arguments in (
        (student_p, values),
        (welch_p, values),
        (paired_p, values[:3]),
        (paired_p_from_groups, values),
        (p_from_r, values[:2]),
        (anova_p, three),
    ):
        try:
            p = test(*arguments).p
        except StatsError:
            continue
        assert 0 <= p <= 1


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("bad", [math.nan, math.inf, 0, -1, 1e300, None])
def test_the_interval_of_d_refuses_a_bad_number(position, bad):
    data = [0.04, 8, 9, 0.95]
    data[position] = bad
    with pytest.raises(StatsError, match=r"^(p|n1|n2|confidence) is "):
        d_interval_from_p(*data)


@pytest.mark.parametrize("p", [1e-50, 1e-20, 1.0])
@pytest.mark.parametrize("sizes", [(2, 2), (1, 3), (5, 10**9)])
@pytest.mark.parametrize("confidence", [1e-10, 1 - 1e-15])
def test_extreme_but_possible_input_gives_numbers_or_a_named_error(p, sizes, confidence):
    assert math.isfinite(effects_from_p(PrintedP("=", p, ""), *sizes).g_low)
    try:
        interval = d_interval_from_p(p, *sizes, confidence)
    except StatsError:
        return
    assert all(map(math.isfinite, (interval.d, interval.ci_low, interval.ci_high, interval.g)))


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("p_values") == {("confidence", 0.95)}
