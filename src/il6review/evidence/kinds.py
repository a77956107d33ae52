"""The kinds of tables that a reader can bring: their columns, kept as one Table Schema each in table_kinds/."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

#: How like a name must be to be taken for a slip of the hand (1 is the same).
CLOSE = 0.8

#: In the order in which they are shown.
NAMES = ("persons", "groups", "comparisons", "correlations", "proportions")


@dataclass(frozen=True)
class Kind:
    """One kind of table. `schema` is a Table Schema; its own keys are said in `kind`."""

    name: str
    title: str
    description: str
    schema: dict[str, Any]

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The fields of the schema, in order."""
        return self.schema["fields"]

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return [field["name"] for field in self.fields]

    @property
    def required(self) -> list[str]:
        """The names of the columns that must be there."""
        return [field["name"] for field in self.fields if needed(field)]

    @property
    def one_of(self) -> list[list[str]]:
        """Sets of columns of which each row must fill at least one."""
        return self.schema["oneOf"]

    def missing(self, names: Collection[str]) -> list[str]:
        """Return what the columns `names` lack: required columns, and the first of each set of which one is needed."""
        lacking = [name for name in self.required if name not in names]
        return lacking + [options[0] for options in self.one_of if not set(options) & set(names)]


def needed(field: dict[str, Any]) -> bool:
    """Tell whether the column of a field must be there."""
    return field.get("needed", False) or field.get("constraints", {}).get("required", False)


@cache
def kind(name: str) -> Kind:
    """Return the kind called `name`, one of NAMES.

    Beside what Table Schema knows, a schema has `oneOf` (sets of columns of which a row fills at least one), and a
    field `holds: number_or_below` (a number, or a limit of detection such as <1.5; its type is string, since the
    printed text is kept), `measured: true` (its unit stands in the column unit), `needed: true` (the column must be
    there, and its cells may be empty), and `default` (what an empty cell of text means).
    """
    content = yaml.safe_load(files(__package__).joinpath("table_kinds", f"{name}.yaml").read_text(encoding="utf-8"))
    return Kind(content["name"], content["title"], content["description"], content)


def recognised(names: Collection[str]) -> list[str]:
    """Return the kinds that have all they need among the columns `names`."""
    return [name for name in NAMES if not kind(name).missing(names)]


def closest(names: Collection[str]) -> str:
    """Return the kind that shares the largest part of what it needs with the columns `names`, or nothing."""

    def share(name: str) -> float:
        needed = [*kind(name).required, *(option for options in kind(name).one_of for option in options)]
        return sum(column in names for column in needed) / len(needed)

    best = max(NAMES, key=share)
    return best if share(best) > 0 else ""


def canonical(label: str) -> str:
    """Return a column name without what people vary: case, spaces around it, spaces and hyphens for underscores."""
    return "_".join(label.casefold().replace("-", " ").split())


def near_column(label: str, absent: Sequence[str]) -> str:
    """Return the absent column that a label is most like, or nothing where it is like none."""
    return next(iter(difflib.get_close_matches(canonical(label), absent, n=1, cutoff=CLOSE)), "")
