import json
import math
from dataclasses import replace

import pytest
from scipy import stats as scipy_stats

from il6review import evidence
from il6review.claims import cohort, cohort_report, rules
from il6review.claims.cohort import Group, Summary
from il6review.evidence import templates
from il6review.stats import censored

STAGES = {
    1: (4.0, 6.0, 8.0, 9.0, 12.0, 15.0),
    2: (5.0, 7.0, 8.5, 11.0, 14.0, 17.0),
    3: (30.0, 36.0, 41.0, 52.0, 66.0, 80.0),
    4: (33.0, 44.0, 58.0, 71.0, 90.0, 120.0),
}
CONTROL = (1.6, 2.0, 2.1, 2.5, 3.0, 3.3)


def staged(*, limits=(), control=CONTROL):
    """Give controls, of whom some may lie below detection, and four stages."""
    stages = [Group(f"stage {stage}", "stage", stage, values, ()) for stage, values in STAGES.items()]
    return [Group("control", "control", None, control, tuple(limits)), *stages]


def found(groups, analyte="IL-6", **options):
    return cohort.cohort(analyte, "serum", "", "pg/mL", "ra_serum_levels", groups, **options)


def by_claim(one, claim):
    return [(item.higher.name, item.lower.name) for item in one.contrasts if claim in item.claims]


def test_each_contrast_that_a_claim_states_is_tested_and_no_other():
    one = found(staged())
    assert by_claim(one, "RA-25") == [(f"stage {stage}", "control") for stage in (1, 2, 3, 4)]
    assert sorted(by_claim(one, "RA-26")) == [(f"stage {high}", f"stage {low}") for high in (3, 4) for low in (1, 2)]
    assert len(one.contrasts) == 8
    receptor = found(staged(), analyte="sIL-6R")
    assert by_claim(receptor, "RA-29") == [("stage 4", "stage 3")]
    assert by_claim(receptor, "RA-27") == [("stage 3", "control"), ("stage 4", "control")]
    assert len(receptor.contrasts) == 7


def test_every_contrast_names_a_claim_of_the_chapter():
    claims = {line["claim"] for part in ("contrasts", "gradual") for line in rules.load("own.yaml")[part]}
    known = {row["claim_id"]: row["chapter"] for row in evidence.read("claims").to_dict("records")}
    assert {known[claim] for claim in claims} == {"ra_serum_levels"}


def test_the_question_of_each_contrast_reads_comparisons_of_its_claim():
    read = [question.comparisons["claims"] for question in rules.questions().values() if question.comparisons]
    for line in rules.load("own.yaml")["contrasts"]:
        assert any(line["claim"] in claims for claims in read), line


def test_ranks_are_those_of_mann_and_whitney():
    for contrast in found(staged()).contrasts:
        other = scipy_stats.mannwhitneyu(
            contrast.higher.values, contrast.lower.values, method="asymptotic", use_continuity=False
        )
        assert contrast.p == pytest.approx(other.pvalue, rel=1e-9)
        assert contrast.superiority == pytest.approx(other.statistic / 36)


def test_p_is_adjusted_by_holm_over_the_contrasts_and_decides_the_direction():
    one = found(staged())
    ordered = sorted(one.contrasts, key=lambda contrast: contrast.p)
    assert ordered[0].p_holm == pytest.approx(8 * ordered[0].p)
    assert {contrast.direction for contrast in one.contrasts} == {"a_higher"}
    assert "P values are adjusted by Holm over 8 contrasts of IL-6 that claims state." in one.notes
    strict = found(staged(), alpha=ordered[-1].p_holm)
    assert sum(contrast.direction == "no_difference" for contrast in strict.contrasts) >= 1


def test_reversed_groups_are_lower():
    groups = staged(control=(300.0, 310.0, 320.0, 330.0, 340.0, 350.0))
    directions = {item.higher.name: item.direction for item in found(groups).contrasts if item.lower.name == "control"}
    assert set(directions.values()) == {"a_lower"}


def test_ratio_of_geometric_means_is_welch_on_logarithms():
    contrast = next(item for item in found(staged()).contrasts if item.higher.name == "stage 1")
    (ratio,) = contrast.ratios
    logs = [[math.log(value) for value in values] for values in (contrast.higher.values, contrast.lower.values)]
    other = scipy_stats.ttest_ind(*logs, equal_var=False)
    interval = other.confidence_interval(0.95)
    assert ratio.p == pytest.approx(other.pvalue)
    assert (ratio.ci_low, ratio.ci_high) == pytest.approx((math.exp(interval.low), math.exp(interval.high)))


def test_values_below_detection_are_tied_in_ranks_and_stand_in_both_ratios():
    one = found(staged(limits=(2.2, 1.5)))
    control = cohort.ranked_values(one.groups)[0]
    assert control == [1.1, 1.1, 1.1, 2.5, 3.0, 3.3, 1.1, 1.1]
    contrast = next(item for item in one.contrasts if item.lower.name == "control")
    assert [ratio.way for ratio in contrast.ratios] == [cohort.SUBSTITUTED, cohort.LIKELIHOOD]
    half, likelihood = (ratio.estimate for ratio in contrast.ratios)
    assert half != likelihood
    assert one.groups[0].n == 8


def test_each_ratio_takes_what_lies_below_detection_in_its_own_way():
    one = found(staged(limits=(2.2, 1.5)))
    control, stage = one.groups[:2]
    (half, likelihood) = next(item for item in one.contrasts if item.higher.name == "stage 1").ratios
    logs = [math.log(value) for value in (*control.values, 1.1, 0.75)]
    other = scipy_stats.ttest_ind([math.log(value) for value in stage.values], logs, equal_var=False)
    assert half.p == pytest.approx(other.pvalue)
    low, high = (censored.log_normal(group.values, group.limits) for group in (control, stage))
    se = math.hypot(low.se_mean_log, high.se_mean_log)
    assert likelihood.estimate == pytest.approx(math.exp(high.mean_log - low.mean_log))
    df = se**4 / (low.se_mean_log**4 / 7 + high.se_mean_log**4 / 5)
    width = scipy_stats.t.ppf(0.975, df) * se
    assert math.log(likelihood.ci_high / likelihood.estimate) == pytest.approx(width)


def test_rank_tests_do_not_hang_on_what_stands_for_a_value_below_detection():
    low = found(staged(limits=(1.5,), control=(1.6, 2.0, 2.5, 3.0, 3.3)))
    lower = found(staged(limits=(1.2,), control=(1.6, 2.0, 2.5, 3.0, 3.3)))
    assert [item.p for item in low.contrasts] == [item.p for item in lower.contrasts]


def test_a_zero_has_no_logarithm_and_ranks_stay():
    one = found(staged(control=(0.0, 2.0, 2.1, 2.5, 3.0, 3.3)))
    assert all(ratio.estimate is None for contrast in one.contrasts for ratio in contrast.ratios)
    assert one.gradients[0].because == "control: a value of 0 has no logarithm"
    assert one.trend.p < 0.001


def test_trend_and_step_leave_controls_out():
    one = found(staged())
    assert (one.trend.n, one.trend.k) == (24, 4)
    (gradient,) = one.gradients
    assert gradient.shape.cut == 2
    assert gradient.shape.closer == "step"
    assert one.gradual == ("RA-31",)
    with_others = found(staged(control=(50.0, 51.0, 52.0)))
    assert with_others.trend == one.trend


def test_two_stages_have_no_trend():
    one = found(staged()[:3])
    assert (one.trend, one.gradients, one.gradual) == (None, (), ())


def test_where_no_claim_states_a_contrast_all_pairs_are_tested_without_a_claim():
    one = found(staged(), analyte="ferritin")
    assert len(one.contrasts) == 10
    assert not any(contrast.claims for contrast in one.contrasts)


def test_cases_against_controls_bear_on_the_claims_named():
    groups = [staged()[0], Group("SSc", "case", None, (9.0, 11.0, 14.0), ())]
    one = cohort.cohort("IL-6", "serum", "", "pg/mL", "systemic_sclerosis", groups, ["SSC-01"])
    assert [contrast.claims for contrast in one.contrasts] == [("SSC-01",)]


def test_a_group_of_one_is_left_out_and_said():
    one = found([*staged(), Group("stage 5", "stage", 5, (99.0,), ())])
    assert "stage 5: 1 with a value, too few to compare." in one.notes
    assert len(one.groups) == 5


def test_equal_values_everywhere_are_said_not_tested():
    one = found([replace(group, values=(3.0,) * 4) for group in staged()])
    assert one.contrasts == ()
    assert any("not all equal" in note for note in one.notes)


def test_summaries_are_tested_by_welch():
    groups = [Summary("control", "control", None, 3.0, 1.0, 20), Summary("stage 1", "stage", 1, 5.0, 2.0, 25)]
    contrasts, notes = cohort.summary_contrasts("IL-6", "ra_serum_levels", groups)
    other = scipy_stats.ttest_ind_from_stats(5.0, 2.0, 25, 3.0, 1.0, 20, equal_var=False)
    assert [(item.claims, item.direction, item.superiority) for item in contrasts] == [(("RA-25",), "a_higher", None)]
    assert contrasts[0].p == pytest.approx(other.pvalue)
    assert contrasts[0].ratios[0].estimate == pytest.approx(5 / 3)
    assert notes == ["P values are adjusted by Holm over 1 contrast of IL-6 that claims state."]


def test_persons_of_a_file_become_cohorts(tmp_path):
    path = tmp_path / "cohort.csv"
    path.write_text(templates.files()["synthetic_persons.csv"], encoding="utf-8")
    (one,) = cohort.cohorts(evidence.read_own(path).sound(), "ra_serum_levels")
    assert [(group.name, group.n, len(group.limits)) for group in one.groups[:2]] == [
        ("control", 24, 2),
        ("stage 1", 24, 0),
    ]
    assert one.unit == "pg/mL"


def test_report_says_all_and_names_are_text():
    hostile = "<script>alert(1)</script> [x](http://e) {role}`y` | $z$"
    one = found([replace(group, name=f"{group.name} {hostile}") for group in staged(limits=(1.5,))])
    text = cohort_report.cohort_markdown([one])
    assert "<script" not in text
    assert "[x](" not in text
    assert "{role}`" not in text
    assert text.count("| RA-26 |") == 4
    assert "Jonckheere and Terpstra" in text
    assert "does not vote" in text
    (plain,) = json.loads(json.dumps(cohort_report.cohort_json([one]), allow_nan=False))
    assert plain["groups"][0]["below_detection"] == 1
    assert len(plain["contrasts"]) == 8
    assert not {"values", "limits"} & {*plain["groups"][0], *plain["contrasts"][0]}
