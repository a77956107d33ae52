"""A reader's own table: read, checked cell by cell, and brought into one form with its units converted.

Every decision that reading takes is said in `OwnTable.notes`; whatever allows two readings is a problem.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..plurals import counted
from . import grids, kinds, units
from .column_maps import ColumnMap
from .grids import Grid
from .kinds import Kind
from .own_cells import Findings, Reader
from .problems import EvidenceError, Problem, WrongUse, nearest, shown

if TYPE_CHECKING:
    import pandas as pd

#: What a bare plus-minus may be told to be.
SPREADS = {"sd": "mean_sd", "sem": "mean_sem", "": "mean_pm_unspecified"}


#: What is told of a column of values, where there are several.
MEASURED = ("analyte", "unit", "sample")


@dataclass(frozen=True)
class OwnTable:
    """A reader's table in one form.

    `frame` has `line` (the line or row in the file), the columns of the kind (text, float64 or Int64; a column that
    the file lacks is empty), and for columns whose unit stands in `unit`: `<column>_converted`, in `unit_converted`.
    A column that may hold a limit of detection has its number in `<column>` (NaN below detection), the limit in
    `<column>_below` (NaN elsewhere; also converted), and the cell as typed in `<column>_printed`. `analyte_known` is
    the name of the analyte in the table of units, or the analyte as typed. `count` counts all problems, of which the
    first of each column are in `problems`. A cell with a problem is empty in the frame.
    """

    file: str
    kind: Kind
    frame: pd.DataFrame
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    count: int

    def sound(self) -> pd.DataFrame:
        """Return the frame. Raises EvidenceError if the table has a problem."""
        if self.problems:
            raise EvidenceError(self.problems, self.count)
        return self.frame


def read_own(
    path: str | Path,
    kind: str = "",
    column_map: ColumnMap | None = None,
    *,
    encoding: str = "",
    sheet: str = "",
    decimal: str = "",
    spread: str = "",
) -> OwnTable:
    """Read a reader's own table at `path`.

    `kind` is one of kinds.NAMES, or empty to recognise it by its columns. `column_map` tells which column is which.
    `encoding` and `sheet` are as for `grids.grid`; `decimal` is the decimal mark ("." or ",") or empty to find it;
    `spread` ("sd" or "sem") tells what a bare plus-minus is. A file with one row per person may have several columns
    of values, which the map names as measures: each gives a row for each person.

    Raises WrongUse for what cannot be done at all, and EvidenceError where the file is no table of the kind.
    """
    grid = grids.grid(Path(path).expanduser(), str(path), encoding, sheet)
    column_map = column_map or ColumnMap()
    if not column_map.measures:
        return _read(grid, kind, column_map, decimal, spread)
    _need_measured(grid, kind, column_map)
    each = column_map.by_measure()
    return _together({label: _read(grid, "persons", one, decimal, spread, label, each) for label, one in each.items()})


def _read(
    grid: Grid,
    kind: str,
    column_map: ColumnMap,
    decimal: str,
    spread: str,
    measure: str = "",
    measures: Mapping[str, ColumnMap] = MappingProxyType({}),
) -> OwnTable:
    """Read a table; where it is one of several readings, `measure` is its column of values and `measures` are all."""
    found = Findings(grid.file)
    chosen, columns, notes = _columns(grid, kind, column_map, found, measures)
    _shape(grid, found)
    reader = Reader(grid, chosen, columns, found, decimal, SPREADS[spread])
    frame = reader.frame()
    said = [f"{measure}: {note}" if measure else note for note in reader.notes]
    notes = [f"Read as {grid.form}{reader.mark_said}.", *notes, *said]
    return OwnTable(grid.file, chosen, frame, tuple(notes), found.sorted(), found.count)


def _need_measured(grid: Grid, kind: str, column_map: ColumnMap) -> None:
    """Raise WrongUse where several columns of values do not go with the file, or with what else is told."""
    problems = []

    def wrong(value: str, expected: str, mend: str) -> None:
        problems.append(Problem("--measure", None, None, value, expected, mend))

    if kind not in ("", "persons"):
        wrong(kind, "a table with one row per person", "leave --measure out; such a table has a row for each analyte.")
    for column in ("value", "analyte", "unit"):
        if column in column_map.targets:
            wrong(column, "each column told once", f"leave {column} out of --map and --set, or leave --measure out.")
    seen: dict[tuple[str, str], str] = {}
    for label, one in column_map.by_measure().items():
        if label not in grid.header:
            there = f"It has: {shown(', '.join(grid.header))}."
            wrong(label, "a column of the file", f"{nearest(label, grid.header)}{there}")
        analyte, unit, sample = (one.constants.get(name, "") for name in MEASURED)
        if seen.setdefault((analyte, sample), label) != label:
            expected = f"another analyte or sample than {shown(seen[analyte, sample])} has"
            wrong(label, expected, "leave one out, or tell the sample.")
        if units.conversion(analyte, unit) is None:
            expected = f"a unit of {shown(analyte)}: {units.known_units(analyte)}"
            wrong(unit, expected, f"{units.near_unit(unit)}write one of these.")
    if problems:
        raise WrongUse(problems)


def _together(tables: Mapping[str, OwnTable]) -> OwnTable:
    """Join the readings of one file, in the order of its lines; a problem names the column of the file."""
    # pandas takes long to import; a command line that is only asked for help must not wait for it.
    import pandas as pd

    found = Findings(next(iter(tables.values())).file)
    more = 0
    for label, table in tables.items():
        more += table.count - len(table.problems)
        for problem in table.problems:
            of_measure = problem.column in ("value", "analyte", "unit")
            column = label if of_measure else problem.column
            # A cell that all readings share is told once.
            found.add(problem.row, column, problem.value, problem.expected, problem.mend)
    frame = pd.concat([table.frame for table in tables.values()]).sort_values("line", kind="stable", ignore_index=True)
    notes = dict.fromkeys(note for table in tables.values() for note in table.notes)
    return OwnTable(found.file, kinds.kind("persons"), frame, tuple(notes), found.sorted(), found.count + more)


def _columns(
    grid: Grid,
    name: str,
    column_map: ColumnMap,
    found: Findings,
    measures: Mapping[str, ColumnMap] = MappingProxyType({}),
) -> tuple[Kind, dict[str, Sequence[str]], list[str]]:
    """Return the kind, the cells of each of its columns that the file fills, and what was decided.

    `measures` are the columns of values of all readings of the file.
    Raises WrongUse where the map does not fit, EvidenceError where the header does not.
    """
    _header(grid, found)
    by_name = {kinds.canonical(label): position for position, label in enumerate(grid.header)}
    for target, label in column_map.columns.items():
        if label not in grid.header:
            mend = f"{nearest(label, grid.header)}It has: {shown(', '.join(grid.header))}."
            raise WrongUse([Problem(grid.file, None, None, f"{target}={label}", "a column of the file", mend)])
    names = [*by_name, *column_map.targets]
    chosen, notes = _kind(grid, name, names)
    for target in column_map.targets:
        if target not in chosen.columns:
            mend = f"{nearest(target, chosen.columns)}It has: {', '.join(chosen.columns)}."
            raise WrongUse([Problem(grid.file, None, None, target, f"a column of the table {chosen.name}", mend)])
    filled: dict[str, Sequence[str]] = {}
    used = set()
    for column in chosen.columns:
        if column in column_map.constants:
            filled[column] = [column_map.constants[column]] * len(grid.lines)
        elif column in column_map.columns or column in by_name:
            label = column_map.columns.get(column)
            position = by_name[column] if label is None else grid.header.index(label)
            filled[column] = grid.columns[position]
            used.add(position)
    unused = [label for position, label in enumerate(grid.header) if position not in used and label not in measures]
    absent = [column for column in chosen.columns if column not in filled]
    _absent(grid, chosen, absent, unused, found)
    if measures:
        said = [f"{_measured(one)} from {shown(label)}" for label, one in measures.items()]
        notes.append(f"Measured: {'; '.join(said)}.")
    mapped = {name: label for name, label in column_map.columns.items() if label not in measures}
    if mapped:
        notes.append(f"Columns mapped: {', '.join(f'{a} from {shown(b)}' for a, b in mapped.items())}.")
    filled_in = {name: text for name, text in column_map.constants.items() if not measures or name not in MEASURED}
    if filled_in:
        notes.append(f"Filled in: {', '.join(f'{a} with {shown(b)}' for a, b in filled_in.items())}.")
    if unused:
        listed = ", ".join(map(shown, unused[:10])) + (f" and {len(unused) - 10} more" if len(unused) > 10 else "")
        notes.append(f"Columns not used: {listed}.")
    return chosen, filled, notes


def _measured(one: ColumnMap) -> str:
    """Say what a column of values holds."""
    analyte, unit, sample = (shown(one.constants.get(name, "")) for name in MEASURED)
    return f"{analyte} in {unit}" + (f" ({sample})" if sample else "")


def _header(grid: Grid, found: Findings) -> None:
    """Raise unless every column has a name of its own."""
    line = 1
    for position, label in enumerate(grid.header, 1):
        if not label:
            mend = "keep one line of column names: undo merged cells, and remove titles above and empty columns."
            found.add(line, f"number {position}", "", "a column name", mend)
    repeated = [label for label, times in Counter(map(kinds.canonical, grid.header)).items() if label and times > 1]
    for label in repeated:
        found.add(line, label, None, "this column once", "remove or rename the other one.")
    if found.count:
        below = _header_below(grid)
        if below:
            raise EvidenceError([_names_below(grid, below)])
        raise found.error()


def _header_below(grid: Grid) -> int:
    """Return which of the first records has the column names where the first has not, or 0."""
    for position, record in enumerate(grid.first):
        if kinds.recognised({kinds.canonical(cell) for cell in record}):
            return position
    return 0


def _names_below(grid: Grid, position: int) -> Problem:
    record = ",".join(grid.first[0])
    expected = f"the column names, found them {counted(position, 'line')} below"
    return Problem(grid.file, 1, None, record, expected, "remove what stands above the column names.")


def _kind(grid: Grid, name: str, names: Sequence[str]) -> tuple[Kind, list[str]]:
    """Return the kind that is named, or that the columns show, and how it was found."""
    if name:
        return kinds.kind(name), []
    fitting = kinds.recognised(names)
    if len(fitting) == 1:
        chosen = kinds.kind(fitting[0])
        return chosen, [f"Recognised by its columns: {chosen.title.lower()} (--kind {chosen.name})."]
    if fitting:
        mend = f"say which: --kind {' or --kind '.join(fitting)}."
        raise WrongUse([Problem(grid.file, 1, None, None, "the columns of one kind of table", mend)])
    below = _header_below(grid)
    if below:
        raise EvidenceError([_names_below(grid, below)])
    near = kinds.closest(names)
    expected = f"the columns of a kind of table ({', '.join(kinds.NAMES)})"
    mend = "begin from a template: il6review new NAME; or map your columns with --map."
    if near:
        chosen = kinds.kind(near)
        found = Findings(grid.file)
        unused = [label for label in grid.header if kinds.canonical(label) not in chosen.columns]
        _absent(grid, chosen, [column for column in chosen.columns if column not in names], unused, found)
        return chosen, []
    raise EvidenceError([Problem(grid.file, 1, None, ",".join(grid.header), expected, mend)])


def _absent(grid: Grid, chosen: Kind, absent: list[str], unused: list[str], found: Findings) -> None:
    """Raise for columns that must be there, and for unused ones that look like a column that is not."""
    needed = chosen.missing([column for column in chosen.columns if column not in absent])
    likely = {near: label for label in unused if (near := kinds.near_column(label, absent))}
    other = shown(unused[0]) if len(unused) == 1 else "NAME"
    for column in dict.fromkeys([*needed, *likely]):
        must = f"a column {column}, which the table {chosen.name} needs"
        if column in likely:
            label = likely[column]
            expected = must if column in needed else f"a column name of the table {chosen.name}"
            mend = f'did you mean "{column}"? Rename it, or say --map {column}={shown(label)}'
            found.add(1, label, None, expected, mend)
        else:
            each = ", or of several what each holds: --measure NAME=ANALYTE,UNIT"
            several = each * (column == "value" and len(unused) > 1)
            mend = (
                f"add it, or say which it is: --map {column}={other}{several}; "
                f"or one text for all rows: --set {column}=TEXT"
            )
            found.add(1, column, None, must, mend)
    if found.count:
        raise found.error()


def _shape(grid: Grid, found: Findings) -> None:
    """Note records that do not have one cell for each column name. Raises EvidenceError if there is no record."""
    mark = {",": "commas", ";": "semicolons", "\t": "tabs"}.get(grid.delimiter, "cells")
    for line, cells in grid.ragged:
        expected = f"{counted(len(grid.header), 'cell')} as in the header, found {cells}"
        found.add(line, None, None, expected, f"count the {mark}; text that holds one stands between double quotes.")
    if not grid.lines and not grid.ragged:
        found.add(None, None, None, "at least one row below the column names", "add a row.")
    if not grid.lines:
        raise found.error()
