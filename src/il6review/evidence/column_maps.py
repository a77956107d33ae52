"""Which column of a reader's file is which column of the table, told on the command line or kept in a file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .exports import write_whole
from .problems import Problem, WrongUse

EXAMPLES = {"--map": "value=IL6_pgml", "--set": "unit=pg/mL", "--measure": "CRP=CRP,mg/L,serum"}


@dataclass(frozen=True)
class ColumnMap:
    """`columns` gives the reader's column for a column of the table; `constants` one text for all its cells.

    `measures` gives for each of several columns of values what was measured: analyte, unit and, where told, sample,
    with a comma between them.
    """

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    measures: dict[str, str] = field(default_factory=dict)

    @property
    def targets(self) -> list[str]:
        """The columns of the table that the map fills."""
        return [*self.columns, *self.constants]

    def by_measure(self) -> dict[str, ColumnMap]:
        """Give the map of each column of values. Raises WrongUse where analyte or unit is not told."""
        found = {}
        for label, told in self.measures.items():
            parts = [part.strip() for part in told.split(",")]
            if len(parts) not in (2, 3) or not all(parts):
                expected = f"a column, =, and analyte, unit and perhaps sample, such as {EXAMPLES['--measure']}"
                raise _wrong("--measure", f"{label}={told}", expected, "write these parts with commas between them.")
            fixed = dict(zip(("analyte", "unit", "sample"), parts, strict=False))
            columns = {name: other for name, other in self.columns.items() if name not in fixed}
            found[label] = ColumnMap({**columns, "value": label}, {**self.constants, **fixed})
        return found


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """Return the pairs of texts such as value=IL6_pgml. Raises WrongUse for one without both parts, or twice."""
    found: dict[str, str] = {}
    for text in given:
        name, mark, other = text.partition("=")
        name, other = name.strip(), other.strip()
        if not (name and mark and other):
            expected = f"a column, =, and what fills it, such as {EXAMPLES[option]}"
            raise _wrong(option, text, expected, "write both parts.")
        if name in found:
            raise _wrong(option, text, f"each column once; {name} was given before", "leave one of them out.")
        found[name] = other
    return found


def load_map(path: Path) -> ColumnMap:
    """Read a mapping file: YAML with `columns`, `constants` and `measures`. Raises WrongUse where it is none."""
    file, mend = str(path), "write it with --save-mapping, or correct it."
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise _wrong(file, None, f"a mapping file that can be read ({reason})", mend) from None
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise WrongUse([Problem(file, line, None, None, "YAML", mend)]) from None
    parts = {"columns": {}, "constants": {}, "measures": {}}
    shape = "columns, constants and measures, each with one text a column"
    if not isinstance(content, dict) or not content.keys() <= parts.keys():
        raise _wrong(file, None, shape, mend)
    for part, entries in content.items():
        if not isinstance(entries, dict):
            raise _wrong(file, None, shape, mend)
        for name, text in entries.items():
            if not isinstance(name, str) or not isinstance(text, str):
                raise _wrong(file, f"{name}: {text}", shape, "put quotes around the text.")
        parts[part] = entries
    return ColumnMap(**parts)


def save_map(column_map: ColumnMap, path: Path) -> None:
    """Write a mapping file. Raises WrongUse if the file is there or cannot be written."""
    if os.path.lexists(path):
        raise _wrong(str(path), None, "a name that is free", "name another file, or remove this one.")
    content = {"columns": column_map.columns, "constants": column_map.constants, "measures": column_map.measures}
    write_whole(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def joined(first: ColumnMap, second: ColumnMap) -> ColumnMap:
    """Return both maps as one; what `second` tells of a column holds."""
    told = set(second.targets)
    columns = {name: label for name, label in first.columns.items() if name not in told}
    constants = {name: text for name, text in first.constants.items() if name not in told}
    measures = {**first.measures, **second.measures}
    return ColumnMap({**columns, **second.columns}, {**constants, **second.constants}, measures)


def _wrong(file: str, value: str | None, expected: str, mend: str) -> WrongUse:
    return WrongUse([Problem(file, None, None, value, expected, mend)])
