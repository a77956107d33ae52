"""The folder to fill in: its examples pass their own check, and it is the same on every machine."""

import csv
import hashlib
import io

import pytest

from il6review.evidence import exports, kinds, new, read_own, templates


def test_the_folder_holds_a_template_for_each_kind_and_examples_that_pass(tmp_path):
    files = new(tmp_path / "study")
    assert {path.name for path in files} == {path.name for path in (tmp_path / "study").iterdir()}
    for name in kinds.NAMES:
        text = (tmp_path / "study" / f"{name}.csv").read_text(encoding="utf-8")
        assert text == ",".join(kinds.kind(name).columns) + "\n"
    people = read_own(tmp_path / "study" / "synthetic_persons.csv").sound()
    assert len(people) == people["person"].nunique() == 120
    assert people["stage"].dropna().value_counts().to_dict() == {1: 24, 2: 24, 3: 24, 4: 24}
    assert (people["role"] == "control").sum() == 24
    assert people["value_below"].notna().sum() == 2
    assert len(read_own(tmp_path / "study" / "synthetic_groups.csv").sound()) == 5


def test_every_synthetic_row_says_that_it_is():
    for rows in (templates.synthetic_persons(), templates.synthetic_groups()):
        assert all(row["note"] == "synthetic" and row["source_key"].startswith("Synthetic") for row in rows)


def test_the_example_is_the_same_on_every_machine():
    text = templates.files()["synthetic_persons.csv"]
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "5ba6979eda95601806f2aaa1bb084ab88217870bc74fc6f5d9272c8b3673cbbe"
    )


def test_every_column_is_described_with_its_example():
    text = templates.files()["columns.md"]
    for name in kinds.NAMES:
        for field in kinds.kind(name).fields:
            assert f"| `{field['name']}` |" in text
            assert f"| {field['example']} |" in text


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-2+3", "'-2+3"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("-0.43", "-0.43"),
        ("stage 1", "stage 1"),
        ("", ""),
        (-1.5, -1.5),
        (None, None),
    ],
)
def test_text_that_a_spreadsheet_would_run_is_written_as_text(cell, written):
    assert exports.formula_safe(cell) == written


def test_an_export_is_read_back_as_it_was_written():
    rows = list(csv.reader(io.StringIO(exports.csv_text(["a"], [['say "=1"\n'], ["=1"]]), newline="")))
    assert rows == [["a"], ['say "=1"\n'], ["'=1"]]
