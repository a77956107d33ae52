"""Every check of the evidence base: file, form, schema (Frictionless), rows, keys and order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .problems import EvidenceError, Problem, nearest
from .rules import RULES, is_plain
from .sheets import Sheet, form_problems, load, order_problems
from .tables import DESCRIPTOR, base, descriptor, schema

if TYPE_CHECKING:
    from frictionless import Error

KINDS = {
    "number": "a number in plain decimals, with a decimal point",
    "integer": "a whole number",
    "object": "a JSON object",
    "string": "text",
}


def check(folder: Path | None = None) -> list[Problem]:
    """Return all that is wrong with the evidence base in `folder` (default: `base()`), table by table.

    A file that cannot be read as its table is reported first and alone: the keys of the others hang on it.
    """
    try:
        folder = folder or base()
        package = descriptor(folder)
    except EvidenceError as error:
        return error.problems
    problems = _package_problems(package)
    if problems:
        return problems
    sheets = {}
    for resource in package["resources"]:
        sheet, found = load(folder / resource["path"], resource["path"], resource)
        problems += found
        if sheet:
            sheets[resource["name"]] = sheet
    if problems:
        return problems
    problems = _schema_problems(package, sheets)
    for sheet in sheets.values():
        problems += [*_number_problems(sheet), *_rule_problems(sheet), *_list_key_problems(sheet, sheets)]
        problems += [*form_problems(sheet), *order_problems(sheet)]
    files = [sheet.file for sheet in sheets.values()]
    return sorted(_one_a_cell(problems), key=lambda problem: (files.index(problem.file), problem.row or 0))


def check_table(table: str, path: str | Path) -> list[Problem]:
    """Return all that is wrong with the file at `path`, read as a reader's own version of `table`.

    Its sources need not stand in sources.csv, and its rows may come in any order and form of CSV. Raises
    EvidenceError if there is no such table in the evidence base.
    """
    resource = schema(table)
    alone = {key: value for key, value in resource["schema"].items() if key != "foreignKeys"}
    resource = {**resource, "schema": alone}
    sheet, problems = load(Path(path).expanduser(), str(path), resource)
    if sheet is None:
        return problems
    package = {**descriptor(base()), "resources": [resource]}
    problems = [*_schema_problems(package, {table: sheet}), *_number_problems(sheet), *_rule_problems(sheet)]
    return sorted(_one_a_cell(problems), key=lambda problem: problem.row or 0)


def _one_a_cell(problems: Iterable[Problem]) -> list[Problem]:
    """Keep the first problem of each cell: what is said after it follows from it."""
    first: dict[tuple[str, int | None, str | None], Problem] = {}
    for problem in problems:
        first.setdefault((problem.file, problem.row, problem.column), problem)
    return list(first.values())


def _package_problems(package: Any) -> list[Problem]:
    """Return what keeps the descriptor from being a Data Package."""
    # Frictionless takes about 0.3 s to import: only a check needs it.
    import frictionless

    try:
        frictionless.Package.from_descriptor(package)
    except frictionless.FrictionlessException as error:
        reasons = "; ".join(reason.note for reason in error.reasons) or error.error.note
        mend = "correct it, or restore it from the repository."
        return [Problem(DESCRIPTOR, None, None, None, f"a valid Data Package ({reasons})", mend)]
    return []


def _schema_problems(package: dict[str, Any], sheets: dict[str, Sheet]) -> list[Problem]:
    """Validate the cells against types, constraints and keys of the schema with Frictionless.

    The cells are handed over as read: a row number of Frictionless then counts records, and becomes a line.
    """
    import frictionless

    kept = ("name", "profile", "schema")
    resources = [{**{key: sheet.resource[key] for key in kept}, "data": sheet.records} for sheet in sheets.values()]
    report = frictionless.Package.from_descriptor({**package, "resources": resources}).validate()
    return [_plain(error, sheets[task.name], sheets) for task in report.tasks for error in task.errors]


def _plain(error: Error, sheet: Sheet, sheets: dict[str, Sheet]) -> Problem:
    """Say an error of Frictionless in plain words."""
    position = getattr(error, "row_number", None)
    line = sheet.lines[position - 1] if position else None
    if error.type in ("type-error", "constraint-error"):
        field = next(field for field in sheet.fields if field["name"] == error.field_name)
        values = map(str, field.get("constraints", {}).get("enum", ()))
        mend = f"{nearest(error.cell, values)}The column holds: {field['description']}"
        return sheet.problem(line, field["name"], error.cell, _expected(field), mend)
    if error.type == "unique-error":
        mend = "remove the repeated row, or correct the cell."
        return sheet.problem(line, error.field_name, error.cell, "a value that no other row has", mend)
    if error.type == "primary-key":
        key = sheet.resource["schema"]["primaryKey"]
        value = " ".join(sheet.records[position - 1][sheet.records[0].index(name)] for name in key)
        mend = f"remove the repeated row, or correct {' or '.join(key)}."
        return sheet.problem(line, key[0], value, "a key that no other row has", mend)
    if error.type == "foreign-key":
        other, other_column = sheets[error.reference_name], error.reference_field_names[0]
        return _key_problem(sheet, line, error.field_names[0], error.field_cells[0], other, other_column)
    return sheet.problem(line, None, None, "a table that fits its schema", error.message)


def _expected(field: dict[str, Any]) -> str:
    """Say what a cell of the field may be."""
    rule = field.get("constraints", {})
    if "enum" in rule:
        return f"one of {', '.join(map(str, rule['enum']))}"
    words = [f"text like {field['example']}" if "pattern" in rule else KINDS[field["type"]]]
    if "minimum" in rule:
        words.append(f"at least {rule['minimum']}")
    if "maximum" in rule:
        words.append(f"at most {rule['maximum']}")
    if rule.get("required"):
        words.append("not empty")
    return ", ".join(words)


def _number_problems(sheet: Sheet) -> Iterator[Problem]:
    """Yield the cells that Frictionless takes for numbers and arithmetic does not: inf, nan, 1_000, 1e3."""
    for line, cells in sheet.rows():
        for field in sheet.fields:
            cell = cells[field["name"]]
            if cell and field["type"] in ("number", "integer") and not is_plain(cell, field["type"]):
                mend = f"write it out with digits only. The column holds: {field['description']}"
                yield sheet.problem(line, field["name"], cell, _expected(field), mend)


def _rule_problems(sheet: Sheet) -> Iterator[Problem]:
    """Yield the cells that break a rule; the printed string of a row declared unparsable is not parsed."""
    unparsable = {row for field in sheet.fields for row in field.get("unparsable", ())}
    key = sheet.resource["schema"]["primaryKey"][0]
    for line, cells in sheet.rows():
        if cells[key] in unparsable:
            cells = {**cells, "as_reported": ""}
        for rule in RULES:
            for fault in rule(cells):
                yield sheet.problem(line, fault.column, cells[fault.column], fault.expected, fault.mend)


def _list_key_problems(sheet: Sheet, sheets: dict[str, Sheet]) -> Iterator[Problem]:
    """Yield the keys that no other table has: those in lists, such as the sources that a claim cites, and of own rows.

    The source of an own row may stand in either of two tables, which a foreign key of Frictionless cannot say.
    """
    for field in sheet.fields:
        if "listForeignKey" not in field:
            continue
        link = field["listForeignKey"]
        other = sheets[link["resource"]]
        others = [other, *(sheets[name] for name in link.get("also", ()))]
        known = {cells[link["field"]] for one in others for _, cells in one.rows()}
        for line, cells in sheet.rows():
            listed = cells[field["name"]]
            for key in listed.split(link["separator"]) if listed else ():
                if key not in known:
                    yield _key_problem(sheet, line, field["name"], key, other, link["field"])


def _key_problem(sheet: Sheet, line: int | None, column: str, value: str, other: Sheet, other_column: str) -> Problem:
    """Return the problem of a key that stands in no row of the other table."""
    hint = nearest(value, (cells[other_column] for _, cells in other.rows()))
    mend = f"{hint}Correct the key, or add its row to {other.file}."
    return sheet.problem(line, column, value, f"a {other_column} of {other.file}", mend)
