import pytest

from il6review.claims import views_joint_pain as views
from il6review.claims.model import LedgerError
from il6review.claims.review import load
from il6review.claims.views_fatigue_mood import differences


@pytest.fixture(scope="module")
def pain():
    return load("joint_pain")


def frame(exhibit):
    return exhibit.shown.frame


class TestExperiments:
    def test_each_comparison_of_the_sources_is_a_line_in_the_order_asked_for(self, make):
        rows = [
            make.comparison("Rats", outcome="fibres", group_a="after", group_b="before"),
            make.comparison("Other", outcome="fibres"),
            make.comparison("Deck", "no_difference", outcome="fibres", p_reported="<0.05"),
            make.comparison("Rats", "a_lower", outcome="fibres", chapter="elsewhere"),
        ]
        shown = views.experiments("pain.told", make.review(comparisons=rows), ["Deck", "Rats"])
        assert (shown.key, shown.rows) == ("pain.told", (rows[2]["comparison_id"], rows[0]["comparison_id"]))
        assert list(frame(shown)["found"]) == ["no difference", "higher"]
        assert list(frame(shown)["P"]) == ["P < 0.05", "not printed"]
        assert frame(shown)["compared"][1] == "after against before"


class TestRelations:
    def test_every_measure_of_pain_occurs(self, pain):
        assert set(views.PAIN) <= {row["y"] for row in pain.tables["correlations"] if row["x"] == "IL-6"}

    def test_no_measure_of_pain_with_il6_is_left_out(self, pain):
        shown = views.relations("pain.relations", pain)
        told = [row for row in pain.tables["correlations"] if row["x"] == "IL-6" and row["chapter"] == "joint_pain"]
        pains = {row["row_id"] for row in told if "pain" in row["y"] or "VAS" in row["y"]}
        assert pains < set(shown.rows)
        assert "C073" in shown.rows

    def test_null_and_contrary_relations_are_shown_and_a_missing_r_is_said(self, make):
        rows = [
            make.correlation("Up", y="VAS pain", r=0.5394, n=48),
            make.correlation("Null", "none", y="WOMAC pain"),
            make.correlation("Other", y="DAS28"),
            make.correlation("TNF", y="VAS pain", x="TNF"),
        ]
        shown = views.relations("pain.relations", make.review(correlations=rows))
        assert list(frame(shown)["relation"]) == ["positive", "none"]
        assert list(frame(shown)["r"]) == ["0.5394", "not printed"]
        assert list(frame(shown)["n"]) == ["48", ""]


class TestRelief:
    def test_less_pain_is_positive_for_arms_and_for_printed_differences(self, pain):
        trials = {"arms": ("G492", "G490"), "printed": ("E202",)}
        arms, printed = views.relief(pain, trials)
        assert arms.estimate == pytest.approx(31.8 - 15.4)
        assert printed.estimate == 17.1
        assert [item.se for item in (arms, printed)] == [item.se for item in differences(pain, trials)]


class TestArms:
    def pair(self, make, case, control, unit="mm"):
        cells = {
            "analyte": "pain",
            "unit": unit,
            "statistic": "mean_sd",
            "spread": 10.0,
            "n": 50,
            "comparison_set": unit,
        }
        return [
            make.group("Trial", "control", centre=control, **cells),
            make.group("Trial", "case", centre=case, group_label="drug", **cells),
        ]

    def test_less_pain_is_positive_on_both_scales(self, make):
        rows = [*self.pair(make, -30.0, -20.0), *self.pair(make, 40.0, 15.0, "%")]
        found, numbers = views.arms(make.review(groups=rows))
        assert [item.estimate for item in found] == [10.0, 25.0]
        assert (numbers["arms"].value, numbers["clear"].value) == (2, 2)
        assert numbers["arms"].rows == (rows[1]["row_id"], rows[0]["row_id"], rows[3]["row_id"], rows[2]["row_id"])

    @pytest.mark.parametrize("case", [-21.0, -10.0], ids=("no clear difference", "clearly more pain"))
    def test_only_clearly_less_pain_is_counted(self, make, case):
        numbers = views.arms(make.review(groups=self.pair(make, case, -20.0)))[1]
        assert (numbers["arms"].value, numbers["clear"].value) == (1, 0)

    def test_rows_that_are_no_pain_or_of_another_chapter_are_not_read(self, make):
        rows = self.pair(make, -30.0, -20.0)
        other = [row | {"analyte": "fatigue"} for row in rows] + [row | {"chapter": "elsewhere"} for row in rows]
        assert views.arms(make.review(groups=other))[0] == ()

    def test_every_arm_of_the_chapter_is_shown_with_its_rows(self, pain):
        found, numbers = views.arms(pain)
        shown = views.arms_table("pain.arms", pain, found)
        assert len(frame(shown)) == numbers["arms"].value
        cases = [row for row in pain.tables["groups"] if row["chapter"] == "joint_pain" and "pain" in row["analyte"]]
        assert set(shown.rows) == {row["row_id"] for row in cases}
        assert frame(shown).iloc[0].tolist() == [
            "AnonMobilityA192833, sarilumab 100 mg q2w, pain VAS change to week 12",
            "103",
            "-1.3 points (-10.9 to 8.3)",
        ]


class TestF:
    def test_p_is_computed_from_the_limits_of_the_rounded_f(self, pain):
        found = views.p_of_f(pain, "K311")
        # F(1, df) is t squared: two-sided P of t = sqrt(6.55) and sqrt(6.45) with 60 degrees of freedom.
        assert found["p_low"].value == pytest.approx(0.01303, abs=2e-5)
        assert found["p_high"].value == pytest.approx(0.01370, abs=2e-5)
        assert found["p_low"].rows == ("K311",)

    @pytest.mark.parametrize(("f", "same"), [("F(1,60)=6.50", False), ("F(2,60)=6.5", False), ("F(1,60)=6.5", True)])
    def test_degrees_of_freedom_and_decimals_count(self, make, pain, f, same):
        row = make.comparison("Rats", test_reported=f)
        found = views.p_of_f(make.review(comparisons=[row]), row["comparison_id"])["p_low"]
        assert (found.value == views.p_of_f(pain, "K311")["p_low"].value) == same

    def test_a_row_without_f_is_named_with_what_to_do(self, pain):
        with pytest.raises(LedgerError, match=r"comparisons\.csv, row K363: no F.*Mend"):
            views.p_of_f(pain, "K363")
