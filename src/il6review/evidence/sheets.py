"""One CSV file as it lies on disk: its lines and cells, and whether it can be read as a table at all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from .problems import Problem, nearest

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Sheet:
    """The content of one table: its records, the header first, and the line on which each record begins."""

    file: str
    resource: dict[str, Any]
    raw: bytes
    lines: list[int]
    records: list[list[str]]

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The fields of the table's schema, in order."""
        return self.resource["schema"]["fields"]

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the line and the cells by column name of each row below the header."""
        for line, record in zip(self.lines[1:], self.records[1:], strict=True):
            yield line, dict(zip(self.records[0], record, strict=True))

    def problem(self, line: int | None, column: str | None, value: str | None, expected: str, mend: str) -> Problem:
        """Return a problem of this file."""
        return Problem(self.file, line, column, value, expected, mend)


def load(path: Path, file: str, resource: dict[str, Any]) -> tuple[Sheet | None, list[Problem]]:
    """Read the table at `path`, named `file` in messages.

    Returns the sheet and no problem, or no sheet and what keeps the file from being the table of `resource`.
    """
    fault = partial(Problem, file)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None, [fault(None, None, None, "this table", "put the file there, or correct its name.")]
    except OSError as error:
        expected = f"a file that can be read ({error.strerror})"
        return None, [fault(None, None, None, expected, "put the CSV table in its place.")]
    if b"\0" in raw:
        line = line_at(raw, raw.index(b"\0"))
        return None, [fault(line, None, None, "no NUL bytes", "save the table as CSV, not as a spreadsheet.")]
    body = raw.removeprefix(BOM)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        line, value = line_at(body, error.start), f"byte {body[error.start]:#x}"
        return None, [fault(line, None, value, "UTF-8", "save it as UTF-8.")]
    lines, records, begin = [], [], 1
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for record in reader:
            lines.append(begin)
            records.append(record)
            begin = reader.line_num + 1
    except csv.Error as error:
        mend = "put text with a comma or a quote between double quotes, and double the quotes inside."
        return None, [fault(begin, None, None, f"CSV as RFC 4180 has it ({error})", mend)]
    sheet = Sheet(file, resource, raw, lines, records)
    problems = list(_header_problems(sheet)) or list(_shape_problems(sheet))
    return (None, problems) if problems else (sheet, [])


def form_problems(sheet: Sheet) -> Iterator[Problem]:
    """Yield what keeps a file from the form of the evidence base, in which a change of one cell is one line.

    UTF-8 without byte order mark, LF, quotes only where needed, no space around a cell, no line break in one.
    """
    if sheet.raw.startswith(BOM):
        yield sheet.problem(1, None, None, "no byte order mark", 'save as "UTF-8", not as "UTF-8 with BOM".')
    if b"\r" in sheet.raw:
        line = line_at(sheet.raw, sheet.raw.index(b"\r"))
        yield sheet.problem(line, None, None, "LF line ends", 'save with "LF" or "Unix" line ends.')
        return
    for line, cells in sheet.rows():
        for column, cell in cells.items():
            if cell != cell.strip() or "\n" in cell:
                expected = "no space around the text and no line break in it"
                yield sheet.problem(line, column, cell, expected, "remove it.")
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(sheet.records)
    written, read = buffer.getvalue().encode().split(b"\n"), sheet.raw.removeprefix(BOM).split(b"\n")
    for line, (ours, theirs) in enumerate(zip_longest(written, read), start=1):
        if ours != theirs:
            mend = "write the file with Python's csv module and LF line ends."
            yield sheet.problem(line, None, None, "quotes only where needed, one newline at the end", mend)
            return


def order_problems(sheet: Sheet) -> Iterator[Problem]:
    """Yield the rows that stand before a row with a smaller id."""
    column = sheet.resource["schema"]["primaryKey"][0]
    before = None
    for line, cells in sheet.rows():
        key = order_key(cells[column])
        if before is not None and key < before:
            expected = "rows in the order of this column"
            yield sheet.problem(line, column, cells[column], expected, "move the row.")
        before = key


def order_key(value: str) -> tuple[int, int, str]:
    """Claims go by seed, then by number (RA-9, RA-10, RA-22, RA-22a, RA-23); all else goes by its text."""
    prefixes = ("WM", "SSC", "BIO", "JIA", "RA")
    claim = re.fullmatch(r"([A-Z]+)-([0-9]+)([a-z]?)", value)
    if claim and claim[1] in prefixes:
        return prefixes.index(claim[1]), int(claim[2]), claim[3]
    return len(prefixes), 0, value


def line_at(raw: bytes, position: int) -> int:
    """Return the line of the byte at `position`; the first line is 1."""
    return raw.count(b"\n", 0, position) + 1


def _header_problems(sheet: Sheet) -> Iterator[Problem]:
    """Yield how the header differs from the columns of the schema."""
    names = [field["name"] for field in sheet.fields]
    header = sheet.records[0] if sheet.records else []
    if not header:
        yield sheet.problem(1, None, None, "a header line", f"begin with: {','.join(names)}")
        return
    for label in header:
        if label not in names:
            mend = f"{nearest(label, names)}Rename or remove it."
            yield sheet.problem(1, label, None, "only the columns of the table", mend)
    for name in names:
        if name not in header:
            mend = "add it; leave a cell empty where nothing is printed."
            yield sheet.problem(1, name, None, "this column in the header", mend)
    if header != names and set(header) == set(names):
        mend = f"use: {','.join(names)}"
        yield sheet.problem(1, None, ",".join(header), "each column once and in order", mend)


def _shape_problems(sheet: Sheet) -> Iterator[Problem]:
    """Yield the rows that are empty or have another number of cells than the header."""
    width = len(sheet.records[0])
    if len(sheet.records) == 1 and not sheet.resource.get("may_be_empty"):
        yield sheet.problem(None, None, None, "at least one row below the header", "add a row.")
    for line, record in zip(sheet.lines[1:], sheet.records[1:], strict=True):
        if not any(record):
            yield sheet.problem(line, None, None, "no empty row", "remove the line.")
        elif len(record) != width:
            mend = "count the commas; text that holds a comma stands between double quotes."
            yield sheet.problem(line, None, None, f"{width} cells, found {len(record)}", mend)
