"""A run is killed at many random moments: the published folder is always whole, and the next run gives its bytes.

Each kill must be cheap: runs and their warm processes are forked from one process that has imported
what they need.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from il6review.runs.store import LEFT, Store

KILLS = 50
#: Reads a request: arguments, and seconds or file operations, counted from the first of a name on, until the kill.
#: Answers with the exit code, the number of operations, and the seconds that the run took. Without a handler SIGALRM
#: ends a process as SIGKILL does.
SERVED = """
import json, os, signal, socket, sys, time
from il6review import cli
from il6review.runs import kernel, kernels, provisioner
import ipykernel.kernelapp, matplotlib, numpy


class Warm(provisioner.WarmProcess):
    alive = True

    def __init__(self):
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if not self.pid:
            self._channel.close()
            kernel.warm(theirs)
            os._exit(0)
        theirs.close()

    def stop(self):
        self._channel.close()
        os.waitpid(self.pid, 0)


def run(arguments, built, seconds, operations, first, told):
    counted, pid = 0, os.getpid()

    def count(event, details):
        nonlocal counted
        if os.getpid() == pid and details and isinstance(details[0], (str, os.PathLike)):
            path = os.fspath(details[0])
            if event.startswith(("open", "os.", "shutil.")) and path.startswith(built):
                counted += bool(counted) or path.endswith(first)
                if counted == operations:
                    os.kill(pid, signal.SIGKILL)

    sys.addaudithook(count)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    cli.main(arguments, standalone_mode=False)
    signal.setitimer(signal.ITIMER_REAL, 0)
    os.write(told, str(counted).encode())


kernel.preload, provisioner.WarmProcess = dict, Warm
kernels.get_kernel_dict()
for line in sys.stdin:
    request, (ours, theirs), start = json.loads(line), os.pipe(), time.monotonic()
    pid = os.fork()
    if not pid:
        try:
            os.dup2(2, 1)
            run(**request, told=theirs)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(theirs)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    seconds = time.monotonic() - start
    print(json.dumps([code, int(os.read(ours, 20) or 0), seconds]), flush=True)
    os.close(ours)
"""


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kernels_in(folder):
    """Give the processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found += [process.name] * (os.readlink(process / "cwd") == str(folder))
        except OSError:
            continue
    return found


@pytest.fixture
def root(tmp_path, write_notebook):
    """A project with two tiny notebooks that print a file, and no claim."""
    root = tmp_path / "project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "datapackage.json").write_text("{}")
    (root / "ledger.json").write_text('{"claims": {}, "numbers": {}}')
    for name in ("one", "two"):
        code = f'print("{name}", open("data/k").read())'
        write_notebook(root / "notebooks" / f"{name}.ipynb", code, parameters="unused: int = 0")
    return root


@pytest.fixture
def run(root, tmp_path):
    """Run with `k` in the file; gives the exit code, the number of file operations, and the seconds."""
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-c", SERVED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):

        def run(k, seconds=0, operations=-1, first=""):
            (root / "data" / "k").write_text(str(k))
            built = str(root / "_build")
            arguments = ["run", "--root", str(root), "--out", f"{built}/run"]
            request = {
                "arguments": arguments,
                "built": built,
                "seconds": seconds,
                "operations": operations,
                "first": first,
            }
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield run
        process.stdin.close()


def test_kill_at_any_moment_leaves_a_whole_run_and_the_next_gives_its_bytes(root, run, tmp_path):
    out, store = root / "_build" / "run", root / "_build" / "store"
    chance, expected = random.Random(6), {}
    for k in (3, 4):
        shutil.rmtree(store, ignore_errors=True)
        code, operations, longest = run(k)
        assert code == 0, (tmp_path / "log").read_text()
        expected[k] = content(out)
    former = 4
    for number in range(KILLS):
        # To the other value, so that a folder made of two runs would be seen.
        k = 7 - former
        shutil.rmtree(store)
        # At a random moment, at a random file operation, and at one of those about the swap, the second or third.
        moment = (
            {"seconds": chance.uniform(0.01, longest)},
            {"operations": chance.randint(1, operations)},
            {"operations": 1 + number // 3 % 5, "first": "/new/runs.json"},
        )[number % 3]
        code, *_ = run(k, **moment)
        assert code in (-signal.SIGKILL, -signal.SIGALRM, 0), (tmp_path / "log").read_text()
        published = content(out)
        assert published in (expected[former], expected[k])
        end = time.monotonic() + 10
        while kernels_in(root) and time.monotonic() < end:
            time.sleep(0.01)
        assert kernels_in(root) == []
        code, *_ = run(k)
        assert code == 0, (tmp_path / "log").read_text()
        assert content(out) == expected[k]
        assert {path.name for path in (root / "_build").iterdir()} == {"run", "store"}
        former = k
    for path in store.rglob(".new-*"):
        os.utime(path, (0, time.time() - LEFT - 1))
    Store(store).prune()
    assert not list(store.rglob(".new-*"))
