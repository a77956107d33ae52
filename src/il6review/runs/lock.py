"""One run at a time in one folder."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from .errors import RunError


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Hold the folder `out` for this process, with a lock file beside it that says who holds it and since when.

    The system frees the lock when a process ends in whatever way, so one left by a killed run is taken over.
    Raises RunError when another process holds it.
    """
    path = out.with_name(f".{out.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _take(path, out)
    try:
        since = datetime.now().astimezone().isoformat(" ", "seconds")
        os.truncate(descriptor, 0)
        os.write(descriptor, json.dumps({"pid": os.getpid(), "since": since}).encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _take(path: Path, out: Path) -> int:
    """Open and lock the file; again, if its former holder removed it in between."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except FileNotFoundError:
            pass
        except BlockingIOError:
            raise RunError([_refusal(descriptor, out)]) from None
        os.close(descriptor)


def _refusal(descriptor: int, out: Path) -> str:
    """Say who holds the folder; the holder may not have written it yet."""
    try:
        holder = json.loads(os.read(descriptor, 1000))
        who = f"process {holder['pid']} since {holder['since']}"
    except ValueError:
        who = "a process that has just started"
    finally:
        os.close(descriptor)
    return f"{out}: another run writes there ({who}). Mend: wait for its end, or name another folder with --out."
