"""What happens on a worker of a Dask cluster: its version is told, a job is run, a run is ended."""

import os
import shutil
import threading
from hashlib import sha256
from pathlib import Path

from .. import __version__
from ..evidence import VARIABLE
from .jobs import Job, Outcome
from .kernel import PACKAGE, digest
from .keys import settings
from .parcel import PROJECT, Parcel, back, sent, unpack

Version = dict[str, str]


def version() -> Version:
    """Give what a result depends on beside its inputs: our code, where it looks for the tables, Python, packages."""
    code = sha256()
    for folder, names, files in os.walk(PACKAGE):
        names[:] = sorted(name for name in names if name != "__pycache__")
        for name in sorted(files):
            path = os.path.join(folder, name)
            code.update(f"{os.path.relpath(path, PACKAGE)}\0{digest(path)}\n".encode())
    tables = os.environ.get(VARIABLE, "")
    return {"il6review": f"{__version__}, code {code.hexdigest()[:12]}", VARIABLE: tables, **settings()}


#: What this process has loaded; the files may have changed since.
LOADED = version()


def versions() -> list[Version]:
    """Give what this process has loaded, and what its files are now; kernels take the files."""
    return [LOADED, version()]


_lock = threading.Lock()
_stopped: dict[str, threading.Event] = {}


def hand_over(parcel: Parcel) -> Parcel:
    """Give the parcel: as a task of its own it travels once to each worker, and again when one is lost."""
    return parcel


def perform(job: Job, parcel: Parcel, wanted: Version) -> Outcome:
    """Run a job in the unpacked project.

    Fails, and says so, on a worker of another version: it may have come after the others were asked.
    """
    # Not at the top: the extra is needed on a cluster only.
    from distributed import get_worker

    from .kernels import execute

    worker = get_worker()
    if wanted != LOADED:
        return Outcome(job.name, 0.0, problem=f"{job.name}.ipynb: {refusal(worker.address, [LOADED], wanted)}")
    top = _top(worker.local_directory, parcel.run)
    with _lock:
        stopped = _stopped.setdefault(parcel.run, threading.Event())
        if not stopped.is_set() and not top.exists():
            unpack(parcel, top)
    places = parcel.places(top)
    return back(execute(sent(job, places), top / PROJECT, top, stopped=stopped), places)


def _top(folder: str, run: str) -> Path:
    return Path(os.path.realpath(folder), f"il6review-{run}")


def end(run: str, dask_worker: object = None) -> None:
    """End a run on this worker: its kernels and its files."""
    with _lock:
        _stopped.setdefault(run, threading.Event()).set()
    shutil.rmtree(_top(dask_worker.local_directory, run), ignore_errors=True)


def refusal(name: str, found: list[Version], wanted: Version) -> str:
    """Say how a worker differs from what is wanted; empty if it does not."""
    unlike = {
        part: [one.get(part, "none") for one in found if one.get(part) != value] for part, value in wanted.items()
    }
    differing = {part: values[0] for part, values in unlike.items() if values}
    if not differing:
        return ""
    said = "; ".join(
        f"{part} {value or 'none'}, here {wanted[part] or 'none'}" if len(value) < 40 else f"other {part}"
        for part, value in differing.items()
    )
    return (
        f"{name} has another installation ({said}). "
        "Mend: install there what is installed here (the same commit, make install), and start it again."
    )
