"""A small project to run: a folder with notebooks and a data package."""

from pathlib import Path

import nbformat
import pytest

from il6review.runs import provisioner

DECLARED = """
measure: str = "ROM"  # effect measure, one of: SMD, MD, ROM
alpha: float = 0.05  # level of the tests
studies: int = 3
strict: bool = False  # leave out what is only printed
table: str = "groups.csv"  # own table
"""


@pytest.fixture(scope="session")
def write_notebook():
    """Write a notebook with a title, a parameters cell (left out if None) and code cells."""

    def write(path: Path, *code: str, parameters: str | None = DECLARED) -> Path:
        cells = [nbformat.v4.new_markdown_cell("# Title", id="title")]
        if parameters is not None:
            cell = nbformat.v4.new_code_cell(parameters.strip(), id="parameters")
            cell.metadata["tags"] = ["parameters"]
            cells.append(cell)
        cells += [nbformat.v4.new_code_cell(text, id=f"code-{i}") for i, text in enumerate(code)]
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


@pytest.fixture
def notebook(tmp_path, write_notebook):
    """Give a notebook with the declared parameters and no other code."""
    return write_notebook(tmp_path / "anaemia.ipynb")


@pytest.fixture(scope="module")
def one_warm_process():
    """Keep the warm process from run to run: it takes seconds to start."""
    with pytest.MonkeyPatch.context() as patch:
        end = provisioner.stop
        patch.setattr(provisioner, "stop", lambda: None)
        yield
        end()
