"""Run notebooks with papermill, two at a time, and keep what they showed in one folder."""

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbformat import NotebookNode
from papermill import PapermillExecutionError, execute_notebook
from traitlets import default

from .. import claims
from .errors import FailedRun, RunError, did_you_mean
from .notebook import payloads, read, settle, tagged
from .parameters import parameters, refuse_unknown, resolve

NOTEBOOKS = "notebooks"
FIGURES = "figures.json"
#: How many notebooks run at the same time; each takes a kernel of about 200 MB.
AT_ONCE = 2


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, the executed notebooks and their seconds by name, and the ledger."""

    folder: Path
    notebooks: Mapping[str, Path]
    seconds: Mapping[str, float]
    ledger: dict


@dataclass(frozen=True)
class Outcome:
    """How one notebook went: the executed notebook, or the problem that stopped it."""

    name: str
    seconds: float
    notebook: NotebookNode | None = None
    problem: str = ""


#: Passes the outcomes on as they come and may show them; the number is how many there will be.
Report = Callable[[Iterable[Outcome], int], Iterable[Outcome]]


class OwnKernel(AsyncKernelManager):
    """The kernel of the running interpreter, whatever the machine offers under the name `python3`."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """Give this interpreter's kernel, with a fixed hash seed: a set keeps its order from run to run."""
        return KernelSpec(resource_dir=RESOURCES, env={"PYTHONHASHSEED": "0"}, **get_kernel_dict())

    @default("transport_encryption")
    def _encrypted(self) -> str:
        """Encrypt what is sent to the kernel; else each kernel warns that it could be read along."""
        return "auto"


def run(names: Collection[str], given: Mapping[str, object], out: Path, *, root: Path, report: Report) -> Run:
    """Run the named notebooks of `root` (all, if none is named) and put the result in the folder `out`.

    `out` gets the executed notebooks, `ledger.json` and `figures.json`. It is replaced when all notebooks
    have run, so a failed run leaves the former one as it was. A parameter goes to the notebooks that declare
    it. Raises RunError before anything runs when a name, a parameter or `out` is wrong, FailedRun when a
    notebook fails, and LedgerError when two notebooks decide the same claim.
    """
    out = out.resolve()
    _refuse_foreign(out)
    paths = _select(names, root)
    values = _share(given, paths)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(_execute, path, values[path], root) for path in paths]
        try:
            outcomes = sorted(report(_outcomes(futures), len(paths)), key=lambda outcome: outcome.name)
        except BaseException:
            # Interrupted: let the running notebooks end, start no other.
            pool.shutdown(cancel_futures=True)
            raise
    _refuse_failed(outcomes)
    found = [payload for outcome in outcomes for payload in payloads(outcome.notebook)]
    ledger = claims.collect(found)
    _keep(outcomes, ledger, _figures(found), out)
    return Run(
        folder=out,
        notebooks={outcome.name: out / NOTEBOOKS / f"{outcome.name}.ipynb" for outcome in outcomes},
        seconds={outcome.name: outcome.seconds for outcome in outcomes},
        ledger=ledger,
    )


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


def _select(names: Collection[str], root: Path) -> list[Path]:
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


def _share(given: Mapping[str, object], paths: Iterable[Path]) -> dict[Path, dict[str, object]]:
    """Give each notebook the parameters that it declares."""
    declared = {path: parameters(path) for path in paths}
    refuse_unknown(given, {name for own in declared.values() for name in own})
    return {
        path: resolve(path, {name: value for name, value in given.items() if name in own})
        for path, own in declared.items()
    }


def _execute(path: Path, values: Mapping[str, object], root: Path) -> Outcome:
    """Run one notebook in the folder `root`, in a kernel of its own.

    The working folder is given to the kernel alone: papermill's own `cwd` would change that of this whole
    process, which the threads share.
    """
    source = read(path)
    start = monotonic()
    try:
        executed = execute_notebook(
            source,
            None,
            dict(values),
            progress_bar=False,
            kernel_manager_class=OwnKernel,
            shutdown_kernel="immediate",
            coalesce_streams=True,
            resources={"metadata": {"path": str(root)}},
        )
    except PapermillExecutionError as error:
        return Outcome(path.stem, monotonic() - start, problem=_failure(path, source, bool(values), error))
    except RuntimeError as error:
        problem = f"{path.name}: the kernel stopped ({error}). Mend: free some memory and run it again."
        return Outcome(path.stem, monotonic() - start, problem=problem)
    return Outcome(path.stem, monotonic() - start, notebook=settle(executed, source))


def _failure(path: Path, source: NotebookNode, injected: bool, error: PapermillExecutionError) -> str:
    """Say which code cell of the source failed, and why; papermill counts the cell that it injected."""
    position = error.cell_index - (injected and error.cell_index > tagged(source, "parameters"))
    number = sum(cell.cell_type == "code" for cell in source.cells[: position + 1])
    line = error.source.strip().splitlines()[0]
    return f"{path.name}, code cell {number}, `{line}`: {error.ename}: {error.evalue}"


def _outcomes(futures: Iterable[Future[Outcome]]) -> Iterator[Outcome]:
    """Give each outcome when it is there."""
    for future in as_completed(futures):
        yield future.result()


def _refuse_failed(outcomes: Iterable[Outcome]) -> None:
    """Raise FailedRun when a notebook failed; the message tells of the others too."""
    problems = [outcome.problem for outcome in outcomes if outcome.problem]
    good = [outcome.name for outcome in outcomes if not outcome.problem]
    if problems:
        raise FailedRun([*problems, f"Without a problem: {', '.join(good) or 'none'}. Nothing was written."])


def _figures(found: Iterable[dict]) -> dict[str, dict]:
    """Gather the figures by key. Raises FailedRun when two have the same."""
    figures: dict[str, dict] = {}
    for payload in found:
        if payload["kind"] == "figure" and figures.setdefault(payload["key"], payload) is not payload:
            raise FailedRun([f"{payload['key']} is drawn twice. Mend: give each figure a key of its own."])
    return figures


def _refuse_foreign(out: Path) -> None:
    """Raise RunError when `out` holds anything but a former run, since it would be replaced."""
    own = {NOTEBOOKS, claims.LEDGER, FIGURES}
    if out.exists() and not (out.is_dir() and {path.name for path in out.iterdir()} in (own, set())):
        raise RunError(
            [f"{out}: found something else than a former run, which would be lost. Mend: name a new folder."]
        )


def _keep(outcomes: Iterable[Outcome], ledger: dict, figures: dict, out: Path) -> None:
    """Write all files beside `out`, then put them in its place."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".run-", dir=out.parent) as work:
        new = Path(work, "new")
        (new / NOTEBOOKS).mkdir(parents=True)
        for outcome in outcomes:
            path = new / NOTEBOOKS / f"{outcome.name}.ipynb"
            path.write_text(nbformat.writes(outcome.notebook) + "\n", encoding="utf-8")
        (new / claims.LEDGER).write_text(claims.dumps(ledger), encoding="utf-8")
        text = json.dumps(figures, ensure_ascii=False, indent=1, sort_keys=True)
        (new / FIGURES).write_text(text + "\n", encoding="utf-8")
        if out.exists():
            os.replace(out, Path(work, "former"))
        os.replace(new, out)
