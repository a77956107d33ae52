"""A copy of the evidence base that a test may break."""

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The evidence base of the repository."""
    return DATA


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the evidence base."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.fixture(scope="session")
def overwrite() -> Callable[[Path, int, dict[str, str]], None]:
    """A function that overwrites the named cells on one line of a table."""

    def overwrite_cells(path: Path, line: int, cells: dict[str, str]) -> None:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        for column, value in cells.items():
            rows[line - 1][rows[0].index(column)] = value
        buffer = io.StringIO(newline="")
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        path.write_bytes(buffer.getvalue().encode())

    return overwrite_cells
