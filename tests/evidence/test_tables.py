"""Tables are found, read and typed; a reader's own table is read after the same checks."""

import json
import shutil
import subprocess
import sys

import pytest

from il6review.evidence import EvidenceError, base, read, schema


def test_the_variable_names_the_base_before_all_else(copy, monkeypatch):
    monkeypatch.setenv("IL6REVIEW_DATA", str(copy))
    assert base() == copy


def test_the_nearest_data_folder_above_the_working_folder_is_the_base(copy, monkeypatch):
    monkeypatch.delenv("IL6REVIEW_DATA", raising=False)
    deep = copy.parent / "notebooks" / "deep"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert base() == copy


def test_the_checkout_holds_the_base_when_the_working_folder_does_not(tmp_path, monkeypatch, data):
    monkeypatch.delenv("IL6REVIEW_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    assert base() == data


def test_a_variable_that_names_no_base_is_an_error_that_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("IL6REVIEW_DATA", str(tmp_path))
    with pytest.raises(EvidenceError, match="set IL6REVIEW_DATA to the folder that holds"):
        base()


def test_columns_are_typed_by_the_schema():
    groups = read("groups")
    assert {name: str(groups[name].dtype) for name in ("n", "centre", "note")} == {
        "n": "Int64",
        "centre": "float64",
        "note": "str",
    }
    assert groups["centre"].isna().sum() == 1
    assert groups["n"].isna().sum() == 90
    assert (groups["assay"] == "").sum() == 462


def test_text_that_looks_like_a_missing_value_or_a_number_stays_text(copy, monkeypatch, overwrite):
    overwrite(copy / "groups.csv", 2, {"note": "NA", "population": "007"})
    monkeypatch.setenv("IL6REVIEW_DATA", str(copy))
    assert read("groups").loc[0, ["note", "population"]].tolist() == ["NA", "007"]


def test_markup_in_a_cell_stays_text(copy, monkeypatch, overwrite):
    markup = '<script>alert("1")</script>'
    overwrite(copy / "groups.csv", 2, {"note": markup})
    monkeypatch.setenv("IL6REVIEW_DATA", str(copy))
    assert read("groups").loc[0, "note"] == markup


def test_a_decimal_is_read_to_the_nearest_float(copy, monkeypatch, overwrite):
    overwrite(copy / "effects.csv", 2, {"estimate": "0.1234567890123456789"})
    monkeypatch.setenv("IL6REVIEW_DATA", str(copy))
    assert read("effects").loc[0, "estimate"] == 0.1234567890123456789


def test_every_table_has_as_many_rows_as_its_file_has_lines_below_the_header(data):
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    paths = {resource["path"] for resource in package["resources"]}
    assert paths == {file.name for file in data.glob("*.csv")}
    for resource in package["resources"]:
        lines = (data / resource["path"]).read_text(encoding="utf-8").count("\n")
        assert len(read(resource["name"])) == lines - 1


def test_the_tables_own_file_name_means_the_evidence_base(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "groups.csv").write_text("not a table", encoding="utf-8")
    assert read("groups", "groups.csv").equals(read("groups"))


@pytest.mark.parametrize("absolute", [True, False])
def test_an_own_table_is_read_by_absolute_or_relative_path(tmp_path, monkeypatch, data, overwrite, absolute):
    own = tmp_path / "mine" / "own.csv"
    own.parent.mkdir()
    shutil.copy(data / "rank_table.csv", own)
    overwrite(own, 2, {"grade": "+"})
    monkeypatch.chdir(tmp_path)
    table = read("rank_table", own if absolute else "mine/own.csv")
    assert table.loc[0, "grade"] == "+"
    assert read("rank_table").loc[0, "grade"] == "++++"


def test_a_byte_order_mark_of_an_own_table_is_no_part_of_its_header(tmp_path, data):
    own = tmp_path / "own.csv"
    own.write_bytes(b"\xef\xbb\xbf" + (data / "rank_table.csv").read_bytes())
    assert list(read("rank_table", own).columns) == list(read("rank_table").columns)


def test_an_own_table_with_problems_is_not_read(tmp_path, data, overwrite):
    own = tmp_path / "own.csv"
    shutil.copy(data / "groups.csv", own)
    overwrite(own, 2, {"spread": "-1.4"})
    overwrite(own, 3, {"n": "0"})
    with pytest.raises(EvidenceError) as caught:
        read("groups", own)
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [(2, "spread"), (3, "n")]


def test_an_own_table_that_is_missing_is_an_error_and_no_traceback_of_pandas(tmp_path):
    with pytest.raises(EvidenceError, match="expected this table"):
        read("groups", tmp_path / "none.csv")


def test_an_unknown_table_gets_the_nearest_name():
    with pytest.raises(EvidenceError, match='did you mean "correlations"'):
        read("corelations")


def test_the_schema_of_a_table_names_its_file():
    assert schema("rank_table")["path"] == "rank_table.csv"


def test_importing_the_module_loads_neither_pandas_nor_frictionless():
    code = "import sys, il6review.evidence; print({'pandas', 'frictionless'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
