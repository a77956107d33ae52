from collections import Counter

import pytest

from il6review.claims import views_cytokine_ranking as views
from il6review.claims.model import Claim
from il6review.claims.review import load as load_review
from il6review.claims.rules import load
from il6review.stats.ranks import GRADE_CODINGS, friedman

#: Ranks by hand, the smallest first and ties shared: 3 1 2; 2.5 1 2.5; 3 1.5 1.5; 1 2 3.
GRADES = (("++++", "-", "(+)"), ("++", "(+)", "++"), ("+++", "+", "+"), ("+", "++", "+++"))
PARTS = ("Joint", "Joint", "Bone", "Bone")
NAMES = ("IL-6", "TNF", "IL-1")


@pytest.fixture(scope="module")
def real():
    return load_review("cytokine_ranking")


@pytest.fixture
def slide(make):
    rows = []
    for number, (grades, part) in enumerate(zip(GRADES, PARTS, strict=True)):
        for row in make.graded(f"RA-9{number}", **dict(zip(NAMES, grades, strict=True))):
            rows.append(row | {"section": part, "effect": f"effect {number}"})
    return make.review(rank_table=rows)


def group(make, analyte, centre, role="case", **cells):
    study = cells.get("source_key", "Study")
    return make.group(study, role, **({"analyte": analyte, "centre": centre, "comparison_set": analyte} | cells))


class TestTable:
    def test_each_effect_of_the_slide_is_graded_once_for_each_cytokine(self, real):
        pairs = [(row["claim_id"], row["cytokine"]) for row in real.tables["rank_table"]]
        assert max(Counter(pairs).values()) == 1
        assert {claim for claim, _ in pairs} == {claim.claim_id for claim in real.claims()} - {"RA-21"}
        assert len(pairs) == 3 * len({claim for claim, _ in pairs})

    def test_the_rows_are_said_by_who_made_their_claim(self, real):
        seeds = {row["claim_id"]: Claim.from_row(row).seed for row in real.tables["claims"]}
        assert all(row["source_key"] == seeds[row["claim_id"]] for row in real.tables["rank_table"])

    def test_the_cytokines_stand_in_the_same_order_in_every_line(self, real):
        names = [row["cytokine"] for row in real.tables["rank_table"]]
        assert names == [*views.cytokines(real)] * (len(names) // 3)

    def test_the_scale_rises(self):
        code = load("words.yaml")["grades"]
        assert [code[grade] for grade in views.scale()] == sorted(code.values())

    def test_the_first_coding_that_is_tried_is_that_of_the_words(self):
        code = load("words.yaml")["grades"]
        assert (GRADE_CODINGS[0].none, GRADE_CODINGS[0].weak) == (code["-"], code["(+)"])


class TestLines:
    def test_a_line_holds_its_grades_its_part_and_its_rows(self, slide):
        found = views.lines(slide)
        assert found[0] == {
            "label": "effect 0",
            "grades": ("++++", "-", "(+)"),
            "part": "Joint",
            "row_ids": ("RA-90 IL-6", "RA-90 TNF", "RA-90 IL-1"),
        }
        assert [line["label"] for line in found] == [f"effect {number}" for number in range(4)]

    def test_a_tie_at_the_top_is_shared_and_a_higher_grade_puts_the_first_behind(self, slide):
        found = views.places(slide)
        assert (found["shared"].value, found["behind"].value) == (1, 1)
        assert found["shared"].rows == ("RA-91 IL-6", "RA-91 TNF", "RA-91 IL-1")
        assert found["behind"].rows == ("RA-93 IL-6", "RA-93 TNF", "RA-93 IL-1")


class TestChoices:
    def test_the_table_is_tested_under_each_coding_and_without_each_part(self, slide):
        found = views.tests(slide)
        assert list(found) == [*views.CODINGS, "without Joint", "without Bone"]
        assert found[views.CODINGS[0]] == friedman([[4, 0, 0.5], [2, 0.5, 2], [3, 1, 1], [1, 2, 3]])
        assert found[views.CODINGS[2]] == friedman([[4, 0, 0], [2, 0, 2], [3, 1, 1], [1, 2, 3]])
        assert found["without Joint"] == friedman([[3, 1, 1], [1, 2, 3]])

    def test_the_numbers_count_the_choices_and_hold_the_extremes_of_p(self, slide):
        tests = views.tests(slide)
        table, numbers = views.choices(slide)
        ps = sorted(test.p for test in tests.values())
        assert (numbers["tried"].value, numbers["p_low"].value, numbers["p_high"].value) == (5, ps[0], ps[-1])
        # Without the part "Joint" the mean ranks are 2, 1.75, 2.25: the first leads in all but this choice.
        assert numbers["leads"].value == 4
        assert list(table.frame["effects"]) == ["4", "4", "4", "2", "2"]
        assert list(table.frame["mean rank, IL-1"])[3] == "2.25"

    @pytest.mark.parametrize(("alpha", "count"), [(0.1, 0), (0.2, 1), (0.3, 3)])
    def test_choices_below_alpha_are_counted(self, make, slide, alpha, count):
        review = make.review(rank_table=slide.tables["rank_table"], alpha=alpha)
        found = views.choices(review)[1]["below"]
        assert found.value == sum(test.p < alpha for test in views.tests(review).values()) == count
        assert f"{alpha:g}" in found.label


class TestContrasts:
    def test_a_contrast_says_by_how_much_the_first_leads(self, slide):
        table, numbers = views.contrasts(slide)
        # Rank sums 9.5, 5.5 and 9 over four lines.
        assert numbers["IL-6_TNF.estimate"].value == pytest.approx(1)
        assert numbers["IL-6_IL-1.estimate"].value == pytest.approx(0.125)
        assert numbers["TNF_IL-1.estimate"].value == pytest.approx(-0.875)
        assert list(table.frame["contrast"]) == ["IL-6 minus TNF", "IL-6 minus IL-1", "TNF minus IL-1"]

    def test_p_is_adjusted_for_the_number_of_contrasts(self, slide):
        numbers = views.contrasts(slide)[1]
        # se = sqrt(2 * 7 / 2) / 4, so z = 1.51186 and P = 0.13057 for the largest of three.
        assert numbers["IL-6_TNF.p"].value == pytest.approx(3 * 0.130570, abs=1e-5)


class TestLevels:
    def test_a_group_needs_il6_and_another_in_the_same_people_and_fluid(self, make):
        rows = [
            group(make, "IL-6", 9.0),
            group(make, "TNF-alpha", 3.0),
            group(make, "TNF-alpha", 5.0, sample="synovial fluid"),
            group(make, "IL-6", 5.0, source_key="Alone"),
            group(make, "IL-1", 5.0, source_key="Without"),
            group(make, "TNF-alpha", 5.0, source_key="Without"),
        ]
        (level,) = views.levels(make.review(groups=rows))
        assert (level.source, level.group, level.sample) == ("Study", "RA", "serum")
        assert level.values == {"IL-6": 9.0, "TNF": 3.0}
        assert level.rows == (rows[0]["row_id"], rows[1]["row_id"])

    @pytest.mark.parametrize(
        "off",
        [{"centre": None}, {"unit": "IU/ml"}, {"population": "OA"}, {"role": "after"}, {"analyte": "IL-8"}],
        ids=str,
    )
    def test_a_row_that_gives_no_comparable_level_is_not_read(self, make, off):
        rows = [group(make, "IL-6", 9.0), group(make, "TNF-alpha", 3.0) | off]
        assert views.levels(make.review(groups=rows)) == ()

    def test_units_of_mass_are_put_on_one_scale(self, make):
        rows = [group(make, "IL-6", 9.0), group(make, "IL-1beta", 0.5, unit="ng/mL")]
        assert views.levels(make.review(groups=rows))[0].values == {"IL-6": 9.0, "IL-1": 500.0}

    def test_the_multiple_is_of_the_controls_of_the_same_set(self, make):
        rows = [
            group(make, "IL-6", 9.0),
            group(make, "TNF-alpha", 6.0),
            group(make, "IL-6", 3.0, "control"),
            group(make, "TNF-alpha", 1.0, "control", comparison_set="another"),
        ]
        (level,) = views.levels(make.review(groups=rows))
        assert level.multiples == {"IL-6": 3.0}

    @pytest.fixture
    def found(self):
        def level(values, multiples, *rows):
            return views.Level("Study", "RA", "", values, multiples, rows)

        return (
            level({"IL-6": 9, "TNF": 3}, {"IL-6": 2, "TNF": 4}, "G1", "G2"),
            level({"IL-6": 1, "IL-1": 3}, {"IL-6": 5, "IL-1": 4}, "G3", "G4"),
            level({"IL-6": 4, "TNF": 3}, {"IL-6": 5}, "G5", "G6"),
        )

    def test_highest_is_counted_by_level_and_by_multiple_where_all_controls_are_printed(self, found):
        numbers = views.levels_counted(found)
        assert {name: number.value for name, number in numbers.items()} == {
            "groups": 3,
            "highest": 2,
            "with_controls": 2,
            "most_risen": 1,
        }
        assert numbers["most_risen"].rows == ("G1", "G2", "G3", "G4")
        assert numbers["groups"].rows == ("G1", "G2", "G3", "G4", "G5", "G6")

    def test_the_table_shows_level_and_multiple_and_leaves_out_what_was_not_measured(self, found):
        lines = views.levels_table(found).frame.to_dict("records")
        assert lines[0] | {"source": "", "group": ""} == {
            "source": "",
            "group": "",
            "fluid": "not stated",
            "IL-6": "9 (×\u00a02.0)",
            "TNF": "3 (×\u00a04.0)",
            "IL-1": "",
            "rows": "G1 G2",
        }
        assert lines[2]["TNF"] == "3"

    def test_every_analyte_and_population_occurs(self, real):
        for column, words in (("analyte", views.ANALYTES), ("population", views.POPULATIONS)):
            assert set(words) <= {row[column] for row in real.tables["groups"]}
