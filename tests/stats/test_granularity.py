import math
from fractions import Fraction
from itertools import product
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.errors import StatsError
from il6review.stats.granularity import (
    GRAINS,
    NotGranular,
    debit,
    grim,
    grimmer,
    percent_of_n,
    share_excluded,
)

scores = st.lists(st.integers(-3, 9), min_size=2, max_size=40)


def passes(check):
    assert check.verdict in ("consistent", "inconsistent")
    assert check.expected[0].fits == (check.verdict == "consistent")
    return check.verdict == "consistent"


def test_grim_agrees_with_scrutiny(reference):
    for case in reference("granularity_checks")["grim"]:
        assert passes(grim(case["x"], case["n"], "Likert")) == case["consistent"]
        assert share_excluded(case["x"], case["n"]) == pytest.approx(case["probability"], abs=1e-12)


def test_grimmer_agrees_with_scrutiny(reference):
    for case in reference("granularity_checks")["grimmer"]:
        check = grimmer(case["x"], case["sd"], case["n"], "integer score")
        assert passes(check) == case["consistent"]
        assert ("no whole sum gives the mean" in check.steps) == (case["reason"] == "GRIM inconsistent")


def test_debit_agrees_with_scrutiny(reference):
    for case in reference("granularity_checks")["debit"]:
        assert passes(debit(case["x"], case["sd"], case["n"], "binary")) == case["consistent"]


def test_percents_agree_with_scrutiny(reference):
    for case in reference("granularity_checks")["grim_percent"]:
        assert passes(percent_of_n(case["x"], case["n"])) == case["consistent"]
        assert share_excluded(case["x"], case["n"], percent=True) == pytest.approx(case["probability"], abs=1e-12)


def test_runs_of_values_agree_with_scrutiny(reference):
    for case in reference("granularity_checks")["grim_seq"]:
        step, decimals = Fraction(case["step"]), len(case["from"].partition(".")[2])
        values = [float(Fraction(case["from"]) + k * step) for k in range(len(case["expected"]))]
        texts = [f"{value:.{decimals}f}" for value in values]
        assert texts[-1] == case["to"]
        found = [
            passes(percent_of_n(text, case["n"]) if case.get("percent") else grim(text, case["n"], "Likert", items))
            for text in texts
            for items in [case.get("items", 1)]
        ]
        assert found == [bool(value) for value in case["expected"]]


def test_a_number_without_its_text_is_refused(reference):
    for case in reference("granularity_checks")["numeric_not_string_must_fail"]:
        with pytest.raises(StatsError, match="as printed"):
            grim(case["x"], 30, "Likert")


@pytest.mark.parametrize("grain", ["pg/ml", "concentration", "", None, "likert", ["Likert"]])
def test_what_does_not_come_in_whole_units_is_refused_with_the_reason(grain):
    for call in (lambda: grim("3.47", 20, grain), lambda: grimmer("3.47", "1.2", 20, grain)):
        with pytest.raises(NotGranular, match="no smallest unit"):
            call()
    for other in (grain, *GRAINS[:-1]):
        with pytest.raises(NotGranular, match="binary"):
            debit("0.47", "0.50", 20, other)


def test_a_published_impossible_mean_is_found():
    check = grim("3.47", 20, "integer count")
    assert check.verdict == "inconsistent"
    assert (check.expected[0].words, check.expected[0].value) == ("69 / 20", 3.45)
    assert "80%" in check.steps[1]


@pytest.mark.parametrize("printed", ["0.12", "0.13"])
def test_a_tie_may_be_rounded_either_way(printed):
    assert passes(grim(printed, 8, "Likert"))
    assert not passes(grim("0.14", 8, "Likert"))


@given(scores, st.integers(0, 3), st.integers(1, 4))
def test_real_scores_always_pass(values, digits, items):
    values = [Fraction(value, items) for value in values]
    mean, sd = (f"{float(f(values)):.{digits}f}" for f in (fmean, stdev))
    assert passes(grim(mean, len(values), "Likert", items))
    assert passes(grimmer(mean, sd, len(values), "Likert", items))


@given(st.lists(st.booleans(), min_size=2, max_size=60), st.integers(1, 3))
def test_real_answers_always_pass(answers, digits):
    answers = [int(answer) for answer in answers]
    mean, sd = (f"{f(answers):.{digits}f}" for f in (fmean, stdev))
    assert passes(debit(mean, sd, len(answers), "binary"))
    assert passes(percent_of_n(f"{100 * fmean(answers):.{digits}f}", len(answers), sum(answers)))


def test_grimmer_finds_exactly_what_four_scores_can_give():
    """All pairs of mean and SD with two decimals that four scores of 0 to 5 can give, against what GRIMMER passes."""
    possible = {(f"{fmean(x):.2f}", f"{stdev(x):.2f}") for x in product(range(6), repeat=4)}
    assert all(passes(grimmer(mean, sd, 4, "Likert")) for mean, sd in possible)
    wrong = {(mean, f"{float(sd) + 0.02:.2f}") for mean, sd in possible} - possible
    caught = [pair for pair in wrong if not passes(grimmer(*pair, 4, "Likert"))]
    assert len(caught) > 0.9 * len(wrong)


def test_grimmer_knows_parity_and_the_most_even_split():
    # Sum 3 over 2 scores: the squares sum to 5, 9, 17 ...; SD 0.71, 2.12, 3.54. 1.41 would take a sum of 6.5.
    assert passes(grimmer("1.50", "0.71", 2, "Likert")) and passes(grimmer("1.50", "2.12", 2, "Likert"))
    assert not passes(grimmer("1.50", "1.41", 2, "Likert"))
    # A sum of squares of 6 is even, the sum 3 is odd: SD sqrt(6 - 4.5) = 1.22.
    assert not passes(grimmer("1.50", "1.22", 2, "Likert"))
    # The mean is no whole number, so not all scores are equal.
    assert not passes(grimmer("1.50", "0.00", 2, "Likert")) and passes(grimmer("2.00", "0.00", 2, "Likert"))
    # Ten scores with sum 5 are at the most even five times 1, so that the squares sum to 5 and never to 3.
    assert passes(grimmer("0.50", "0.53", 10, "Likert")) and not passes(grimmer("0.50", "0.24", 10, "Likert"))


def test_items_make_means_finer_and_grimmer_goes_along():
    assert not passes(grim("2.25", 2, "Likert")) and passes(grim("2.25", 2, "Likert", items=2))
    # Two persons with 2.0 and 2.5 on two items: SD 0.3536. Without items the mean itself fails.
    assert passes(grimmer("2.25", "0.35", 2, "Likert", items=2))
    assert not passes(grimmer("2.25", "0.45", 2, "Likert", items=2))


def test_the_sd_of_answers_peaks_at_one_half():
    check = debit("0.5", "0.51", 20, "binary")
    assert passes(check)
    assert check.expected[0].high == pytest.approx(math.sqrt(20 / 19) / 2)
    assert check.expected[0].low == pytest.approx(math.sqrt(20 / 19 * 0.45 * 0.55))
    assert not passes(debit("0.5", "0.52", 20, "binary"))


def test_a_percent_that_fits_no_whole_count_lists_the_sizes_that_do():
    check = percent_of_n("40.7", 32)
    assert check.verdict == "inconsistent"
    assert (check.expected[0].words, check.expected[0].value) == ("13 of 32", 40.625)
    assert [other.words for other in check.alternatives] == ["11 of 27"]
    far = {size for size in range(1, 60) for k in range(size) if abs(100 * k / size - 40.7) <= 0.05}
    assert far & set(range(22, 43)) == {27}


def test_a_count_that_gives_another_percent_is_an_error():
    check = percent_of_n("33.3", 24, 24)
    assert check.verdict == "error"
    assert (check.expected[0].value, check.alternatives[0].words) == (100, "8 of 24")
    assert percent_of_n("33.3", 24, 8).verdict == "consistent"
    # With 9 events the percent fits 27 persons.
    assert [other.words for other in percent_of_n("33.3", 24, 9).alternatives] == ["8 of 24", "9 of 27"]

    # 201 of 200 would round to 100 %.
    assert [other.words for other in percent_of_n("100", 205, 201).alternatives] == [
        "205 of 205",
        "201 of 201",
        "201 of 202",
    ]


def test_a_fitting_percent_has_no_alternatives():
    assert percent_of_n("53.6", 28).alternatives == ()


@given(st.integers(1, 120), st.integers(0, 2))
def test_a_percent_fits_just_when_some_count_rounds_to_it(n, digits):
    texts = {f"{100 * k / n:.{digits}f}" for k in range(n + 1)}
    for text in [f"{k * 7.3:.{digits}f}" for k in range(14)]:
        fits = any(abs(Fraction(100 * k, n) - Fraction(text)) <= Fraction(1, 2 * 10**digits) for k in range(n + 1))
        assert passes(percent_of_n(text, n)) == fits
        assert fits or text not in texts


@pytest.mark.parametrize(
    "call",
    [
        lambda: percent_of_n("101", 20),
        lambda: percent_of_n("-1", 20),
        lambda: percent_of_n("50", 0),
        lambda: percent_of_n("50", 20, 21),
        lambda: percent_of_n("50", 20, -1),
        lambda: grim("3.5", 0, "Likert"),
        lambda: grim("3.5", 20, "Likert", 0),
        lambda: grimmer("3.5", "-1", 20, "Likert"),
        lambda: grimmer("3.5", "1", 1, "Likert"),
        lambda: grimmer("3.5", "1", 100_001, "Likert"),
        lambda: debit("1.2", "0.4", 20, "binary"),
        lambda: debit("0.2", "-0.4", 20, "binary"),
        lambda: debit("0.2", "0.4", 1, "binary"),
        lambda: share_excluded("0.2", 0),
    ],
)
def test_impossible_figures_are_refused(call):
    with pytest.raises(StatsError, match="expected"):
        call()


junk = st.one_of(
    st.none(),
    st.floats(),
    st.integers(-5, 10**12),
    st.text(max_size=6),
    st.from_regex(r"-?\d{1,9}\.\d{0,9}", fullmatch=True),
)


@given(junk, junk, junk, junk)
def test_junk_gives_a_verdict_or_a_named_error(one, two, n, more):
    calls = [
        lambda: percent_of_n(one, n, more),
        lambda: percent_of_n(one, n),
        lambda: grim(one, n, "Likert", more),
        lambda: grim(one, n, "Likert"),
        lambda: grimmer(one, two, n, "Likert"),
        lambda: debit(one, two, n, "binary"),
    ]
    for call in calls:
        try:
            check = call()
        except StatsError as error:
            assert str(error)
            continue
        assert not any(
            isinstance(r.value, float) and math.isnan(r.value) for r in (*check.expected, *check.alternatives)
        )


@pytest.mark.parametrize(("percent", "near"), [("3.3", ["1 of 30"]), ("3.2", []), ("11.1", ["1 of 9"]), ("12.5", [])])
def test_denominators_up_to_ten_from_n_are_tried(percent, near):
    # 1 of 30 and 1 of 9 lie ten from 20 and 19; 1 of 31 and 1 of 8 lie eleven from them.
    n = 20 if percent.startswith("3") else 19
    found = [reading.words for reading in percent_of_n(percent, n).alternatives]
    assert [words for words in found if words.startswith("1 of")] == near


def test_whole_scores_cannot_lie_nearer_to_their_mean_than_the_whole_numbers_beside_it():
    # Half of the scores are 2 and half 3: the smallest SD of a mean of 2.5 is sqrt(25 / 99) = 0.50.
    assert grimmer("2.50", "0.50", 100, "Likert").verdict == "consistent"
    assert grimmer("2.50", "0.30", 100, "Likert").verdict == "inconsistent"
