"""One row per person with several columns of values."""

import pytest

from il6review.evidence import ColumnMap, column_maps, read_own

WIDE = """id,group,stage,IL6_pgml,CRP,Hb,remark
P1,control,,<1.5,0.2,14.1,
P2,,1,8.4,1.1,13.0,fasting
P3,,2,"",2.4,12.2,
"""
MEASURES = {"IL6_pgml": "IL-6,pg/mL,serum", "CRP": "CRP, mg/dL, serum", "Hb": "haemoglobin,g/dL"}


@pytest.fixture
def wide(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wide.csv").write_text(WIDE)
    return read_own("wide.csv", "", ColumnMap({"person": "id"}, {"population": "RA"}, MEASURES))


def test_each_column_gives_a_row_for_each_person_in_the_order_of_the_lines(wide):
    frame = wide.sound()
    assert wide.kind.name == "persons"
    assert list(zip(frame["line"], frame["person"], frame["analyte"], strict=True))[:4] == [
        (2, "P1", "IL-6"),
        (2, "P1", "CRP"),
        (2, "P1", "haemoglobin"),
        (3, "P2", "IL-6"),
    ]
    assert frame["value_printed"].tolist() == ["<1.5", "0.2", "14.1", "8.4", "1.1", "13.0", "", "2.4", "12.2"]
    assert frame["value_converted"].tolist()[1:5] == [2.0, 14.1, 8.4, 11.0]
    assert frame["value_below"].tolist()[0] == 1.5
    assert set(frame["sample"]) == {"serum", ""} and set(frame["population"]) == {"RA"}


def test_what_each_column_holds_is_said_once(wide):
    assert wide.notes == (
        "Read as UTF-8, comma between cells, decimal point (found).",
        "Measured: IL-6 in pg/mL (serum) from IL6_pgml; CRP in mg/dL (serum) from CRP; haemoglobin in g/dL from Hb.",
        "Columns mapped: person from id.",
        "Filled in: population with RA.",
        "Columns not used: remark.",
        "IL6_pgml: No value in 1 row, which counts nowhere.",
        "IL6_pgml: Units: IL-6 in pg/mL (3 rows), compared in pg/mL.",
        "CRP: Units: CRP in mg/dL (3 rows), compared in mg/L.",
        "Hb: Units: haemoglobin in g/dL (3 rows), compared in g/dL.",
    )


def test_measures_are_kept_in_the_mapping_file(tmp_path):
    told = ColumnMap({"person": "id"}, {}, MEASURES)
    column_maps.save_map(told, tmp_path / "map.yml")
    assert column_maps.load_map(tmp_path / "map.yml") == told
    more = ColumnMap(measures={"CRP": "CRP,mg/L"})
    assert column_maps.joined(told, more).measures == MEASURES | {"CRP": "CRP,mg/L"}
