"""Forked kernels give what cold ones give, and leave nothing behind."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from il6review.runs import jobs, kernels, provisioner
from il6review.runs.keys import bare

ROOT = Path(__file__).parents[2]
#: Two of the project, which take little time; tests/test_book.py and nbval do the same for all.
NOTEBOOKS = ("exactness", "systemic_jia")

#: What differs when a fork is not set up as a cold start: figures shown by pyplot, the kernel's own module,
#: state that a process inherits, modules found, signals, and what is left of the warm process.
STATE = (
    """
import matplotlib.pyplot as plt
plt.plot([1, 2]);
""",
    """
import matplotlib, os, random, signal, sys, threading, warnings
import numpy as np
print(__name__, type(sys.modules["__main__"]).__name__, sys.argv[:2], sys.path)
print(matplotlib.get_backend(), os.environ.get("MPLBACKEND"), os.environ["PYTHONHASHSEED"], hash("il6"))
print([signal.getsignal(number) for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE)])
print(sorted(thread.name for thread in threading.enumerate()), os.getpgid(0) == os.getpid(), os.getcwd())
print(sorted(name for name in sys.modules if name.startswith("il6review")), np.random.get_state()[0])
print(sorted(os.environ), np.geterr(), np.get_printoptions()["precision"])
""",
    """
import pandas as pd
pd.DataFrame({"a": [1.5, 2.5]})
""",
)


@pytest.fixture
def cold(monkeypatch):
    """Give a function that runs a job in a cold kernel."""

    def run(job, root):
        with monkeypatch.context() as patch:
            patch.setattr(provisioner, "why_cold", lambda: "it is wanted so")
            return kernels.execute(job, root)

    return run


@pytest.fixture(scope="module", autouse=True)
def no_warm_process_stays():
    yield
    provisioner.stop()


def job(path, **options):
    return jobs.Job(path.stem, bare(path.read_text(encoding="utf-8")), **options)


def kernels_of(process):
    """Give the processes that a process started."""
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def gone(pid, seconds=10):
    """Wait until a process is gone, reaped too."""
    end = time.monotonic() + seconds
    while os.path.exists(f"/proc/{pid}"):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_forked_kernels_are_to_be_had_here():
    assert provisioner.why_cold() == ""


def test_state_that_a_notebook_sees_is_that_of_a_cold_kernel(tmp_path, write_notebook, cold):
    path = write_notebook(tmp_path / "state.ipynb", *STATE, parameters="k: int = 3")
    forked, started = kernels.execute(job(path), tmp_path), cold(job(path), tmp_path)
    assert not forked.problem and not started.problem
    first, second = (nbformat.reads(outcome.text, 4).cells for outcome in (forked, started))
    texts = [cells[3].outputs[0].text for cells in (first, second)]
    assert texts[0] == texts[1]
    assert first == second
    assert any("image/png" in output.get("data", {}) for output in first[2].outputs)
    assert forked.read == started.read


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_is_the_same_from_a_forked_and_a_cold_kernel(name, cold):
    path = ROOT / "notebooks" / f"{name}.ipynb"
    forked, started = kernels.execute(job(path), ROOT), cold(job(path), ROOT)
    assert forked.problem == started.problem == ""
    assert forked.text == started.text
    assert forked.read == started.read


def test_random_numbers_differ_from_kernel_to_kernel(tmp_path, write_notebook):
    code = "import random\nimport numpy\nprint(random.random(), numpy.random.random())"
    path = write_notebook(tmp_path / "a.ipynb", code, parameters=None)
    texts = [nbformat.reads(kernels.execute(job(path), tmp_path).text, 4).cells[1].outputs[0].text for _ in range(2)]
    first, second = (text.split() for text in texts)
    assert first[0] != second[0] and first[1] != second[1]


def test_kernel_is_reaped_with_what_it_started(tmp_path, write_notebook):
    code = 'import subprocess\nprint(subprocess.Popen(["sleep", "600"]).pid)'
    path = write_notebook(tmp_path / "a.ipynb", code, parameters=None)
    outcome = kernels.execute(job(path), tmp_path)
    assert gone(int(nbformat.reads(outcome.text, 4).cells[1].outputs[0].text))
    assert kernels_of(provisioner.warm_process()._process.pid) == []


def test_warm_process_ends_its_kernels_when_the_asking_process_is_killed(tmp_path):
    code = (
        "import os, time\nfrom il6review.runs.provisioner import warm_process\n"
        'argv = ["-f", "kernel.json"]\n'
        "kernel = warm_process().fork(argv, os.getcwd(), dict(os.environ))\n"
        "print(warm_process()._process.pid, kernel.pid, flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as asking:
        pids = [int(pid) for pid in asking.stdout.readline().split()]
        assert len(pids) == 2
        asking.send_signal(signal.SIGKILL)
    assert [gone(pid) for pid in pids] == [True, True]


def test_kernel_starts_cold_and_says_so_when_the_warm_process_is_gone(tmp_path, write_notebook, monkeypatch, caplog):
    path = write_notebook(tmp_path / "a.ipynb", "print(3)", parameters=None)
    ended = provisioner.WarmProcess()
    ended._process.kill()
    ended._process.wait()
    monkeypatch.setattr(provisioner, "warm_process", lambda: ended)
    provisioner.say_cold.cache_clear()
    outcome = kernels.execute(job(path), tmp_path)
    assert nbformat.reads(outcome.text, 4).cells[1].outputs[0].text == "3\n"
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("Each kernel starts cold: the warm process does not answer")


def test_without_fork_the_reason_is_said_once(monkeypatch, caplog):
    monkeypatch.setattr(provisioner.sys, "platform", "darwin")
    provisioner.say_cold.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            spec = kernels.OwnKernel(kernel_name="python3").kernel_spec
            assert "kernel_provisioner" not in spec.metadata
    assert caplog.messages == ["Each kernel starts cold: darwin does not fork safely."]


def test_installation_without_the_entry_point_is_told_with_the_mend(monkeypatch):
    monkeypatch.setattr(provisioner, "NAME", "another")
    assert provisioner.why_cold() == "this installation does not know forked kernels; mend: make install"
