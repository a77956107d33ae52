"""Run jobs on an existing Dask cluster, which shares no file system with this machine."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

from .errors import FailedRun, RunError
from .jobs import Job, Outcome
from .parcel import pack

#: Seconds to wait for the scheduler, and for a first worker.
ANSWER = 10
#: Seconds to wait for what the scheduler or all workers are asked; a worker imports our package first.
REPLY = 60
#: Seconds without any worker after which a run is given up: a cluster may be replacing them.
ALONE = 60


class Silence(Exception):
    """The cluster does not answer."""


class Cluster:
    """An existing Dask cluster. Inputs travel to it, results come back; when left, nothing of the run is left there."""

    #: Seconds after which `look` is asked whether work still goes on.
    patience = 1.0

    def __init__(self, address: str, root: Path, jobs: Collection[Job]) -> None:
        """Use the cluster of the scheduler at `address` for jobs of the project `root`.

        Raises RunError when the package `distributed` is missing or the tables are in a folder that does not travel.
        """
        try:
            import distributed
        except ImportError:
            raise RunError(
                [
                    "--scheduler needs the package distributed, which is not installed. "
                    "Mend: make install, or pip install 'il6review[distributed]'."
                ]
            ) from None
        if os.environ.get("IL6REVIEW_DATA"):
            raise RunError(
                [
                    "IL6REVIEW_DATA names a folder of this machine, and only the project travels to a worker. "
                    "Mend: unset it, and put the tables in the project's folder data/."
                ]
            )
        self._distributed, self._address = distributed, address
        self._root, self._jobs = root, jobs
        self._seen = monotonic()

    def __enter__(self) -> Cluster:
        """Connect, and send the inputs. Raises RunError when nobody answers or an installation is not ours."""
        # What it would log is told here in words, once.
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._client = self._connected()
        try:
            self._refuse_others()
            parcel = pack(uuid4().hex, self._root, self._jobs)
            self._run = parcel.run
            self._pool = self._client.get_executor()
            self._parcel = self._client.submit(self._worker.hand_over, parcel, pure=False)
        except BaseException as error:
            self._leave()
            if isinstance(error, Silence):
                raise RunError([self._silent("No work was sent.")]) from None
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """End what is left of the run, and leave the cluster.

        Raises FailedRun when the scheduler has gone or does not answer.
        """
        with suppress(OSError, RuntimeError, ValueError, Silence):
            if self._client.status == "running" and not isinstance(error, Silence):
                if kind:
                    self._pool.shutdown(wait=False)
                self._ask(self._client.run, self._worker.end, self._run, on_error="ignore")
        self._leave()
        if isinstance(error, Silence):
            raise FailedRun([self._silent("What had finished is kept for the next run.")]) from None
        if isinstance(error, CancelledError):
            raise FailedRun(
                [
                    f"The scheduler at {self._address} has gone. What had finished is kept for the next run. "
                    "Mend: start it again, or leave out --scheduler."
                ]
            ) from None

    def _leave(self) -> None:
        with suppress(OSError, RuntimeError):
            self._client.close(timeout=ANSWER)

    def _silent(self, kept: str) -> str:
        return (
            f"The scheduler at {self._address}, or a worker of it, gives no answer within {REPLY:g} s. {kept} "
            "Mend: end the process that hangs and start it again."
        )

    def _connected(self) -> object:
        try:
            client = self._distributed.Client(self._address, timeout=ANSWER, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise RunError(
                [
                    f"{self._address}: no Dask scheduler answers there ({type(error).__name__}). "
                    "Mend: start one with `dask scheduler`, and give the address that it prints."
                ]
            ) from None
        return client

    def _refuse_others(self) -> None:
        """Raise RunError when there is no worker, or the scheduler or a worker has another installation."""
        from . import worker

        self._worker = worker
        end = monotonic() + ANSWER
        while not self._has_worker():
            if monotonic() > end:
                self._refuse_alone(RunError)
            sleep(0.1)
        workers = self._ask(self._client.run, worker.versions, on_error="return")
        found = {f"worker {name}": one for name, one in workers.items()}
        try:
            found[f"scheduler {self._address}"] = self._ask(self._client.run_on_scheduler, worker.versions)
        except ImportError as error:
            found[f"scheduler {self._address}"] = error
        # An installation without our package, or with an older one, cannot even be asked.
        asked = {name: [{}] if isinstance(one, Exception) else one for name, one in found.items()}
        refused = [worker.refusal(name, one, worker.LOADED) for name, one in asked.items()]
        problems = [problem for problem in refused if problem]
        if problems:
            raise RunError([*problems, "No work was sent."])

    def _ask(self, ask: Callable[..., object], *arguments: object, **options: object) -> object:
        """Give what the cluster answers. Raises Silence when it does not: a client would wait for ever."""
        try:
            # The methods of a client pass the limit on to Client.sync.
            return ask(*arguments, callback_timeout=REPLY, **options)
        except TimeoutError:
            raise Silence from None

    def _has_worker(self) -> bool:
        """Ask the scheduler itself: Client.scheduler_info gives what was last heard when the scheduler has gone."""
        return bool(self._ask(self._client.sync, self._client.scheduler.identity, n_workers=1)["workers"])

    def _refuse_alone(self, kind: type[RunError]) -> None:
        raise kind(
            [
                f"The scheduler at {self._address} has no worker. "
                f"Mend: start one with `dask worker {self._address}`, then run again."
            ]
        )

    def submit(self, job: Job) -> Future[Outcome]:
        """Run a job as soon as a worker is free."""
        return self._pool.submit(self._worker.perform, job, self._parcel, self._worker.LOADED)

    def outcome(self, job: Job, future: Future[Outcome]) -> Outcome:
        """Give the outcome of a job that has ended, in whatever way."""
        self._seen = monotonic()
        try:
            return future.result()
        except CancelledError:
            raise
        except self._distributed.scheduler.KilledWorker as error:
            why = f"each worker that ran it was lost, the last of them {error.last_worker.address}"
        except Exception as error:
            if self._client.status != "running":
                raise CancelledError from None
            why = f"the worker could not run it ({type(error).__name__}: {error})"
        return Outcome(job.name, 0.0, problem=f"{job.name}.ipynb: {why}. Mend: see to the worker's memory and disk.")

    def look(self) -> None:
        """See that work still goes on.

        Raises FailedRun when there has been no worker for a while, CancelledError when the scheduler has gone, and
        Silence when it does not answer.
        """
        try:
            working = self._has_worker()
        except (OSError, RuntimeError):
            raise CancelledError from None
        if working:
            self._seen = monotonic()
        elif monotonic() > self._seen + ALONE:
            self._refuse_alone(FailedRun)
