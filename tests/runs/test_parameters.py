import math

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.runs import RunError
from il6review.runs.parameters import Parameter, _convert, _fault, parameters, resolve


def message(call, *arguments):
    with pytest.raises(RunError) as caught:
        call(*arguments)
    return str(caught.value)


def test_declared_parameters_carry_type_default_and_comment(notebook):
    assert list(parameters(notebook).values()) == [
        Parameter("measure", "str", "ROM", "effect measure, one of: SMD, MD, ROM"),
        Parameter("alpha", "float", 0.05, "level of the tests"),
        Parameter("studies", "int", 3, ""),
        Parameter("strict", "bool", False, "leave out what is only printed"),
        Parameter("table", "str", "groups.csv", "own table"),
    ]


@pytest.mark.parametrize(
    ("comment", "choices"),
    [
        ("one of: A, B", ("A", "B")),
        ("estimator; one of: REML,PM.", ("REML", "PM")),
        ("none of: A, B", ()),
        ("level", ()),
    ],
)
def test_comment_may_list_the_allowed_values(comment, choices):
    assert Parameter("x", "str", "A", comment).choices == choices


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("measure", "SMD", "SMD"),
        ("alpha", "0.1", 0.1),
        ("alpha", "1", 1.0),
        ("alpha", 1, 1.0),
        ("alpha", 1e-3, 0.001),
        ("studies", "-4", -4),
        ("studies", 4, 4),
        ("strict", "true", True),
        ("strict", "Yes", True),
        ("strict", "no", False),
        ("strict", "FALSE", False),
        ("strict", True, True),
        ("table", "", ""),
    ],
)
def test_value_gets_the_declared_type(notebook, name, text, value):
    resolved = resolve(notebook, {name: text})
    assert resolved == {name: value}
    assert type(resolved[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (
            "alpha",
            "high",
            "anaemia.ipynb, parameter alpha: found 'high', expected float, a finite number "
            "(level of the tests). Mend: give a value like the default, 0.05.",
        ),
        (
            "measure",
            "RON",
            "anaemia.ipynb, parameter measure: found 'RON', expected effect measure, one of: SMD, MD, ROM. "
            "Did you mean ROM? Mend: give a value like the default, 'ROM'.",
        ),
        (
            "studies",
            "2.5",
            "anaemia.ipynb, parameter studies: found '2.5', expected int, a whole number. "
            "Mend: give a value like the default, 3.",
        ),
        (
            "strict",
            "1",
            "anaemia.ipynb, parameter strict: found '1', expected bool, true or false "
            "(leave out what is only printed). Mend: give a value like the default, False.",
        ),
        ("alhpa", "0.1", "parameter alhpa: found no such parameter. Did you mean alpha?"),
        (
            "zzz",
            "1",
            "parameter zzz: found no such parameter. Known: alpha, measure, strict, studies, table.",
        ),
    ],
)
def test_wrong_name_or_value_is_refused_with_a_mend(notebook, name, value, expected):
    assert message(resolve, notebook, {name: value}) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha", "nan"),
        ("alpha", "inf"),
        ("alpha", "1e999"),
        ("alpha", float("-inf")),
        ("alpha", 10**400),
        ("alpha", ""),
        ("alpha", True),
        ("studies", True),
        ("studies", 2.0),
        ("studies", ""),
        ("strict", 1),
        ("strict", ""),
        ("table", 3),
        ("table", None),
        ("measure", "rom"),
    ],
)
def test_value_of_another_type_is_refused(notebook, name, value):
    assert f"parameter {name}: found" in message(resolve, notebook, {name: value})


def test_all_wrong_values_are_named_at_once(notebook):
    with pytest.raises(RunError) as caught:
        resolve(notebook, {"alpha": "x", "studies": "y", "measure": "MD"})
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "anaemia.ipynb, parameter alpha",
        "anaemia.ipynb, parameter studies",
    ]


@given(text=st.text() | st.integers().map(str) | st.floats().map(str))
def test_any_text_becomes_a_finite_number_or_is_refused(text):
    parameter = Parameter("alpha", "float", 0.05, "")
    value = _convert(parameter, text)
    try:
        finite = math.isfinite(float(text))
    except ValueError:
        finite = False
    assert (_fault(parameter, value) == "") is finite
    assert not finite or value == float(text)


def test_text_that_names_a_file_becomes_absolute(notebook, tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "mine.csv").touch()
    monkeypatch.chdir(tmp_path)
    assert resolve(notebook, {"table": "sub/mine.csv"}) == {"table": str(tmp_path / "sub" / "mine.csv")}
    assert resolve(notebook, {"table": "sub"}) == {"table": "sub"}
    assert resolve(notebook, {"table": "groups.csv"}) == {"table": "groups.csv"}


def test_listed_value_stays_though_a_file_has_its_name(notebook, tmp_path, monkeypatch):
    (tmp_path / "SMD").touch()
    monkeypatch.chdir(tmp_path)
    assert resolve(notebook, {"measure": "SMD"}) == {"measure": "SMD"}


def test_notebook_without_parameters_cell_is_named_with_the_mend(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "bare.ipynb", "1", parameters=None)
    assert message(parameters, path) == (
        "bare.ipynb: found no cell tagged `parameters`, expected one. Mend: in JupyterLab add a code cell "
        "after the title and give it the tag `parameters` (property inspector, Cell Tags)."
    )


def test_comments_and_empty_lines_declare_nothing(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "a.ipynb", parameters="# What may be changed\n\nk: int = 3  # count")
    assert parameters(path) == {"k": Parameter("k", "int", 3, "count")}


@pytest.mark.parametrize(
    "line",
    [
        "k = 3",
        "k = 3  # type: int",
        "k: int",
        "k: list = [3]",
        "k: float = 3",
        "k: int = 1 + 2",
        "k: float = 1e999",
        'k: str = "C"  # one of: A, B',
        'k: str = "a # b"',
        "k: int = 3  # k = 3 is usual",
        "import os",
        "k: int = (",
    ],
)
def test_line_that_papermill_would_skip_or_misread_is_refused(tmp_path, write_notebook, line):
    path = write_notebook(tmp_path / "a.ipynb", parameters=f"first: int = 1\n{line}")
    statement = line.split("  #")[0]
    assert message(parameters, path) == (
        f"a.ipynb, parameters cell: found `{statement}`, expected `name: type = value  # comment` on one "
        "line. Mend: write it so, with the type str, int, float or bool, a value of that type (a listed one, "
        "if the comment lists values), no `#` in a text and no `=` in the comment."
    )


def test_values_of_a_former_run_are_refused(notebook):
    node = nbformat.read(notebook, as_version=4)
    cell = nbformat.v4.new_code_cell("alpha = 0.5")
    cell.metadata["tags"] = ["injected-parameters"]
    node.cells.append(cell)
    nbformat.write(node, notebook)
    assert message(parameters, notebook) == (
        "anaemia.ipynb: found a cell tagged `injected-parameters`, the values of a former run. Mend: delete that cell."
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}',
        b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"metadata": {}}]}',
    ],
)
def test_file_that_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content)
    said = message(parameters, path)
    assert said.startswith("broken.ipynb: expected a Jupyter notebook (")
    assert said.endswith("Mend: restore the file, or save it again from JupyterLab.")


def test_parameter_declared_twice_is_refused(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "a.ipynb", parameters="k: int = 3\nk: int = 4")
    assert "found `k: int = 3`" in message(parameters, path)
