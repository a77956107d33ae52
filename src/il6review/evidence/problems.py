"""What is wrong with a table, said so that the person who keeps it can mend it."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Problems that the message of an error lists, and characters of a cell that the message of a problem shows.
LISTED = 20
SHOWN = 60


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file.

    `row` is the line number that an editor shows (the header is line 1). `row`, `column` and `value` are None
    where the problem is not that of one line, one column or one value. `expected` and `mend` are plain
    English.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    expected: str
    mend: str

    def __str__(self) -> str:
        """Give the whole problem in one readable message."""
        place = self.file
        if self.row is not None:
            place += f", line {self.row}"
        if self.column is not None:
            place += f", column {shown(self.column)}"
        found = ""
        if self.value is not None:
            cell = shown(self.value)
            found = f'found "{cell}", ' if cell else "found an empty cell, "
        return f"{place}: {found}expected {self.expected}. Mend: {self.mend}"


class EvidenceError(Exception):
    """A table of evidence cannot be used. `problems` holds the reasons; the message shows the first 20.

    `count` is the number of all reasons, where more were found than are kept.
    """

    def __init__(self, problems: Sequence[Problem], count: int = 0) -> None:
        """Keep the problems in the order given."""
        super().__init__(problems)
        self.problems = list(problems)
        self.count = count or len(self.problems)

    def __str__(self) -> str:
        """List the first problems, one a line, and count the rest."""
        lines = [str(problem) for problem in self.problems[:LISTED]]
        if self.count > LISTED:
            lines.append(f"and {self.count - LISTED} more")
        return "\n".join(lines)


class WrongUse(EvidenceError):
    """What was asked for cannot be done, whatever the rows of the table hold: no such file, sheet or column."""


def shown(text: str) -> str:
    """Return text from a file as a message shows it: on one line and not too long."""
    text = text.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def nearest(value: str, names: Iterable[str]) -> str:
    """Return 'did you mean "name"? ' for the name most like `value`, or nothing where none is near."""
    near = difflib.get_close_matches(value, list(names), n=1)
    return f'did you mean "{shown(near[0])}"? ' if near else ""
