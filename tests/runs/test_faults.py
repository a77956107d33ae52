"""What goes wrong on a machine: each fault is really made, and the last good run stays whole."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from il6review.runs import FailedRun, RunError, execute, kernels, provisioner, run, store
from il6review.runs.store import Store

TINY = "k: int = 3"
MARK = 'from pathlib import Path\nPath("started").touch()\nimport time\ntime.sleep(600)'


def silent(outcomes, _total):
    return outcomes


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


pytestmark = pytest.mark.usefixtures("one_warm_process")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, write_notebook, one_warm_process):
    """A project as the command line takes it, with two tiny notebooks, no claim, and a run."""
    root = tmp_path_factory.mktemp("prepared")
    (root / "data").mkdir()
    (root / "data" / "datapackage.json").write_text("{}")
    (root / "ledger.json").write_text('{"claims": {}, "numbers": {}}')
    for name in ("one", "two"):
        write_notebook(root / "notebooks" / f"{name}.ipynb", f'print("{name}", k)', parameters=TINY)
    run([], {}, root / "_build" / "run", root=root, report=silent)
    return root


@pytest.fixture
def root(prepared, tmp_path):
    """A copy of the project."""
    return Path(shutil.copytree(prepared, tmp_path / "project"))


@pytest.fixture
def good(root):
    """The run before the fault."""
    return content(root / "_build" / "run")


def command(root, *options):
    """Start a run in a process of its own."""
    code = "from il6review.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", "--root", str(root), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.02)


def processes_with(text):
    """Give the processes whose command line or working folder names `text`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            named = text in (folder / "cmdline").read_text() or text == os.readlink(folder / "cwd")
        except OSError:
            continue
        found += [int(folder.name)] if named and int(folder.name) != os.getpid() else []
    return found


def none_left(root, seconds=10):
    end = time.monotonic() + seconds
    while processes_with(str(root)) and time.monotonic() < end:
        time.sleep(0.05)
    return processes_with(str(root)) == []


def assert_clean(root, good):
    """The former run is there as it was, and nothing half made beside it."""
    assert content(root / "_build" / "run") == good
    assert {path.name for path in (root / "_build").iterdir()} == {"run", "store"}
    assert not list((root / "_build").rglob(".new-*"))


def test_kernel_that_dies_is_told_with_its_cell(root, good, write_notebook):
    path = root / "notebooks" / "one.ipynb"
    write_notebook(path, "import os", "os._exit(3)\nprint()", parameters=TINY)
    with pytest.raises(FailedRun) as caught:
        run([], {}, root / "_build" / "run", root=root, report=silent)
    assert caught.value.problems[0].startswith("one.ipynb, code cell 3, `os._exit(3)`: the kernel stopped")
    assert_clean(root, good)


@pytest.mark.parametrize("why_cold", ["", "it is wanted so"], ids=["forked", "cold"])
def test_cell_that_hangs_is_ended_at_the_limit_and_told(root, good, write_notebook, monkeypatch, why_cold):
    monkeypatch.setattr(provisioner, "why_cold", lambda: why_cold)
    write_notebook(root / "notebooks" / "one.ipynb", "while True:\n    pass", parameters=TINY)
    with pytest.raises(FailedRun) as caught:
        run(["one"], {}, root / "_build" / "run", root=root, report=silent, limit=1)
    assert caught.value.problems[0] == (
        "one.ipynb, code cell 2, `while True:`: ran when the limit of 1 s for a notebook was reached. "
        "Mend: correct the cell, or raise the limit with --limit."
    )
    assert_clean(root, good)


def test_kernel_that_dies_before_its_first_cell_is_started_once_more(root, monkeypatch):
    tries, right = [], kernels.execute_notebook

    def dies(*arguments, **options):
        tries.append(arguments)
        if len(tries) in deaths:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return right(*arguments, **options)

    monkeypatch.setattr(kernels, "execute_notebook", dies)
    deaths = {1}
    assert run(["one"], {}, root / "out", root=root, report=silent, fresh=True).outcomes["one"].text
    deaths = {3, 4}
    with pytest.raises(FailedRun, match=r"^one\.ipynb: the kernel stopped \(Kernel died before"):
        run(["one"], {}, root / "out", root=root, report=silent, fresh=True)
    assert len(tries) == 4


def test_kernel_that_cannot_note_what_it_read_is_told(root, good, write_notebook):
    code = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
    )
    write_notebook(root / "notebooks" / "one.ipynb", code, parameters=TINY)
    with pytest.raises(FailedRun) as caught:
        run(["one"], {}, root / "_build" / "run", root=root, report=silent)
    assert caught.value.problems[0] == (
        "one.ipynb: its kernel could not write down what it read. Mend: free some space on the disk, then run again."
    )
    assert_clean(root, good)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_leaves_no_process_and_no_half_file(root, good, write_notebook, number):
    write_notebook(root / "notebooks" / "one.ipynb", MARK, parameters=TINY)
    process = command(root)
    wait_for(root / "started", process)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number, output
    assert output.endswith("Stopped. The former run stays as it was; what has run is kept for the next.\n")
    assert "Traceback" not in output
    assert none_left(root)
    assert_clean(root, good)


def test_second_run_in_the_same_folder_is_refused_and_says_who_holds_it(root, write_notebook):
    write_notebook(root / "notebooks" / "one.ipynb", MARK, parameters=TINY)
    process = command(root)
    try:
        wait_for(root / "started", process)
        out = root / "_build" / "run"
        with pytest.raises(RunError, match=rf"another run writes there \(process {process.pid} since 20\d\d-.*--out"):
            run(["two"], {}, out, root=root, report=silent)
        run(["two"], {}, root / "_build" / "other", root=root, report=silent)
    finally:
        process.kill()
        process.communicate()
    assert none_left(root)
    run(["two"], {}, out, root=root, report=silent)
    assert {path.name for path in (root / "_build").iterdir()} == {"run", "other", "store"}


@pytest.mark.parametrize("writes", range(12))
def test_full_disk_at_any_write_keeps_the_former_run(root, good, monkeypatch, writes):
    left = [writes]

    def fail_when_full():
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")

    def counted(function):
        def write(*arguments, **options):
            fail_when_full()
            return function(*arguments, **options)

        return write

    with monkeypatch.context() as patch:
        patch.setattr(execute.Path, "write_text", counted(Path.write_text))
        patch.setattr(store, "NamedTemporaryFile", counted(store.NamedTemporaryFile))
        patch.setattr(os, "replace", counted(os.replace))
        try:
            run([], {"k": 4}, root / "_build" / "run", root=root, report=silent)
        except RunError as error:
            assert "the disk is full; the former run stays as it was" in str(error)
            assert_clean(root, good)
        else:
            assert writes > 8
    run([], {"k": 4}, root / "_build" / "run", root=root, report=silent)
    assert b"one 4" in content(root / "_build" / "run")["notebooks/one.ipynb"]


@pytest.mark.parametrize("size", [0, 1000, 4000])
def test_file_that_the_system_refuses_to_grow_keeps_the_former_run(root, good, size):
    """With no room for the lock, for a result, and for the record of the run."""
    code = (
        "import resource, signal, sys\n"
        "from il6review import cli\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)\n"
        "cli.main(sys.argv[2:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(size), "run", "--root", str(root), "-p", "k", "4"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done
    assert done.stderr.endswith(
        f"{root}/_build/run: a file grew beyond the size allowed here; the former run stays as it was. "
        "Mend: raise the limit (ulimit -f), then run again.\n"
    ), done.stderr
    assert "Traceback" not in done.stderr
    assert_clean(root, good)


@pytest.mark.parametrize("place", ["results/*", "one/*/*.json"])
@pytest.mark.parametrize("damage", [b"", b"{}", b'"', None])
def test_damaged_entry_of_the_store_is_found_said_and_redone(root, good, caplog, place, damage):
    for path in (root / "_build" / "store").glob(place):
        whole = path.read_bytes()
        path.write_bytes(whole.replace(b"print", b"Print").replace(b"k", b"K", 1) if damage is None else damage)
    done = run([], {}, root / "_build" / "run", root=root, report=silent)
    assert not done.outcomes["one"].reused
    assert done.outcomes["two"].reused is (place != "results/*")
    assert "one: what the store kept of it is damaged; it is removed and the notebook runs." in caplog.messages
    assert_clean(root, good)
    assert run([], {}, root / "_build" / "run", root=root, report=silent).outcomes["one"].reused


def test_store_is_cut_down_to_its_size_and_keeps_what_was_used_last(root):
    for k in (3, 4, 5):
        run(["one"], {"k": k}, root / "_build" / "run", root=root, report=silent)
    kept = Store(root / "_build" / "store")
    size = max(path.stat().st_size for path in kept.results.iterdir())
    run(["one"], {"k": 3}, root / "_build" / "run", root=root, report=silent)
    kept.prune(2 * size)
    reused = {}
    for k in (3, 5, 4):
        done = run(["one"], {"k": k}, root / "_build" / "run", root=root, report=silent)
        reused[k] = done.outcomes["one"].reused
    assert reused == {3: True, 5: True, 4: False}


def test_store_clears_what_a_killed_run_left_and_leaves_what_another_run_writes(root):
    kept = Store(root / "_build" / "store")
    left, written = kept.results / ".new-left", kept.results / ".new-written"
    for path in (left, written):
        path.touch()
    os.utime(left, (0, time.time() - store.LEFT - 1))
    kept.prune(0)
    assert list(kept.results.iterdir()) == [written]


def test_store_that_is_cut_down_takes_a_damaged_entry_and_one_that_another_run_removes(root, monkeypatch):
    kept = Store(root / "_build" / "store")
    damaged = next(kept.folder.glob("one/*/*.json"))
    damaged.write_text("{")
    listed = Path.glob

    def glob(folder, pattern):
        return [*listed(folder, pattern), folder / "gone"]

    monkeypatch.setattr(Path, "glob", glob)
    kept.prune(1)
    assert not damaged.exists()
