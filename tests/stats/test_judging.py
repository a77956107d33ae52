import math
import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.errors import StatsError
from il6review.stats.judging import RecomputedP, judge_p, recompute_p
from il6review.stats.p_values import PrintedP, p_from_r

KINDS = {"t": "t", "Z": "z", "r": "r", "F": "F", "Chi2": "chi2", "Q": "chi2"}
VERDICTS = {"reproduced", "rounding", "one_sided", "error", "decision_error"}
ps = st.floats(1e-6, 1)


def verdict(printed, recomputed, **options):
    return judge_p(printed, recomputed, **options).verdict


def printed_result(case):
    """Return the recomputed p and the printed one of a result such as 't(28) = 2.20, p = .03'."""
    found = case["two_tailed"]
    statistic, printed = re.search(r"= ?([-\d.]+), (.*)$", case["text"]).groups()
    dfs = [df for df in (found["df1"], found["df2"]) if df is not None]
    return recompute_p(KINDS[found["test_type"]], statistic, *dfs), printed


def test_p_errors_and_decision_errors_agree_with_statcheck(reference):
    cases = [case for case in reference("p_values_from_test_statistics")["cases"] if case["two_tailed"]]
    assert len(cases) == 23
    for case in cases:
        two_sided, printed = printed_result(case)
        for tails, recomputed in (("two_tailed", two_sided), ("one_tailed", two_sided.one_sided())):
            judgement, theirs = judge_p(printed, recomputed), case[tails]
            assert recomputed.p == pytest.approx(theirs["computed_p"], rel=1e-12, abs=0)
            assert (judgement.verdict != "reproduced") == theirs["error"]
            assert judgement.crosses_alpha == theirs["decision_error"]


@pytest.mark.parametrize(
    ("printed", "recomputed", "expected"),
    [
        ("0.044", 0.0436, "reproduced"),
        ("0.04", 0.0436, "reproduced"),
        ("0.04", 0.0449999, "reproduced"),
        ("0.044", 0.0431, "rounding"),
        ("0.04", 0.0499, "rounding"),
        ("0.040", 0.0499, "error"),
        ("0.04", 0.051, "decision_error"),
        ("0.05", 0.0583, "rounding"),
        ("0.072", 0.1439, "one_sided"),
        ("0.03", 0.0596, "one_sided"),
        ("0.06", 0.2, "error"),
        ("0.06", 0.03, "decision_error"),
        ("0.05", 0.2, "decision_error"),
        ("1.18E-03", 0.001184, "reproduced"),
        ("1.18E-03", 0.001189, "rounding"),
        ("1.18E-03", 0.0012, "error"),
        ("1", 0.96, "reproduced"),
        ("1", 0.92, "rounding"),
        ("1", 0.6, "error"),
        ("0.000", 0.0005, "reproduced"),
        ("0.000", 0.0, "reproduced"),
        ("0.000", 0.0008, "rounding"),
        ("<0.000", 0.0008, "rounding"),
        ("0.000", 0.004, "error"),
        ("<0.05", 0.0499, "reproduced"),
        ("<0.05", 0.05, "one_sided"),
        ("<=0.05", 0.05, "reproduced"),
        ("<0.05", 0.08, "one_sided"),
        ("<0.05", 0.2, "decision_error"),
        ("<0.01", 0.03, "error"),
        ("<0.001", 0.0, "reproduced"),
        ("<0.1", 0.3, "error"),
        (">0.05", 0.06, "reproduced"),
        (">0.05", 0.05, "decision_error"),
        (">=0.05", 0.05, "reproduced"),
        (">=0.05", 0.04, "decision_error"),
        (">0.01", 0.005, "error"),
        ("NS", 0.051, "reproduced"),
        ("NS", 0.05, "decision_error"),
    ],
)
def test_a_printed_p_is_judged_at_its_precision(printed, recomputed, expected):
    assert verdict(printed, recomputed) == expected


@pytest.mark.parametrize(
    ("printed", "recomputed", "crosses"),
    [
        ("0.05", 0.0583, True),
        ("0.072", 0.1439, False),
        ("0.03", 0.0596, True),
        ("0.05", 0.05, False),
        ("0.051", 0.0499, True),
        ("0.050", 0.0504, False),
        ("<0.1", 0.3, False),
        (">0.01", 0.005, False),
        ("<0.01", 0.03, False),
        ("<0.05", 0.08, True),
        ("NS", 0.04, True),
    ],
)
def test_a_p_crosses_alpha_if_it_is_not_reproduced_and_changes_what_is_significant(printed, recomputed, crosses):
    assert judge_p(printed, recomputed).crosses_alpha is crosses


def test_alpha_moves_the_border_of_a_decision_and_of_ns():
    assert verdict("0.02", 0.005, alpha=0.05) == "error"
    assert verdict("0.02", 0.005, alpha=0.01) == "decision_error"
    assert verdict("NS", 0.02, alpha=0.01) == "reproduced"


def test_a_test_without_direction_has_no_one_sided_p():
    assert verdict("0.072", RecomputedP(0.1439, 0.1439, 0.1439, True)) == "one_sided"
    assert verdict("0.072", RecomputedP(0.1439, 0.1439, 0.1439, False)) == "error"


def test_the_rounding_of_the_statistic_is_allowed_for():
    exact = p_from_r(0.056, 34).p
    assert verdict("0.376", exact) == "error"
    assert verdict("0.376", recompute_p("r", "0.056", 32)) == "one_sided"
    assert verdict("0.376", recompute_p("r", "0.05600", 32)) == "error"
    assert verdict("0.28", recompute_p("z", "1.1")) == "reproduced"
    assert verdict("<0.27", recompute_p("z", "1.1")) == "reproduced"
    assert verdict(">0.28", recompute_p("z", "1.1")) == "reproduced"
    assert verdict("NS", recompute_p("z", "2.0")) == "reproduced"
    assert verdict("NS", recompute_p("z", "2.00")) == "decision_error"
    assert verdict("<0.27", recompute_p("z", "1.100")) == "one_sided"
    assert verdict(">0.28", recompute_p("z", "1.100")) == "error"


def test_a_judgement_says_what_was_compared():
    judgement = judge_p(" P = 0.05", 0.0583)
    assert judgement.printed == PrintedP("=", 0.05, " P = 0.05")
    assert judgement.recomputed == RecomputedP(0.0583, 0.0583, 0.0583, True)
    assert judgement.tolerance == 0.005
    assert judgement.note == (
        "0.0583 lies within one unit of the last digit of the printed P = 0.05; unlike the printed p it is not "
        "significant at 0.05."
    )
    assert judge_p("0.072", 0.1439).note == "half of 0.144, 0.072, agrees with the printed 0.072."
    assert judge_p("<0.05", 0.01).note == "0.01 agrees with the printed <0.05."
    assert judge_p("<0.05", 0.01).tolerance == 0
    assert "it is significant at 0.05" in judge_p("NS", 0.01).note
    assert judge_p("0.2", 0.7).note == "0.7 does not fit the printed 0.2."


def test_a_printed_p_may_be_given_as_read():
    assert verdict(PrintedP("<", 0.05, "<0.05"), 0.2) == verdict("<0.05", 0.2) == "decision_error"
    with pytest.raises(StatsError, match="'made by hand' cannot be read"):
        judge_p(PrintedP("=", 0.05, "made by hand"), 0.05)


@given(ps, st.integers(2, 6))
def test_a_p_rounded_either_way_is_reproduced(p, places):
    for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP):
        printed = Decimal(repr(p)).quantize(Decimal(10) ** -places, rounding)
        assert verdict(f"{printed:f}", p) == "reproduced"


@pytest.mark.parametrize(("printed", "tie"), [("0.04", 0.045), ("0.05", 0.045), ("0.044", 0.0445), ("0.045", 0.0445)])
def test_a_tie_may_be_rounded_up_or_to_the_even_digit(printed, tie):
    assert verdict(printed, tie) == "reproduced"


@given(ps, st.integers(2, 6))
def test_a_p_cut_off_is_at_worst_rounding(p, places):
    cut = math.floor(p * 10**places) / 10**places
    if cut:
        assert verdict(f"{cut:.{places}f}", p) in ("reproduced", "rounding")


@given(ps, ps, st.integers(2, 4))
def test_two_units_away_is_never_reproduced_or_rounding(p, printed, places):
    printed = round(printed, places)
    if printed and abs(printed - p) > 1.01 * 10**-places:
        assert verdict(f"{printed:.{places}f}", p) in ("one_sided", "error", "decision_error")


@given(st.floats(0, 1), ps)
def test_an_inequality_is_reproduced_just_when_it_holds(p, bound):
    assert (verdict(f"<{bound!r}", p) == "reproduced") == (p < bound)
    assert (verdict(f"<={bound!r}", p) == "reproduced") == (p <= bound)
    assert (verdict(f">{bound!r}", p) == "reproduced") == (p > bound)
    assert (verdict(f">={bound!r}", p) == "reproduced") == (p >= bound)


def test_the_range_holds_the_statistics_that_round_to_the_printed_one():
    recomputed = recompute_p("z", "-2.20")
    assert recomputed.p_low == recompute_p("z", "2.2050000").p < recomputed.p
    assert recomputed.p_high == pytest.approx(recompute_p("z", "2.195000").p, rel=1e-14)
    assert recompute_p("t", "−2", 9) == recompute_p("t", "+2", 9) == recompute_p("t", " 2", 9)
    assert recompute_p("t", "2", 9).p_high == recompute_p("t", "1.5", 9).p


@pytest.mark.parametrize(("kind", "dfs"), [("t", [9]), ("z", []), ("r", [9]), ("F", [2, 9]), ("chi2", [2])])
def test_a_statistic_of_zero_has_a_p_of_one(kind, dfs):
    recomputed = recompute_p(kind, "0.00", *dfs)
    assert (recomputed.p, recomputed.p_high) == (1, 1)
    assert recomputed.p_low < 1
    assert recomputed.directional == (kind in "tzr")


@given(
    st.sampled_from([("t", 1), ("z", 0), ("r", 1), ("F", 2), ("chi2", 1)]),
    st.integers(0, 10**6),
    st.integers(0, 12),
    st.lists(st.integers(1, 10**6), min_size=2, max_size=2),
)
def test_the_range_holds_p_and_every_part_is_a_probability(test, digits, places, dfs):
    kind, count = test
    statistic = f"{digits / 10**places:.{places}f}"
    if kind == "r" and float(statistic) >= 1:
        statistic = ".999999999999"
    recomputed = recompute_p(kind, statistic, *dfs[:count])
    assert 0 <= recomputed.p_low <= recomputed.p <= recomputed.p_high <= 1
    half = recomputed.one_sided()
    assert half.p == (recomputed.p / 2 if kind in ("t", "z", "r") else recomputed.p)
    assert half.one_sided() == half


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("T", "2.2", 9), "kind is 'T'; expected one of t, z, r, F, chi2"),
        (("t", "2.2"), "t has 0 degrees of freedom; expected 1"),
        (("F", "2.2", 9), "F has 1 degrees of freedom; expected 2"),
        (("z", "2.2", 9), "z has 1 degrees of freedom; expected 0"),
        (("t", 2.2, 9), "statistic is 2.2; expected text as printed"),
        (("t", "2,2", 9), "statistic is '2,2'"),
        (("t", "2.", 9), "statistic is '2.'"),
        (("t", "nan", 9), "statistic is 'nan'"),
        (("t", "1.1234567890123", 9), "statistic is "),
        (("t", "9" * 60, 9), "statistic is "),
        (("r", "1.00", 9), "statistic is 1.0; expected a correlation"),
        (("r", "-1", 9), "statistic is -1.0; expected a correlation"),
        (("F", "-2.2", 2, 9), "statistic is -2.2; expected 0 or more for F"),
        (("chi2", "-2.2", 2), "statistic is -2.2; expected 0 or more for chi2"),
        (("t", "2.2", 0.5), "df1 is 0.5; expected degrees of freedom from 1"),
        (("F", "2.2", 1, math.inf), "df2 is inf"),
        (("t", "2.2", math.nan), "df1 is nan"),
        (("t", "2.2", 10**10), "df1 is 10000000000"),
        (("r", "0.2", 9.5), "n is 11.5"),
    ],
)
def test_a_result_that_cannot_be_recomputed_is_refused(arguments, message):
    with pytest.raises(StatsError, match=f"^{re.escape(message)}"):
        recompute_p(*arguments)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.1, 1.1, None, "0.05", True])
def test_a_recomputed_p_lies_from_0_to_1(bad):
    with pytest.raises(StatsError, match=r"^recomputed is "):
        judge_p("0.05", bad)
    with pytest.raises(StatsError, match=r"^p_high is "):
        RecomputedP(0.5, 0.5, bad, True)
    with pytest.raises(StatsError, match="expected p_low <= p <= p_high"):
        RecomputedP(0.5, 0.6, 0.7, True)


@pytest.mark.parametrize("printed", ["", "junk", "0", "1.5", "<0.05-0.001", None, 0.05, PrintedP("NS", None, None)])
def test_a_printed_p_that_cannot_be_read_is_refused(printed):
    with pytest.raises(StatsError, match=r"^p value"):
        judge_p(printed, 0.05)


@pytest.mark.parametrize("alpha", [0, 1, math.nan, None])
def test_alpha_lies_between_0_and_1(alpha):
    with pytest.raises(StatsError, match=r"^alpha is "):
        judge_p("0.05", 0.05, alpha=alpha)


@given(
    st.one_of(st.text(alphabet="p<>=.0123456789eE-NS ", max_size=9), st.none()),
    st.one_of(st.floats(), st.none(), st.integers()),
    st.one_of(st.floats(), st.just(0.05)),
)
def test_whatever_is_given_comes_out_as_a_verdict_or_a_named_error(printed, recomputed, alpha):
    try:
        assert verdict(printed, recomputed, alpha=alpha) in VERDICTS
    except StatsError:
        pass


def test_unless_said_alpha_is_5_percent(defaults):
    assert defaults("judging") == {("alpha", 0.05)}
