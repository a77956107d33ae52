"""Run one job with papermill, in a kernel of its own that cannot outlive it."""

import json
import os
import signal
import threading
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from time import monotonic

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbformat import NotebookNode
from papermill import PapermillExecutionError, execute_notebook
from traitlets import default

from . import provisioner
from .jobs import Job, Outcome, Tick
from .kernel import notes_of
from .notebook import KERNELSPEC, settle, tagged


class Client(AsyncKernelClient):
    """A client that waits until the kernel is heard on both channels; another listens to silence for 0.2 s more."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Ask until the answer comes, and the word on the outputs' channel that the asked work is done.

        Raises RuntimeError when the kernel dies or does not answer within `timeout` seconds.
        """
        end = monotonic() + (float("inf") if timeout is None else timeout)
        while not await self._answers():
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if monotonic() > end:
                raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")

    async def _answers(self) -> bool:
        """Ask once. What was said on the outputs' channel before that was heard is not repeated: ask again soon."""
        asked = self.kernel_info()
        answered = idle = False
        with suppress(Empty):
            while not answered:
                message = await self.get_shell_msg(timeout=1)
                answered = message["parent_header"].get("msg_id") == asked
            while not idle:
                message = await self.get_iopub_msg(timeout=0.02)
                own = message["parent_header"].get("msg_id") == asked
                idle = own and message["content"].get("execution_state") == "idle"
        return idle


class OwnKernel(AsyncKernelManager):
    """The kernel of the running interpreter, whatever the machine offers under the name `python3`."""

    @cached_property
    def kernel_spec(self) -> KernelSpec:
        """Give this interpreter's kernel, with a fixed hash seed: a set keeps its order from run to run."""
        reason = provisioner.why_cold()
        if reason:
            provisioner.say_cold(reason)
        spec = KernelSpec(resource_dir=RESOURCES, env=provisioner.ENVIRONMENT, **get_kernel_dict())
        spec.argv = [*provisioner.COMMAND, "-f", "{connection_file}"]
        if not reason:
            spec.metadata["kernel_provisioner"] = {"provisioner_name": provisioner.NAME}
        return spec

    @default("client_factory")
    def _client(self) -> type[Client]:
        return Client

    @default("transport_encryption")
    def _encrypted(self) -> str:
        """Encrypt what is sent to the kernel; else each kernel warns that it could be read along."""
        return "auto"


def execute(
    job: Job,
    root: Path,
    scratch: Path | None = None,
    *,
    tick: Tick = lambda *_: None,
    stopped: threading.Event | None = None,
    again: bool = True,
) -> Outcome:
    """Run one notebook in the folder `root`, in a kernel of its own, which ends when `stopped` is set.

    The working folder is given to the kernel alone: papermill's own `cwd` would change that of this whole
    process, which the threads share. Files of the kernel lie in `scratch` (default: the system's). A kernel that
    dies before its first cell is started once more, if `again` is set: another process may have taken its ports.
    """
    source = nbformat.reads(job.source, as_version=4)
    source.metadata.kernelspec = KERNELSPEC
    cells = len(source.cells) + bool(job.values)
    begun = -1
    start = monotonic()

    def note(cell: NotebookNode, cell_index: int) -> None:
        nonlocal begun
        if begun < 0:
            guard.begin()
        begun = cell_index
        tick(job.name, cell_index, cells)

    def failed(problem: str) -> Outcome:
        return Outcome(job.name, monotonic() - start, problem=f"{job.name}.ipynb{problem}")

    with TemporaryDirectory(prefix="kernel-", dir=scratch) as folder:
        connection = os.path.join(folder, "kernel.json")
        with Guard(connection, job.limit, stopped or threading.Event()) as guard:
            try:
                executed = execute_notebook(
                    source,
                    None,
                    dict(job.values),
                    progress_bar=False,
                    kernel_manager_class=guard.kernel,
                    shutdown_kernel="immediate",
                    coalesce_streams=True,
                    resources={"metadata": {"path": str(root)}},
                    on_cell_start=note,
                )
            except PapermillExecutionError as error:
                place = cell_name(source, bool(job.values), error.cell_index)
                return failed(f"{place}: {error.ename}: {error.evalue}")
            except (RuntimeError, TimeoutError) as error:
                place = cell_name(source, bool(job.values), begun)
                if guard.late:
                    return failed(
                        f"{place}: ran when the limit of {job.limit:g} s for a notebook was reached. "
                        "Mend: correct the cell, or raise the limit with --limit."
                    )
                if begun < 0 and again and not (stopped and stopped.is_set()):
                    return execute(job, root, scratch, tick=tick, stopped=stopped, again=False)
                return failed(f"{place}: the kernel stopped ({error}). Mend: free some memory and run it again.")
        try:
            notes = json.loads(Path(notes_of(connection)).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return failed(
                ": its kernel could not write down what it read. Mend: free some space on the disk, then run again."
            )
    text = nbformat.writes(settle(executed, source)) + "\n"
    return Outcome(job.name, monotonic() - start, text, peak=notes["peak"], read=notes["read"], parts=notes["parts"])


def cell_name(source: NotebookNode, injected: bool, index: int) -> str:
    """Name a cell by its number among the code cells of the source, and its first line.

    papermill counts the cell that it injected; before the first cell there is none to name.
    """
    if index < 0:
        return ""
    position = index - (injected and index > tagged(source, "parameters"))
    number = sum(cell.cell_type == "code" for cell in source.cells[: position + 1])
    lines = source.cells[position].source.strip().splitlines()
    return f", code cell {number}, `{lines[0] if lines else ''}`"


class Guard:
    """Kill a kernel when its time is over or the whole run is stopped; looked at ten times a second."""

    def __init__(self, connection: str, limit: float | None, stopped: threading.Event) -> None:
        """Guard the kernel that will use the connection file."""
        self.late = False
        self._stopped = stopped
        self._limit = limit
        self._deadline = float("inf")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._managers: list[OwnKernel] = []

        class Guarded(OwnKernel):
            def __init__(kernel, **settings: object) -> None:
                super().__init__(connection_file=connection, **settings)
                self._managers.append(kernel)

        self.kernel = Guarded

    def __enter__(self) -> "Guard":
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End watching; nothing of the kernel is left."""
        self._ended.set()
        self._thread.join()
        self._kill()

    def begin(self) -> None:
        """Let the time run; called when the first cell starts."""
        if self._limit is not None:
            self._deadline = monotonic() + self._limit

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self.late = self.late or monotonic() > self._deadline
            if self.late or self._stopped.is_set():
                self._kill()

    def _kill(self) -> None:
        """Kill the kernel and what it started."""
        for manager in self._managers:
            if manager.provisioner and manager.provisioner.has_process:
                with suppress(ProcessLookupError):
                    os.killpg(manager.provisioner.pgid, signal.SIGKILL)
