"""Rows of a table by the words in their columns, so that a notebook can be known to depend on these rows alone.

A selection is one or more mappings of column to words: a row is selected where it holds, for one of them, one of the
words in each column. Whoever reads a table through `Parts` sees the selected rows and no other, and the interpreter's
audit hooks are told which these were. The same selection of a later state of the table has the same digest exactly if
it gives the same rows.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from .own_tables import LINKS, SOURCES
from .tables import read

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, object]
Selection = Sequence[Mapping[str, Sequence[str]]]

#: Columns whose cells hold several words, with this between them.
LISTS, SEPARATOR = {"claim_ids", "cites"}, ";"
#: Stands for a selection that gives no row, also of a table of own rows that is not there.
NO_ROWS = "no rows"
#: Audit events: a file is opened, or done with, of which only parts count; such a part, with its digest.
OPENED, PART = "il6review.opened_for_parts", "il6review.part"


def selection(*wheres: Mapping[str, str | Sequence[str]]) -> Selection:
    """Give a selection in one form, whatever the order in which its words are told; without what selects no row."""
    told = [
        {column: sorted({words} if isinstance(words, str) else set(words)) for column, words in sorted(where.items())}
        for where in wheres
    ]
    return [where for where in told if all(where.values())]


class Rows:
    """Rows of a table with an index of the words in each column, made when a column is first asked for."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Hold the rows."""
        self.rows = rows
        self._places: dict[str, dict[object, set[int]]] = {}
        self._digests: list[str] = []

    def positions(self, chosen: Selection) -> list[int]:
        """Give the positions of the selected rows. Raises KeyError where a row has no such column."""
        found: set[int] = set()
        for where in chosen:
            sides = [
                set().union(*(self._of(column).get(word, ()) for word in words)) for column, words in where.items()
            ]
            found |= set.intersection(*sides) if sides else set(range(len(self.rows)))
        return sorted(found)

    def digest(self, positions: Sequence[int]) -> str:
        """Give the SHA-256 of the rows in these positions, with the names of their columns."""
        if not self._digests:
            self._digests = [sha256(json.dumps(row).encode()).hexdigest() for row in self.rows]
        return sha256("".join(self._digests[at] for at in positions).encode()).hexdigest() if positions else NO_ROWS

    def _of(self, column: str) -> dict[object, set[int]]:
        if column not in self._places:
            places = self._places[column] = defaultdict(set)
            for position, row in enumerate(self.rows):
                # A line with too few cells has none here.
                for word in (row[column] or "").split(SEPARATOR) if column in LISTS else [row[column]]:
                    places[word].add(position)
        return self._places[column]


def text_rows(path: Path) -> Rows:
    """Read the cells of a table as text. Raises FileNotFoundError, but not for the tables of own rows."""
    if path.stem in (SOURCES, LINKS) and not path.exists():
        return Rows([])
    with path.open(encoding="utf-8", newline="") as file:
        return Rows(list(csv.DictReader(file)))


class Parts:
    """One table of the evidence base in `folder`, read in parts: `typed` makes rows of the frame that `read` gives."""

    def __init__(self, table: str, folder: Path, typed: Callable[[pd.DataFrame], Sequence[Row]]) -> None:
        """Read the table; only what `part` gives of it counts as read."""
        self.path = folder / f"{table}.csv"
        with _opened(self.path):
            self._texts = text_rows(self.path)
            self._rows = typed(read(table, folder=folder)) if self._texts.rows else ()

    def part(self, chosen: Selection) -> tuple[Row, ...]:
        """Give the selected rows."""
        found = self._texts.positions(chosen)
        sys.audit(PART, str(self.path), json.dumps(chosen, ensure_ascii=False), self._texts.digest(found))
        return tuple(self._rows[position] for position in found)


@contextmanager
def _opened(path: Path) -> Iterator[None]:
    sys.audit(OPENED, str(path), True)
    try:
        yield
    finally:
        sys.audit(OPENED, str(path), False)
