"""Run jobs on this machine, one for each core at the same time."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

from .jobs import Job, Outcome, Tick

#: How many notebooks run at the same time: one for each core.
AT_ONCE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Threads:
    """Threads of this process, each with a kernel. When left by an error, no kernel is left."""

    #: Seconds after which `look` is asked whether work still goes on; a thread always ends.
    patience = None

    def __init__(self, root: Path, scratch: Path, tick: Tick) -> None:
        """Run in the folder `root`; files of the kernels lie in `scratch`."""
        self._stopped = threading.Event()
        self._settings = {"root": root, "scratch": scratch, "tick": tick, "stopped": self._stopped}

    def __enter__(self) -> Threads:
        """Start the threads and the warm process."""
        # papermill takes long to import; a run that reuses all notebooks must not wait for it. The warm process
        # imports what kernels need in the meantime.
        from . import provisioner

        if not provisioner.why_cold():
            provisioner.warm_process()
        from .kernels import execute

        self._execute = partial(execute, **self._settings)
        self._pool = ThreadPoolExecutor(AT_ONCE)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Wait for what runs; after an error end it."""
        from . import provisioner

        try:
            if kind:
                self._stopped.set()
            self._pool.shutdown(cancel_futures=kind is not None)
        finally:
            provisioner.stop()

    def submit(self, job: Job) -> Future[Outcome]:
        """Run a job as soon as a thread is free."""
        return self._pool.submit(self._execute, job)

    def outcome(self, _job: Job, future: Future[Outcome]) -> Outcome:
        """Give the outcome of a job that has ended."""
        return future.result()

    def look(self) -> None:
        """See that work still goes on."""
