"""Run the notebooks over the evidence base with a reader's own rows; nothing of the project is changed."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from .. import claims, evidence, swap
from ..claims import at_most, cohort_report, delta, own_rows, review
from ..claims.delta_reports import delta_json, delta_markdown
from ..evidence import exports
from .errors import RunError
from .execute import NOTEBOOKS, Report, run
from .jobs import Tick

#: Where the results of own tables lie.
RUNS = "runs"
EVIDENCE, OWN_FILE, DELTA, COHORT = "evidence", "own.csv", "delta", "cohort"
#: Files by which the result of an own table is known.
MARKS = {f"{DELTA}.json", OWN_FILE}


@dataclass(frozen=True)
class OwnRun:
    """The result of an own table: its folder, the difference to the committed ledger, and what was said of its rows.

    `why` tells of each notebook why it ran or was reused. `unreached` are the numbers of the rows that no claim rests
    on and no table of stages shows.
    """

    folder: Path
    rows: own_rows.OwnRows
    ledger: dict
    delta: delta.Delta
    reached: Mapping[str, tuple[str, ...]]
    why: Mapping[str, str]
    unreached: tuple[str, ...]


def safe_name(name: str) -> str:
    """Give a name for a folder of runs/ that a file's name suggests: letters, digits, `_` and `-`."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-") or "own"


def folder_of(root: Path, name: str) -> Path:
    """Give the folder of a result. Raises RunError where the name could lead elsewhere or means something else."""
    _need_safe(name)
    folder = root / RUNS / name
    if folder.exists() and not (folder.is_dir() and MARKS <= {path.name for path in folder.iterdir()}):
        raise _foreign(folder)
    return folder


def folder_over(root: Path, name: str, table: str) -> Path:
    """Give the folder of many results, with a table over all. Raises RunError as `folder_of` does."""
    _need_safe(name)
    folder = root / RUNS / name
    if folder.exists() and not (folder.is_dir() and (folder / table).is_file()):
        raise _foreign(folder)
    return folder


def _need_safe(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)?", name):
        mend = f"Mend: --name {safe_name(name)}"
        raise RunError([f"name {name!r}: expected letters, digits, _ and -, a letter or digit first. {mend}"])


def _foreign(folder: Path) -> RunError:
    return RunError([f"{folder}: found something else than a former result. Mend: choose another --name."])


def run_own(
    table: evidence.OwnTable,
    name: str,
    names: Collection[str],
    given: Mapping[str, object],
    *,
    root: Path,
    mode: str = "add",
    bearing: Collection[str] = (),
    report: Report,
    tick: Tick = lambda *_: None,
    fresh: bool = False,
    limit: float | None = None,
) -> OwnRun:
    """Run the named notebooks with the rows of `table`, and write `runs/NAME` whole.

    `names` are the notebooks; if none is named, all, or for rows that stand alone those of their chapters. `mode` is
    one of own_rows.MODES, `bearing` names the claims that the rows bear on. Raises EvidenceError where the
    table or what it makes of the evidence is not sound, RunError, FailedRun and LedgerError as `run` does.
    """
    folder = folder_of(root, name)
    committed = claims.loads(root / claims.LEDGER)
    with chdir(root):
        base = evidence.base()
    rows = own_rows.own_rows(
        table,
        re.sub(r"[^A-Za-z0-9]", "_", name),
        bearing,
        {row["claim_id"]: row["chapter"] for row in read_table(base / "claims.csv")[1]},
        next(iter(names)) if len(names) == 1 else "",
        float(given.get("alpha", 0.05)),
    )
    with scratch_beside(folder) as scratch:
        result, tables = scratch / "result", scratch / EVIDENCE
        stays = own_rows.kept(mode, rows, _documents(base))
        evidence.assemble(base, tables, rows.all_tables, stays)
        if mode == "alone" and not names:
            names = [chapter for chapter in rows.chapters if (root / NOTEBOOKS / f"{chapter}.ipynb").is_file()]
        with tables_at(tables):
            done = run(names, given, result, root=root, report=report, tick=tick, fresh=fresh, limit=limit)
            after = {chapter: review.load(chapter) for chapter in rows.chapters}
        reached, shown = _reach(rows, after)
        bounds = _at_most(rows, after, base, committed) if mode == "add" else {}
        whole = delta.overlay(committed, done.ledger)
        difference = delta.compare(committed, whole, own_rows=rows.ids, at_most=bounds)
        os.rename(tables, result / EVIDENCE)
        for file, text in _reports(table, rows, difference).items():
            (result / file).write_text(text, encoding="utf-8", newline="")
        swap.replace(result, folder)
    unreached = tuple(row for row in rows.ids if not reached[row] and row not in shown)
    return OwnRun(folder, rows, done.ledger, difference, reached, done.why, unreached)


def read_table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Read a table of the evidence as text: its columns, and its rows."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def _documents(base: Path) -> set[str]:
    """Name the documents whose claims are checked, and the sources that these cite."""
    _, checked = read_table(base / "claims.csv")
    return {row["seed"] for row in checked} | {key for row in checked for key in row["cites"].split(";")}


@contextmanager
def scratch_beside(folder: Path) -> Iterator[Path]:
    """Give a folder beside the result to work in, and remove it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch)
        with suppress(OSError):
            # Only where nothing else lies there.
            folder.parent.rmdir()


@contextmanager
def tables_at(folder: Path) -> Iterator[None]:
    """Let this process, and the kernels that it starts, read the tables in `folder`."""
    former = os.environ.get(evidence.VARIABLE)
    os.environ[evidence.VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[evidence.VARIABLE]
        if former is not None:
            os.environ[evidence.VARIABLE] = former


def _at_most(
    rows: own_rows.OwnRows, after: Mapping[str, review.Review], base: Path, committed: Mapping
) -> dict[str, at_most.AtMost]:
    """Give for each claim that the rows reach what a study of their size could have changed at most."""
    chapter = next(iter(after))
    with tables_at(base):
        before = review.load(chapter)
    return at_most.at_most_all(before, after[chapter], rows.ids, committed)


def _reach(rows: own_rows.OwnRows, after: Mapping[str, review.Review]) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """Give the claims that each own row reaches, and the rows that stand among ordered stages."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(rows.ids, ())
    shown: set[str] = set()
    analytes = {row["analyte"] for row in rows.tables.get("groups", ())}
    for one in after.values():
        found |= {row: of for row, of in own_rows.reached(one, rows.ids).items() if of}
        shown |= own_rows.staged(one, analytes)
    return found, shown


def _reports(table: evidence.OwnTable, rows: own_rows.OwnRows, difference: delta.Delta) -> dict[str, str]:
    """Write the table as it was read, the difference, and what was found in persons."""
    frame = table.frame.astype(object).where(table.frame.notna(), "")
    reports = {
        OWN_FILE: exports.csv_text(list(frame.columns), frame.to_numpy().tolist()),
        f"{DELTA}.md": delta_markdown(difference),
        f"{DELTA}.json": delta_json(difference),
    }
    if rows.cohorts:
        found = cohort_report.cohort_json(rows.cohorts)
        reports[f"{COHORT}.md"] = cohort_report.cohort_markdown(rows.cohorts)
        reports[f"{COHORT}.json"] = json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    return reports
