import math

import pytest

from il6review.claims import views_anaemia
from il6review.claims.model import LedgerError
from il6review.claims.review import load
from il6review.stats.effects import two_group_effect


@pytest.fixture(scope="module")
def anaemia():
    return load("anaemia")


class TestMeasured:
    def test_a_value_keeps_the_decimals_of_the_table_and_names_its_row(self, make):
        row = make.group("Study", centre=588.39, as_reported="588.39 +/- 71.5")
        found = views_anaemia.measured(make.review(groups=[row]), {"level": row["row_id"]})
        assert found["level"].as_json()["text"] == "588.39"
        assert found["level"].rows == (row["row_id"],)
        assert found["level"].label == "Study, IL-6, RA"

    def test_a_change_inpercent_is_shown_inpercent(self, make):
        row = make.group("Study", centre=-19.0, unit="percent change")
        found = views_anaemia.measured(make.review(groups=[row]), {"change": row["row_id"]})["change"].as_json()
        assert (found["text"], found["unit"]) == ("−19", "%")

    def test_an_unknown_row_is_named_with_what_to_do(self, make):
        with pytest.raises(LedgerError, match=r"G999.*row_id"):
            views_anaemia.measured(make.review(), {"level": "G999"})


class TestSpreadReadings:
    def test_a_standard_error_gives_a_smaller_effect_than_a_standard_deviation(self, make):
        case = make.group("Study", centre=20.0, spread=2.0, n=16)
        control = make.group("Study", "control", centre=14.0, spread=3.0, n=25)
        _, found = views_anaemia.spread_readings(make.review(groups=[case, control]), case["row_id"], control["row_id"])
        # SEM 2 of 16 and 3 of 25 are SD 8 and 15.
        sem = two_group_effect("SMD", 20.0, 8.0, 16, 14.0, 15.0, 25)
        sd = two_group_effect("SMD", 20.0, 2.0, 16, 14.0, 3.0, 25)
        assert found["sem_g"].value == pytest.approx(sem.estimate)
        assert found["sd_g"].value == pytest.approx(sd.estimate)
        assert found["sem_low"].value == pytest.approx(sem.estimate - 1.959964 * math.sqrt(sem.variance), abs=1e-6)
        assert found["sem_high"].value == pytest.approx(sem.estimate + 1.959964 * math.sqrt(sem.variance), abs=1e-6)

    def test_the_interval_widens_with_the_level(self, make):
        case = make.group("Study", centre=20.0)
        control = make.group("Study", "control", centre=14.0)
        widths = []
        for confidence in (0.8, 0.95):
            review = make.review(groups=[case, control], confidence=confidence)
            _, found = views_anaemia.spread_readings(review, case["row_id"], control["row_id"])
            widths.append(found["sd_high"].value - found["sd_low"].value)
        assert widths[0] < widths[1]

    def test_every_number_names_both_rows_and_the_reading(self, make):
        case, control = make.group("Study"), make.group("Study", "control", centre=14.0)
        table, found = views_anaemia.spread_readings(
            make.review(groups=[case, control]), case["row_id"], control["row_id"]
        )
        assert {number.rows for number in found.values()} == {(case["row_id"], control["row_id"])}
        assert "standard error, upper limit" in found["sem_high"].label
        assert list(table.frame["spread read as"]) == ["standard deviation", "standard error"]

    def test_the_spread_of_the_one_study_with_values_decides_whether_its_interval_leaves_zero(self, anaemia):
        _, found = views_anaemia.spread_readings(anaemia, "G019", "G020")
        assert found["sd_high"].value < 0
        assert found["sem_g"].value < 0 < found["sem_high"].value


class TestRelations:
    def test_each_study_is_counted_once_and_every_row_is_shown(self, make):
        rows = [
            make.correlation("One", "negative", y="Hb", r=-0.4, n=30, p_reported="<0.05"),
            make.correlation("One", "negative", y="haemoglobin"),
            make.correlation("Two", "none", y="Hb"),
            make.correlation("Three", "unclear", y="Hb"),
        ]
        review = make.review(correlations=rows)
        table, found = views_anaemia.relations(review, "IL-6", ["Hb", "haemoglobin"], ["RA"], "hb")
        assert (found["hb.studies"].value, found["hb.negative"].value) == (3, 1)
        assert found["hb.studies"].rows == tuple(row["row_id"] for row in rows)
        assert list(table.frame["r"]) == ["-0.4", *["not printed"] * 3]
        assert list(table.frame["P"]) == ["P < 0.05", *["not printed"] * 3]

    @pytest.mark.parametrize(
        "cells", [{"x": "hepcidin"}, {"y": "ESR"}, {"population": "SLE"}, {"sample": "synovial fluid"}]
    )
    def test_rows_of_another_question_stay_out(self, make, cells):
        row = make.correlation("One", "negative", **({"y": "Hb"} | cells))
        table, found = views_anaemia.relations(make.review(correlations=[row]), "IL-6", ["Hb"], ["RA"], "hb")
        assert found["hb.studies"].value == 0 and table.frame.empty

    def test_a_value_is_text_and_never_markup(self, make, read_html, hostile):
        row = make.correlation(hostile, "negative", y="Hb", p_reported=hostile)
        table, _ = views_anaemia.relations(make.review(correlations=[row]), "IL-6", ["Hb"], ["RA"], "hb")
        elements, text = read_html(table._repr_mimebundle_()["text/html"])
        assert {tag for tag, _ in elements} == {"div", "table", "thead", "tbody", "tr", "th", "td"}
        assert text.count(hostile) >= 2
