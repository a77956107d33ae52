"""How far a run is: bars on a terminal, a line for each notebook elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from .runs import Outcome


def word(outcome: Outcome) -> str:
    """Say how a notebook went."""
    return "failed" if outcome.problem else "reused" if outcome.reused else "done"


class Lines:
    """A line for each notebook that has ended."""

    def __init__(self, say: Callable[..., None]) -> None:
        """Print with `say`."""
        self._say = say

    def cell(self, name: str, position: int, cells: int) -> None:
        """Say nothing of single cells."""

    def outcomes(self, outcomes: Iterable[Outcome], _total: int) -> Iterator[Outcome]:
        """Pass the outcomes on and say each."""
        for outcome in outcomes:
            self._say(f"{outcome.name}: {word(outcome)}", err=True)
            yield outcome


class Bars:
    """A bar for the whole with the time left, and one for the cells of each notebook that runs."""

    def __init__(self) -> None:
        """Begin without a bar."""
        self._bars: dict[str, tqdm] = {}

    @property
    def cells(self) -> dict[str, int]:
        """Give the cell at which each running notebook is."""
        return {name: bar.n for name, bar in self._bars.items()}

    def cell(self, name: str, position: int, cells: int) -> None:
        """Move the bar of a notebook to a cell; called from the thread that runs the notebook."""
        if name not in self._bars:
            self._bars[name] = tqdm(total=cells, desc=name, unit="cell", leave=False)
        self._bars[name].update(position - self._bars[name].n)

    def outcomes(self, outcomes: Iterable[Outcome], total: int) -> Iterator[Outcome]:
        """Pass the outcomes on and move the bar of the whole."""
        try:
            for outcome in tqdm(outcomes, total=total, desc="notebooks", unit="notebook"):
                if outcome.name in self._bars:
                    self._bars.pop(outcome.name).close()
                yield outcome
        finally:
            while self._bars:
                self._bars.popitem()[1].close()
