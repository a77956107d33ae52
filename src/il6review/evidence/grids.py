"""A reader's own file as rows of cells, whatever program wrote it: CSV, TSV, `;` between cells, or a workbook.

Nothing is guessed in silence: what was taken for the delimiter and the encoding stands in `Grid.form`.
"""

from __future__ import annotations

import codecs
import csv
import io
import stat
import warnings
import zipfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from itertools import islice, repeat
from pathlib import Path
from typing import Any

from .problems import EvidenceError, Problem, WrongUse, nearest, shown
from .sheets import BOM, line_at

#: Encodings that can be told, and how a message names them.
ENCODINGS = {"utf-8": "UTF-8", "latin-1": "Latin-1", "cp1252": "Windows-1252", "utf-16": "UTF-16"}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
WORKBOOK = ".xlsx"

#: First bytes of a zip archive, which a workbook is, and of an old or a password-protected one.
ZIP, OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

LARGEST_FILE = 500_000_000
MOST_COLUMNS = 500

#: Characters of a cell.
LONGEST_CELL = 100_000

#: Records that are put into columns at a time.
BLOCK = 10_000

#: Lines among which the line with the column names is looked for, where the first is not it.
HEADER_SEARCH = 10

_SAVE = "save the table as CSV in UTF-8, or as .xlsx."


@dataclass(frozen=True)
class Grid:
    """A table of text: names and cells of the columns, and the line (in a workbook the row) of each record.

    `dates` holds line and column number of cells that a workbook stores as a date; `ragged` the line and the
    number of cells of records that do not fit the header, which are left out of the columns.
    """

    file: str
    form: str
    delimiter: str
    header: list[str]
    columns: list[list[str]]
    lines: Sequence[int]
    dates: frozenset[tuple[int, int]]
    ragged: tuple[tuple[int, int], ...]
    first: tuple[tuple[str, ...], ...]


def grid(path: Path, file: str, encoding: str = "", sheet: str = "") -> Grid:
    """Read the file at `path`, named `file` in messages.

    `encoding` is one of ENCODINGS, or empty for UTF-8; `sheet` names the sheet of a workbook. Raises WrongUse
    for a file that is not there or cannot be read, and for an encoding or sheet that does not fit; EvidenceError
    for a content that is no table.
    """
    raw = _bytes(path, file)
    if not raw.strip():
        raise _error(file, None, "a table, found an empty file", "fill it in; il6review new writes templates.")
    is_workbook = path.suffix.lower() == WORKBOOK
    if raw.startswith(OLD):
        expected = "an .xlsx workbook or CSV, found an old (.xls) or a password-protected workbook"
        raise _error(file, None, expected, f"open it and {_SAVE}")
    if raw.startswith(ZIP) != is_workbook:
        if is_workbook:
            raise _error(file, None, "an .xlsx workbook, found a file that only has its name", _SAVE)
        raise _error(file, None, "text, found a zip archive or a workbook", "name a workbook .xlsx, or save it as CSV.")
    if is_workbook:
        if encoding:
            raise _wrong(file, encoding, "no --encoding with a workbook", "leave it out.")
        return _Workbook(raw, file).grid(sheet)
    if sheet:
        raise _wrong(file, sheet, "no --sheet with a text file", "leave it out.")
    return _text_grid(raw, file, encoding)


def _error(file: str, line: int | None, expected: str, mend: str, value: str | None = None) -> EvidenceError:
    return EvidenceError([Problem(file, line, None, value, expected, mend)])


def _wrong(file: str, value: str | None, expected: str, mend: str) -> WrongUse:
    return WrongUse([Problem(file, None, None, value, expected, mend)])


def _bytes(path: Path, file: str) -> bytes:
    """Return the content of a plain file of bearable size."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _wrong(file, None, "a file, found a folder", "name the file in it.")
        if not stat.S_ISREG(status.st_mode):
            raise _wrong(file, None, "a file, found a device or a pipe", "save the table in a file.")
        if status.st_size > LARGEST_FILE:
            expected = f"a file of at most {LARGEST_FILE // 1_000_000} MB, found {status.st_size // 1_000_000} MB"
            raise _error(file, None, expected, "split the table.")
        return path.read_bytes()
    except FileNotFoundError:
        if path.is_symlink():
            raise _wrong(file, None, "a file, found a link to nowhere", "mend the link, or name the file.") from None
        raise _wrong(file, None, "this file", "put the file there, or correct its name.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _wrong(file, None, f"a file that can be read ({reason})", "correct its name or its rights.") from None


def _text_grid(raw: bytes, file: str, encoding: str) -> Grid:
    """Read CSV or its kin."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and encoding != "utf-16":
        raise _error(file, 1, "UTF-8, found UTF-16", "save the table as CSV in UTF-8, or say --encoding utf-16.")
    if encoding != "utf-16" and b"\0" in raw:
        line = line_at(raw, raw.index(b"\0"))
        raise _error(file, line, "text, found a NUL byte", _SAVE)
    body = raw.removeprefix(BOM) if encoding in ("", "utf-8") else raw
    _decodable(body, file, encoding)
    delimiter = _delimiter(body[:65536].decode(encoding or "utf-8", errors="ignore"))
    # Decoded bit by bit: a million rows at once would take many times their size.
    stream = io.TextIOWrapper(io.BytesIO(body), encoding or "utf-8", newline="")
    form = f"{ENCODINGS[encoding or 'utf-8']}, {DELIMITERS[delimiter]} between cells"
    return _collect(_records(stream, delimiter, file), file, form, delimiter)


def _decodable(body: bytes, file: str, encoding: str) -> None:
    """Raise unless the text can be decoded as told, or as UTF-8 where nothing is told."""
    if encoding == "utf-16" and not body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _wrong(file, encoding, "text in this encoding", "leave --encoding out, or tell another one.")
    try:
        body.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        found, line = f"byte {body[error.start]:#x}", line_at(body, error.start)
        if encoding:
            raise _wrong(file, encoding, f"text in this encoding (line {line} is not)", "tell another one.") from None
        mend = "save it as UTF-8, or say how it was saved: --encoding latin-1 or --encoding cp1252."
        raise _error(file, line, "UTF-8", mend, found) from None
    if encoding in ("latin-1", "cp1252") and not body.isascii():
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            return
        raise _wrong(file, encoding, "an encoding that fits: the file is UTF-8", "leave --encoding out.")


def _delimiter(text: str) -> str:
    """Return the delimiter that splits the first line into the most cells; a comma where none does."""
    line = text.lstrip("\r\n").partition("\n")[0]
    return max(DELIMITERS, key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))


def _records(stream: Iterable[str], delimiter: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record begins, and its cells."""
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    begin = 1
    # The limit is one for the whole process, and other packages move it.
    limit = csv.field_size_limit(LONGEST_CELL)
    try:
        for record in reader:
            yield begin, record
            begin = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            mend = "shorten it; a quote that is never closed also makes one long cell."
            raise _error(file, begin, f"cells of at most {LONGEST_CELL} characters", mend) from None
        mend = "put text with a comma, a line break or a quote between double quotes, and double the quotes inside."
        raise _error(file, begin, f"cells separated as in CSV ({error})", mend) from None
    finally:
        csv.field_size_limit(limit)


def _collect(
    records: Iterator[tuple[int, list[str]]],
    file: str,
    form: str,
    delimiter: str,
    dates: frozenset[tuple[int, int]] = frozenset(),
) -> Grid:
    """Put the cells into columns. Spaces around a cell and empty records fall away."""
    filled = ((line, record) for line, record in records if "".join(record).strip())
    line, record = next(filled, (1, []))
    header = [cell.strip(" ") for cell in record]
    if len(header) > MOST_COLUMNS:
        expected = f"at most {MOST_COLUMNS} columns, found {len(header)}"
        raise _error(file, line, expected, "keep the columns of the template; one row for each value.")
    columns: list[list[str]] = [[] for _ in header]
    lines, ragged, first = array("L"), [], [tuple(record)]
    # Cells repeat: one object for each text keeps a million rows small. Column by column is faster than cell by cell.
    seen: dict[str, str] = {}
    while block := list(islice(filled, BLOCK)):
        first += [tuple(record) for _, record in block[: HEADER_SEARCH - len(first)]]
        ragged += [(line, len(record)) for line, record in block if len(record) != len(header)]
        fitting = [(line, record) for line, record in block if len(record) == len(header)]
        lines.extend(line for line, _ in fitting)
        for column, cells in zip(columns, zip(*(record for _, record in fitting), strict=True), strict=False):
            stripped = list(map(str.strip, cells, repeat(" ")))
            column.extend(map(seen.setdefault, stripped, stripped))
    return Grid(file, form, delimiter, header, columns, lines, dates, tuple(ragged), tuple(first))


class _Workbook:
    """An .xlsx workbook in memory."""

    def __init__(self, raw: bytes, file: str) -> None:
        self.raw, self.file = raw, file
        self.dates: set[tuple[int, int]] = set()

    def grid(self, name: str) -> Grid:
        """Read the sheet called `name`, or the only one that holds anything."""
        self._bearable()
        # openpyxl takes long to import, and says of a broken workbook whatever breaks first in it: KeyError,
        # ParseError, ValueError and more. Each means the same to a reader.
        import openpyxl

        try:
            with warnings.catch_warnings(action="ignore"):
                book = openpyxl.load_workbook(io.BytesIO(self.raw), read_only=True)
                sheets = {sheet.title: sheet for sheet in book.worksheets}
                title = self._chosen(name, sheets)
                rows, formulas = self._rows(sheets[title])
                if formulas:
                    values = openpyxl.load_workbook(io.BytesIO(self.raw), read_only=True, data_only=True)
                    self._fill(rows, formulas, values[title])
        except EvidenceError:
            raise
        except Exception as error:
            reason = shown(str(error)) or type(error).__name__
            raise self._broken(reason) from None
        width = max((len(row) for _, row in rows), default=0)
        records = ((line, row + [""] * (width - len(row))) for line, row in rows)
        return _collect(records, self.file, f'workbook, sheet "{shown(title)}"', "", frozenset(self.dates))

    def _broken(self, reason: str) -> EvidenceError:
        expected = f"a workbook that can be read ({reason})"
        return _error(self.file, None, expected, "open it in a spreadsheet program and save it again as .xlsx.")

    def _bearable(self) -> None:
        """Raise for an archive that is broken, or that would unpack to too much."""
        try:
            with zipfile.ZipFile(io.BytesIO(self.raw)) as archive:
                names, size = archive.namelist(), sum(item.file_size for item in archive.infolist())
        except zipfile.BadZipFile as error:
            raise self._broken(str(error)) from None
        if size > LARGEST_FILE:
            expected = f"at most {LARGEST_FILE // 1_000_000} MB when unpacked, found {size // 1_000_000} MB"
            raise _error(self.file, None, expected, "split the table.")
        if "xl/workbook.xml" not in names:
            raise _error(self.file, None, "an .xlsx workbook, found another kind of zip archive", _SAVE)

    def _chosen(self, name: str, sheets: dict[str, Any]) -> str:
        """Return the title of the sheet to read."""
        if name:
            if name not in sheets:
                listed = ", ".join(shown(title) for title in sheets)
                raise _wrong(self.file, name, "a sheet of the workbook", f"{nearest(name, sheets)}It has: {listed}.")
            return name
        filled = [title for title, sheet in sheets.items() if any(True for _ in _cells(sheet))]
        if not filled:
            raise _error(self.file, None, "a table, found an empty workbook", "fill it in.")
        if len(filled) > 1:
            listed = ", ".join(shown(title) for title in filled)
            expected = f"one sheet with a table, found {len(filled)}: {listed}"
            raise _wrong(self.file, None, expected, "name the sheet with --sheet.")
        return filled[0]

    def _rows(self, sheet: Any) -> tuple[list[tuple[int, list[str]]], list[tuple[int, int]]]:
        """Return row number and cells of each row that holds anything, and where formulas stand."""
        rows: list[tuple[int, list[str]]] = []
        formulas = []
        for cell in _cells(sheet):
            if cell.column > MOST_COLUMNS:
                expected = f"at most {MOST_COLUMNS} columns, found one more in {cell.coordinate}"
                raise _error(self.file, cell.row, expected, "keep the columns of the template.")
            if not rows or rows[-1][0] != cell.row:
                rows.append((cell.row, []))
            row = rows[-1][1]
            row += [""] * (cell.column - len(row))
            if cell.data_type == "f":
                formulas.append((cell.row, cell.column))
            else:
                row[-1] = self._text(cell)
        return rows, formulas

    def _text(self, cell: Any) -> str:
        """Return the value of a cell as text; remember where it is a date."""
        value = cell.value
        if isinstance(value, date | time):
            self.dates.add((cell.row, cell.column - 1))
            return value.isoformat()
        if isinstance(value, bool):
            return str(value).upper()
        # The shortest digits that mean the same number, written out.
        return format(Decimal(repr(value)), "f") if isinstance(value, int | float) else str(value)

    def _fill(self, rows: list[tuple[int, list[str]]], formulas: list[tuple[int, int]], sheet: Any) -> None:
        """Put the stored values in the place of formulas. Raises EvidenceError where one has none."""
        places, missing = dict(rows), set(formulas)
        for cell in _cells(sheet):
            place = (cell.row, cell.column)
            if place in missing:
                missing.discard(place)
                places[cell.row][cell.column - 1] = self._text(cell)
        if missing:
            expected = "a formula with its stored value"
            mend = "open the workbook, let it calculate and save it, or paste the values in place of the formulas."
            stand = [(row, f"number {column}") for row, column in sorted(missing)]
            raise EvidenceError([Problem(self.file, row, column, None, expected, mend) for row, column in stand])


def _cells(sheet: Any) -> Iterator[Any]:
    """Yield the cells of a sheet that hold anything."""
    # Without this, a false size in the file would make rows of thousands of empty cells.
    sheet.reset_dimensions()
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None and cell.value != "":
                yield cell
