"""Strict parameters: papermill warns of an unknown name and injects a wrong type; here both are refused.

A notebook declares its parameters in a cell tagged `parameters`, one a line:

    measure: str = "ROM"  # effect measure, one of: SMD, MD, ROM

A comment that ends in `one of: A, B, C` lists the values that are allowed.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import RunError, did_you_mean
from .notebook import read, tagged

if TYPE_CHECKING:
    from nbformat import NotebookNode

TYPES: Mapping[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
WORDS = {"str": "text", "int": "a whole number", "float": "a finite number", "bool": "true or false"}
BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook; `type` is str, int, float or bool, `help` the comment beside it."""

    name: str
    type: str
    default: object
    help: str

    @property
    def choices(self) -> tuple[str, ...]:
        """Give the values that the comment allows; none means that any value of the type is allowed."""
        listed = re.search(r"\bone of: (.+?)\.?$", self.help)
        return tuple(choice.strip() for choice in listed[1].split(",")) if listed else ()


def parameters(path: Path) -> dict[str, Parameter]:
    """Read the parameters that the notebook at `path` declares.

    Raises RunError when the cell is missing, when a line of it is not `name: type = value  # comment`, or
    when the notebook holds the values of a former run, which would win over the declared ones.
    """
    notebook = read(path)
    position = tagged(notebook, "parameters")
    if position is None:
        raise RunError(
            [
                f"{path.name}: found no cell tagged `parameters`, expected one. Mend: in JupyterLab add a "
                "code cell after the title and give it the tag `parameters` (property inspector, Cell Tags)."
            ]
        )
    if tagged(notebook, "injected-parameters") is not None:
        raise RunError(
            [
                f"{path.name}: found a cell tagged `injected-parameters`, the values of a former run. "
                "Mend: delete that cell."
            ]
        )
    return {parameter.name: parameter for parameter in _declared(notebook, position, path.name)}


def _declared(notebook: NotebookNode, position: int, file: str) -> list[Parameter]:
    """Read each statement of the parameters cell.

    papermill skips a line that it cannot parse, such as one with a second `=` in its comment, cuts a text at
    a `#`, and joins other statements to the line before. So what it found is held against what Python reads.
    """
    # papermill takes long to import; a run that reuses all notebooks must not wait for it.
    from papermill import inspect_notebook

    source = notebook.cells[position].source
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise RunError([_unreadable(file, (error.text or "").strip())]) from error
    for statement in statements:
        if not isinstance(statement, ast.AnnAssign) or statement.value is None:
            raise RunError([_unreadable(file, ast.get_source_segment(source, statement))])
    found = inspect_notebook(notebook)
    declared = []
    for statement in statements:
        line = ast.get_source_segment(source, statement)
        try:
            entry = found[statement.target.id]
            default = ast.literal_eval(statement.value)
            same = default == ast.literal_eval(entry["default"])
        except (AttributeError, KeyError, TypeError, ValueError, SyntaxError) as error:
            raise RunError([_unreadable(file, line)]) from error
        parameter = Parameter(statement.target.id, entry["inferred_type_name"], default, entry["help"])
        if not same or _fault(parameter, default):
            raise RunError([_unreadable(file, line)])
        declared.append(parameter)
    return declared


def _unreadable(file: str, line: str) -> str:
    """Say that a line of the parameters cell cannot be read."""
    return (
        f"{file}, parameters cell: found `{line}`, expected `name: type = value  # comment` on one line. "
        "Mend: write it so, with the type str, int, float or bool, a value of that type (a listed one, if "
        "the comment lists values), no `#` in a text and no `=` in the comment."
    )


def resolve(path: Path, given: Mapping[str, object]) -> dict[str, object]:
    """Give the values to inject into the notebook at `path`, each of its declared type.

    Text, as it comes from the command line, is converted. Text that names a file is made an absolute path, as
    a notebook runs in another folder. Raises RunError on an unknown name or a value that does not fit.
    """
    declared = parameters(path)
    refuse_unknown(given, declared)
    values = {name: _convert(declared[name], value) for name, value in given.items()}
    faults = {name: _fault(declared[name], value) for name, value in values.items()}
    problems = [
        f"{path.name}, parameter {name}: found {given[name]!r}, expected {fault} "
        f"Mend: give a value like the default, {declared[name].default!r}."
        for name, fault in faults.items()
        if fault
    ]
    if problems:
        raise RunError(problems)
    return values


def refuse_unknown(given: Mapping[str, object], known: Collection[str]) -> None:
    """Raise RunError, with the nearest known name, when a name in `given` is not a parameter."""
    problems = [
        f"parameter {name}: found no such parameter. {did_you_mean(name, known)}" for name in given if name not in known
    ]
    if problems:
        raise RunError(problems)


def _convert(parameter: Parameter, value: object) -> object:
    """Convert to the declared type; a value that does not convert is given back as it is."""
    kind = TYPES[parameter.type]
    if kind is str and isinstance(value, str) and not parameter.choices and Path(value).is_file():
        return str(Path(value).absolute())
    if kind is bool and isinstance(value, str):
        return BOOLEANS.get(value.lower(), value)
    if (kind in (int, float) and isinstance(value, str)) or (kind is float and type(value) is int):
        try:
            return kind(value)
        except (ValueError, OverflowError):
            return value
    return value


def _fault(parameter: Parameter, value: object) -> str:
    """Say what was expected when `value` does not fit the parameter; empty when it fits."""
    kind = TYPES.get(parameter.type)
    meaning = f" ({parameter.help})" if parameter.help else ""
    if type(value) is not kind or (kind is float and not math.isfinite(value)):
        return f"{parameter.type}, {WORDS.get(parameter.type)}{meaning}."
    if parameter.choices and str(value) not in parameter.choices:
        return f"{parameter.help}. {did_you_mean(str(value), parameter.choices)}"
    return ""
