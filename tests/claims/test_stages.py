from dataclasses import replace

import pytest

from il6review.claims import stages
from il6review.stats import trends
from il6review.stats.distributions import t_quantile

MEANS, SDS, NS = [12.0, 15.0, 31.0, 52.0], [9.0, 10.0, 18.0, 30.0], [28, 32, 34, 26]


def rows(make, source="One", **cells):
    """Give four stages out of order, with the cells of one of them replaced where a name is `stage_N`."""
    replaced = {int(name[-1]): value for name, value in cells.items() if name.startswith("stage_")}
    shared = {name: value for name, value in cells.items() if not name.startswith("stage_")}
    found = []
    for order in (3, 1, 4, 2):
        told = {
            "group_label": f"stage {order}",
            "population": "RA by activity",
            "order": order,
            "centre": MEANS[order - 1],
            "spread": SDS[order - 1],
            "n": NS[order - 1],
        }
        found.append(make.group(source, **({"role": "stage"} | told | shared | replaced.get(order, {}))))
    return found


def analysed(make, *groups, **given):
    (found,) = stages.ordered_sets(make.review(groups=groups, **given), "IL-6")
    return found


def test_stages_are_put_in_order_and_tested(make):
    found = analysed(make, *rows(make))
    assert [row["group_label"] for row in found.groups] == ["stage 1", "stage 2", "stage 3", "stage 4"]
    assert (found.source, found.unit, found.monotone, found.because) == ("One", "pg/ml", True, "")
    assert found.readings == ("SD",) * 4
    # The slope over equal steps by hand: (-3 m1 - m2 + m3 + 3 m4) / 10.
    assert found.trend.estimate == pytest.approx((-3 * 12 - 15 + 31 + 3 * 52) / 10, rel=1e-14)
    assert found.trend == trends.linear_trend(MEANS, SDS, NS)


def test_the_step_is_the_cut_with_the_smallest_p_which_counts_once_for_each_cut(make):
    step = analysed(make, *rows(make)).step
    sharpest = trends.step_contrast(MEANS, SDS, NS, 2)
    assert all(trends.step_contrast(MEANS, SDS, NS, cut).p > sharpest.p for cut in (1, 3))
    assert step == replace(sharpest, p=3 * sharpest.p, name=f"{sharpest.name}, the sharpest of 3 cuts")
    assert step.estimate == pytest.approx((31 + 52) / 2 - (12 + 15) / 2, rel=1e-14)


def test_the_p_of_the_sharpest_step_is_one_at_most(make):
    level = {f"stage_{order}": {"centre": 10 + order / 100} for order in (1, 2, 3, 4)}
    found = analysed(make, *rows(make, **level)).step
    assert found.p == 1.0


def test_two_stages_have_one_cut_with_its_own_p(make):
    step = analysed(make, *[row for row in rows(make) if row["order"] < 3]).step
    assert step.p == trends.step_contrast(MEANS[:2], SDS[:2], NS[:2], 1).p
    assert step.name.endswith(", the sharpest of 1 cuts")


def test_every_later_stage_is_held_against_every_earlier_one_with_holm_over_all(make):
    pairs = analysed(make, *rows(make)).pairs
    assert {(pair.lower, pair.higher) for pair in pairs} == {(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)}
    ordered = sorted(pairs, key=lambda pair: pair.p)
    adjusted = [min(1, (6 - rank) * pair.p) for rank, pair in enumerate(ordered)]
    assert [pair.p_holm for pair in ordered] == [
        pytest.approx(max(adjusted[: rank + 1]), rel=1e-14) for rank in range(6)
    ]


def test_each_mean_stands_between_its_limits(make):
    low, mean, high = analysed(make, *rows(make), confidence=0.9).means[0]
    half = t_quantile(0.95, 27) * 9 / 28**0.5
    assert (low, mean, high) == (pytest.approx(12 - half), 12, pytest.approx(12 + half))


def test_the_confidence_of_the_run_is_that_of_all_contrasts(make):
    found = analysed(make, *rows(make), confidence=0.9)
    assert found.trend == trends.linear_trend(MEANS, SDS, NS, confidence=0.9)
    step = trends.step_contrast(MEANS, SDS, NS, 2, 0.9)
    assert (found.step.ci_low, found.step.ci_high) == (step.ci_low, step.ci_high)
    assert found.pairs == trends.pairwise(MEANS, SDS, NS, 0.9)


@pytest.mark.parametrize(
    ("replaced", "because"),
    [
        ({"stage_3": {"n": None}}, "size not printed: stage 3"),
        ({"stage_1": {"n": None}, "stage_2": {"n": None}}, "size not printed: stage 1, stage 2"),
        ({"stage_4": {"unit": "ng/ml"}}, "the stages are printed in different units"),
        ({"stage_2": {"spread": None}}, "no spread is printed"),
        ({"stage_2": {"statistic": "geo_mean"}}, "geometric mean: not on the scale of arithmetic means"),
        ({"stage_2": {"centre": None}}, "value not printed: stage 2"),
        ({"stage_2": {"n": 1}}, "ns, row 2, is 1; expected a whole number from 2 to 1000000000."),
    ],
)
def test_stages_that_cannot_be_tested_say_why(make, replaced, because):
    found = analysed(make, *rows(make, **replaced))
    assert (found.trend, found.step, found.pairs, found.means) == (None, None, (), ())
    assert found.because == because
    assert len(found.rows) == 4


def test_a_bare_plus_minus_is_read_as_the_run_says(make):
    groups = rows(make, statistic="mean_pm_unspecified")
    assert analysed(make, *groups).trend == trends.linear_trend(MEANS, SDS, NS)
    sds = [sd * n**0.5 for sd, n in zip(SDS, NS, strict=True)]
    assert analysed(make, *groups, plus_minus="sem").trend == trends.linear_trend(MEANS, sds, NS)
    assert "not said to be SD or SEM" in analysed(make, *groups, plus_minus="exclude").because


@pytest.mark.parametrize(
    ("centres", "monotone"), [((52, 31, 15, 12), True), ((12, 15, 15, 52), False), ((1, 3, 2, 4), False)]
)
def test_one_direction_means_a_rise_or_a_fall_at_every_step(make, centres, monotone):
    replaced = {f"stage_{order}": {"centre": float(value)} for order, value in enumerate(centres, start=1)}
    assert analysed(make, *rows(make, **replaced)).monotone is monotone


def test_the_direction_is_unknown_where_a_value_is_missing(make):
    assert analysed(make, *rows(make, stage_2={"centre": None})).monotone is None


def test_a_source_that_is_not_credible_is_not_tested(make):
    cautions = [make.caution("not_credible", "One", reason="impossible")]
    assert analysed(make, *rows(make), cautions=cautions).because == "impossible"


@pytest.mark.parametrize(
    "other",
    [{"analyte": "CRP"}, {"sample": "synovial fluid"}, {"role": "other"}, {"chapter": "anaemia"}, {"order": None}],
)
def test_other_rows_are_no_stages(make, other):
    assert stages.ordered_sets(make.review(groups=rows(make, **other)), "IL-6") == ()


def test_one_stage_alone_is_no_set_and_two_sources_are_two(make):
    alone = make.group("Two", "stage", order=1)
    found = stages.ordered_sets(make.review(groups=[alone, *rows(make), *rows(make, "Three")]), "IL-6")
    assert [item.source for item in found] == ["One", "Three"]


def contrasts(make, *pairs, **cells):
    return [
        make.comparison("Seed", group_a=f"RA stage {high}", group_b=f"RA stage {low}", **cells) for low, high in pairs
    ]


def test_only_a_contrast_of_neighbours_carries_their_step(make):
    told = contrasts(make, (1, 3), (1, 4), (2, 3), (2, 4))
    healthy = make.comparison("Seed", group_a="RA stage 1")
    steps, needed, found = stages.carried_steps(make.review(comparisons=[*told, healthy]), ["RA-901"])
    assert (steps, needed) == (((2, 3),), 3)
    assert found == tuple(row["comparison_id"] for row in told)


def test_a_contrast_without_a_difference_and_one_of_another_claim_carry_nothing(make):
    told = contrasts(make, (1, 4))
    others = [*contrasts(make, (1, 2), direction="no_difference"), *contrasts(make, (2, 3), claim_ids="RA-902")]
    assert stages.carried_steps(make.review(comparisons=[*told, *others]), ["RA-901"])[0] == ()


def test_a_contrast_of_another_source_carries_no_step_of_the_document(make):
    others = make.comparison("Own_mine", group_a="stage 2", group_b="stage 1")
    review = make.review(comparisons=[*contrasts(make, (1, 4)), others])
    assert stages.carried_steps(review, ["RA-901"])[0] == ()


def test_on_the_slide_il6_carries_one_step_of_three_and_its_receptor_two(serum):
    assert stages.carried_steps(serum, ["RA-26"])[:2] == (((2, 3),), 3)
    assert stages.carried_steps(serum, ["RA-28", "RA-29"])[:2] == (((2, 3), (3, 4)), 3)


def test_no_set_of_the_evidence_base_can_be_tested_and_each_says_why(serum):
    sets = stages.ordered_sets(serum, "IL-6")
    assert {item.source for item in sets} == {"AnonARD191273", "Azzab1998", "AnonTHU0049"}
    assert all(item.trend is None and item.because for item in sets)
