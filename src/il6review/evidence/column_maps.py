"""Which column of a reader's file is which column of the table, told on the command line or kept in a file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .exports import write_whole
from .problems import Problem, WrongUse


@dataclass(frozen=True)
class ColumnMap:
    """`columns` gives the reader's column for a column of the table; `constants` one text for all its cells."""

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)

    @property
    def targets(self) -> list[str]:
        """The columns of the table that the map fills."""
        return [*self.columns, *self.constants]


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """Return the pairs of texts such as value=IL6_pgml. Raises WrongUse for one without both parts, or twice."""
    found: dict[str, str] = {}
    for text in given:
        name, mark, other = text.partition("=")
        name, other = name.strip(), other.strip()
        if not (name and mark and other):
            example = {"--map": "value=IL6_pgml", "--set": "unit=pg/mL"}[option]
            raise _wrong(option, text, f"a column, =, and what fills it, such as {example}", "write both parts.")
        if name in found:
            raise _wrong(option, text, f"each column once; {name} was given before", "leave one of them out.")
        found[name] = other
    return found


def load_map(path: Path) -> ColumnMap:
    """Read a mapping file: YAML with `columns` and `constants`. Raises WrongUse with what keeps it from being one."""
    file, mend = str(path), "write it with --save-mapping, or correct it."
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise _wrong(file, None, f"a mapping file that can be read ({reason})", mend) from None
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise WrongUse([Problem(file, line, None, None, "YAML", mend)]) from None
    parts = {"columns": {}, "constants": {}}
    shape = "columns and constants, each with one text a column"
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
    content = {"columns": column_map.columns, "constants": column_map.constants}
    write_whole(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def joined(first: ColumnMap, second: ColumnMap) -> ColumnMap:
    """Return both maps as one; what `second` tells of a column holds."""
    told = set(second.targets)
    columns = {name: label for name, label in first.columns.items() if name not in told}
    constants = {name: text for name, text in first.constants.items() if name not in told}
    return ColumnMap({**columns, **second.columns}, {**constants, **second.constants})


def _wrong(file: str, value: str | None, expected: str, mend: str) -> WrongUse:
    return WrongUse([Problem(file, None, None, value, expected, mend)])
