"""Files that the package writes for a reader: whole or not at all, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from .problems import Problem, WrongUse
from .rules import is_plain

#: A spreadsheet takes a cell that begins so for a formula, or drops what stands before one.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def formula_safe(cell: object) -> object:
    """Return what to write for a cell so that no spreadsheet runs it.

    Text that could be a formula gets an apostrophe before it, which a spreadsheet takes for "text" and shows not.
    Numbers, and text that is nothing but a number, stay as they are.
    """
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA) and not is_plain(cell, "number"):
        return f"'{cell}"
    return cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV, each cell made safe by `formula_safe`."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    for row in (header, *rows):
        writer.writerow([formula_safe(cell) for cell in row])
    return buffer.getvalue()


def write_whole(path: Path, text: str) -> None:
    """Write a file under a temporary name beside it, then rename it. Raises WrongUse if that cannot be done."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        if not isinstance(error, FileExistsError):
            temporary.unlink(missing_ok=True)
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> WrongUse:
    """Return the error of a file or folder that cannot be written."""
    expected = f"a place that can be written ({error.strerror or error})"
    return WrongUse([Problem(str(path), None, None, None, expected, "name another place, or make room there.")])
