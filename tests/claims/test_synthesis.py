import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from il6review.claims import synthesis
from il6review.claims.rules import questions
from il6review.evidence import LINKS
from il6review.stats import conversions, correlations, effects, pooling
from il6review.stats.directions import vote_count

REFERENCE = Path(__file__).parents[1] / "reference" / "chapter_metafor.json"


def votes(answer):
    """Give the direction of each study."""
    return {vote.source: vote.direction for vote in answer.votes}


def aside(answer):
    """Give the reason for each row that was left out."""
    return {item.row: item.because for item in answer.aside}


def compared(make, *rows, **rule):
    question = make.comparing()
    return synthesis.answer(
        make.review(comparisons=rows), replace(question, comparisons={**question.comparisons, **rule})
    )


FALLS = {"table": "effects", "agrees": "below", "than": 0, "where": {"outcome": ["CRP"]}}


class TestValues:
    """A printed value votes by the side of a bound on which it lies."""

    def answer(self, make, *rows, without=(), cautions=(), **rule):
        told = FALLS | rule
        review = make.review(cautions=cautions, **{told["table"]: rows})
        return synthesis.answer(review, make.question(values=(told,)), without)

    @pytest.mark.parametrize(("agrees", "signs"), [("below", [1, 0, -1]), ("above", [-1, 0, 1])])
    @pytest.mark.parametrize("than", [0, 50])
    def test_the_side_of_the_bound_is_the_vote_and_the_bound_itself_is_none(self, make, agrees, signs, than):
        rows = [make.effect(f"S{value}", outcome="CRP", n=9, estimate=than + value) for value in (-1, 0, 1)]
        assert list(votes(self.answer(make, *rows, agrees=agrees, than=than)).values()) == signs

    def test_values_of_a_study_that_differ_make_it_mixed_and_other_rows_do_not_count(self, make):
        rows = [make.effect("One", outcome="CRP", n=None, estimate=value) for value in (-1, 1)]
        answer = self.answer(make, *rows, make.effect("Two", outcome="SAA", n=None))
        assert [(vote.source, vote.direction, vote.mixed, vote.n) for vote in answer.votes] == [("One", 0, True, None)]
        assert answer.votes[0].rows == tuple(row["row_id"] for row in rows)

    def test_a_row_without_a_value_has_no_vote(self, make):
        assert self.answer(make, make.effect("One", outcome="CRP", n=9, estimate=None)).votes == ()

    def test_a_comparison_and_a_value_of_a_study_are_one_vote(self, make):
        question = replace(make.comparing(), values=(FALLS,))
        value = make.effect("One", outcome="CRP", n=9, estimate=-1.0)
        review = make.review(comparisons=[make.comparison("One")], effects=[value])
        assert [len(vote.rows) for vote in synthesis.answer(review, question).votes] == [2]

    def test_a_source_that_the_claim_cites_or_that_is_not_credible_does_not_vote(self, make):
        rows = [make.effect(source, outcome="CRP", n=9, estimate=-1.0) for source in ("Cited", "Doubtful", "Other")]
        caution = make.caution("not_credible", "Doubtful", reason="cannot be")
        answer = self.answer(make, *rows, without=("Cited",), cautions=[caution])
        assert votes(answer) == {"Other": 1}
        assert aside(answer) == {rows[1]["row_id"]: "cannot be"}

    def test_one_trial_is_one_study_whichever_source_tells_of_it(self, make):
        rows = [make.share(source, trial=trial) for source in ("A", "B") for trial in ("T", "")]
        answer = self.answer(make, *rows, table="proportions", where={"arm": ["drug"]}, than=100)
        assert votes(answer) == {"T": 1, "A": 1, "B": 1}

    @pytest.mark.parametrize(
        ("row", "printed"),
        [
            ({"percent_reported": 70.0, "events": None, "n": 9}, (70.0, "70 %")),
            ({"percent_reported": 70.0, "events": 8, "n": 10}, (80.0, "8 of 10")),
            ({"percent_reported": None, "events": None, "n": 9}, None),
            ({"estimate": -94.0, "measure": "percent_change"}, (-94.0, "−94 %")),
            ({"estimate": 1.5, "measure": "OR"}, (1.5, "1.5")),
            ({"centre": -11.2, "unit": "mg/L"}, (-11.2, "−11.2 mg/L")),
            ({"centre": None, "unit": "mg/L"}, None),
        ],
    )
    def test_the_printed_value_is_read_with_its_text(self, row, printed):
        assert synthesis.printed_value(row) == printed


def shared(make, *pairs, arm=None, control=None, **given):
    """Answer from trials that print these two percents; `arm` and `control` change the cells of the rows."""
    rows = []
    for number, (percent, other) in enumerate(pairs, start=1):
        rows.append(make.proportion(f"Trial {number}", **{"arm": "drug", "percent": percent, **(arm or {})}))
        rows.append(make.proportion(f"Trial {number}", "placebo", other, **(control or {})))
    return synthesis.answer(make.review(proportions=rows, **given), make.sharing())


class TestShares:
    def test_each_trial_has_one_vote_by_its_interval(self, make):
        answer = shared(make, (70.0, 30.0), (52.0, 50.0), (30.0, 70.0))
        assert votes(answer) == {"Trial 1": 1, "Trial 2": 0, "Trial 3": -1}
        first = answer.votes[0]
        assert (first.n, first.detail, len(first.rows), answer.count.k) == (200, "70 % against 30 %", 2, 3)

    def test_a_count_is_compared_by_the_normal_interval_of_the_difference(self, make):
        # 60 and 46 of 100: 0.14 is 2.003 standard errors; 60 and 47: 0.13 is 1.857.
        arm = {"events": 60}
        for events, confidence, direction in ((46, 0.95, 1), (47, 0.95, 0), (47, 0.9, 1), (46, 0.99, 0)):
            answer = shared(make, (60.0, 46.0), arm=arm, control={"events": events}, confidence=confidence)
            assert votes(answer) == {"Trial 1": direction}

    @pytest.mark.parametrize(("percent", "other", "direction"), [(56.9, 50.0, 1), (57.0, 50.0, 0)])
    def test_a_rounded_percent_stands_for_the_counts_that_differ_least(self, make, percent, other, direction):
        # 57 % of 400 may be 226, which is 1.85 standard errors above 200; 56.9 % is 228 at least, which is 1.99.
        size = {"n": 400}
        answer = shared(make, (percent, other), arm=size, control=size | {"events": 200})
        assert votes(answer) == {"Trial 1": direction}
        assert votes(shared(make, (other, percent), arm=size | {"events": 200}, control=size)) == {
            "Trial 1": -direction
        }

    def test_a_percent_stands_for_no_more_than_all_and_no_less_than_none(self, make):
        size = {"n": 1000}
        answer = shared(make, (100.0, 0.0), (0.0, 0.0), (100.0, 100.0), arm=size, control=size)
        assert list(votes(answer).values()) == [1, 0, 0]

    def test_a_trial_without_sizes_is_set_aside(self, make):
        answer = shared(make, (70.0, 30.0), control={"n": None})
        assert answer.votes == () and answer.count is None
        assert set(aside(answer).values()) == {"the size of an arm is not printed"} and len(answer.aside) == 2
        assert answer.aside[0].source == "Trial 1, in Review"

    def test_what_is_not_credible_is_set_aside_and_what_is_cited_does_not_vote(self, make):
        caution = make.caution("not_credible", "Review", reason="an impossible table")
        assert set(aside(shared(make, (70.0, 30.0), cautions=[caution])).values()) == {"an impossible table"}
        rows = [make.proportion("One"), make.proportion("One", "placebo", 10.0)]
        assert synthesis.answer(make.review(proportions=rows), make.sharing(), {"Review"}).votes == ()

    def test_each_arm_of_a_trial_is_compared_and_all_have_one_vote(self, make):
        def answer(*percents):
            arms = [make.proportion("One", "drug", percent) for percent in percents]
            return synthesis.answer(
                make.review(proportions=[*arms, make.proportion("One", "placebo", 30.0)]), make.sharing()
            )

        assert votes(answer(70.0, 80.0)) == {"One": 1}
        found = answer(70.0, 5.0)
        assert votes(found) == {"One": 0} and found.votes[0].mixed
        assert len(found.votes[0].rows) == 3

    def test_an_arm_is_compared_with_the_control_of_its_own_outcome(self, make):
        question = make.question(
            proportions={"outcome": ["response", "remission"], "arms": ["drug"], "controls": ["placebo"]}
        )
        rows = [make.proportion("One", "drug", 70.0), make.proportion("One", "placebo", 5.0, outcome="remission")]
        assert synthesis.answer(make.review(proportions=rows), question).votes == ()

    @pytest.mark.parametrize("cells", [{"timepoint": "week 52"}, {"outcome": "remission"}, {"arm": "low dose"}])
    def test_arms_of_another_time_outcome_or_drug_are_not_compared(self, make, cells):
        answer = shared(make, (70.0, 30.0), arm=cells)
        assert answer.votes == answer.aside == ()

    def test_a_linked_arm_is_read_under_any_name_beside_a_control_known_by_its_word(self, make):
        def answer(control, linked):
            rows = [
                make.proportion("Mine", "drug X", None, events=60, row_id="OWN001"),
                make.proportion("Mine", control, None, events=20, row_id="OWN002"),
            ]
            links = ({"row_id": "OWN001", "question": linked},)
            review = make.review(proportions=rows)
            return synthesis.answer(replace(review, tables={**review.tables, LINKS: links}), make.sharing())

        found = answer("placebo", "synthetic")
        assert votes(found) == {"Mine": 1}
        assert found.votes[0].detail == "60 of 100 against 20 of 100"
        assert answer("placebo", "another").votes == answer("drug Y", "synthetic").votes == ()


class TestVotes:
    def test_a_study_has_one_vote_whatever_its_number_of_rows(self, make):
        rows = [make.comparison("One", n_a="10", n_b="5"), make.comparison("One", n_a="20", n_b="9")]
        answer = compared(make, *rows, make.comparison("Two"))
        assert votes(answer) == {"One": 1, "Two": 1}
        assert answer.count.k == 2
        assert answer.votes[0].n == 29
        assert answer.votes[0].rows == tuple(row["comparison_id"] for row in rows)

    @pytest.mark.parametrize("other", ["a_lower", "no_difference"])
    def test_rows_of_a_study_that_differ_make_it_mixed(self, make, other):
        answer = compared(make, make.comparison("One"), make.comparison("One", other))
        assert votes(answer) == {"One": 0}
        assert [vote.mixed for vote in answer.votes] == [True]

    def test_rows_of_a_study_that_all_find_no_difference_are_not_mixed(self, make):
        answer = compared(make, *[make.comparison("One", "no_difference") for _ in range(2)], make.comparison("Two"))
        assert [(vote.direction, vote.mixed) for vote in answer.votes] == [(0, False), (1, False)]

    def test_a_correlation_that_is_printed_as_mixed_is_mixed(self, make):
        rows = [make.correlation("One", "mixed"), make.correlation("Two", "none")]
        answer = synthesis.answer(make.review(correlations=rows), make.correlating())
        assert [(vote.direction, vote.mixed) for vote in answer.votes] == [(0, True), (0, False)]

    def test_comparisons_and_correlations_of_a_study_are_one_vote(self, make):
        question = replace(make.correlating(), comparisons=make.comparing().comparisons)
        review = make.review(comparisons=[make.comparison("One")], correlations=[make.correlation("One", "negative")])
        assert votes(synthesis.answer(review, question)) == {"One": 0}

    def test_a_null_study_is_counted(self, make):
        answer = compared(make, make.comparison("One"), make.comparison("Two", "no_difference"))
        assert (answer.count.k, answer.count.for_, answer.count.null) == (2, 1, 1)

    def test_the_direction_is_read_along_the_question(self, make):
        rows = [make.comparison("One"), make.comparison("Two", "a_lower"), make.comparison("Null", "no_difference")]
        assert votes(compared(make, *rows, agrees="a_lower")) == {"One": -1, "Two": 1, "Null": 0}

    def test_groups_that_stand_the_other_way_round_are_turned(self, make):
        rows = [
            make.comparison("One", "a_lower", group_a="remission"),
            make.comparison("Two", "a_higher", group_a="remission"),
            make.comparison("Null", "no_difference", group_a="remission"),
        ]
        flip = [{"column": "group_a", "values": ["remission"]}]
        assert votes(compared(make, *rows, flip=flip)) == {"One": 1, "Two": -1, "Null": 0}

    def test_groups_may_be_turned_by_several_columns_and_are_turned_once(self, make):
        rows = [
            make.comparison("ByGroup", group_a="remission"),
            make.comparison("ByOutcome", outcome="haemoglobin"),
            make.comparison("ByBoth", group_a="remission", outcome="haemoglobin"),
            make.comparison("ByNone", outcome="CRP"),
        ]
        flip = [{"column": "group_a", "values": ["remission"]}, {"column": "outcome", "values": ["haemoglobin"]}]
        assert votes(compared(make, *rows, flip=flip)) == {"ByGroup": -1, "ByOutcome": -1, "ByBoth": -1, "ByNone": 1}

    def test_rows_of_other_claims_do_not_vote(self, make):
        rows = [make.comparison("One", claim_ids="RA-902"), make.comparison("Two", claim_ids="RA-902;RA-901")]
        assert votes(compared(make, *rows)) == {"Two": 1}

    @pytest.mark.parametrize(
        ("coded", "direction"), [("positive", 1), ("negative", -1), ("none", 0), ("mixed", 0), ("unclear", None)]
    )
    def test_a_correlation_votes_by_its_sign(self, make, coded, direction):
        row = make.correlation("One", coded)
        answer = synthesis.answer(make.review(correlations=[row]), make.correlating())
        assert votes(answer).get("One") == direction
        assert aside(answer) == (
            {row["row_id"]: "a relation is reported, its sign is not"} if direction is None else {}
        )

    @pytest.mark.parametrize(
        "other", [{"x": "TNF"}, {"y": "age"}, {"population": "JIA"}, {"sample": "synovial fluid"}, {"sample": "urine"}]
    )
    def test_correlations_of_something_else_do_not_vote(self, make, other):
        review = make.review(correlations=[make.correlation("One", **other)])
        answer = synthesis.answer(review, make.correlating())
        assert (answer.votes, answer.count, answer.correlations) == ((), None, ())

    def test_a_question_may_name_its_own_samples(self, make):
        review = make.review(correlations=[make.correlation("One", sample="synovial fluid"), make.correlation("Two")])
        question = make.correlating()
        own = replace(question, correlations={**question.correlations, "sample": ["synovial fluid"]})
        assert votes(synthesis.answer(review, own)) == {"One": 1}

    def test_a_vote_says_how_its_direction_is_known(self, make):
        rows = [
            make.comparison("Printed", p_reported="<0.05"),
            make.comparison("Words"),
            make.comparison("Both"),
            make.comparison("Both", p_reported="0.04"),
            *(make.comparison("Many", p_reported=p) for p in ("0.01", "0.02", "0.03")),
        ]
        details = {vote.source: vote.detail for vote in compared(make, *rows).votes}
        assert details == {
            "Printed": "P < 0.05",
            "Words": "words only",
            "Both": "P = 0.04",
            "Many": "P = 0.01; 2 more",
        }

    def test_a_coefficient_is_shown_before_its_p(self, make):
        review = make.review(correlations=[make.correlation("One", r=0.35, n=49, p_reported="0.01")])
        (vote,) = synthesis.answer(review, make.correlating()).votes
        assert (vote.detail, vote.n) == ("r 0.35", 49)

    @pytest.mark.parametrize("sizes", [("10", ""), ("6-12", "20")])
    def test_a_size_that_is_not_printed_in_full_is_unknown(self, make, sizes):
        answer = compared(make, make.comparison("One", n_a=sizes[0], n_b=sizes[1]))
        assert answer.votes[0].n is None


class TestLeftOut:
    def test_documents_and_cited_sources_do_not_vote(self, make):
        rows = [make.comparison(source) for source in ("Seed", "Cited", "One")]
        review = make.review(
            comparisons=rows,
            correlations=[make.correlation(source, r=0.3, n=40) for source in ("Seed", "Cited", "One")],
            groups=[make.group(source, role) for source in ("Cited", "One") for role in ("case", "control")],
        )
        question = replace(make.comparing(), correlations=make.correlating().correlations, pairs=make.pairing().pairs)
        answer = synthesis.answer(review, question, {"Cited"})
        assert votes(answer) == {"One": 1}
        assert [pair.source for pair in answer.pairs] == ["One"]
        assert [item.source for item in answer.correlations] == ["One"]
        assert votes(synthesis.answer(make.review(comparisons=rows), make.comparing())) == {"Cited": 1, "One": 1}

    def test_a_published_estimate_that_the_claim_cites_does_not_speak_for_it(self, make):
        row = make.effect("Cited", row_id="E901")
        review = make.review(effects=[row, make.effect("Other", row_id="E902")])
        question = make.question(published=("E901", "E902"))
        named = [row["row_id"] for row in synthesis.answer(review, question).published]
        left = [row["row_id"] for row in synthesis.answer(review, question, {"Cited"}).published]
        assert (named, left) == (["E901", "E902"], ["E902"])

    def test_a_row_that_bears_only_from_afar_is_set_aside_with_its_reason(self, make):
        far = make.comparison("One", group_b="disease controls")
        rule = [{"column": "group_b", "values": ["disease controls"], "because": "another disease"}]
        answer = compared(make, far, make.comparison("Two"), aside=rule)
        assert votes(answer) == {"Two": 1}
        assert aside(answer) == {far["comparison_id"]: "another disease"}
        assert answer.rows == answer.votes[0].rows

    def test_patients_of_two_reports_are_counted_once(self, make):
        rows = [make.comparison("Later"), make.comparison("Later"), make.comparison("Earlier")]
        caution = make.caution("same_patients", "Later", "Earlier", reason="one cohort")
        answer = synthesis.answer(make.review(comparisons=rows, cautions=[caution]), make.comparing())
        assert votes(answer) == {"Earlier": 1}
        assert aside(answer) == {row["comparison_id"]: "one cohort" for row in rows[:2]}

    def test_the_later_report_counts_where_the_earlier_one_is_absent(self, make):
        caution = make.caution("same_patients", "Later", "Earlier")
        answer = synthesis.answer(
            make.review(comparisons=[make.comparison("Later")], cautions=[caution]), make.comparing()
        )
        assert votes(answer) == {"Later": 1}

    def test_patients_of_two_reports_are_pooled_once(self, make):
        review = make.review(
            groups=[make.group(source, role) for source in ("Later", "Earlier") for role in ("case", "control")],
            correlations=[make.correlation(source, r=0.3, n=40) for source in ("Later", "Earlier")],
            cautions=[make.caution("same_patients", "Later", "Earlier", reason="one cohort")],
        )
        pairs = {pair.source: pair for pair in synthesis.control_pairs(review, make.pairing())}
        assert pairs["Earlier"].effect and not pairs["Later"].effect
        assert pairs["Later"].because == "one cohort"
        assert [item.source for item in synthesis.pooled_correlations(review, make.correlating())] == ["Earlier"]

    def test_what_is_not_credible_neither_votes_nor_is_pooled(self, make):
        review = make.review(
            comparisons=[make.comparison("Doubtful", comparison_id="K901")],
            correlations=[make.correlation("Doubtful", r=0.9, n=40, row_id="C901")],
            groups=[make.group("Doubtful"), make.group("Doubtful", "control")],
            cautions=[make.caution("not_credible", "Doubtful", reason="impossible")],
        )
        question = replace(make.comparing(), correlations=make.correlating().correlations, pairs=make.pairing().pairs)
        answer = synthesis.answer(review, question)
        assert (answer.votes, answer.correlations, answer.rows) == ((), (), ())
        assert aside(answer) == {"K901": "impossible", "C901": "impossible"}
        assert [pair.because for pair in answer.pairs] == ["impossible"]

    def test_what_is_not_to_be_pooled_still_votes(self, make):
        review = make.review(
            comparisons=[make.comparison("Odd")],
            correlations=[make.correlation("Odd", r=0.9, n=40)],
            groups=[make.group("Odd"), make.group("Odd", "control")],
            cautions=[make.caution("not_pooled", "Odd", reason="several visits")],
        )
        question = replace(make.comparing(), correlations=make.correlating().correlations, pairs=make.pairing().pairs)
        answer = synthesis.answer(review, question)
        assert votes(answer) == {"Odd": 1}
        assert (answer.aside, answer.correlations) == ((), ())
        assert [pair.because for pair in answer.pairs] == ["several visits"]

    def test_a_caution_holds_for_its_own_tables_only(self, make):
        review = make.review(
            comparisons=[make.comparison("Doubtful")],
            cautions=[make.caution("not_credible", "Doubtful", tables="correlations,groups")],
        )
        assert votes(synthesis.answer(review, make.comparing())) == {"Doubtful": 1}


class TestMeanAndSd:
    """Each kind of summary, with what the sources of the conversions give for it."""

    @pytest.mark.parametrize(
        ("cells", "plus_minus", "mean", "sd", "reading"),
        [
            ({"statistic": "mean_sd"}, "sem", 10.0, 4.0, "SD"),
            ({"statistic": "mean_sem"}, "sd", 10.0, 4.0 * math.sqrt(20), "SEM, SD = SEM × √n"),
            ({"statistic": "mean_pm_unspecified"}, "sd", 10.0, 4.0, '"+/-" read as SD'),
            (
                {"statistic": "mean_pm_unspecified"},
                "sem",
                10.0,
                4.0 * math.sqrt(20),
                '"+/-" read as SEM, SD = SEM × √n',
            ),
        ],
    )
    def test_a_mean_with_a_spread(self, make, cells, plus_minus, mean, sd, reading):
        value, words = synthesis.mean_and_sd(make.group("One", **cells), plus_minus)
        assert (value.mean, value.sd, words) == (mean, pytest.approx(sd, rel=1e-15), reading)

    @pytest.mark.parametrize(
        ("statistic", "convert"),
        [
            ("median_iqr", conversions.mean_sd_from_quartiles),
            ("median_range", conversions.mean_sd_from_range),
        ],
    )
    def test_a_median_with_limits_is_converted(self, make, statistic, convert):
        row = make.group("One", statistic=statistic, spread=None, spread_low=6.0, spread_high=15.0)
        value, reading = synthesis.mean_and_sd(row, "sd")
        assert value == convert(6.0, 10.0, 15.0, 20)
        assert "converted" in reading

    @pytest.mark.parametrize("statistic", ["median_iqr", "median_range"])
    def test_a_skewed_median_is_refused(self, make, statistic):
        row = make.group("One", statistic=statistic, spread=None, spread_low=9.0, spread_high=90.0)
        with pytest.raises(conversions.Skewed):
            synthesis.mean_and_sd(row, "sd")

    @pytest.mark.parametrize(
        ("cells", "plus_minus", "reason"),
        [
            ({"statistic": "mean_pm_unspecified"}, "exclude", "not said to be SD or SEM"),
            ({"statistic": "geo_mean"}, "sd", "geometric mean"),
            ({"statistic": "mean_only", "spread": None}, "sd", "no spread"),
            ({"statistic": "median_only", "spread": None}, "sd", "no spread"),
            ({"statistic": "mean_sd", "spread": None}, "sd", "no spread"),
            ({"statistic": "mean_sem", "spread": None}, "sd", "no spread"),
            ({"statistic": "mean_pm_unspecified", "spread": None}, "sd", "no spread"),
            ({"statistic": "median_iqr"}, "sd", "no spread"),
            ({"statistic": "median_range", "spread_low": 1.0}, "sd", "no spread"),
        ],
    )
    def test_what_gives_no_standard_deviation_is_refused_with_the_reason(self, make, cells, plus_minus, reason):
        with pytest.raises(synthesis.Unusable, match=reason):
            synthesis.mean_and_sd(make.group("One", **cells), plus_minus)


class TestPairs:
    def pair(self, make, case=(), control=(), **choices):
        rows = [make.group("One", **dict(case)), make.group("One", "control", **dict(control))]
        (pair,) = synthesis.control_pairs(make.review(groups=rows, **choices), make.pairing())
        return pair

    @pytest.mark.parametrize("measure", ["SMD", "MD", "ROM"])
    def test_the_effect_is_that_of_the_measure(self, make, measure):
        pair = self.pair(make, {"centre": 30.0, "n": 40}, {"centre": 6.0}, measure=measure)
        assert pair.effect == effects.two_group_effect(measure, 30.0, 4.0, 40, 6.0, 4.0, 20)
        assert pair.reading == "SD"

    def test_nanograms_become_picograms(self, make):
        nanograms, picograms = {"unit": "ng/mL", "centre": 0.03, "spread": 0.01}, {"unit": "ng/L"}
        for case, control, sign in ((nanograms, picograms, 1), (picograms, nanograms, -1)):
            effect = self.pair(make, case, control, measure="MD").effect
            assert effect.estimate == pytest.approx(sign * (1000 * 0.03 - 10.0), rel=1e-14)
            assert effect.variance == pytest.approx((1000 * 0.01) ** 2 / 20 + 4.0**2 / 20, rel=1e-14)

    @pytest.mark.parametrize(
        ("case", "control", "reason"),
        [
            ({"unit": "IU/ml"}, {"unit": "IU/ml"}, "IU/ml: cannot be put on one scale with pg/ml"),
            ({}, {"unit": ""}, "no unit: cannot be put on one scale with pg/ml"),
            ({}, {"group_label": "OA"}, "the controls have another disease (OA)"),
            ({"n": None}, {}, "the size of a group is not printed"),
            ({}, {"centre": None, "note": "undetectable"}, "healthy: no value (undetectable)"),
            ({"statistic": "geo_mean"}, {}, "geometric mean: not on the scale of arithmetic means"),
            ({"n": 1}, {}, "n1 is 1; expected a whole number from 2 to 1000000000."),
        ],
    )
    def test_a_pair_that_cannot_be_pooled_says_why(self, make, case, control, reason):
        pair = self.pair(make, case, control)
        assert (pair.effect, pair.because) == (None, reason)

    def test_a_skewed_median_keeps_the_pair_out(self, make):
        skewed = {"statistic": "median_iqr", "spread": None, "spread_low": 9.0, "spread_high": 90.0}
        pair = self.pair(make, skewed)
        assert pair.effect is None and pair.because.startswith("The summary is skewed")

    @pytest.mark.parametrize(
        "other",
        [{"analyte": "CRP"}, {"sample": "synovial fluid"}, {"species": "mouse"}, {"population": "JIA"}],
    )
    def test_groups_of_something_else_are_no_pair(self, make, other):
        review = make.review(groups=[make.group("One", **other), make.group("One", "control", **other)])
        assert synthesis.control_pairs(review, make.pairing()) == ()

    def test_groups_of_different_sets_are_no_pair(self, make):
        review = make.review(groups=[make.group("One"), make.group("One", "control", comparison_set="another")])
        assert synthesis.control_pairs(review, make.pairing()) == ()

    def test_the_analyte_of_the_question_can_be_replaced(self, make):
        rows = [make.group("One", role, analyte="CRP") for role in ("case", "control")]
        (pair,) = synthesis.control_pairs(make.review(groups=rows), make.pairing(), analyte="CRP")
        assert pair.rows == tuple(row["row_id"] for row in rows)

    def test_fewer_than_two_effects_are_not_pooled(self, make):
        review = make.review(groups=[make.group("One"), make.group("One", "control")])
        assert synthesis.pool_pairs(review, synthesis.control_pairs(review, make.pairing())) is None

    def test_effects_that_are_all_the_same_are_not_pooled(self, make):
        rows = [make.group(source, role) for source in ("One", "Two") for role in ("case", "control")]
        assert synthesis.answer(make.review(groups=rows), make.pairing()).ratio is None
        rows += [make.group("Three", centre=11.0), make.group("Three", "control")]
        assert synthesis.answer(make.review(groups=rows), make.pairing()).ratio.k == 3

    @pytest.mark.parametrize(("estimator", "confidence"), [("REML", 0.95), ("DL", 0.9)])
    def test_the_pooled_effect_is_that_of_the_same_rows(self, make, estimator, confidence):
        centres = {"One": 30.0, "Two": 12.0, "Three": 55.0}
        rows = [make.group(source, centre=centre) for source, centre in centres.items()]
        rows += [make.group(source, "control") for source in centres]
        review = make.review(groups=rows, measure="SMD", tau2_estimator=estimator, confidence=confidence)
        each = [effects.hedges_g(centre, 4.0, 20, 10.0, 4.0, 20) for centre in centres.values()]
        assert synthesis.answer(review, make.pairing()).ratio == pooling.pool(
            [effect.estimate for effect in each],
            [effect.variance for effect in each],
            method=estimator,
            confidence=confidence,
        )


class TestCorrelations:
    def test_one_coefficient_a_study_enters_by_the_declared_order_of_outcomes(self, make):
        rows = [
            make.correlation("One", y="swollen joints", r=0.9, n=40),
            make.correlation("One", y="DAS28", r=0.2, n=40),
            make.correlation("One", y="CDAI", r=0.5, n=40),
            make.correlation("Two", y="CDAI", r=0.4, n=30),
            make.correlation("Two", y="CDAI", r=0.6, n=30),
        ]
        used = synthesis.pooled_correlations(make.review(correlations=rows), make.correlating())
        assert [(item.source, item.outcome, item.r) for item in used] == [("One", "DAS28", 0.2), ("Two", "CDAI", 0.4)]

    @pytest.mark.parametrize("missing", ["r", "n"])
    def test_an_outcome_without_a_coefficient_or_a_size_gives_way_to_the_next(self, make, missing):
        rows = [
            make.correlation("One", y="DAS28", **({"r": 0.2, "n": 40} | {missing: None})),
            make.correlation("One", y="CDAI", r=0.5, n=40),
        ]
        (used,) = synthesis.pooled_correlations(make.review(correlations=rows), make.correlating())
        assert used.outcome == "CDAI"

    def test_one_coefficient_is_not_pooled_and_two_are(self, make):
        rows = [make.correlation("One", r=0.2, n=40), make.correlation("Two", r=0.5, n=30)]
        assert synthesis.answer(make.review(correlations=rows[:1]), make.correlating()).correlation is None
        answer = synthesis.answer(make.review(correlations=rows, confidence=0.9), make.correlating())
        assert answer.correlation == correlations.pool_correlations([0.2, 0.5], [40, 30], confidence=0.9)

    def test_coefficients_that_are_all_the_same_are_not_pooled(self, make):
        rows = [make.correlation("One", r=0.2, n=40), make.correlation("Two", r=0.2, n=30)]
        answer = synthesis.answer(make.review(correlations=rows), make.correlating())
        assert (len(answer.correlations), answer.correlation) == (2, None)


BELOW, ABOVE, ACROSS = (-2.0, -1.0), (1.0, 2.0), (-1.0, 1.0)


def answered(make, directions, pooled=None, published=None, measure="SMD", correlation=None):
    """Give an answer with these votes and intervals."""

    def limits(interval):
        return interval and SimpleNamespace(ci_low=interval[0], ci_high=interval[1])

    return synthesis.Answer(
        question=make.question(),
        votes=(),
        aside=(),
        count=vote_count(directions) if directions else None,
        pairs=(),
        ratio=limits(pooled),
        correlations=(),
        correlation=limits(correlation),
        published=(make.effect("Other", measure=measure, ci_low=published[0], ci_high=published[1]),)
        if published
        else (),
    )


class TestVerdict:
    """Eight of eight votes leave one half out of their interval, six of eight do not."""

    @pytest.mark.parametrize(
        ("directions", "pooled", "published", "word"),
        [
            ([], None, None, "too_little"),
            ([1, 1], None, None, "too_little"),
            ([1, 1], ABOVE, None, "too_little"),
            ([1] * 8, None, None, "agrees"),
            ([-1] * 8, None, None, "disagrees"),
            ([0] * 8, None, None, "disagrees"),
            ([1] * 6 + [0, -1], None, None, "mixed"),
            ([1] * 3, None, None, "too_little"),
            ([-1] * 3, None, None, "too_little"),
            ([1, 1, 0], None, None, "mixed"),
            ([1] * 9 + [0] * 2, None, None, "mixed"),  # from 0.48 on: one half lies within
            ([1] * 8, ACROSS, None, "agrees"),
            ([1] * 6 + [0, -1], ABOVE, None, "agrees"),
            ([1] * 6 + [0, -1], BELOW, None, "disagrees"),
            ([1] * 8, BELOW, None, "mixed"),
            ([1] * 8, None, BELOW, "mixed"),
            ([1] * 8, ABOVE, BELOW, "mixed"),
            ([1] * 8, None, ABOVE, "agrees"),
            ([], None, ABOVE, "agrees"),
            ([], None, BELOW, "disagrees"),
            ([1], None, ACROSS, "too_little"),
        ],
    )
    def test_the_lines_of_evidence_are_joined(self, make, directions, pooled, published, word):
        assert synthesis.verdict(answered(make, directions, pooled, published)) == word

    def test_a_pooled_correlation_is_a_line_of_its_own(self, make):
        assert synthesis.verdict(answered(make, [1] * 8, correlation=BELOW)) == "mixed"
        assert synthesis.lean(answered(make, [1] * 6 + [0, -1], correlation=ABOVE)) == {
            "votes": "inconclusive",
            "correlation": "agrees",
        }

    @pytest.mark.parametrize(("measure", "lean"), [("OR", "disagrees"), ("RR", "disagrees"), ("SMD", "agrees")])
    def test_no_effect_is_one_for_a_ratio_and_zero_for_a_difference(self, make, measure, lean):
        answer = answered(make, [], published=(0.5, 0.9), measure=measure)
        assert list(synthesis.lean(answer).values()) == [lean]


class TestFinding:
    def test_without_a_question_there_is_too_little(self, make):
        finding = synthesis.evidence_finding(make.review(), make.claim(), [])
        assert (finding.finding, finding.rows) == ("too_little", ())

    def test_parts_that_differ_make_a_claim_mixed(self, make):
        review = make.review(comparisons=[make.comparison(f"Study{number}") for number in range(8)])
        questions = [replace(make.comparing(), short="first"), make.question(short="second")]
        whole = synthesis.evidence_finding(review, make.claim(), questions[:1])
        assert whole.finding == "agrees"
        parts = synthesis.evidence_finding(review, make.claim(), questions)
        assert parts.finding == "mixed"
        assert parts.why == "First: 8 of 8 independent studies point this way; second: no independent study."

    def test_parts_that_agree_make_it_agree_and_number_their_parts(self, make):
        review = make.review(
            comparisons=[make.comparison(f"Study{number}") for number in range(8)],
            correlations=[make.correlation(f"Study{number}", n=40, r=0.4 + number / 50) for number in range(8)],
        )
        finding = synthesis.evidence_finding(review, make.claim(), [make.comparing(), make.correlating()])
        assert finding.finding == "agrees"
        assert finding.numbers["studies"].value == finding.numbers["part2_studies"].value == 8
        assert "8 with values are pooled" in finding.why
        assert len(finding.rows) == 16

    def test_the_sources_that_a_claim_cites_do_not_answer_for_it(self, make):
        review = make.review(comparisons=[make.comparison(f"Study{number}") for number in range(8)])
        finding = synthesis.evidence_finding(review, make.claim(cites="Study0;Study1"), [make.comparing()])
        assert finding.numbers["studies"].value == 6

    @pytest.mark.parametrize(("direction", "words"), [("a_higher", "agrees"), ("a_lower", "does not agree")])
    def test_one_study_is_said_to_be_one(self, make, direction, words):
        review = make.review(comparisons=[make.comparison("One", direction)])
        finding = synthesis.evidence_finding(review, make.claim(), [make.comparing()])
        assert finding.why == f"Synthetic: one independent study, which {words}."

    def test_each_count_names_the_rows_of_its_studies(self, make):
        rows = [make.comparison("For"), make.comparison("Null", "no_difference"), make.comparison("For2")]
        numbers = synthesis.answer_numbers(compared(make, *rows))
        ids = [row["comparison_id"] for row in rows]
        assert numbers["for"].rows == (ids[0], ids[2])
        assert numbers["null"].rows == (ids[1],)
        assert numbers["against"].rows == numbers["studies"].rows == tuple(ids[i] for i in (0, 1, 2))
        assert [numbers[name].value for name in ("studies", "for", "null", "against")] == [3, 2, 1, 0]

    @pytest.mark.parametrize(("directions", "shown"), [((1, 1, 0), "66.7"), ((1, 1), "100"), ((0, 0), "0")])
    def test_a_share_has_one_decimal_and_none_where_it_is_zero(self, make, directions, shown):
        words = {1: "a_higher", 0: "no_difference"}
        rows = [make.comparison(f"Study{number}", words[sign]) for number, sign in enumerate(directions)]
        share = synthesis.answer_numbers(compared(make, *rows))["share"].as_json()
        assert (share["text"], share["unit"]) == (shown, "%")

    @pytest.mark.parametrize(("measure", "shown"), [("ROM", math.exp), ("SMD", float)])
    def test_a_ratio_is_shown_as_a_ratio_and_a_difference_as_it_is(self, make, measure, shown):
        pooled = pooling.pool([1.0, 1.4, 0.7], [0.1, 0.2, 0.1])
        numbers = synthesis.pooled_numbers(pooled, ("G901",), measure)
        for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
            assert numbers[name].value == shown(getattr(pooled, name))
        assert (numbers["k"].value, numbers["tau2"].value) == (3, pooled.tau2)
        assert numbers["i2"].value == round(pooled.i2, 1)
        assert all(number.rows == ("G901",) for number in numbers.values())

    def test_a_limit_of_a_ratio_that_lies_beyond_any_number_has_no_name(self):
        pooled = pooling.pool([1.0, 1.4, 0.7], [0.1, 0.2, 0.1])
        wide = replace(pooled, ci_low=-299.0, ci_high=299.0, pi_low=-300.0, pi_high=300.0)
        numbers = synthesis.pooled_numbers(wide, ("G901",), "ROM")
        assert numbers.keys() == {"estimate", "ci_low", "ci_high", "k", "i2", "tau2"}
        assert numbers["ci_high"].value == math.exp(299)
        assert synthesis.pooled_numbers(wide, ("G901",), "MD")["pi_high"].value == 300

    def test_a_pooled_correlation_is_shown_as_a_correlation(self):
        pooled = correlations.pool_correlations([0.2, 0.5, 0.4], [40, 30, 60])
        numbers = synthesis.pooled_numbers(pooled, (), "r")
        assert numbers["estimate"].value == pooled.estimate
        assert (numbers["k"].value, numbers["tau2"].value) == (3, pooled.z.tau2)

    def test_a_published_estimate_is_named_by_its_row_and_its_measure(self, make):
        row = make.effect("Wei2015", row_id="E901", estimate=2.4, ci_low=1.57, ci_high=3.24)
        answer = synthesis.answer(make.review(effects=[row]), make.question(published=("E901",)))
        numbers = synthesis.answer_numbers(answer)
        assert {name: number.value for name, number in numbers.items()} == {
            "E901_estimate": 2.4,
            "E901_ci_low": 1.57,
            "E901_ci_high": 3.24,
        }
        assert "Wei2015, standardised mean difference" in numbers["E901_estimate"].label


class TestMetafor:
    """The pooled values of the chapter against metafor, from the rows as R read them."""

    @pytest.fixture(scope="class")
    def reference(self):
        return json.loads(REFERENCE.read_text(encoding="utf-8"))

    @staticmethod
    def agree(pooled, fit):
        for name in ("estimate", "se", "ci_low", "ci_high", "tau2", "i2", "q", "pi_low", "pi_high"):
            assert getattr(pooled, name) == pytest.approx(fit[name], rel=1e-10), name
        assert pooled.k == fit["k"]

    def answer(self, serum, claim_id, key):
        claim = serum.claim(claim_id)
        return synthesis.answer(serum, questions()[key], {claim.seed, *claim.cites})

    def test_the_ratio_of_means_of_patients_and_controls(self, serum, reference):
        told = reference["ratio_of_means"]
        answer = self.answer(serum, told["claim"], "il6_ra_vs_control")
        used = {pair.rows: pair for pair in answer.pairs if pair.effect}
        assert used.keys() == {(pair["case"]["row"], pair["control"]["row"]) for pair in told["pairs"]}
        for pair in told["pairs"]:
            ours = used[pair["case"]["row"], pair["control"]["row"]]
            for side, row in (("case", ours.case), ("control", ours.control)):
                read = [row[name] for name in ("centre", "spread", "n")]
                assert read == [pair[side][name] for name in ("mean", "spread", "n")]
                assert ("SEM" in ours.reading) == (pair[side]["spread_is"] == "SEM")
            assert ours.effect.estimate == pytest.approx(pair["yi"], rel=1e-13)
            assert ours.effect.variance == pytest.approx(pair["vi"], rel=1e-13)
        self.agree(answer.ratio, told["fit"])

    def test_the_correlation_with_activity(self, serum, reference):
        told = reference["correlation"]
        answer = self.answer(serum, told["claim"], "il6_activity")
        ours = {item.row: (item.r, item.n) for item in answer.correlations}
        assert ours == {study["row"]: (study["r"], study["n"]) for study in told["studies"]}
        self.agree(answer.correlation.z, told["fit"])
        for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
            assert getattr(answer.correlation, name) == pytest.approx(math.tanh(told["fit"][name]), rel=1e-10)


def test_a_paired_study_counts_its_persons_once(make):
    rows = [
        make.comparison("Paired", n_a="34", n_b="34", design="paired"),
        make.comparison("Apart", n_a="34", n_b="34"),
    ]
    found = synthesis.answer(make.review(comparisons=rows), make.comparing())
    assert {vote.source: vote.n for vote in found.votes} == {"Paired": 34, "Apart": 68}


def test_where_a_fall_agrees_a_negative_relation_votes_for_and_nothing_is_pooled(make):
    rows = [
        make.correlation("Falls", "negative", r=-0.4, n=40),
        make.correlation("Rises", "positive", r=0.3, n=50),
        make.correlation("Flat", "none"),
    ]
    found = synthesis.answer(make.review(correlations=rows), make.correlating(agrees="negative"))
    assert {vote.source: vote.direction for vote in found.votes} == {"Falls": 1, "Rises": -1, "Flat": 0}
    assert (found.correlations, found.correlation) == ((), None)


@pytest.mark.parametrize(
    ("sentence", "begun"),
    [
        ("no fall under other drugs: x", "No fall under other drugs: x"),
        ("sIL-6R with activity: x", "sIL-6R with activity: x"),
        ("IL-6 with fatigue: x", "IL-6 with fatigue: x"),
        ("", ""),
    ],
)
def test_a_reason_begins_with_a_capital_unless_its_first_word_is_spelled_otherwise(sentence, begun):
    assert synthesis._begun(sentence) == begun
