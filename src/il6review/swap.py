"""Put a finished folder in the place of the former one."""

import ctypes
import os
import sys
from pathlib import Path

AT_FDCWD, RENAME_EXCHANGE = -100, 2


def replace(new: Path, old: Path) -> None:
    """Put the folder `new` in the place of `old`; what was there takes the place of `new`, beside it.

    On Linux both change places in one step: at each moment a whole folder stands at `old`, even if the process
    is killed. Elsewhere it takes two steps. Raises OSError when a folder cannot be renamed.
    """
    if not old.exists():
        os.replace(new, old)
    elif not _exchange(new, old):
        former = new.with_name(f"{new.name}-former")
        os.replace(old, former)
        os.replace(new, old)
        os.replace(former, new)


def _exchange(new: Path, old: Path) -> bool:
    """Exchange two folders in one step; tell whether the system could."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return rename is not None and 0 == rename(
        AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(old), ctypes.c_uint(RENAME_EXCHANGE)
    )
