"""Run the notebooks that changed, several at a time, and keep what all showed in one folder."""

import errno
import json
import os
import shutil
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import mkdtemp

from .. import claims, swap
from .cluster import Cluster
from .errors import FailedRun, RunError, did_you_mean
from .jobs import Job, Outcome, Tick
from .keys import Made, Present, bare
from .lock import held
from .notebook import payloads, read
from .parameters import parameters, refuse_unknown, resolve
from .store import Found, Store
from .threads import Threads

NOTEBOOKS = "notebooks"
FIGURES = "figures.json"
RUNS = "runs.json"
STORE = Path("_build", "store")
#: What the folder of a run holds, and of one before there was a record of what it was made from.
FORMER = ({NOTEBOOKS, claims.LEDGER, FIGURES, RUNS}, {NOTEBOOKS, claims.LEDGER, FIGURES})
_KEPT = "the former run stays as it was. Mend:"
#: What is said where there is no room for a file, by the number of the system's error.
FULL = {
    errno.ENOSPC: f"the disk is full; {_KEPT} free some space, then run again.",
    errno.EDQUOT: f"your quota on the disk is used up; {_KEPT} free some space, then run again.",
    errno.EFBIG: f"a file grew beyond the size allowed here; {_KEPT} raise the limit (ulimit -f), then run again.",
}


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, and by name the executed notebooks, how each went, and why it ran or did not."""

    folder: Path
    notebooks: Mapping[str, Path]
    outcomes: Mapping[str, Outcome]
    why: Mapping[str, str]
    ledger: dict


#: Passes the outcomes on as they come and may show them; the number is how many there will be.
Report = Callable[[Iterable[Outcome], int], Iterable[Outcome]]


def run(
    names: Collection[str],
    given: Mapping[str, object],
    out: Path,
    *,
    root: Path,
    report: Report,
    tick: Tick = lambda *_: None,
    fresh: bool = False,
    limit: float | None = None,
    scheduler: str = "",
) -> Run:
    """Run the named notebooks of `root` (all, if none is named) and put the result in the folder `out`.

    A notebook whose source, values and inputs are as they were is taken from the store, unless `fresh` is set.
    `out` gets the executed notebooks, `ledger.json`, `figures.json` and `runs.json`, which tells what each was
    made from. It is replaced when all notebooks have run, so a failed run leaves the former one as it was. A
    parameter goes to the notebooks that declare it; `limit` is the time for each notebook in seconds;
    `scheduler` is the address of a Dask cluster to run on instead of this machine.
    Raises RunError before anything runs when a name, a parameter or `out` is wrong or another run writes there,
    FailedRun when a notebook fails, and LedgerError when two notebooks decide the same claim.
    """
    out = out.resolve()
    refuse_foreign(out, FORMER)
    with working(out) as scratch:
        jobs = _jobs(select(names, root), given, limit)
        with settled(jobs, root, scratch, tick=tick, fresh=fresh, scheduler=scheduler) as work:
            shown = report((outcome for _, outcome in work.outcomes), len(jobs))
            outcomes = sorted(shown, key=lambda outcome: outcome.name)
        _refuse_failed(outcomes)
        refuse_moved(work.made.values(), Present(root))
        ledger = _keep(outcomes, work.made, scratch, out)
        work.store.prune()
    return Run(
        folder=out,
        notebooks={outcome.name: out / NOTEBOOKS / f"{outcome.name}.ipynb" for outcome in outcomes},
        outcomes={outcome.name: outcome for outcome in outcomes},
        why=work.why,
        ledger=ledger,
    )


@contextmanager
def working(out: Path) -> Iterator[Path]:
    """Hold `out` for this process, and give a folder beside it to work in."""
    with _full_disk_told(out), held(out), _scratch(out) as scratch:
        yield scratch


@dataclass(frozen=True)
class Work:
    """Jobs under way: the outcomes as they come, by the key of the job; what they were made from; why they ran."""

    outcomes: Iterator[tuple[Hashable, Outcome]]
    made: dict[Hashable, Made]
    why: Mapping[Hashable, str]
    store: Store


@contextmanager
def settled(
    jobs: Mapping[Hashable, Job], root: Path, scratch: Path, *, tick: Tick, fresh: bool, scheduler: str
) -> Iterator[Work]:
    """Take each job's result from the store, or run it and keep it there as soon as it has ended."""
    # Made first: a notebook may list the folder of the project, which must not change while it runs.
    (root / STORE).mkdir(parents=True, exist_ok=True)
    store, present = Store(root / STORE), Present(root)

    def find(job: Job) -> Found:
        return store.find(job.name, present.made(job.source, job.values), present, fresh)

    made, why = {}, {}
    for key, job in jobs.items():
        found = find(job)
        why[key] = found.why
        if found.made:
            made[key] = found.made
    reused = list(made)
    waiting = {key: job for key, job in jobs.items() if key not in made}
    for name in dict.fromkeys(job.name for job in waiting.values()):
        parameters(root / NOTEBOOKS / f"{name}.ipynb")

    def outcomes(executed: Iterable[tuple[Hashable, Outcome]]) -> Iterator[tuple[Hashable, Outcome]]:
        for key in reused:
            # Read again when it is its turn: the results of a large sweep need not lie in memory together.
            yield key, Outcome(jobs[key].name, 0.0, find(jobs[key]).text, reused=True)
        for key, outcome in executed:
            if not outcome.problem:
                job = jobs[key]
                made[key] = present.made(job.source, job.values, outcome.read, outcome.parts)
                if not Present(root).changes(made[key]):
                    store.keep(job.name, made[key], outcome.text)
            yield key, outcome

    with _executed(waiting, root, scratch, tick, scheduler) as executed:
        yield Work(outcomes(executed), made, why, store)


def is_default(folder: Path, root: Path) -> bool:
    """Tell whether the run in `folder` took every notebook of `root` with the declared parameters."""
    executed = sorted((folder / NOTEBOOKS).glob("*.ipynb"))
    all_there = [path.name for path in executed] == [path.name for path in _all(root)]
    return all_there and not any(read(path).metadata.papermill.parameters for path in executed)


def take_over(folder: Path, root: Path) -> list[Path]:
    """Make the outputs of the run in `folder` those of the committed notebooks; give the files that changed.

    Raises RunError, before anything is written, when a notebook was edited since the run.
    """
    texts = {}
    for path in _all(root):
        executed = folder / NOTEBOOKS / path.name
        if [cell.source for cell in read(path).cells] != [cell.source for cell in read(executed).cells]:
            raise RunError([f"{path.name} was edited since the run. Mend: il6review run"])
        texts[path] = executed.read_text(encoding="utf-8")
    changed = [path for path, text in texts.items() if path.read_text(encoding="utf-8") != text]
    for path in changed:
        new = path.with_name(path.name + ".new")
        new.write_text(texts[path], encoding="utf-8")
        os.replace(new, path)
    return changed


def _all(root: Path) -> list[Path]:
    """Find the notebooks of the project, in the order of their names."""
    return sorted((root / NOTEBOOKS).glob("*.ipynb"))


def select(names: Collection[str], root: Path) -> list[Path]:
    """Find the named notebooks; all of them if none is named."""
    known = {path.stem: path for path in _all(root)}
    if not known:
        raise RunError([f"{root / NOTEBOOKS}: found no notebook. Mend: restore the folder `{NOTEBOOKS}`."])
    problems = [
        f"notebook {name}: found no such notebook. {did_you_mean(name, known)}" for name in names if name not in known
    ]
    if problems:
        raise RunError(problems)
    return [path for name, path in known.items() if not names or name in names]


def _jobs(paths: Iterable[Path], given: Mapping[str, object], limit: float | None) -> dict[str, Job]:
    """Make a job of each notebook, by name."""
    paths = list(paths)
    values = _share(given, paths) if given else {}
    return {path.stem: job_of(path, values.get(path, {}), limit) for path in paths}


def job_of(path: Path, values: Mapping[str, object], limit: float | None) -> Job:
    """Make a job of the notebook at `path`."""
    return Job(path.stem, _source(path), values, limit)


def _source(path: Path) -> str:
    """Read a notebook without its outputs. Raises RunError when it is none, or in an older format."""
    try:
        return bare(path.read_text(encoding="utf-8"))
    except (AttributeError, KeyError, TypeError, ValueError):
        read(path)
        raise RunError([f"{path.name}: expected a notebook of format 4. Mend: save it from JupyterLab."]) from None


def _share(given: Mapping[str, object], paths: Iterable[Path]) -> dict[Path, dict[str, object]]:
    """Give each notebook the parameters that it declares."""
    declared = {path: parameters(path) for path in paths}
    refuse_unknown(given, {name for own in declared.values() for name in own})
    return {
        path: resolve(path, {name: value for name, value in given.items() if name in own})
        for path, own in declared.items()
    }


@contextmanager
def _executed(
    jobs: Mapping[Hashable, Job], root: Path, scratch: Path, tick: Tick, scheduler: str
) -> Iterator[Iterator[tuple[Hashable, Outcome]]]:
    """Run jobs in threads or on a cluster; gives the outcomes as they come. When interrupted, no kernel is left."""
    if not jobs:
        yield iter(())
        return
    with Cluster(scheduler, root, jobs.values()) if scheduler else Threads(root, scratch, tick) as place:
        done: SimpleQueue = SimpleQueue()
        for key, job in jobs.items():
            place.submit(job).add_done_callback(lambda future, key=key: done.put((key, future)))
        yield _ended(place, jobs, done)


def _ended(
    place: Threads | Cluster, jobs: Mapping[Hashable, Job], done: SimpleQueue
) -> Iterator[tuple[Hashable, Outcome]]:
    """Give each outcome when it is there."""
    left = len(jobs)
    while left:
        try:
            key, future = done.get(timeout=place.patience)
        except Empty:
            place.look()
        else:
            left -= 1
            yield key, place.outcome(jobs[key], future)


def _refuse_failed(outcomes: Iterable[Outcome]) -> None:
    """Raise FailedRun when a notebook failed; the message tells of the others too."""
    problems = [outcome.problem for outcome in outcomes if outcome.problem]
    good = [outcome.name for outcome in outcomes if not outcome.problem]
    if problems:
        raise FailedRun([*problems, f"Without a problem: {', '.join(good) or 'none'}. Nothing was written."])


def refuse_moved(made: Iterable[Made], present: Present) -> None:
    """Raise FailedRun when something that a result was made from is no longer as it was."""
    moved = sorted({change for one in made for change in present.changes(one)})
    if moved:
        raise FailedRun(
            [*(f"{change} while the notebooks ran." for change in moved), "Nothing was written. Mend: il6review run"]
        )


def _figures(found: Iterable[dict]) -> dict[str, dict]:
    """Gather the figures by key. Raises FailedRun when two have the same."""
    figures: dict[str, dict] = {}
    for payload in found:
        if payload["kind"] == "figure" and figures.setdefault(payload["key"], payload) is not payload:
            raise FailedRun([f"{payload['key']} is drawn twice. Mend: give each figure a key of its own."])
    return figures


def refuse_foreign(out: Path, former: Collection[set[str]]) -> None:
    """Raise RunError when `out` holds anything but a former run, since it would be replaced."""
    own = (*former, set())
    if out.exists() and not (out.is_dir() and {path.name for path in out.iterdir()} in own):
        raise RunError(
            [f"{out}: found something else than a former run, which would be lost. Mend: name a new folder."]
        )


@contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    """Give a folder beside `out` to work in, and remove it; one that a killed run left is removed too."""
    prefix = f".{out.name}.new-"
    for left in out.parent.glob(f"{prefix}*"):
        shutil.rmtree(left)
    scratch = Path(mkdtemp(prefix=prefix, dir=out.parent))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch)


@contextmanager
def _full_disk_told(out: Path) -> Iterator[None]:
    """Say in words that there is no room; any other error of the system passes."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise RunError([f"{out}: {FULL[error.errno]}"]) from error


def _keep(outcomes: Iterable[Outcome], made: Mapping[str, Made], scratch: Path, out: Path) -> dict:
    """Write all files into `scratch`, then put them in the place of `out`; give the ledger."""
    new = scratch / "new"
    (new / NOTEBOOKS).mkdir(parents=True)
    found = []
    for outcome in outcomes:
        (new / NOTEBOOKS / f"{outcome.name}.ipynb").write_text(outcome.text, encoding="utf-8")
        found += payloads(json.loads(outcome.text))
    ledger = claims.collect(found)
    (new / claims.LEDGER).write_text(claims.dumps(ledger), encoding="utf-8")
    _write_json(new / FIGURES, _figures(found))
    _write_json(
        new / RUNS,
        {outcome.name: {"key": made[outcome.name].key, **asdict(made[outcome.name])} for outcome in outcomes},
    )
    swap.replace(new, out)
    return ledger


def _write_json(path: Path, content: dict) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
