"""One notebook with its parameters goes in, an outcome comes back: plain values that can be sent elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: Told of each cell that starts: the notebook, the position of the cell from 0, and how many cells there are.
Tick = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Job:
    """A notebook to run: its name, its source without outputs, the values to inject, the limit for its cells in s."""

    name: str
    source: str
    values: Mapping[str, object] = field(default_factory=dict)
    limit: float | None = None


@dataclass(frozen=True)
class Outcome:
    """How a job went: the executed notebook as text, or the problem that stopped it.

    `seconds` it took, `peak` is the most memory that the kernel held in kB, `read` the SHA-256 of each file and
    folder that it read, by absolute path, `parts` by selection that of the rows of a table of which it read no more.
    `reused` tells that it was taken from the store.
    """

    name: str
    seconds: float
    text: str = ""
    problem: str = ""
    peak: int = 0
    read: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reused: bool = False
