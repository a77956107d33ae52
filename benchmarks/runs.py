"""Time ways to run the notebooks and to build the book, side by side in one run, and write `runs.csv`. See README.md.

In each round every way does the same job once, in turn, so that a busy machine slows all of them. Each line of the
table is one way in one round: seconds from start to end of the command, the most memory that its processes held
together (sampled once a second; shared pages counted once), and the load of the machine at the start.
"""

import argparse
import csv
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import psutil

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TABLE = HERE / "runs.csv"
COLUMNS = ("job", "way", "round", "runs", "seconds", "peak_mb", "load", "cores", "python")
BIN = Path(sys.executable).parent
TRIVIAL = 40
NOT_COPIED = shutil.ignore_patterns(".*", "_build", "__pycache__")
PAPERMILL = """
import sys
from pathlib import Path
from papermill import execute_notebook
for file in sys.argv[2:]:
    execute_notebook(file, Path(sys.argv[1], Path(file).name), progress_bar=False, kernel_name="python3")
"""
CONFIG = "title: Notebooks\nexecute:\n  execute_notebooks: {}\n  timeout: -1\n"


class Memory(threading.Thread):
    """Samples the memory of a process and all that it started, and of others named; keeps the most, in MB."""

    def __init__(self, pids: list[int]) -> None:
        """Sample these processes."""
        super().__init__(daemon=True)
        self.pids, self.peak, self.ended = pids, 0.0, threading.Event()

    def run(self) -> None:
        """Sample until told to end."""
        while not self.ended.wait(1):
            self.peak = max(self.peak, sum(map(self.held, self.pids)))

    @staticmethod
    def held(pid: int) -> float:
        """Give what a process and its children hold, each shared page counted once."""
        total = 0
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            for one in [process, *process.children(recursive=True)]:
                with suppress(psutil.Error):
                    total += one.memory_full_info().pss
        return total / 1e6


def command(*words: object, cwd: Path, others: tuple[int, ...] = ()) -> tuple[float, float, str]:
    """Run a command; gives seconds, MB, and what it printed. Ends the whole measurement when it fails."""
    start = time.perf_counter()
    with subprocess.Popen(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        memory = Memory([process.pid, *others])
        memory.start()
        output, _ = process.communicate()
    seconds = time.perf_counter() - start
    memory.ended.set()
    memory.join()
    # A changed value moves findings: that is an answer, and exit code 1.
    if process.returncode and "Changes against the committed ledger: " not in output:
        sys.exit(f"{words}\n{output[-3000:]}")
    return seconds, memory.peak, output


class Project:
    """A copy of the project, with a book of the bare notebooks beside it for Jupyter Book."""

    def __init__(self, folder: Path) -> None:
        """Copy the project into the folder."""
        self.root = folder / "project"
        shutil.copytree(ROOT, self.root, ignore=NOT_COPIED)
        self.notebooks = sorted((self.root / "notebooks").glob("*.ipynb"))
        self.done = folder / "done"
        self.done.mkdir()
        self.value = 0
        for execute in ("force", "cache"):
            pages = self.root / f"pages_{execute}"
            pages.mkdir()
            for path in self.notebooks:
                notebook = nbformat.read(path, 4)
                for cell in notebook.cells:
                    if cell.cell_type == "code":
                        cell.outputs, cell.execution_count = [], None
                nbformat.write(notebook, pages / path.name)
            (pages / "_config.yml").write_text(CONFIG.format(execute))
            first, *rest = [path.stem for path in self.notebooks]
            chapters = "".join(f"  - file: {name}\n" for name in rest)
            (pages / "_toc.yml").write_text(f"format: jb-book\nroot: {first}\nchapters:\n{chapters}")

    def papermill_command(self) -> tuple[float, float, int]:
        """Start the command for each notebook."""
        found = [
            command(BIN / "papermill", "--no-progress-bar", path, self.done / path.name, cwd=self.root)
            for path in self.notebooks
        ]
        return sum(one[0] for one in found), max(one[1] for one in found), len(found)

    def papermill_api(self) -> tuple[float, float, int]:
        """Run all notebooks in one process, one after another."""
        found = command(sys.executable, "-c", PAPERMILL, self.done, *self.notebooks, cwd=self.root)
        return *found[:2], len(self.notebooks)

    def floor(self) -> tuple[float, float, int]:
        """Run all code in one plain process."""
        found = command(sys.executable, HERE / "floor.py", *self.notebooks, cwd=self.root)
        return *found[:2], len(self.notebooks)

    def jupyter_book(self, execute: str) -> tuple[float, float, int]:
        """Let Jupyter Book run the notebooks, or take them from its cache, which is filled before."""
        pages = self.root / f"pages_{execute}"
        build = (BIN / "jupyter-book", "build", pages)
        if execute == "cache" and not (pages / "_build").exists():
            command(*build, cwd=pages)
        for name in ("html", ".doctrees"):
            shutil.rmtree(pages / "_build" / name, ignore_errors=True)
        return *command(*build, cwd=pages)[:2], len(self.notebooks)

    def ours(self, *options: str) -> tuple[float, float, int]:
        """Run what changed."""
        *found, output = command(BIN / "il6review", "run", "--root", self.root, *options, cwd=self.root)
        return *found, len(re.findall(r"^\S+ +run ", output, re.MULTILINE))

    def ours_cold(self) -> tuple[float, float, int]:
        """Run everything, with an empty store."""
        shutil.rmtree(self.root / "_build", ignore_errors=True)
        return self.ours("--fresh")

    def ours_one_value(self) -> tuple[float, float, int]:
        """Change one printed mean of IL-6, and run."""
        path = self.root / "data" / "groups.csv"
        text = path.read_text(encoding="utf-8")
        last = re.search(r",IL-6,.*,mean_[a-z]+,[0-9.]*([0-9]),", text)
        self.value = 1 + self.value % 9
        digit = (int(last[1]) + self.value) % 10
        path.write_text(f"{text[: last.start(1)]}{digit}{text[last.end(1) :]}", encoding="utf-8")
        found = self.ours()
        path.write_text(text, encoding="utf-8")
        return found

    def book(self) -> tuple[float, float, int]:
        """Build the book from the last run."""
        if not (self.root / "_build" / "run").exists():
            self.ours()
        return *command(BIN / "il6review", "book", "--root", self.root, cwd=self.root)[:2], len(self.notebooks)


def notebook(path: Path, *declared: str) -> None:
    """Write a notebook that does next to nothing."""
    cells = [nbformat.v4.new_code_cell("\n".join(declared), id="parameters", metadata={"tags": ["parameters"]})]
    cells.append(nbformat.v4.new_code_cell("print(a, b)", id="code"))
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


class Trivial:
    """A project of notebooks that do next to nothing: what is timed is what a way adds to each."""

    def __init__(self, folder: Path, runs: int) -> None:
        """Write them, and a grid of so many runs."""
        self.root, self.runs = folder / "trivial", runs
        for number in range(TRIVIAL):
            notebook(self.root / "notebooks" / f"n{number:02}.ipynb", "a: int = 0  # a", "b: int = 0  # b")
        (self.root / "data").mkdir()
        (self.root / "data" / "datapackage.json").write_text("{}")
        (self.root / "ledger.json").write_text('{"claims": {}, "numbers": {}}')
        (folder / "done40").mkdir()
        self.done = folder / "done40"
        rows = runs // 25
        (self.root / "grid.yml").write_text(f"a: {list(range(rows))}\nb: {list(range(25))}\n")

    def ours(self) -> tuple[float, float, int]:
        """Run everything, with an empty store."""
        shutil.rmtree(self.root / "_build", ignore_errors=True)
        return *command(BIN / "il6review", "run", "--root", self.root, cwd=self.root)[:2], TRIVIAL

    def papermill_api(self) -> tuple[float, float, int]:
        """Run all notebooks in one process, one after another."""
        files = sorted((self.root / "notebooks").glob("*.ipynb"))
        return *command(sys.executable, "-c", PAPERMILL, self.done, *files, cwd=self.root)[:2], TRIVIAL

    def sweep(self, workers: int) -> tuple[float, float, int]:
        """Sweep on threads, or on Dask with so many workers, whose start is not timed."""
        shutil.rmtree(self.root / "_build", ignore_errors=True)
        words = (BIN / "il6review", "sweep", "n00", "--grid", "grid.yml", "--root", self.root)
        if not workers:
            return *command(*words, cwd=self.root)[:2], self.runs
        with cluster(self.root.parent, workers) as (address, pids):
            return *command(*words, "--scheduler", address, cwd=self.root, others=pids)[:2], self.runs


@contextmanager
def cluster(folder: Path, workers: int):
    """Start a Dask scheduler and workers of one thread each on loopback; gives address and process ids."""
    from distributed import Client

    said = folder / "scheduler.json"
    said.unlink(missing_ok=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    dask = (str(BIN / "dask"),)
    processes = [
        subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                          "--scheduler-file", str(said)], **quiet)
    ]  # fmt: skip
    try:
        for _ in range(workers):
            place = ("--local-directory", str(folder), "--no-dashboard", "--nthreads", "1", "--no-nanny")
            processes.append(subprocess.Popen([*dask, "worker", "--scheduler-file", str(said), *place], **quiet))
        while not said.exists():
            time.sleep(0.1)
        with Client(scheduler_file=str(said), timeout=60) as client:
            client.wait_for_workers(workers, timeout=120)
            address = client.scheduler.address
        yield address, tuple(process.pid for process in processes)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            # A worker whose scheduler has ended before it can wait for that without end.
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ways(folder: Path, runs: int) -> dict[tuple[str, str], Callable[[], tuple[float, float, int]]]:
    """Give each way by job and name, in the order in which a round takes them."""
    project, trivial = Project(folder), Trivial(folder, runs)
    return {
        ("notebooks", "papermill command"): project.papermill_command,
        ("notebooks", "papermill API"): project.papermill_api,
        ("notebooks", "Jupyter Book force"): lambda: project.jupyter_book("force"),
        ("notebooks", "jupyter-cache warm"): lambda: project.jupyter_book("cache"),
        ("notebooks", "ours cold"): project.ours_cold,
        ("notebooks", "ours one value changed"): project.ours_one_value,
        ("notebooks", "ours nothing changed"): project.ours,
        ("notebooks", "one plain process"): project.floor,
        ("book", "bare build"): project.book,
        ("trivial", "papermill API"): trivial.papermill_api,
        ("trivial", "ours"): trivial.ours,
        ("sweep", "threads"): lambda: trivial.sweep(0),
        ("sweep", "Dask one worker"): lambda: trivial.sweep(1),
        ("sweep", "Dask two workers"): lambda: trivial.sweep(2),
    }


def kept(measured: set[tuple[str, str]]) -> list[dict]:
    """Give the lines of the table that this run does not measure anew."""
    if not TABLE.exists():
        return []
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [line for line in csv.DictReader(file) if (line["job"], line["way"]) not in measured]


def write(lines: list[dict]) -> None:
    """Write the table whole or not at all."""
    new = TABLE.with_name("runs.csv.new")
    with new.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    os.replace(new, TABLE)


def main() -> None:
    """Measure round by round, and write the table after each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="sweep over 200 runs instead of 1000")
    parser.add_argument("--add", action="store_true", help="keep the former rounds, and number on")
    parser.add_argument("--only", action="append", metavar="TEXT", help="ways whose job or name holds TEXT")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="il6review-bench-") as folder:
        chosen = {
            key: way
            for key, way in ways(Path(folder), 200 if arguments.quick else 1000).items()
            if not arguments.only or any(text in ", ".join(key) for text in arguments.only)
        }
        lines = kept(set() if arguments.add else set(chosen))
        former = max((int(line["round"]) for line in lines), default=0) if arguments.add else 0
        for number in range(former + 1, former + arguments.rounds + 1):
            for (job, name), way in chosen.items():
                load = os.getloadavg()[0]
                seconds, peak, runs = way()
                print(f"round {number}, {job}, {name}: {seconds:.1f} s, {runs} runs, {peak:.0f} MB, load {load:.1f}")
                machine = {"cores": os.cpu_count(), "python": platform.python_version()}
                lines.append(
                    {"job": job, "way": name, "round": number, "runs": runs, "seconds": f"{seconds:.2f}",
                     "peak_mb": f"{peak:.0f}", "load": f"{load:.1f}", **machine}
                )  # fmt: skip
                write(lines)


if __name__ == "__main__":
    main()
