"""Files of a project that are put in their places together, even by a process that is killed on the way."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

#: The folder in which new files wait with their journal; under its second name nothing is decided yet.
WAITING, UNDECIDED = ".il6review-accept", ".il6review-accept.new"
JOURNAL = "journal.json"
#: What `il6review accept` writes; a journal that names anything else is none of ours.
KNOWN = re.compile(r"data/[a-z_]+\.csv|data/README\.md|notebooks/[A-Za-z0-9_-]+\.ipynb|ledger\.json|CHANGELOG\.md")


class JournalError(Exception):
    """Files cannot be put in their places together; the message says which, and how to mend it."""


def put(root: Path, texts: Mapping[str, bytes]) -> None:
    """Put files of the project in their places, all or none; `texts` gives them by their names under `root`.

    They are written aside, beside a journal that names them. That their folder is renamed decides: until then all
    files are the former ones, from then on `finish` makes them the new ones, in this process or a later one. Raises
    JournalError for a file that is not of the known ones, or lies elsewhere by a link, OSError where writing fails.
    """
    for name in texts:
        _need_ours(root, name, f"{root / name}")
    undecided = root / UNDECIDED
    with _alone(root):
        # What an earlier process left there, links among it, is not written into.
        shutil.rmtree(undecided, ignore_errors=True)
        undecided.mkdir()
        try:
            for name, text in texts.items():
                (undecided / name).parent.mkdir(parents=True, exist_ok=True)
                (undecided / name).write_bytes(text)
            states = {name: [_hash(root / name), hashlib.sha256(text).hexdigest()] for name, text in texts.items()}
            (undecided / JOURNAL).write_text(json.dumps(states, indent=1), encoding="utf-8")
            os.rename(undecided, root / WAITING)
        except BaseException:
            shutil.rmtree(undecided, ignore_errors=True)
            raise
        _finish(root)


def finish(root: Path) -> int:
    """Put the files in place that a killed process left waiting, and count them; 0 where there are none.

    Raises JournalError, and touches nothing, where one of them is not as it was left or not of the known ones.
    """
    if not os.path.lexists(root / WAITING):
        return 0
    with _alone(root):
        # Another process may have finished while this one waited.
        return _finish(root) if os.path.lexists(root / WAITING) else 0


def _finish(root: Path) -> int:
    states = _journal(root)
    left = [name for name, (former, new) in states.items() if _needs(root, name, former, new)]
    try:
        for name in left:
            os.replace(root / WAITING / name, root / name)
        # Renamed first: a folder that is half removed must not be taken for a journal.
        shutil.rmtree(root / UNDECIDED, ignore_errors=True)
        os.rename(root / WAITING, root / UNDECIDED)
    except OSError as error:
        reason = error.strerror or error
        raise JournalError(
            f"{root}: the accepted files could not all be put in place ({reason}). "
            "Mend: give this folder the rights to be written; then il6review check finishes."
        ) from None
    shutil.rmtree(root / UNDECIDED, ignore_errors=True)
    return len(states)


def _journal(root: Path) -> dict[str, list[str]]:
    """Read the journal: for each file what it was and what it becomes, as SHA-256."""
    path = root / WAITING / JOURNAL
    try:
        states = json.loads(path.read_text(encoding="utf-8"))
        sound = all(len(pair) == 2 and all(isinstance(one, str) for one in pair) for pair in states.values())
    except (OSError, ValueError, AttributeError, TypeError):
        sound = False
    if not sound:
        raise JournalError(f"{path}: expected the journal of il6review accept. Mend: remove {path.parent}")
    for name in states:
        _need_ours(root, name, f"{path}: found {name!r}")
    return states


def _need_ours(root: Path, name: str, place: str) -> None:
    """Raise JournalError unless `accept` writes a file of this name, and no link leads from it elsewhere."""
    waiting = root.resolve() / WAITING
    if (
        not KNOWN.fullmatch(name)
        or (root / name).resolve() != root.resolve() / name
        or (root / WAITING / name).resolve() != waiting / name
    ):
        raise JournalError(
            f"{place}: expected a table, notebook, ledger or changelog in the folder of the project. "
            f"Mend: undo links that lead out of it, or remove {root / WAITING} if it is there."
        )


def _needs(root: Path, name: str, former: str, new: str) -> bool:
    """Tell whether a file still waits. Raises JournalError where it is neither the former one nor the new one."""
    present, waiting = _hash(root / name), _hash(root / WAITING / name)
    if present == former and waiting == new:
        return True
    if present == new:
        return False
    raise JournalError(
        f"{root / name}: changed after il6review accept was stopped. "
        f"Mend: bring the files back to what git has, remove {root / WAITING}, and accept again."
    )


def _hash(path: Path) -> str:
    """Give the SHA-256 of a file; nothing where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Wait until no other process puts files in place in this project, and keep others waiting."""
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
