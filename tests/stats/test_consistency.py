import math
from statistics import NormalDist, fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from il6review.stats import consistency as c
from il6review.stats.errors import StatsError

NORMAL = NormalDist()


def readings(check):
    return {reading.words: reading for reading in (*check.expected, *check.alternatives)}


def z_p(z):
    return 2 * NORMAL.cdf(-abs(z))


# --- correlation ---------------------------------------------------------------------------------------------------


def r_p(r, n):
    return 2 * scipy_stats.t.sf(abs(r) * math.sqrt((n - 2) / (1 - r**2)), n - 2)


def test_the_p_of_a_correlation_has_the_limits_that_rounding_and_one_missing_pair_leave():
    (reading,) = c.p_against_r("-0.49", 20, "0.03").expected
    assert reading.value == pytest.approx(r_p(0.49, 20), rel=1e-12)
    assert (reading.low, reading.high) == pytest.approx((r_p(0.495, 20), r_p(0.485, 19)), rel=1e-12)


@pytest.mark.parametrize(
    ("r", "n", "p", "verdict"),
    [
        ("0.49", 20, "0.03", "consistent"),
        ("0.49", 20, "0.02", "inconsistent"),
        ("0.49", 20, "<0.05", "consistent"),
        ("0.49", 20, "<0.01", "inconsistent"),
        ("0.49", 20, "NS", "inconsistent"),
        ("0.20", 20, "NS", "consistent"),
        ("-0.3188", 40, "0.0479", "consistent"),
        ("-0.3188", 41, "0.0479", "inconsistent"),
        ("0.99", 10, "0.000", "consistent"),
        ("0.997", 4, "0.003", "consistent"),
    ],
)
def test_a_printed_p_is_held_against_r_and_n(r, n, p, verdict):
    check = c.p_against_r(r, n, p)
    assert check.verdict == verdict
    assert check.expected[0].fits == (verdict == "consistent")
    assert check.printed == p


def test_other_readings_of_a_p_are_shown_and_do_not_excuse_it():
    check = c.p_against_r("0.39", 20, "0.04", other_n=30)
    assert check.verdict == "inconsistent"
    found = readings(check)
    assert found["one-sided, n = 20"].value == pytest.approx(r_p(0.39, 20) / 2)
    assert found["two-sided, n = 30"].value == pytest.approx(r_p(0.39, 30))
    assert found["one-sided, n = 20"].fits and found["two-sided, n = 30"].fits


@pytest.mark.parametrize(
    ("r", "n", "p", "best"),
    [
        ("0.435", 25, "0.05", 21),
        ("0.537", 35, "0.002", 31),
        ("0.35", 49, "0.05", 32),
        ("0.435", 25, "<0.001", 55),
        ("0.435", 25, "NS", 20),
        ("0.9999999", 25, "0.5", 3),
        ("0.00001", 25, "0.05", None),
        ("0.00", 25, "0.05", None),
    ],
)
def test_the_n_that_a_printed_p_fits_is_found(r, n, p, best):
    steps = c.p_against_r(r, n, p).steps
    assert (f"the printed p fits n = {best} best" in steps) == (best is not None)
    if best is None:
        assert not any("best" in step for step in steps)


@given(st.floats(0.05, 0.95), st.integers(5, 400))
def test_the_n_that_made_a_p_is_found_again(r, n):
    text = f"{r:.6f}"
    p = r_p(float(text), n)
    if not 1e-9 < p < 0.99:
        return
    check = c.p_against_r(text, 2 * n + 2, f"{p:.25f}")
    assert f"the printed p fits n = {n} best" in check.steps


def test_an_n_that_was_tried_already_is_not_tried_again():
    check = c.p_against_r("-0.49", 20, "0.006", other_n=30)
    assert [reading.words for reading in check.alternatives] == ["one-sided, n = 20", "two-sided, n = 30"]
    assert check.steps[-1] == "the printed p fits n = 30 best"


def test_an_n_that_fits_is_not_looked_for_where_the_printed_one_does():
    assert len(c.p_against_r("0.49", 20, "0.03").alternatives) == 1


@pytest.mark.parametrize(("n", "verdict"), [(6, "not_significant"), (7, "not_significant"), (8, "consistent")])
def test_without_a_p_a_correlation_is_significant_or_not(n, verdict):
    assert c.p_against_r("-0.74", n, None).verdict == verdict


@pytest.mark.parametrize(
    ("p", "verdict"), [("0.072", "error"), ("0.144", "consistent"), ("0.1", "consistent"), ("0.20", "inconsistent")]
)
def test_a_one_sided_p_is_told_from_a_wrong_one(p, verdict):
    check = c.one_sided_p("0.256", 34, p)
    assert check.verdict == verdict
    assert check.alternatives[0].value == pytest.approx(r_p(0.256, 34) / 2)


# --- two groups ----------------------------------------------------------------------------------------------------


def test_p_from_a_summary_is_student_and_welch_under_each_kind_of_spread():
    means, spreads, ns = ["444.2", "588.39"], ["39.6", "71.5"], [43, 16]
    check = c.p_against_summary(means, spreads, ns, "<0.02", "open")
    for kind in ("SD", "SEM"):
        sds = [float(s) * (math.sqrt(n) if kind == "SEM" else 1) for s, n in zip(spreads, ns, strict=True)]
        for label, equal in (("Student", True), ("Welch", False)):
            test = scipy_stats.ttest_ind_from_stats(444.2, sds[0], 43, 588.39, sds[1], 16, equal_var=equal)
            reading = readings(check)[f"{kind}, {label}"]
            assert reading.value == pytest.approx(test.pvalue, rel=1e-9)
            assert reading.low <= reading.value <= reading.high
            assert f"{kind}, {label}: t = {abs(test.statistic):.4g}" in " ".join(check.steps)
    assert [readings(check)[words].fits for words in ("SD, Student", "SEM, Student")] == [True, False]


@pytest.mark.parametrize(
    ("kind", "p", "verdict"),
    [
        ("sd", "0.259", "consistent"),
        ("sd", "0.267", "consistent"),
        ("sd", "0.270", "not_reproduced"),
        ("sd", "<0.05", "not_reproduced"),
        ("sem", "0.259", "not_reproduced"),
        ("sem", "0.836", "consistent"),
        ("open", "0.836", "consistent"),
        ("open", "0.5", "inconsistent"),
        ("open", "NS", "consistent"),
    ],
)
def test_a_p_that_no_test_gives_is_not_reproduced_or_inconsistent(kind, p, verdict):
    assert c.p_against_summary(["73.1", "46.7"], ["95.4", "83.6"], [30, 30], p, kind).verdict == verdict


def test_the_limits_of_p_hold_every_rounding_and_one_missing_person():
    check = c.p_against_summary(["10.0", "8.0"], ["3.0", "2.0"], [9, 12], "0.1", "sd")
    widest = scipy_stats.ttest_ind_from_stats(9.95, 3.05, 8, 8.05, 2.05, 11).pvalue
    narrowest = scipy_stats.ttest_ind_from_stats(10.05, 2.95, 9, 7.95, 1.95, 12).pvalue
    assert (check.expected[0].low, check.expected[0].high) == pytest.approx((narrowest, widest), rel=1e-9)


@pytest.mark.parametrize("other", ["5.0", "5.05"])
def test_means_that_rounding_can_make_equal_have_a_p_of_up_to_one(other):
    assert c.p_against_summary(["5.0", other], ["1.0", "1.0"], [9, 9], "1.0", "sd").expected[0].high == 1


def test_p_from_counts_is_fisher_or_chi_square():
    table = [[8, 12], [3, 22]]
    check = c.p_against_counts([8, 3], [20, 25], "0.030")
    expected = {
        "Fisher": scipy_stats.fisher_exact(table).pvalue,
        "chi-square": scipy_stats.chi2_contingency(table, correction=False).pvalue,
        "chi-square, Yates": scipy_stats.chi2_contingency(table, correction=True).pvalue,
    }
    assert {words: reading.value for words, reading in readings(check).items()} == pytest.approx(expected, rel=1e-9)
    assert check.verdict == "consistent" and not check.expected[0].fits
    assert c.p_against_counts([8, 3], [20, 25], "0.2").verdict == "inconsistent"


raw = st.lists(st.floats(1, 99), min_size=3, max_size=12).filter(lambda x: stdev(x) > 0.5)


@given(raw, raw, st.integers(1, 2))
def test_subgroups_rebuild_the_mean_and_the_spread_of_all(one, two, digits):
    def shown(*values):
        return [f"{value:.{digits}f}" for value in values]

    means, sds, ns = shown(fmean(one), fmean(two)), shown(stdev(one), stdev(two)), [len(one), len(two)]
    everybody = one + two
    mean = c.subgroup_mean(means, ns, *shown(fmean(everybody)))
    assert mean.verdict == "consistent"
    assert mean.expected[0].value == pytest.approx(fmean(everybody), abs=10**-digits)
    check = c.sem_not_sd(means, sds, ns, *shown(stdev(everybody)))
    assert check.verdict == "consistent"
    size = stdev(everybody)
    found = readings(check)
    assert found["subgroups SD, total SD"].value == pytest.approx(size, abs=2 * 10**-digits)
    assert found["subgroups SD, total SEM"].value == pytest.approx(
        size / math.sqrt(len(everybody)), abs=2 * 10**-digits
    )


@pytest.mark.parametrize(
    ("total", "verdict"),
    [("483.32", "consistent"), ("483.35", "inconsistent"), ("483", "consistent"), ("347.7", "inconsistent")],
)
def test_the_mean_of_all_is_weighted_by_size(total, verdict):
    check = c.subgroup_mean(["444.2", "588.39"], [43, 16], total)
    assert check.verdict == verdict
    assert check.expected[0].value == pytest.approx((43 * 444.2 + 16 * 588.39) / 59)
    assert check.alternatives[0].value == pytest.approx((444.2 + 588.39) / 2)
    assert check.expected[0].high - check.expected[0].value == pytest.approx((43 * 0.05 + 16 * 0.005) / 59)


@pytest.mark.parametrize(
    ("total", "verdict"),
    [("483.32", "error"), ("347.7", "consistent"), ("400", "inconsistent"), ("266.3", "inconsistent")],
)
def test_a_cell_split_in_the_wrong_place_is_an_error_if_the_other_split_fits(total, verdict):
    check = c.subgroup_mean(["444.2", "88.39"], [43, 16], total, ["444.2", "588.39"])
    assert check.verdict == verdict
    other = readings(check)["weighted by size, split elsewhere"]
    assert other.value == pytest.approx((43 * 444.2 + 16 * 588.39) / 59)
    assert other.fits == (total == "483.32")


def test_three_subgroups_are_weighted_too():
    check = c.subgroup_mean(["1", "2", "4"], [1, 1, 2], "2.8")
    assert check.expected[0].value == 2.75


@pytest.mark.parametrize(
    ("spreads", "total", "kind", "verdict", "fitting"),
    [
        (["33.5", "19.6"], "33.4", "sd", "consistent", "subgroups SD, total SD"),
        (["33.5", "19.6"], "4.34", "sd", "error", "subgroups SD, total SEM"),
        (["33.5", "19.6"], "4.34", "open", "error", "subgroups SD, total SEM"),
        (["5.11", "4.90"], "4.34", "open", "error", "subgroups SEM, total SEM"),
        (["5.11", "4.90"], "33.4", "open", "error", "subgroups SEM, total SD"),
        (["5.11", "4.90"], "4.34", "sd", "inconsistent", None),
        (["33.5", "19.6"], "20.0", "open", "inconsistent", None),
    ],
)
def test_a_standard_error_printed_as_standard_deviation_is_found(spreads, total, kind, verdict, fitting):
    check = c.sem_not_sd(["68.34", "36.75"], spreads, [43, 16], total, kind)
    assert check.verdict == verdict
    assert [words for words, reading in readings(check).items() if reading.fits] == ([fitting] if fitting else [])


def test_the_limits_of_a_spread_are_the_length_of_the_roundings():
    check = c.sem_not_sd(["10.0", "12.0"], ["3.0", "2.0"], [9, 12], "3")
    move = math.sqrt((8 * 0.05**2 + 11 * 0.05**2 + 9 * 0.05**2 + 12 * 0.05**2) / 20)
    reading = check.expected[0]
    assert (reading.value - reading.low, reading.high - reading.value) == pytest.approx((move, move))
    sems = readings(check)["subgroups SEM, total SEM"]
    grown = math.sqrt((8 * 9 * 0.05**2 + 11 * 12 * 0.05**2 + 9 * 0.05**2 + 12 * 0.05**2) / 20 / 21)
    assert sems.high - sems.value == pytest.approx(grown)


# --- intervals -----------------------------------------------------------------------------------------------------


def test_p_from_an_interval_is_that_of_its_standard_error():
    reading = c.p_against_interval("-3.55", ["-7.23", "0.12"], "0.0579").expected[0]
    assert reading.value == pytest.approx(z_p(3.55 / (7.35 / 2 / NORMAL.inv_cdf(0.975))), rel=1e-9)
    # Beyond the critical value Student's t gives the larger p, below it the smaller one.
    t = 3.555 / (7.34 / 2 / scipy_stats.t.ppf(0.975, 6))
    assert reading.low == pytest.approx(2 * scipy_stats.t.sf(t, 6), rel=1e-9)
    assert reading.high == pytest.approx(z_p(3.545 / (7.36 / 2 / NORMAL.inv_cdf(0.975))), rel=1e-9)


def test_the_steps_of_p_from_an_interval_show_its_standard_error():
    # 1.5 to 3.5: half of the width is 1.96 standard errors.
    (step,) = c.p_against_interval("2.5", ["1.5", "3.5"], "0.001").steps
    assert step == "se = 0.5102 on the raw scale, z = 4.9, P = 9.588e-07"


def test_p_from_an_interval_of_a_ratio_is_taken_on_the_log_scale():
    reading = c.p_against_interval("1.51", ["0.832", "2.741"], "0.2", "log", 0.9).expected[0]
    se = math.log(2.741 / 0.832) / 2 / NORMAL.inv_cdf(0.95)
    assert reading.value == pytest.approx(z_p(math.log(1.51) / se), rel=1e-9)


@pytest.mark.parametrize(
    ("estimate", "ci", "p", "scale", "verdict"),
    [
        ("-3.55", ["-7.23", "0.12"], "0.0579", "raw", "consistent"),
        ("-3.55", ["-7.23", "0.12"], "0.02", "raw", "inconsistent"),
        ("-3.55", ["-7.23", "0.12"], "<0.05", "raw", "inconsistent"),
        ("5.74", ["0.75", "10.73"], "0.03", "raw", "consistent"),
        ("1.50", ["1.10", "2.05"], "0.01", "log", "consistent"),
        ("1.50", ["1.10", "2.05"], "0.04", "log", "inconsistent"),
        ("0.1", ["0.0", "0.1"], "0.0001", "raw", "consistent"),
        ("0.0", ["-0.1", "0.1"], "1.0", "raw", "consistent"),
    ],
)
def test_a_printed_p_is_held_against_its_interval(estimate, ci, p, scale, verdict):
    assert c.p_against_interval(estimate, ci, p, scale).verdict == verdict


@pytest.mark.parametrize(
    ("f", "df", "p", "verdict"),
    [
        ("6.5", (1, 60), "0.013", "consistent"),
        ("6.5", (1, 60), "0.0137", "consistent"),
        ("6.50", (1, 60), "0.0137", "inconsistent"),
        ("6.5", (1, 60), "0.021", "inconsistent"),
        ("6.5", (1, 60), "0.0067", "error"),
        ("6.5", (2, 60), "0.0014", "inconsistent"),
        ("0", (2, 60), "1", "consistent"),
        ("3.10", (2, 60), "<0.05", "inconsistent"),
        ("3.16", (2, 60), "<0.05", "consistent"),
    ],
)
def test_a_printed_p_is_held_against_its_f(f, df, p, verdict):
    assert c.p_against_f(f, *df, p).verdict == verdict


def test_an_f_of_one_degree_of_freedom_is_t_squared_and_two_have_a_closed_form():
    two, one = readings(c.p_against_f("6.5", 1, 60, "0.02")).values()
    for value, f in ((two.value, 6.5), (two.low, 6.55), (two.high, 6.45)):
        assert value == pytest.approx(2 * scipy_stats.t.sf(math.sqrt(f), 60), rel=1e-9)
    assert (one.value, one.low, one.high) == (two.value / 2, two.low / 2, two.high / 2)
    (of_two,) = readings(c.p_against_f("3.15", 2, 60, "0.05")).values()
    # P(F(2, d) > f) = (1 + 2f/d) ** (-d/2)
    assert of_two.value == pytest.approx((1 + 2 * 3.15 / 60) ** -30, rel=1e-9)


def test_p_from_a_hazard_ratio_takes_the_spread_as_its_standard_error():
    check = c.p_against_hazard_ratio("3.2", "1.7", "0.02")
    ratio, log = readings(check).values()
    assert ratio.value == pytest.approx(z_p(3.2 * math.log(3.2) / 1.7), rel=1e-9)
    assert ratio.low == pytest.approx(z_p(3.25 * math.log(3.25) / 1.65), rel=1e-9)
    assert ratio.high == pytest.approx(z_p(3.15 * math.log(3.15) / 1.75), rel=1e-9)
    assert log.value == pytest.approx(z_p(math.log(3.2) / 1.7), rel=1e-9)
    assert check.verdict == "consistent"


@pytest.mark.parametrize(("p", "verdict"), [("0.0286", "consistent"), ("0.49", "doubtful"), ("0.1", "inconsistent")])
def test_a_hazard_ratio_is_doubtful_where_the_spread_is_that_of_its_logarithm(p, verdict):
    assert c.p_against_hazard_ratio("3.20", "1.70", p).verdict == verdict


@pytest.mark.parametrize("hr", ["0.4", "1.0", "1"])
def test_the_limits_of_a_hazard_ratio_hold_the_turning_points(hr):
    check = c.p_against_hazard_ratio(hr, "0.30", "0.5")
    half = 0.5 if hr == "1" else 0.05
    inner = [float(hr) - half + k * half / 500 for k in range(1001)]
    for reading, size in zip(readings(check).values(), (lambda x: x * math.log(x), math.log), strict=True):
        ps = [z_p(size(x) / se) for x in inner for se in (0.295, 0.305)]
        assert reading.low <= min(ps) * (1 + 1e-9) and reading.high >= max(ps) * (1 - 1e-9)


@pytest.mark.parametrize(
    ("estimate", "ci", "scale", "verdict"),
    [
        ("0.23", ["0.14", "0.42"], "raw", "doubtful"),
        ("0.28", ["0.14", "0.42"], "raw", "consistent"),
        ("0.29", ["0.14", "0.42"], "raw", "consistent"),
        ("0.30", ["0.14", "0.42"], "raw", "doubtful"),
        ("0.24", ["0.14", "0.42"], "log", "consistent"),
        ("0.28", ["0.14", "0.42"], "log", "doubtful"),
        ("0.43", ["0.14", "0.42"], "raw", "doubtful"),
        ("0.44", ["0.14", "0.42"], "raw", "inconsistent"),
        ("0.12", ["0.14", "0.42"], "log", "inconsistent"),
    ],
)
def test_an_estimate_lies_in_the_middle_of_its_interval(estimate, ci, scale, verdict):
    # 0.43 may stand for 0.425, and so may the limit 0.42: the estimate is not outside for certain.
    assert c.interval_asymmetry(estimate, ci, scale).verdict == verdict


def test_both_scales_are_tried_where_all_is_above_zero():
    check = c.interval_asymmetry("0.23", ["0.14", "0.42"])
    assert [r.value for r in readings(check).values()] == pytest.approx([0.28, math.sqrt(0.14 * 0.42)])
    assert [r.words for r in c.interval_asymmetry("0.23", ["0.14", "0.42"], "log").alternatives] == [
        "middle, raw scale"
    ]
    assert c.interval_asymmetry("0.1", ["-0.1", "0.3"]).alternatives == ()


@pytest.mark.parametrize(
    ("ci", "scale", "significant", "verdict"),
    [
        (["0.832", "3.475"], "log", True, "contradiction"),
        (["0.832", "3.475"], "log", False, "consistent"),
        (["1.032", "3.475"], "log", True, "consistent"),
        (["1.032", "3.475"], "log", False, "contradiction"),
        (["1.0", "3.475"], "log", True, "consistent"),
        (["1.0", "3.475"], "log", False, "consistent"),
        (["0.2", "1.0"], "log", True, "consistent"),
        (["0.2", "3.0"], "raw", True, "consistent"),
        (["-0.2", "3.0"], "raw", True, "contradiction"),
        (["-3.0", "-0.2"], "raw", False, "contradiction"),
    ],
)
def test_a_significant_interval_leaves_out_no_effect(ci, scale, significant, verdict):
    estimate = "1.51" if scale == "log" else "0.9"
    check = c.interval_against_claim(estimate, ci, significant, scale)
    assert check.verdict == verdict
    assert ("not significant" in check.printed) == (not significant)


RATIOS = {
    "IL-6": ("1.51", "0.832", "3.475"),
    "IL-17": ("1.28", "0.706", "2.947"),
    "DAS28": ("1.63", "0.899", "3.755"),
    "CRP": ("1.2", "0.923", "2.882"),
}


def test_limits_that_are_the_same_multiples_of_three_estimates_are_an_error():
    check = c.constant_multiples(RATIOS)
    assert check.verdict == "error"
    assert check.expected[0].words == "3 of 4 exact enough to compare"
    assert check.steps[-1] == "the same multiples within rounding: IL-6, IL-17, DAS28"
    assert check.steps[0] == "IL-6: 0.551 and 2.301 times the estimate"


@pytest.mark.parametrize("other", [("1.63", "0.799", "3.755"), ("1.63", "0.899", "3.055"), ("1.6", "0.899", "3.755")])
def test_two_alike_or_one_limit_alike_are_a_coincidence(other):
    assert c.constant_multiples(RATIOS | {"DAS28": other}).verdict == "consistent"


def test_three_intervals_are_needed():
    with pytest.raises(StatsError, match="at least 3"):
        c.constant_multiples({"a": ("1", "0.5", "2"), "b": ("1", "0.5", "2")})


# --- area under the curve ------------------------------------------------------------------------------------------


def test_the_binormal_area_is_that_of_two_normal_groups():
    check = c.auc_against_summary("0.80", ["10.0", "14.0"], ["3.0", "4.0"], [40, 50])
    found = readings(check)
    assert found["normal, SD"].value == pytest.approx(NORMAL.cdf(4 / 5))
    sem = math.hypot(3 * math.sqrt(40), 4 * math.sqrt(50))
    assert found["normal, SEM"].value == pytest.approx(NORMAL.cdf(4 / sem))
    v1, v2 = math.log(1 + 0.09), math.log(1 + (4 / 14) ** 2)
    logs = math.log(14) - v2 / 2 - math.log(10) + v1 / 2
    assert found["log-normal, SD"].value == pytest.approx(NORMAL.cdf(logs / math.sqrt(v1 + v2)))
    area = NORMAL.cdf(0.8)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    se = math.sqrt((area * (1 - area) + 39 * (q1 - area**2) + 49 * (q2 - area**2)) / 2000)
    assert found["normal, SD"].value - found["normal, SD"].low == pytest.approx(3 * se)
    assert found["normal, SD"].high == pytest.approx(min(1, area + 3 * se))


@pytest.mark.parametrize(
    ("auc", "verdict"), [("0.80", "consistent"), ("0.20", "consistent"), ("0.55", "doubtful"), ("0.98", "doubtful")]
)
def test_an_area_far_from_the_binormal_one_is_doubtful(auc, verdict):
    assert c.auc_against_summary(auc, ["10.0", "14.0"], ["3.0", "4.0"], [40, 50]).verdict == verdict


def test_the_limits_of_an_area_lie_between_one_half_and_one():
    check = c.auc_against_summary("0.52", ["1.0", "1.1"], ["1.0", "1.0"], [20, 20])
    assert check.expected[0].low == 0.5 < check.expected[0].value
    assert c.auc_against_summary("0.99", ["1.0", "3.5"], ["1.0", "1.0"], [9, 9]).expected[0].high == 1


def test_an_area_that_fits_the_standard_errors_alone_stays_doubtful():
    check = c.auc_against_summary("0.53", ["10.0", "14.0"], ["3.0", "4.0"], [40, 50])
    assert check.verdict == "doubtful" and readings(check)["normal, SEM"].fits


def test_groups_far_apart_have_an_area_of_one_and_negative_means_no_logarithm():
    check = c.auc_against_summary("1.00", ["-90", "90"], ["1.0", "1.0"], [9, 9])
    assert check.expected[0].value == 1 and check.verdict == "consistent"
    assert list(readings(check)) == ["normal, SD", "normal, SEM"]


# --- refusals ------------------------------------------------------------------------------------------------------

REFUSED = {
    "r of 1": lambda: c.p_against_r("1.00", 20, "0.05"),
    "n of 2": lambda: c.p_against_r("0.50", 2, "0.05"),
    "other n of 2": lambda: c.p_against_r("0.50", 20, "0.05", 2),
    "r as a number": lambda: c.p_against_r(0.5, 20, "0.05"),
    "no p": lambda: c.p_against_r("0.5", 20, "soon"),
    "no p, one-sided": lambda: c.one_sided_p("0.5", 20, None),
    "three groups": lambda: c.p_against_summary(["1", "2", "3"], ["1", "1", "1"], [5, 5, 5], "0.05", "sd"),
    "unknown kind": lambda: c.p_against_summary(["1", "2"], ["1", "1"], [5, 5], "0.05", "se"),
    "spread of 0": lambda: c.p_against_summary(["1", "2"], ["0", "1"], [5, 5], "0.05", "sd"),
    "n of 1": lambda: c.p_against_summary(["1", "2"], ["1", "1"], [1, 5], "0.05", "sd"),
    "unequal columns": lambda: c.p_against_summary(["1", "2"], ["1"], [5, 5], "0.05", "sd"),
    "three counts": lambda: c.p_against_counts([1, 2, 3], [5, 5, 5], "0.05"),
    "more events than persons": lambda: c.p_against_counts([1, 6], [5, 5], "0.05"),
    "no event at all": lambda: c.p_against_counts([0, 0], [5, 5], "0.05"),
    "one subgroup": lambda: c.subgroup_mean(["1"], [5], "1"),
    "another split of three": lambda: c.subgroup_mean(["1", "2"], [5, 5], "1", ["1", "2", "3"]),
    "an empty subgroup": lambda: c.subgroup_mean(["1", "2"], [5, 0], "1"),
    "total of 0": lambda: c.sem_not_sd(["1", "2"], ["1", "1"], [5, 5], "0"),
    "settled as SEM": lambda: c.sem_not_sd(["1", "2"], ["1", "1"], [5, 5], "1", "sem"),
    "falling limits": lambda: c.p_against_interval("1", ["2", "1"], "0.05"),
    "equal limits": lambda: c.interval_asymmetry("1", ["1", "1"]),
    "one limit": lambda: c.p_against_interval("1", ["2"], "0.05"),
    "no logarithm": lambda: c.p_against_interval("1", ["-1", "2"], "0.05", "log"),
    "unknown scale": lambda: c.interval_asymmetry("1", ["0.5", "2"], "ln"),
    "confidence of 1": lambda: c.p_against_interval("1", ["0.5", "2"], "0.05", "raw", 1),
    "limits too close": lambda: c.p_against_interval("1" + "0" * 30, ["1" + "0" * 30, "1" + "0" * 29 + "1"], "0.05"),
    "significant as text": lambda: c.interval_against_claim("1", ["0.5", "2"], "yes"),
    "hazard ratio of 0": lambda: c.p_against_hazard_ratio("0", "1", "0.05"),
    "spread of a ratio of 0": lambda: c.p_against_hazard_ratio("2", "0", "0.05"),
    "F below 0": lambda: c.p_against_f("-1", 1, 60, "0.05"),
    "no degree of freedom": lambda: c.p_against_f("6.5", 0, 60, "0.05"),
    "half a degree of freedom": lambda: c.p_against_f("6.5", 1, 60.5, "0.05"),
    "intervals in a list": lambda: c.constant_multiples([("1", "0.5", "2")] * 3),
    "a missing limit": lambda: c.constant_multiples({"a": ("1", "0.5"), **RATIOS}),
    "area above 1": lambda: c.auc_against_summary("1.2", ["1", "2"], ["1", "1"], [5, 5]),
    "area of three groups": lambda: c.auc_against_summary("0.9", ["1", "2", "3"], ["1", "1", "1"], [5, 5, 5]),
}


def test_more_events_than_persons_are_named_with_their_row():
    with pytest.raises(StatsError, match="events, row 2, is 6 of 5"):
        REFUSED["more events than persons"]()


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_checked_is_refused_by_name(why):
    with pytest.raises(StatsError, match=r"expected"):
        REFUSED[why]()


numbers = st.from_regex(r"-?[0-9]{1,4}(\.[0-9]{0,4})?", fullmatch=True)
ps = st.one_of(st.sampled_from(["0.05", "<0.05", "NS", "0.000", ">=0.4", "1", "<=0.001"]), numbers)
junk = st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=4), numbers)
texts = st.one_of(numbers, numbers, numbers, junk)
sizes = st.one_of(st.integers(1, 10**9), st.integers(2, 30), junk)
pairs = st.lists(texts, min_size=2, max_size=3)
counts = st.lists(st.one_of(st.integers(0, 40), sizes), min_size=2, max_size=2)


@given(texts, texts, pairs, pairs, pairs, counts, counts, sizes, ps)
def test_any_input_gives_a_verdict_without_nan_or_a_named_error(one, two, many, others, limits, events, ns, n, p):
    calls = [
        lambda: c.p_against_r("0.3", n, p, 20),
        lambda: c.p_against_r(one, n, p, n),
        lambda: c.p_against_r(f"0.{str(one).lstrip('-')}", n, None),
        lambda: c.one_sided_p(f"-0.{str(one).lstrip('-')}", n, p),
        lambda: c.p_against_summary(many, others, ns, p, "open"),
        lambda: c.p_against_counts(events, [20, 30], p),
        lambda: c.p_against_counts([0, 1], ns, p),
        lambda: c.subgroup_mean(many, ns, one),
        lambda: c.subgroup_mean(many, ns, one, others),
        lambda: c.sem_not_sd(many, others, ns, one),
        lambda: c.p_against_interval(one, limits, p, "log"),
        lambda: c.p_against_interval(one, sorted(limits, key=str), p),
        lambda: c.p_against_hazard_ratio(one, two, p),
        lambda: c.p_against_f(one, n, 60, p),
        lambda: c.p_against_f(one, 2, n, p),
        lambda: c.interval_asymmetry(one, limits, "log"),
        lambda: c.interval_asymmetry(one, limits),
        lambda: c.interval_against_claim(one, limits, True, "raw"),
        lambda: c.constant_multiples({"a": limits, "b": many, "c": others}),
        lambda: c.constant_multiples({"a": (one, "0.1", "900"), "b": (two, "0.1", "900"), "c": ("5", "0.1", "900")}),
        lambda: c.auc_against_summary("0.7", many, others, ns),
    ]
    for call in calls:
        try:
            check = call()
        except StatsError as error:
            assert str(error)
            continue
        for reading in (*check.expected, *check.alternatives):
            if isinstance(reading.value, float):
                assert math.isfinite(reading.value)
                assert reading.low - 1e-9 <= reading.value <= reading.high + 1e-9 * abs(reading.high)


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("consistency") == {("confidence", 0.95)}
