"""The same jobs on a real scheduler with real worker processes, which share no folder of the project with us."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from il6review.runs import FailedRun, RunError, cluster, parcel, run, worker

pytest.importorskip("distributed")

pytestmark = pytest.mark.usefixtures("one_warm_process")

#: Ends a hang; no test waits so long.
LONG = 60
TINY = 'k: int = 3\ntable: str = "none"  # own table'
READS = (
    'from pathlib import Path\n\nprint(Path("data/a.csv").read_text(), Path.cwd())',
    'print(Path(table).read_text() if table != "none" else "", Path(table).name)',
)


WAITS = """
import os, time
from pathlib import Path

Path("{begun}.new").write_text(str(os.getpid()))
os.replace("{begun}.new", "{begun}")
while not Path("{go}").exists():
    time.sleep(0.02)
"""


def silent(outcomes, _total):
    return outcomes


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def wait_until(true):
    end = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


class Dask:
    """A scheduler and workers, each a process of its own on loopback."""

    def __init__(self, folder):
        self.folder, self.processes, self.logs = folder, [], 0
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.address = self.said(self.scheduler, r"Scheduler at:\s+(tcp://\S+)")

    def start(self, *arguments, **environment):
        self.logs += 1
        log = self.folder / f"{self.logs}.log"
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0].removeprefix("dask_"), *arguments[1:]]
        with log.open("w") as file:
            process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **environment}, stdout=file, stderr=file
            )
        process.log = log
        self.processes.append(process)
        return process

    def workers(self, number, **environment):
        """Start workers without a nanny, so that a kill is the end of it."""
        place = ("--local-directory", str(self.folder), "--no-dashboard", "--no-nanny", "--nthreads", "1")
        processes = [self.start("worker", self.address, *place, **environment) for _ in range(number)]
        for process in processes:
            process.address = self.said(process, r"Start worker at:\s+(tcp://\S+)")
            self.said(process, r"(Registered to:)")
        return processes

    def said(self, process, pattern):
        wait_until(lambda: process.poll() is not None or re.search(pattern, process.log.read_text()))
        found = re.search(pattern, process.log.read_text())
        assert found, process.log.read_text()
        return found[1]

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """Give what starts a scheduler; all end with the module."""
    schedulers = []

    def start():
        schedulers.append(Dask(tmp_path_factory.mktemp("dask")))
        return schedulers[-1]

    yield start
    for dask in schedulers:
        dask.stop()


@pytest.fixture(scope="module")
def shared(started):
    """The scheduler and the workers that tests share, by the names `scheduler` and `workers`."""
    return SimpleNamespace(dask=None, workers=[])


@pytest.fixture
def dask(shared, started):
    """A scheduler with two workers: those of the test before, as far as it left them."""
    if shared.dask is None or shared.dask.scheduler.poll() is not None:
        shared.dask, shared.workers = started(), []
    shared.workers = [worker for worker in shared.workers if worker.poll() is None]
    shared.workers += shared.dask.workers(2 - len(shared.workers))
    return shared.dask


@pytest.fixture
def alone(started):
    """A scheduler for one test, without a worker."""
    return started()


@pytest.fixture
def root(tmp_path, write_notebook):
    root = tmp_path / "project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "datapackage.json").write_text("{}")
    (root / "data" / "a.csv").write_text("a,b\n1,2\n")
    (root / "requirements.lock").write_text("")
    for name in ("one", "two"):
        write_notebook(root / "notebooks" / f"{name}.ipynb", *READS, parameters=TINY)
    return root


@pytest.fixture
def waiting(root, tmp_path, write_notebook):
    """Let the notebook `one` wait for the file `go`; `kernel` waits for its start and gives its process."""
    begun, go = tmp_path / "begun", tmp_path / "go"
    code = WAITS.format(begun=str(begun), go=str(go))
    write_notebook(root / "notebooks" / "one.ipynb", code, "print(k)", parameters=TINY)

    def kernel():
        wait_until(begun.exists)
        return int(begun.read_text())

    return SimpleNamespace(kernel=kernel, go=go)


def parent(pid):
    return int(re.search(r"PPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


@contextlib.contextmanager
def stopped(process):
    """Let a process hang."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def test_cluster_gives_the_bytes_of_this_machine_and_its_results_are_reused_here(dask, root, tmp_path):
    own = tmp_path / "own table.csv"
    own.write_text("mine\n")
    given = {"table": str(own), "k": "5"}
    there = run([], given, root / "there", root=root, report=silent, scheduler=dask.address)
    assert not any(outcome.reused for outcome in there.outcomes.values())
    assert all(outcome.peak > 10_000 for outcome in there.outcomes.values())
    reused = run([], given, root / "reused", root=root, report=silent)
    assert all(outcome.reused for outcome in reused.outcomes.values())
    here = run([], given, root / "here", root=root, report=silent, fresh=True)
    assert content(here.folder) == content(there.folder) == content(reused.folder)
    files = json.loads((there.folder / "runs.json").read_text())["one"]["files"]
    assert {"data/a.csv", str(own), "il6review/runs/kernel.py"} <= files.keys()
    assert not list(dask.folder.glob("**/il6review-*"))


def test_problem_on_a_worker_reads_as_here(dask, root, write_notebook):
    write_notebook(root / "notebooks" / "one.ipynb", '1 / 0 if k == 3 else ""', parameters=TINY)
    problems = []
    for place in ("", dask.address):
        with pytest.raises(FailedRun) as caught:
            run([], {}, root / "out", root=root, report=silent, scheduler=place)
        problems.append(caught.value.problems[0])
    assert (
        problems[0]
        == problems[1]
        == 'one.ipynb, code cell 2, `1 / 0 if k == 3 else ""`: ZeroDivisionError: division by zero'
    )
    assert run(["two"], {}, root / "out", root=root, report=silent).outcomes["two"].reused


def test_interrupted_run_leaves_nothing_on_the_workers(dask, root, waiting):
    def interrupt(_outcomes, _total):
        waiting.kernel()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(["one"], {}, root / "out", root=root, report=interrupt, scheduler=dask.address)
    wait_until(lambda: not Path(f"/proc/{waiting.kernel()}").exists())
    assert not list(dask.folder.glob("**/il6review-*"))


def test_worker_of_another_installation_is_refused_by_name_before_work_is_sent(dask, root, monkeypatch):
    (other,) = dask.workers(1, IL6REVIEW_DATA="elsewhere")
    monkeypatch.setattr(cluster, "pack", None)
    try:
        with pytest.raises(RunError) as caught:
            run([], {}, root / "out", root=root, report=silent, scheduler=dask.address)
    finally:
        other.terminate()
        other.wait()
    assert not isinstance(caught.value, FailedRun)
    assert caught.value.problems == (
        f"worker {other.address} has another installation (IL6REVIEW_DATA elsewhere, here none). Mend: install there "
        "what is installed here (the same commit, make install), and start it again.",
        "No work was sent.",
    )


def test_scheduler_without_a_worker_and_address_without_a_scheduler_are_wrong_use(alone, root, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER", 0.5)
    with pytest.raises(RunError, match=rf"^The scheduler at {alone.address} has no worker\. Mend: start one with"):
        run([], {}, root / "out", root=root, report=silent, scheduler=alone.address)
    alone.stop()
    for address in (alone.address, "nonsense://x", ":"):
        with pytest.raises(RunError, match=rf"^{re.escape(address)}: no Dask scheduler answers there"):
            run([], {}, root / "out", root=root, report=silent, scheduler=address)


def test_missing_extra_and_tables_that_would_not_travel_are_told(root, monkeypatch):
    monkeypatch.setenv("IL6REVIEW_DATA", "elsewhere")
    with pytest.raises(RunError, match=r"^IL6REVIEW_DATA names a folder of this machine"):
        run([], {}, root / "out", root=root, report=silent, scheduler="tcp://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        RunError, match=r"not installed\. Mend: make install, or pip install 'il6review\[distributed\]'\.$"
    ):
        run([], {}, root / "out", root=root, report=silent, scheduler="tcp://127.0.0.1:1")


def test_worker_that_hangs_is_told_before_work_is_sent(dask, shared, root, monkeypatch):
    monkeypatch.setattr(cluster, "REPLY", 1)
    with stopped(shared.workers[0]), pytest.raises(RunError) as caught:
        run([], {}, root / "out", root=root, report=silent, scheduler=dask.address)
    assert not isinstance(caught.value, FailedRun)
    assert str(caught.value) == (
        f"The scheduler at {dask.address}, or a worker of it, gives no answer within 1 s. No work was sent. "
        "Mend: end the process that hangs and start it again."
    )


def test_refusal_names_each_part_that_differs():
    here = {"il6review": "0.1.0, code abc", "Python": "CPython 3.11.7", "installed packages": "x" * 64}
    assert worker.refusal("worker a", [here, dict(here)], here) == ""
    said = worker.refusal("worker a", [here, {**here, "il6review": "0.1.0, code abd"}], here)
    assert said.startswith(
        "worker a has another installation (il6review 0.1.0, code abd, here 0.1.0, code abc). Mend: "
    )
    said = worker.refusal("worker a", [{**here, "installed packages": "y" * 64}], here)
    assert "(other installed packages)" in said
    assert "il6review none, here 0.1.0, code abc; Python none" in worker.refusal("worker a", [{}], here)


def test_version_changes_with_any_file_of_the_package(monkeypatch):
    before = worker.version()
    assert before == worker.LOADED
    monkeypatch.setattr(worker, "digest", lambda path: "other" if path.endswith("pooling.py") else "same")
    assert worker.version()["il6review"] != before["il6review"]


def test_worker_that_came_later_with_another_version_does_no_work(dask, root, monkeypatch):
    monkeypatch.setattr(cluster.Cluster, "_refuse_others", _asks_nobody)
    with pytest.raises(FailedRun, match=r"one\.ipynb: tcp://\S+ has another installation \(il6review "):
        run(["one"], {}, root / "out", root=root, report=silent, scheduler=dask.address)


def _asks_nobody(self):
    loaded = {**worker.LOADED, "il6review": "0.0.1"}
    self._worker = SimpleNamespace(LOADED=loaded, **{n: getattr(worker, n) for n in ("hand_over", "perform", "end")})


def test_hidden_and_built_files_stay_at_home(root):
    (root / ".git").mkdir()
    (root / ".git" / "x").touch()
    (root / "_build").mkdir()
    (root / "_build" / "x").touch()
    (root / "data" / "_build").mkdir()
    (root / "data" / "_build" / "y").touch()
    packed = parcel.pack("run", root, [])
    top = root.parent / "there"
    parcel.unpack(packed, top)
    assert sorted(content(top)) == [
        "project/data/_build/y",
        "project/data/a.csv",
        "project/data/datapackage.json",
        "project/requirements.lock",
    ]


def test_work_of_a_lost_worker_is_done_elsewhere(dask, shared, root, waiting):
    def lose(outcomes, _total):
        worker = next(worker for worker in shared.workers if worker.pid == parent(parent(waiting.kernel())))
        worker.kill()
        assert worker.wait() == -signal.SIGKILL
        waiting.go.touch()
        return outcomes

    done = run([], {}, root / "out", root=root, report=lose, scheduler=dask.address)
    assert sorted(done.outcomes) == ["one", "two"]
    assert sum(worker.poll() is None for worker in shared.workers) == 1


def test_scheduler_that_hangs_is_told_and_what_had_finished_is_kept(dask, root, waiting, monkeypatch):
    with contextlib.ExitStack() as stack:

        def hang(outcomes, _total):
            for outcome in outcomes:
                waiting.kernel()
                stack.enter_context(stopped(dask.scheduler))
                monkeypatch.setattr(cluster, "REPLY", 1)
                monkeypatch.setattr(cluster, "ANSWER", 1)
                yield outcome

        with pytest.raises(FailedRun, match=r"gives no answer within 1 s\. What had finished is kept for the next run"):
            run([], {}, root / "out", root=root, report=hang, scheduler=dask.address)
    waiting.go.touch()
    assert not (root / "out").exists()
    assert run(["two"], {}, root / "out", root=root, report=silent).outcomes["two"].reused


def test_scheduler_that_goes_is_told_and_what_had_finished_is_kept(dask, root, waiting):
    def stop(outcomes, _total):
        for outcome in outcomes:
            dask.scheduler.kill()
            yield outcome

    with pytest.raises(FailedRun, match=rf"^The scheduler at {dask.address} has gone\. What had finished is kept"):
        run([], {}, root / "out", root=root, report=stop, scheduler=dask.address)
    assert not (root / "out").exists()
    assert run(["two"], {}, root / "out", root=root, report=silent).outcomes["two"].reused
