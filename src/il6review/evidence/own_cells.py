"""The cells of a reader's own table: checked one by one and row by row, and measured values in one unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..plurals import counted
from . import numerals, units
from .grids import Grid
from .kinds import Kind
from .own_rules import OWN_RULES
from .problems import EvidenceError, Problem, nearest, shown
from .rules import RULES, Cells

if TYPE_CHECKING:
    import pandas as pd

#: Problems of one column, or of rows as a whole, that are kept; more are counted.
KEPT = 200

CONTROLS = {"control", "controls", "healthy", "healthy control", "healthy controls", "hc"}

#: Columns of numbers that a row has beside its printed text: what a limit of detection, and a conversion, add.
BELOW, CONVERTED = "_below", "_converted"


class Findings:
    """The problems of a file: the first of each column, and how many there are."""

    def __init__(self, file: str) -> None:
        """Begin with none."""
        self.file, self.count = file, 0
        self._kept: list[Problem] = []
        self._columns: Counter[str | None] = Counter()
        self._places: set[tuple[int | None, str | None]] = set()
        self.lines: set[int | None] = set()

    def add(self, line: int | None, column: str | None, value: str | None, expected: str, mend: str) -> None:
        """Note a problem, unless one of the same cell is noted: what is said after it follows from it."""
        if (line, column) in self._places:
            return
        self.count += 1
        self._columns[column] += 1
        self.lines.add(line)
        if self._columns[column] <= KEPT:
            self._places.add((line, column))
            self._kept.append(Problem(self.file, line, column, value, expected, mend))

    def error(self) -> EvidenceError:
        """Return the problems as an error."""
        return EvidenceError(self._kept, self.count)

    def sorted(self) -> tuple[Problem, ...]:
        """Return the problems that are kept, in the order of their lines."""
        return tuple(sorted(self._kept, key=lambda problem: problem.row or 0))


class Reader:
    """Reads the cells of one table. Each different text of a column is read once, however many rows hold it."""

    def __init__(
        self, grid: Grid, kind: Kind, columns: Mapping[str, Sequence[str]], found: Findings, mark: str, statistic: str
    ) -> None:
        """Find the decimal mark, unless it is told; `statistic` is what a bare plus-minus is."""
        self.grid, self.kind, self.found, self.statistic = grid, kind, found, statistic
        self.columns = dict(columns)
        self.notes: list[str] = []
        self.mark = mark or numerals.decimal_mark(
            cell
            for field in kind.fields
            if self._numeric(field)
            for cell in dict.fromkeys(self.columns.get(field["name"], ()))
        )
        told = "as told" if mark else "found"
        self.mark_said = f", decimal {numerals.MARKS[self.mark]} ({told})" if grid.delimiter else ""
        self.numbers: dict[str, list[Decimal | None]] = {}
        self.below: dict[str, list[Decimal | None]] = {}

    @staticmethod
    def _numeric(field: dict[str, Any]) -> bool:
        return field["type"] in ("number", "integer") or "holds" in field

    def frame(self) -> pd.DataFrame:
        """Read all columns, then check the rows as a whole."""
        import pandas as pd

        self._dates()
        if self.kind.name == "groups":
            self._plus_minus()
        for field in self.kind.fields:
            name = field["name"]
            if name not in self.columns:
                continue
            if self._numeric(field):
                self._number_column(field)
            else:
                self._text_column(field)
        self._one_of()
        data: dict[str, Any] = {"line": pd.array(self.grid.lines, dtype="int64")}
        rows = len(self.grid.lines)
        self._defaults(rows)
        for field in self.kind.fields:
            name = field["name"]
            if not self._numeric(field):
                data[name] = self.columns[name]
                continue
            numbers = self.numbers.get(name) or [None] * rows
            data[name] = _floats(numbers)
            if field["type"] == "integer":
                data[name] = pd.array(data[name], dtype="float64").astype("Int64")
            if "holds" in field:
                data[name + BELOW] = _floats(self.below[name])
                data[name + "_printed"] = self.columns[name]
        if "unit" in self.columns:
            data |= self._converted()
        self._rows()
        self._keys()
        return pd.DataFrame(data)

    def _problem(self, row: int, column: str, expected: str, mend: str) -> None:
        """Note a problem of the cell of a column in a row, counted from 0."""
        cells = self.columns.get(column)
        self.found.add(self.grid.lines[row], column, cells[row] if cells else "", expected, mend)

    def _faults(self, column: str, faults: Mapping[str, numerals.Fault]) -> None:
        """Note the problem of every row whose text in a column has a fault."""
        if not faults:
            return
        for row, cell in enumerate(self.columns[column]):
            if cell in faults:
                self._problem(row, column, *faults[cell])

    def _plus_minus(self) -> None:
        """Split "12.4 ± 3.1" in the column of the mean, and take a spread without a statistic for a bare plus-minus."""
        rows = range(len(self.grid.lines))
        for name in ("spread", "statistic", "as_reported"):
            self.columns[name] = list(self.columns.get(name) or [""] * len(rows))
        limits = [self.columns.get(name) for name in ("spread_low", "spread_high")]
        centres, bare = list(self.columns["centre"]), 0
        for row in rows:
            split = numerals.PLUS_MINUS.match(centres[row])
            if split and not self.columns["spread"][row]:
                self.columns["as_reported"][row] = self.columns["as_reported"][row] or centres[row]
                centres[row], self.columns["spread"][row] = split[1].strip(), split[2].strip()
            no_limits = not any(column and column[row] for column in limits)
            if self.columns["statistic"][row] in ("", "mean_pm_unspecified") and no_limits and centres[row]:
                if self.columns["spread"][row]:
                    self.columns["statistic"][row] = self.statistic
                    bare += 1
                elif not self.columns["statistic"][row]:
                    self.columns["statistic"][row] = "mean_only"
        self.columns["centre"] = centres
        if bare and self.statistic == "mean_pm_unspecified":
            self.notes.append(
                f"Is the spread an SD or a SEM? {counted(bare, 'row')} without a word on it. Say --spread sd or "
                "--spread sem; told nothing, both readings are kept."
            )
        elif bare:
            self.notes.append(f"Spread taken for {self.statistic[5:].upper()}, as told: {counted(bare, 'row')}.")

    def _dates(self) -> None:
        """Note the cells that a workbook stores as a date."""
        positions = {
            position: name
            for name, cells in self.columns.items()
            for position, column in enumerate(self.grid.columns)
            if column is cells
        }
        rows = {line: row for row, line in enumerate(self.grid.lines)} if self.grid.dates else {}
        for line, position in sorted(self.grid.dates):
            if position in positions and line in rows:
                mend = "the spreadsheet made a date of it: format the column as text and type the value again."
                self._problem(rows[line], positions[position], "a number or text, not a date", mend)

    def _number_column(self, field: dict[str, Any]) -> None:
        """Read a column of numbers."""
        name, rule = field["name"], field.get("constraints", {})
        whole, below = field["type"] == "integer", "holds" in field
        cells = self.columns[name]
        readings = {}
        for cell in dict.fromkeys(cells):
            reading = numerals.read_number(cell, self.mark, whole=whole, below=below, empty=not rule.get("required"))
            readings[cell] = reading if reading.fault else _within(reading, field)
        if rule.get("required"):
            readings[""] = numerals.Reading(
                fault=numerals.Fault("a value", f"fill it in. The column holds: {field['description']}")
            )
        self._faults(name, {cell: reading.fault for cell, reading in readings.items() if reading.fault})
        self.numbers[name] = [readings[cell].number for cell in cells]
        if below:
            self.below[name] = [readings[cell].below for cell in cells]
        if field.get("needed") and (empty := sum(not cell for cell in cells)):
            self.notes.append(f"No {name} in {counted(empty, 'row')}, which count{'s' * (empty == 1)} nowhere.")

    def _text_column(self, field: dict[str, Any]) -> None:
        """Check a column of text."""
        name, rule = field["name"], field.get("constraints", {})
        faults = {}
        for cell in dict.fromkeys(self.columns[name]):
            if not cell:
                if rule.get("required"):
                    faults[cell] = numerals.Fault("text", f"fill it in. The column holds: {field['description']}")
            elif "enum" in rule and cell not in rule["enum"]:
                expected = f"one of {', '.join(rule['enum'])}"
                faults[cell] = numerals.Fault(
                    expected, f"{nearest(cell, rule['enum'])}The column holds: {field['description']}"
                )
            elif "pattern" in rule and not re.fullmatch(rule["pattern"], cell):
                expected = f"text like {field['example']}"
                faults[cell] = numerals.Fault(expected, f"The column holds: {field['description']}")
            elif name in ("person", "group", "group_label") and numerals.DATE.fullmatch(cell):
                mend = "the spreadsheet made a date of it: format the column as text and type the name again."
                faults[cell] = numerals.Fault("a name, not a date", mend)
        self._faults(name, faults)

    def _one_of(self) -> None:
        """Note rows that fill no column of a set of which they need one."""
        for options in self.kind.one_of:
            present = [self.columns[name] for name in options if name in self.columns]
            for row, cells in enumerate(zip(*present, strict=True)):
                if not any(cells):
                    self._problem(
                        row, options[0], f"a value here or in {' or '.join(options[1:])}", "fill one of them."
                    )

    def _defaults(self, rows: int) -> None:
        """Fill empty cells of text with what the description of their column says."""
        study = re.sub(r"[^A-Za-z0-9]", "", Path(self.grid.file).stem) or "Own"
        for field in self.kind.fields:
            if self._numeric(field):
                continue
            name = field["name"]
            default = study if name == "source_key" else field.get("default", "")
            cells = self.columns.get(name) or [""] * rows
            self.columns[name] = [cell or default for cell in cells] if default else cells
        if self.kind.name == "persons":
            stages = self.numbers.get("stage") or [None] * rows
            groups = list(zip(self.columns["group"], stages, strict=True))
            self.columns["group"] = [group or f"stage {stage}" for group, stage in groups]
            roles = [role_of(group, stage) for group, stage in groups]
            self.columns["role"] = [told or role for told, role in zip(self.columns["role"], roles, strict=True)]
        if self.kind.name == "correlations":
            rs = self.numbers.get("r") or [None] * rows
            self.columns["direction"] = [
                told or _sign(r) for told, r in zip(self.columns["direction"], rs, strict=True)
            ]

    def _converted(self) -> dict[str, Any]:
        """Return the measured columns in the units of comparison; note units that are unknown or do not go together."""
        analytes, printed = self.columns["analyte"], self.columns["unit"]
        pairs = Counter(zip(analytes, printed, strict=True))
        ways = {pair: units.conversion(*pair) for pair in pairs if all(pair)}
        self._units(pairs, ways)
        data: dict[str, Any] = {}
        targets = [way.unit if (way := ways.get(pair)) else "" for pair in zip(analytes, printed, strict=True)]
        factors = [way.factor if (way := ways.get(pair)) else None for pair in zip(analytes, printed, strict=True)]
        known = {name: found.name if (found := units.substance(name)) else name for name in set(analytes)}
        data["analyte_known"] = [known[name] for name in analytes]
        data["unit_converted"] = targets
        geometric = [text == "geo_mean" for text in self.columns.get("statistic", ())]
        for field in self.kind.fields:
            name = field["name"]
            if not field.get("measured") or name not in self.numbers:
                continue
            own = factors
            if name == "spread":
                own = [Decimal(1) if keep else factor for keep, factor in zip(geometric, factors, strict=True)]
            self._not_negative(name)
            data[name + CONVERTED] = _floats(_times(self.numbers[name], own))
            if name in self.below:
                data[name + BELOW + CONVERTED] = _floats(_times(self.below[name], own))
        return data

    def _units(self, pairs: Counter[tuple[str, str]], ways: Mapping[tuple[str, str], units.Conversion | None]) -> None:
        """Note unknown units and activity beside mass; say what is converted."""
        faults: dict[tuple[str, str], numerals.Fault] = {}
        by_substance: dict[str, dict[tuple[str, str], units.Conversion]] = {}
        for pair, way in ways.items():
            analyte, unit = pair
            known = units.substance(analyte)
            if way is None:
                expected = f"a unit of {known.name}: {units.known_units(analyte)}"
                faults[pair] = numerals.Fault(expected, f"{units.near_unit(unit)}write one of these.")
            else:
                by_substance.setdefault(known.name if known else analyte, {})[pair] = way
        for name, found in by_substance.items():
            self._units_of(name, found, pairs, faults)
        if faults:
            for row, pair in enumerate(zip(self.columns["analyte"], self.columns["unit"], strict=True)):
                if pair in faults:
                    self._problem(row, "unit", *faults[pair])

    def _units_of(
        self,
        name: str,
        found: Mapping[tuple[str, str], units.Conversion],
        pairs: Counter[tuple[str, str]],
        faults: dict[tuple[str, str], numerals.Fault],
    ) -> None:
        """Say how the values of one substance are brought to one unit, or why they cannot be."""
        counts = ", ".join(f"{shown(pair[1])} ({counted(pairs[pair], 'row')})" for pair in found)
        targets = {way.unit for way in found.values() if way.factor is not None}
        activity = {pair: way for pair, way in found.items() if way.factor is None}
        own_file = f"keep these rows in a file of their own; {units.NO_FACTOR}."
        mixed = "keep rows of different units in different files, or convert them to one."
        if not units.substance(name):
            if len(found) > 1:
                usual = max(found, key=lambda pair: pairs[pair])
                for pair in found:
                    if pair != usual:
                        faults[pair] = numerals.Fault(
                            f"one unit for {shown(name)}, as {shown(usual[1])} in other rows", mixed
                        )
            return
        if activity and targets:
            for pair in activity:
                faults[pair] = numerals.Fault(f"a unit of mass, as in other rows of {name}", own_file)
        elif activity:
            self.notes.append(f"Units: {name} in {counts} is kept as printed; {units.NO_FACTOR}.")
        else:
            (target,) = targets
            self.notes.append(f"Units: {name} in {counts}, compared in {target}.")
        if any(way.by_molar_mass for way in found.values()):
            known = units.substance(name)
            self.notes.append(
                f"Amounts of {name} become mass with {known.molar_mass} g/mol, the molar mass of "
                f"{known.molar_mass_of}; the protein in blood carries sugars and is heavier."
            )

    def _not_negative(self, name: str) -> None:
        """Note negative concentrations."""
        analytes = self.columns["analyte"]
        signed = {text for text in set(analytes) if units.substance(text) is None}
        for row, number in enumerate(self.numbers[name]):
            if number is not None and number < 0 and analytes[row] not in signed:
                mend = "a concentration below detection is written as <1.5 with the limit."
                self._problem(row, name, "a concentration of 0 or more", mend)

    def _rows(self) -> None:
        """Check each row of a table of summaries as a whole."""
        if self.kind.name == "persons":
            return
        names = [name for name in self.kind.columns if name in self.columns]
        for row, line in enumerate(self.grid.lines):
            if line in self.found.lines:
                # What does not go together may follow from the cell that is wrong.
                continue
            cells = {name: self._plain(name, row) for name in names}
            for fault in _row_faults(self.kind, cells):
                if fault.column in cells:
                    self._problem(row, fault.column, fault.expected, fault.mend)

    def _plain(self, name: str, row: int) -> str:
        """Return a cell as the evidence base would hold it: a number in plain decimals, empty below detection."""
        if name in self.numbers:
            number = self.numbers[name][row]
            return "" if number is None else format(number, "f")
        cell = self.columns[name][row]
        return cell.replace(",", ".") if name == "as_reported" and self.mark == "," else cell

    def _keys(self) -> None:
        """Note rows with the key of an earlier row; note persons in two groups, unless times are told apart."""
        key = self.kind.schema["primaryKey"]
        shown_at = next(name for name in key if name in self.kind.required)
        seen: dict[tuple[str, ...], int] = {}
        for row, cells in enumerate(zip(*(self.columns[name] for name in key), strict=True)):
            first = seen.setdefault(cells, row)
            if first != row:
                expected = f"{' + '.join(key)} that no other row has, found them on line {self.grid.lines[first]}"
                self._problem(row, shown_at, expected, "remove the row that is repeated, or correct it.")
        if self.kind.name == "persons" and not any(self.columns["time"]):
            self._one_group()

    def _one_group(self) -> None:
        """Note persons who stand in two groups."""
        label = "group"
        groups: dict[str, int] = {}
        for row, (person, group) in enumerate(zip(self.columns["person"], self.columns[label], strict=True)):
            first = groups.setdefault(person, row)
            other = self.columns[label][first]
            if other != group and person:
                expected = f'the group of {shown(person)} on line {self.grid.lines[first]}, "{shown(other)}"'
                self._problem(row, label, expected, "one person is in one group: correct the group or the person.")


def role_of(group: str, stage: object) -> str:
    """Return the part of a group: by its stage, else by its name."""
    return "stage" if stage is not None else "control" if group.casefold() in CONTROLS else "case"


def _sign(r: Decimal | None) -> str:
    return "" if r is None else "positive" if r > 0 else "negative" if r < 0 else "none"


def _within(reading: numerals.Reading, field: dict[str, Any]) -> numerals.Reading:
    """Return a reading, or its fault where it lies outside the limits of the field."""
    rule, number = field.get("constraints", {}), reading.number
    low, high = rule.get("minimum"), rule.get("maximum")
    if number is None or ((low is None or number >= low) and (high is None or number <= high)):
        return reading
    span = f"from {low} to {high}" if None not in (low, high) else f"of {low} or more"
    kind = "a whole number" if field["type"] == "integer" else "a number"
    return numerals.Reading(fault=numerals.Fault(f"{kind} {span}", f"The column holds: {field['description']}"))


def _row_faults(kind: Kind, cells: Cells) -> Iterator[Any]:
    """Yield what does not go together in a row."""
    if kind.name == "correlations" and cells.get("r"):
        # The rule for r and its direction looks at rows that say whether r is printed.
        cells = {"direction": "", **cells, "direction_only": "no"}
    for rule in (*OWN_RULES.get(kind.name, ()), *RULES):
        yield from rule(cells)


def _floats(numbers: Sequence[Decimal | None]) -> list[float]:
    return [float("nan") if number is None else float(number) for number in numbers]


def _times(numbers: Sequence[Decimal | None], factors: Sequence[Decimal | None]) -> list[Decimal | None]:
    """Return each number times its factor, in decimal arithmetic: 0.1 mg/dL is 1 mg/L to the last digit."""
    return [
        None if number is None or factor is None else number * factor
        for number, factor in zip(numbers, factors, strict=True)
    ]
