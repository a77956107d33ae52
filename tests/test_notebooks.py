"""The committed notebooks are executed, thin, and tell their story in words. nbval holds their outputs."""

import ast
from itertools import pairwise
from pathlib import Path
from statistics import median

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def cells(request):
    return nbformat.read(request.param, as_version=4).cells


def code(cells) -> list:
    return [cell for cell in cells if cell.cell_type == "code"]


def lines(cell) -> int:
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_every_cell_was_executed_once_from_top_to_bottom(cells):
    assert [cell.execution_count for cell in code(cells)] == list(range(1, len(code(cells)) + 1))


def test_no_output_is_an_error_or_a_complaint(cells):
    outputs = [output for cell in code(cells) for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]


def test_cells_are_short(cells):
    sizes = [lines(cell) for cell in code(cells)]
    assert max(sizes) <= 12
    assert median(sizes) <= 4


def test_a_notebook_defines_nothing_and_loops_over_nothing(cells):
    heavy = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.Try, ast.With)
    for cell in code(cells):
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, heavy)], cell.source


def test_a_notebook_handles_no_paths(cells):
    for cell in code(cells):
        names = {node.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)}
        assert not names & {"Path", "open", "os"}, cell.source


def test_each_code_cell_follows_a_sentence(cells):
    for before, cell in pairwise(cells):
        if cell.cell_type == "code":
            assert before.cell_type == "markdown" and before.source.rstrip().endswith((".", "?", ":")), cell.source


def test_one_cell_holds_the_parameters_each_with_type_and_comment(cells):
    (cell,) = [cell for cell in code(cells) if "parameters" in cell.metadata.get("tags", ())]
    for line in cell.source.splitlines():
        assert isinstance(ast.parse(line).body[0], ast.AnnAssign) and "  # " in line, line


def test_nothing_in_a_committed_notebook_tells_when_or_where_it_ran(cells):
    for cell in cells:
        assert set(cell.metadata) <= {"tags"}, cell.metadata
