"""Every check finds what it is there for, and says where it is and how to mend it."""

import csv
import io
import json
import math
import shutil

import frictionless
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il6review.evidence import EvidenceError, check, check_table

# File, line, cells that are overwritten, column of the problem, parts of what is expected and of how to mend it.
# Each stands on a row of its own, so all are found in one run.
MUTATIONS = [
    # Types and plain numbers
    ("groups.csv", 3, {"n": "2.5"}, "n", "a whole number, at least 1", "Size of the group"),
    ("groups.csv", 4, {"n": "0"}, "n", "a whole number, at least 1", "Size of the group"),
    ("groups.csv", 5, {"n": "1e3"}, "n", "a whole number", "Size of the group"),
    ("groups.csv", 6, {"n": "1_0"}, "n", "a whole number", "digits only"),
    ("groups.csv", 7, {"centre": "inf"}, "centre", "a number in plain decimals", "digits only"),
    ("groups.csv", 8, {"centre": "nan"}, "centre", "a number in plain decimals", "digits only"),
    ("groups.csv", 9, {"centre": "1,5"}, "centre", "a number in plain decimals", "Mean or median"),
    ("groups.csv", 10, {"spread": "-3", "as_reported": "9.4 (-3)"}, "spread", "at least 0", "SD, SEM"),
    ("groups.csv", 11, {"centre": "9" * 400}, "centre", "a number in plain decimals", "digits only"),
    ("defects.csv", 3, {"inputs": "{r: 1"}, "inputs", "a JSON object", "Numbers that went in"),
    # Constraints
    ("groups.csv", 12, {"role": "contrl"}, "role", "one of case, control", 'did you mean "control"?'),
    ("groups.csv", 13, {"group_label": ""}, "group_label", "text, not empty", "Name of the group"),
    ("groups.csv", 14, {"p_reported": "p<0.05"}, "p_reported", "text like <0.05", "with its operator"),
    ("groups.csv", 15, {"p_reported": "1.5"}, "p_reported", "text like <0.05", "with its operator"),
    ("groups.csv", 16, {"p_reported": "0"}, "p_reported", "text like <0.05", "with its operator"),
    ("groups.csv", 17, {"url": "ftp://host/x"}, "url", "text like https://", "Page on which"),
    ("groups.csv", 18, {"row_id": "G017x"}, "row_id", "text like G001", "Number of the row"),
    ("correlations.csv", 3, {"r": "-1.2"}, "r", "at least -1, at most 1", "as printed"),
    ("correlations.csv", 4, {"direction": "up"}, "direction", "one of positive, negative", "null result"),
    ("proportions.csv", 3, {"percent_reported": "172"}, "percent_reported", "at most 100", "often rounded"),
    ("comparisons.csv", 3, {"n_a": "6 to 12"}, "n_a", "text like 6-12", "a range as printed"),
    ("sources.csv", 3, {"doi": "doi:10.1000/1"}, "doi", "text like 10.1000/1", "object identifier"),
    ("claims.csv", 3, {"chapter": "anemia"}, "chapter", "one of discovery", 'did you mean "anaemia"?'),
    # Keys
    ("groups.csv", 20, {"row_id": "G018"}, "row_id", "no other row has", "remove the repeated row"),
    ("rank_table.csv", 3, {"row_id": "T01"}, "row_id", "no other row has", "remove the repeated row"),
    ("agreement.csv", 5, {"field": "spread"}, "round", "no other row has", "round or field"),
    ("groups.csv", 21, {"source_key": "Ali2018"}, "source_key", "of sources.csv", 'did you mean "Ali2019"?'),
    ("citation_checks.csv", 3, {"claim_id": "RA-999"}, "claim_id", "of claims.csv", "add its row to"),
    ("claims.csv", 78, {"cites": "Robak1997"}, "cites", "of sources.csv", 'did you mean "Robak1998"?'),
    ("comparisons.csv", 31, {"claim_ids": "WM-06;;RA-25"}, "claim_ids", "of claims.csv", "Correct the key"),
    # Rules within a row
    ("groups.csv", 357, {"spread_low": "1.9", "as_reported": "1.7 (1.9-4.9)"}, "centre", "no less", "again"),
    ("groups.csv", 358, {"spread_high": "9", "as_reported": "3627 (334-9)"}, "spread_high", "no", "again"),
    ("effects.csv", 5, {"ci_high": "1.1"}, "ci_high", "no less than estimate (1.2)", "again on the page"),
    ("effects.csv", 6, {"estimate": ""}, "estimate", "an estimate", "fill it in"),
    ("effects.csv", 22, {"ci_low": ""}, "measure", "a range with two limits", "correct the limits"),
    ("proportions.csv", 36, {"events": "13"}, "events", "at most n (12)", "read the count"),
    ("groups.csv", 22, {"spread": ""}, "statistic", "a row with a spread", "the row has no spread"),
    ("groups.csv", 23, {"spread_low": "1"}, "statistic", "a row with a spread", "a spread and limits"),
    ("groups.csv", 359, {"spread_low": ""}, "statistic", "two limits", "one limit of two"),
    ("groups.csv", 24, {"centre": "7.7"}, "centre", "stands in as_reported", "copied wrongly"),
    ("groups.csv", 280, {"centre": "3.13"}, "centre", "below detection", "fill or empty"),
    ("correlations.csv", 2, {"direction": "positive"}, "direction", "the sign of r (-0.52)", "the sign of r"),
    ("correlations.csv", 6, {"r": "0.5", "direction": "negative"}, "direction", "the sign of r", "sign"),
    ("correlations.csv", 5, {"r": ""}, "direction_only", "yes without r", "change direction_only"),
    ("cautions.csv", 2, {"other_source": ""}, "other_source", "a source for same_patients", "fill or empty"),
    # Form and order
    ("agreement.csv", 3, {"field": "centre "}, "field", "no space around the text", "remove it"),
    ("unverified.csv", 3, {"note": "two\nlines"}, "note", "no line break", "remove it"),
    ("disagreements.csv", 3, {"row": "AAA"}, "row", "rows in the order of this column", "move the row"),
    ("claims.csv", 80, {"claim_id": "RA-3"}, "claim_id", "rows in the order of this column", "move the row"),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory, data, overwrite):
    folder = shutil.copytree(data, tmp_path_factory.mktemp("broken") / "data")
    for file, line, cells, *_ in MUTATIONS:
        overwrite(folder / file, line, cells)
    return check(folder)


def place(problem):
    return problem.file, problem.row, problem.column


def test_the_evidence_base_has_no_problem(data):
    assert check(data) == []


def test_the_evidence_base_is_a_valid_data_package(data):
    report = frictionless.validate(str(data / "datapackage.json"))
    assert report.valid, report.to_summary()


@pytest.mark.parametrize(
    ("file", "line", "cells", "column", "expected", "mend"), MUTATIONS, ids=lambda value: str(value)[:40]
)
def test_a_broken_cell_is_named_with_its_line_and_column(found, file, line, cells, column, expected, mend):
    (hit,) = [problem for problem in found if place(problem) == (file, line, column)]
    assert expected in hit.expected
    assert mend in hit.mend
    assert str(hit).startswith(f"{file}, line {line}, column {column}: found ")


def test_nothing_is_reported_on_a_line_that_was_not_broken(found):
    broken = {(file, line) for file, line, *_ in MUTATIONS}
    rest = [problem for problem in found if (problem.file, problem.row) not in broken]
    # The checks of the claim that was given another number follow from it.
    assert {place(problem) for problem in rest if problem.value != "RA-27"} == set()


def replace(old: bytes, new: bytes):
    return lambda raw: raw.replace(old, new, 1)


# What is done to the bytes of agreement.csv, line, column, parts of what is expected and of how to mend it.
FILES = [
    (lambda raw: b"", 1, None, "a header line", "begin with: round,field"),
    (lambda raw: raw.split(b"\n")[0] + b"\n", None, None, "at least one row", "add a row"),
    (replace(b"field", b"feild"), 1, "feild", "only the columns", 'did you mean "field"?'),
    (replace(b"field", b"feild"), 1, "field", "this column in the header", "leave a cell empty"),
    (replace(b"blank", b"blank,x"), 1, "x", "only the columns", "Rename or remove it"),
    (replace(b"round,field", b"field,round"), 1, None, "in order", "use: round,field"),
    (replace(b"1,spread", b"1,spr\0ad"), 4, None, "no NUL bytes", "not as a spreadsheet"),
    (replace(b"1,spread", b"1,spr\xe9ad"), 4, None, "UTF-8", "save it as UTF-8"),
    (replace(b"1,spread", b'1,"spr"ad'), 4, None, "RFC 4180", "double the quotes inside"),
    (replace(b"1,spread,48", b"1,spread,4,8"), 4, None, "7 cells, found 8", "count the commas"),
    (replace(b"1,spread,48", b"1,spread"), 4, None, "7 cells, found 6", "count the commas"),
    (replace(b"1,spread,", b"\n1,spread,"), 4, None, "no empty row", "remove the line"),
    (lambda raw: raw + b"\n", 22, None, "no empty row", "remove the line"),
    (lambda raw: raw + b",,,,,,\n", 22, None, "no empty row", "remove the line"),
    (lambda raw: b"\xef\xbb\xbf" + raw + b"\xe9", 22, None, "UTF-8", "save it as UTF-8"),
]


@pytest.mark.parametrize(("change", "line", "column", "expected", "mend"), FILES)
def test_a_broken_file_is_a_problem_and_no_traceback(tmp_path, data, change, line, column, expected, mend):
    path = tmp_path / "agreement.csv"
    path.write_bytes(change((data / path.name).read_bytes()))
    (hit,) = [problem for problem in check_table("agreement", path) if problem.column == column]
    assert (hit.file, hit.row) == (str(path), line)
    assert expected in hit.expected
    assert mend in hit.mend


def test_the_base_keeps_one_form(copy):
    changes = {
        "citation_checks.csv": lambda raw: b"\xef\xbb\xbf" + raw,
        "agreement.csv": lambda raw: raw.replace(b"\n", b"\r\n"),
        "disagreements.csv": replace(b",statistic,", b',"statistic",'),
        "unverified.csv": lambda raw: raw[:-1],
    }
    for file, change in changes.items():
        (copy / file).write_bytes(change((copy / file).read_bytes()))
    assert [(*place(problem), problem.expected) for problem in check(copy)] == [
        ("citation_checks.csv", 1, None, "no byte order mark"),
        ("agreement.csv", 1, None, "LF line ends"),
        ("disagreements.csv", 8, None, "quotes only where needed, one newline at the end"),
        ("unverified.csv", 6, None, "quotes only where needed, one newline at the end"),
    ]


def test_a_broken_table_is_reported_before_its_rows_are_checked(copy, overwrite):
    overwrite(copy / "groups.csv", 2, {"n": "0"})
    (copy / "agreement.csv").write_bytes(b"")
    assert [place(problem) for problem in check(copy)] == [("agreement.csv", 1, None)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"{", b"{,", "a readable JSON file"),
        (b'"resources"', b'"tables"', "KeyError('resources')"),
        (b'"primaryKey"', b'"key"', "KeyError('primaryKey')"),
        (b'"type": "string"', b'"type": "x"', "a valid Data Package"),
    ],
)
def test_a_broken_descriptor_is_a_problem_and_no_traceback(copy, old, new, expected):
    path = copy / "datapackage.json"
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    (problem,) = check(copy)
    assert problem.file == "datapackage.json"
    assert expected in problem.expected


def test_a_missing_table_is_a_problem(copy):
    (copy / "groups.csv").unlink()
    assert [str(problem) for problem in check(copy)] == [
        "groups.csv: expected this table. Mend: put the file there, or correct its name."
    ]


def test_a_folder_in_place_of_a_table_is_a_problem(copy):
    (copy / "groups.csv").unlink()
    (copy / "groups.csv").mkdir()
    (problem,) = check(copy)
    assert (problem.file, problem.row) == ("groups.csv", None)
    assert "a file that can be read" in problem.expected


def test_a_folder_without_descriptor_is_a_problem(tmp_path):
    (problem,) = check(tmp_path)
    assert problem.file == "datapackage.json"


def test_a_base_that_cannot_be_found_is_a_problem(tmp_path, monkeypatch):
    monkeypatch.setenv("IL6REVIEW_DATA", str(tmp_path / "nowhere"))
    (problem,) = check()
    assert "IL6REVIEW_DATA" in problem.mend


def test_a_base_without_tables_is_a_problem(tmp_path):
    (tmp_path / "datapackage.json").write_text('{"resources": []}', encoding="utf-8")
    (problem,) = check(tmp_path)
    assert "no table" in problem.expected


def test_a_row_whose_printed_string_is_declared_unparsable_says_why(data):
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    tables = [
        (resource["path"], field["unparsable"])
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
        if "unparsable" in field
    ]
    assert tables == [("groups.csv", ["G369", "G370", "G371"])]
    with (data / "groups.csv").open(encoding="utf-8", newline="") as file:
        defects = {row["row_id"]: row["defect"] for row in csv.DictReader(file)}
    assert all("print" in defects[row] or "scanning" in defects[row] for row in tables[0][1])


def test_a_readers_own_table_may_name_new_sources_in_any_order_and_form(tmp_path, data):
    rows = (data / "correlations.csv").read_text(encoding="utf-8").splitlines()
    own = tmp_path / "own.csv"
    lines = [rows[0], rows[3].replace("AbdelMagied2016", "Mine2031"), rows[2]]
    own.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert check_table("correlations", own) == []


def test_a_readers_own_table_is_named_as_it_was_given(tmp_path, monkeypatch, data, overwrite):
    shutil.copy(data / "proportions.csv", tmp_path / "own.csv")
    overwrite(tmp_path / "own.csv", 36, {"events": "13"})
    monkeypatch.chdir(tmp_path)
    (problem,) = check_table("proportions", "own.csv")
    assert (problem.file, problem.row, problem.column, problem.value) == ("own.csv", 36, "events", "13")


def test_lines_are_counted_as_an_editor_does_after_a_line_break_in_a_cell(tmp_path, data, overwrite):
    shutil.copy(data / "proportions.csv", tmp_path / "own.csv")
    overwrite(tmp_path / "own.csv", 36, {"events": "13"})
    overwrite(tmp_path / "own.csv", 30, {"note": "three\nlines\nlong"})
    (problem,) = check_table("proportions", tmp_path / "own.csv")
    assert (problem.row, problem.column) == (38, "events")


def test_an_unknown_table_name_raises():
    with pytest.raises(EvidenceError, match='did you mean "groups"'):
        check_table("group", "own.csv")


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
numeral = st.from_regex(r"[-+]?[0-9]{0,3}[.,_ e]?[0-9]{0,3}", fullmatch=True)


@settings(max_examples=80)
@given(column=st.sampled_from(["n", "r"]), cell=text | numeral)
def test_a_cell_of_a_numeric_column_is_a_finite_number_or_a_problem(tmp_path_factory, data, column, cell):
    path = tmp_path_factory.getbasetemp() / "one.csv"
    with (data / "correlations.csv").open(encoding="utf-8", newline="") as file:
        header, row = list(csv.reader(file))[:2]
    row[header.index(column)] = cell
    if column == "r":
        row[header.index("direction_only")] = "no" if cell else "yes"
        row[header.index("direction")] = "unclear"
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([header, row])
    path.write_bytes(buffer.getvalue().encode())
    problems = check_table("correlations", path)
    if problems:
        assert [(problem.row, problem.column, problem.value) for problem in problems] == [(2, column, cell)]
    else:
        assert cell == "" or math.isfinite(float(cell))
