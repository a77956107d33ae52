"""The notebooks without our command line: by papermill from any folder, and top to bottom as JupyterLab runs them."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from il6review import claims, runs

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "ra_serum_levels.ipynb"


@pytest.fixture(autouse=True)
def no_other_tables(monkeypatch):
    monkeypatch.delenv("IL6REVIEW_DATA", raising=False)


def ledger(notebook):
    """Give what a notebook decided."""
    return claims.collect(runs.payloads(notebook))


def test_papermill_with_an_own_table_gives_the_numbers_of_the_command_line(tmp_path):
    shutil.copyfile(ROOT / "tests" / "synthetic" / "four_stages.csv", tmp_path / "my.csv")
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), "out.ipynb", "-p", "groups", "my.csv"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    ours = runs.run(
        [NOTEBOOK.stem],
        {"groups": str(tmp_path / "my.csv")},
        tmp_path / "run",
        root=ROOT,
        report=lambda outcomes, _total: outcomes,
    )
    plain = ledger(nbformat.read(tmp_path / "out.ipynb", as_version=4))
    assert plain["claims"]
    assert plain == ours.ledger
    assert plain["numbers"] != claims.loads(ROOT / claims.LEDGER)["numbers"]


def test_a_notebook_run_top_to_bottom_in_its_folder_gives_the_committed_numbers():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    plain, committed = ledger(notebook), claims.loads(ROOT / claims.LEDGER)
    assert len(plain["claims"]) > 10
    for part, entries in plain.items():
        assert entries == {key: committed[part][key] for key in entries}
