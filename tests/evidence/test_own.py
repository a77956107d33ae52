"""A reader's own table is read whatever program wrote it, and what was decided is said."""

import math
from decimal import Decimal
from itertools import pairwise

import frictionless
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.evidence import ColumnMap, EvidenceError, WrongUse, kinds, numerals, own_cells, read_own, units

HEADER = "person,group,stage,analyte,value,unit"
ROWS = ("P1,control,,IL-6,<1.5,pg/mL", "P2,stage 1,1,IL-6,8.4,ng/L", "P3,,2,IL-6,0.0126,ng/mL")


@pytest.fixture
def put(tmp_path, monkeypatch):
    """Write a file in the working folder and give its name."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="my.csv", encoding="utf-8"):
        (tmp_path / name).write_bytes(text.encode(encoding))
        return name

    return write


def csv_of(*rows, mark=",", end="\n"):
    return "".join(row.replace(",", mark) + end for row in (HEADER, *rows))


def same(table):
    """What every form of the three rows must give."""
    frame = table.sound()
    assert frame["value_converted"].tolist()[1:] == [8.4, 12.6]
    assert math.isnan(frame["value_converted"][0])
    assert frame["value_below_converted"][0] == 1.5
    assert frame["group"].tolist() == ["control", "stage 1", "stage 2"]
    assert frame["role"].tolist() == ["control", "stage", "stage"]
    assert frame["stage"].tolist()[1:] == [1, 2]
    assert frame["unit"].tolist() == ["pg/mL", "ng/L", "ng/mL"]
    assert set(frame["unit_converted"]) == {"pg/mL"}


@pytest.mark.parametrize(
    ("text", "name", "encoding", "form"),
    [
        (csv_of(*ROWS), "my.csv", "utf-8", "UTF-8, comma between cells, decimal point (found)"),
        (csv_of(*ROWS, end="\r\n"), "my.csv", "utf-8-sig", "UTF-8, comma between cells, decimal point (found)"),
        (csv_of(*ROWS, mark="\t"), "my.tsv", "utf-8", "UTF-8, tab between cells, decimal point (found)"),
        (
            csv_of(*ROWS, mark=";").replace(".", ","),
            "my.csv",
            "utf-8",
            "UTF-8, semicolon between cells, decimal comma (found)",
        ),
        (csv_of(*ROWS, end="\n\n"), "my.csv", "utf-8", "UTF-8, comma between cells, decimal point (found)"),
        (csv_of(*(f" {row} " for row in ROWS)), "my.csv", "utf-8", "UTF-8, comma between cells, decimal point (found)"),
    ],
)
def test_each_form_of_text_gives_the_same_table(put, text, name, encoding, form):
    table = read_own(put(text, name, encoding))
    same(table)
    assert table.notes[0] == f"Read as {form}."
    assert table.notes[1] == "Recognised by its columns: one row per person (--kind persons)."


def test_a_workbook_gives_the_same_table(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (HEADER, *ROWS):
        book.active.append([float(cell) if cell in ("8.4", "0.0126") else cell for cell in row.split(",")])
    book.save(tmp_path / "my.xlsx")
    same(read_own(tmp_path / "my.xlsx"))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
def test_an_encoding_that_is_told_is_used_and_said(put, encoding):
    name = put(csv_of("P1,contrôle,,IL-6,2,pg/mL"), encoding=encoding)
    with pytest.raises(EvidenceError, match="--encoding"):
        read_own(name)
    table = read_own(name, encoding=encoding)
    assert table.sound()["group"].tolist() == ["contrôle"]
    assert {"latin-1": "Latin-1", "cp1252": "Windows-1252", "utf-16": "UTF-16"}[encoding] in table.notes[0]


def test_columns_are_mapped_and_filled_in(put):
    name = put("ID;Arm;IL6_pgml;age\nP1;control;2,5;61\nP2;RA;8,4;55\n")
    columns = ColumnMap({"person": "ID", "group": "Arm", "value": "IL6_pgml"}, {"analyte": "IL-6", "unit": "pg/mL"})
    table = read_own(name, column_map=columns)
    assert table.sound()["value"].tolist() == [2.5, 8.4]
    assert "Columns mapped: person from ID, group from Arm, value from IL6_pgml." in table.notes
    assert "Filled in: analyte with IL-6, unit with pg/mL." in table.notes
    assert "Columns not used: age." in table.notes


def test_missing_values_are_counted_and_count_nowhere(put):
    table = read_own(put(csv_of(*ROWS, "P4,stage 1,1,IL-6,,pg/mL")))
    assert "No value in 1 row, which counts nowhere." in table.notes
    assert table.sound()["value"].isna().tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("spread", "statistic", "note"),
    [
        ("", "mean_pm_unspecified", "Is the spread an SD or a SEM?"),
        ("sd", "mean_sd", "Spread taken for SD, as told: 2 rows."),
        ("sem", "mean_sem", "Spread taken for SEM, as told: 2 rows."),
    ],
)
def test_a_bare_plus_minus_asks_and_takes_what_it_is_told(put, spread, statistic, note):
    name = put("group_label,analyte,unit,n,centre,spread\na,IL-6,pg/mL,9,12.4 ± 3.1,\nb,IL-6,pg/mL,8,4.2,1\n")
    table = read_own(name, spread=spread)
    frame = table.sound()
    assert frame[["centre", "spread"]].values.tolist() == [[12.4, 3.1], [4.2, 1.0]]
    assert frame["statistic"].tolist() == [statistic] * 2
    assert frame["as_reported"].tolist() == ["12.4 ± 3.1", ""]
    assert any(line.startswith(note) for line in table.notes)


def test_summaries_are_converted_but_not_a_geometric_sd(put):
    name = put(
        "group_label,analyte,unit,n,statistic,centre,spread\na,CRP,mg/dL,9,mean_sd,1.2,0.3\nb,CRP,mg/dL,9,geo_mean,1.2,2.5\n"
    )
    frame = read_own(name).sound()
    assert frame["centre_converted"].tolist() == [12.0, 12.0]
    assert frame["spread_converted"].tolist() == [3.0, 2.5]


def test_activity_alone_is_kept_as_printed_and_never_turned_into_mass(put):
    table = read_own(put(csv_of("P1,a,,IL-6,12,IU/mL")))
    frame = table.sound()
    assert frame["value"].tolist() == [12.0]
    assert math.isnan(frame["value_converted"][0])
    assert any("no factor leads to a mass" in note for note in table.notes)


def test_every_problem_is_counted_and_the_first_of_a_column_are_kept(put, monkeypatch):
    monkeypatch.setattr(own_cells, "KEPT", 3)
    table = read_own(put(csv_of(*(f"P{n},a,,IL-6,x{n},pg/ml{n}" for n in range(9)))))
    assert table.count == 18
    assert [problem.row for problem in table.problems] == [2, 2, 3, 3, 4, 4]
    with pytest.raises(EvidenceError) as caught:
        table.sound()
    assert caught.value.count == 18


def test_a_study_takes_the_name_of_its_file(put):
    assert set(read_own(put(csv_of(*ROWS), "my-study 2.csv")).sound()["source_key"]) == {"mystudy2"}


def test_a_kind_that_several_columns_allow_must_be_told(put):
    both = put("group_label,analyte,unit,n,centre,person,group,value\na,IL-6,pg/mL,9,2,P1,a,2\n")
    with pytest.raises(WrongUse, match="--kind persons or --kind groups"):
        read_own(both)
    assert read_own(both, "persons").kind.name == "persons"


# Average masses of the residues of amino acids, in g/mol (IUPAC atomic weights).
MASS = {
    "A": 71.0788, "R": 156.1875, "N": 114.1038, "D": 115.0886, "C": 103.1388, "E": 129.1155, "Q": 128.1307,
    "G": 57.0519, "H": 137.1411, "I": 113.1594, "L": 113.1594, "K": 128.1741, "M": 131.1926, "F": 147.1766,
    "P": 97.1167, "S": 87.0782, "T": 101.1051, "W": 186.2132, "Y": 163.1760, "V": 99.1326,
}  # fmt: skip
IL6 = (
    "VPPGEDSKDVAAPHRQPLTSSERIDKQIRYILDGISALRKETCNKSNMCESSKEALAENNLNLPKMAEKDGCFQSGFNEETCLVKIITGLLEFEVYLEYLQ"
    "NRFESSEEQARAVQMSTKVLIQFLQKKAKNLDAITTPDPTTNASLLTKLQAQNQWLQDMTTHLILRSFKEFLQSSLRALRQM"
)


def test_the_molar_mass_of_il6_is_that_of_its_chain():
    disulfides = 2 * 2 * 1.00794
    chain = sum(MASS[residue] for residue in IL6) + 18.0153 - disulfides
    assert len(IL6) == 183
    assert float(units.substance("IL-6").molar_mass) == pytest.approx(chain, abs=0.5)


@pytest.mark.parametrize(
    ("analyte", "unit", "target", "factor"),
    [
        ("IL-6", "pg/mL", "pg/mL", "1"),
        ("il6", "pg/ml", "pg/mL", "1"),
        ("Interleukin-6", "ng/L", "pg/mL", "1"),
        ("IL-6", "ng / mL", "pg/mL", "1000"),
        ("IL-6", "pg ml⁻¹", "pg/mL", "1"),
        ("IL-6", "µg/L", "pg/mL", "1000"),
        ("IL-6", "fmol/mL", "pg/mL", "20.809"),
        ("IL-6", "pM", "pg/mL", "20.809"),
        ("CRP", "mg/dL", "mg/L", "10"),
        ("hs-CRP", "mg/l", "mg/L", "1"),
        ("CRP", "μg/mL", "mg/L", "1"),
        ("Hb", "g/L", "g/dL", "0.1"),
        ("haemoglobin", "g/dl", "g/dL", "1"),
        ("DAS28", "points", "points", "1"),
        ("sIL-6R", "ng/mL", "ng/mL", "1"),
    ],
)
def test_units_are_converted_by_the_table(analyte, unit, target, factor):
    found = units.conversion(analyte, unit)
    assert (found.unit, found.factor) == (target, Decimal(factor))


@pytest.mark.parametrize(("analyte", "unit"), [("Hb", "mmol/L"), ("CRP", "nmol/L"), ("IL-6", "pg"), ("IL-6", "score")])
def test_a_unit_outside_the_table_has_no_conversion(analyte, unit):
    assert units.conversion(analyte, unit) is None


@pytest.mark.parametrize("name", kinds.NAMES)
def test_every_kind_is_a_table_schema_whose_columns_are_described(name):
    kind = kinds.kind(name)
    frictionless.Schema.from_descriptor({key: kind.schema[key] for key in ("fields", "missingValues", "primaryKey")})
    assert all(field["description"].endswith(".") and field["example"] for field in kind.fields)
    assert set(kind.schema["primaryKey"]) <= set(kind.columns)
    assert kinds.recognised(kind.columns) == [name]


def test_the_kinds_share_the_words_of_the_evidence_base(data):
    from il6review.evidence import schema

    for name in ("groups", "comparisons", "correlations", "proportions"):
        ours = {field["name"]: field for field in schema(name)["schema"]["fields"]}
        for field in kinds.kind(name).fields:
            theirs = ours[field["name"]].get("constraints", {})
            assert field.get("constraints", {}).get("enum") == theirs.get("enum")


@given(st.decimals(-(10**6), 10**6, places=4, allow_nan=False), st.sampled_from(".,"))
def test_a_plain_number_is_read_exactly(number, mark):
    reading = numerals.read_number(f"{number:f}".replace(".", mark), mark)
    assert reading == (number, None, None)


@given(st.text(max_size=12), st.sampled_from(".,"), st.booleans(), st.booleans(), st.booleans())
def test_a_cell_is_a_number_a_limit_nothing_or_a_fault(cell, mark, whole, below, empty):
    reading = numerals.read_number(cell, mark, whole=whole, below=below, empty=empty)
    assert sum(part is not None for part in reading) == (cell != "")


@given(st.from_regex(r"[0-9]{1,3}([., '][0-9]{3}){0,2}([.,][0-9]{1,4})?", fullmatch=True), st.sampled_from(".,"))
def test_what_a_mend_says_to_write_is_then_read(cell, mark):
    fault = numerals.read_number(cell, mark).fault
    if fault and fault.mend.startswith("write "):
        assert numerals.read_number(fault.mend.split()[1].rstrip(","), mark).fault is None


@pytest.mark.parametrize(
    ("cells", "mark"),
    [(["1,5", "2"], ","), (["1.5", "2,5"], "."), (["1,234"], "."), (["0,123"], ","), (["<1,5"], ","), ([], ".")],
)
def test_the_decimal_mark_is_found_only_where_one_reading_is_possible(cells, mark):
    assert numerals.decimal_mark(cells) == mark


def test_a_row_that_a_date_spoils_is_named_by_its_line(put):
    table = read_own(put("\n" + csv_of(*ROWS[:2], '"P\n3",a,,IL-6,8-Apr,pg/mL', "P4,a,,IL-6,9-Apr,pg/mL")))
    assert [problem.row for problem in table.problems] == [5, 7]
    assert all(one.row < other.row for one, other in pairwise(table.problems))
