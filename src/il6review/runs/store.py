"""Executed notebooks, kept under keys that say what they were made from."""

import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import time

from .keys import Made, Present

#: The store is cut down to this size after a run; what was used last is kept. A whole run takes a few MB.
MOST_BYTES = 1_000_000_000
#: Files under way are named so; one that is older than this, in seconds, was left by a killed run.
ASIDE, LEFT = ".new-", 3600
#: What reading an entry raises when it is not whole, or gone.
DAMAGED = (OSError, ValueError, KeyError, TypeError)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """What the store has for a notebook: the result and what it was made from, or only the reason to run it."""

    why: str
    text: str = ""
    made: Made | None = None


class Store:
    """A folder of results: `<notebook>/<start>/<key>.json` says what one was made from, `results/<SHA-256>` is it."""

    def __init__(self, folder: Path) -> None:
        """Use the folder; it is made when something is kept."""
        self.folder = folder
        self.results = folder / "results"
        self._former: dict[str, list[Path]] = {}

    def find(self, name: str, wanted: Made, present: Present, fresh: bool = False) -> Found:
        """Give the kept result of a notebook if all that it was made from is as it was, else say what is not.

        `wanted` holds the source and the values; what else the result depends on is told by each entry.
        """
        if fresh:
            return Found("a fresh run was asked for")
        entries = _newest_first(self._of(name, wanted.start).glob("*.json"))
        why = "" if entries else self._unlike(name, wanted)
        for path in entries:
            try:
                made, result = _entry(path)
                changes = present.changes(made)
                if not changes:
                    text = self._result(result)
                    os.utime(path)
                    return Found(
                        f"reused: the same source, values and {len(made.files) + len(made.parts)} files", text, made
                    )
                why = why or ", ".join(changes)
            except DAMAGED:
                path.unlink(missing_ok=True)
                why = why or "what was kept of it is damaged"
                log.warning("%s: what the store kept of it is damaged; it is removed and the notebook runs.", name)
        return Found(why)

    def keep(self, name: str, made: Made, text: str) -> None:
        """Keep a result. Raises OSError when it cannot be written; then nothing of it is there."""
        result = sha256(text.encode()).hexdigest()
        write(self.results / result, text)
        write(self._of(name, made.start) / f"{made.key}.json", json.dumps({**asdict(made), "result": result}))

    def prune(self, most: int = MOST_BYTES) -> None:
        """Remove what was used longest ago, until the results take no more than `most` bytes."""
        # Another run may write and prune at the same time: what was listed may be gone.
        for path, state in _states(self.folder.rglob(f"{ASIDE}*")):
            if state.st_mtime < time() - LEFT:
                path.unlink(missing_ok=True)
        sizes = {
            path.name: state.st_size
            for path, state in _states(self.results.glob("*"))
            if not path.name.startswith(ASIDE)
        }
        if sum(sizes.values()) <= most:
            return
        kept, left = set(), most
        for path in _newest_first(self.folder.glob("*/*/*.json")):
            try:
                _, result = _entry(path)
            except DAMAGED:
                path.unlink(missing_ok=True)
                continue
            size = 0 if result in kept else sizes.get(result, 0)
            if size > left:
                path.unlink(missing_ok=True)
            else:
                kept.add(result)
                left -= size
        for name in sizes.keys() - kept:
            (self.results / name).unlink(missing_ok=True)

    def _of(self, name: str, start: str) -> Path:
        return self.folder / name / start

    def _result(self, result: str) -> str:
        """Read a result. Raises ValueError when its bytes are not those that were kept."""
        text = (self.results / result).read_text(encoding="utf-8")
        if sha256(text.encode()).hexdigest() != result:
            (self.results / result).unlink()
            raise ValueError(result)
        return text

    def _unlike(self, name: str, wanted: Made) -> str:
        """Say how the source or the values differ from those of the newest entry."""
        # Listed once for all runs of a sweep.
        if name not in self._former:
            self._former[name] = _newest_first((self.folder / name).glob("*/*.json"))
        for path in self._former[name]:
            try:
                made, _ = _entry(path)
            except DAMAGED:
                continue
            if made.source != wanted.source:
                return "the notebook changed"
            names = {*made.values, *wanted.values}
            moved = sorted(key for key in names if made.values.get(key) != wanted.values.get(key))
            return f"another value of {', '.join(moved)}"
        return "nothing of it is kept"


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=ASIDE, delete=False) as file:
        try:
            file.write(text)
            file.flush()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _entry(path: Path) -> tuple[Made, str]:
    """Read an entry. Raises ValueError when it is not the one of its name."""
    content = json.loads(path.read_text(encoding="utf-8"))
    result = content.pop("result")
    made = Made(**content)
    if made.key != path.stem:
        raise ValueError(path)
    return made, result


def _states(paths: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """Give the state of each file that is still there."""
    for path in paths:
        with suppress(FileNotFoundError):
            yield path, path.stat()


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    states = sorted(_states(paths), key=lambda found: found[1].st_mtime_ns, reverse=True)
    return [path for path, _ in states]
