"""What can go wrong with a run, said to the person who started it."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class RunError(Exception):
    """A run cannot start or cannot be kept; `problems` says where, what, and how to mend it."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems apart; the message shows one a line."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class FailedRun(RunError):
    """A notebook was started and failed."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give the known word nearest to `word` as a question, or the list of known words if none is near."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(names) or 'none'}."
