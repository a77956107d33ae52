"""Stage the narrative with what a run made, and build the book: clean, with warnings as errors."""

import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

from .. import swap
from ..claims import dumps, loads
from ..claims.ledger import CHECKS
from ..claims.review import load
from . import downloads
from .accessible import mended
from .line_breaks import kept_together
from .own import Own
from .own import stage as stage_own
from .pages import TABLES
from .references import bibtex

_WARNING = re.compile(r"(?:WARNING|ERROR|CRITICAL): |^\w+(?:Error|Exception): ")

#: Tables of which every row is shown, whether a finding rests on it or not.
ALL_SHOWN = ("citation_checks", "defects", "glossary")


class PublishError(Exception):
    """The book cannot be built; the message names the page, the line and the reason."""


def book(run: Path, out: Path, root: Path, own: Own | None = None) -> Path:
    """Build the book of a run and return its index page; `own` tells of rows of a reader's own.

    `run` holds notebooks, ledger.json, figures.json and runs.json; `root` holds book/ and _config.yml.
    The book is built apart and takes the place of the last one only when it is whole.
    Raises PublishError with every warning of the build: unknown keys, typed numbers, broken references.
    """
    run, out, root = Path(run), Path(out), Path(root)
    for need in (
        run / "ledger.json",
        run / "figures.json",
        run / "runs.json",
        root / "book" / "_toc.yml",
        root / "_config.yml",
    ):
        if not need.is_file():
            raise PublishError(f"{need.name} is not in {need.parent.name}/. Mend: il6review run.")
    if out.exists() and not (out / "searchindex.js").is_file():
        raise PublishError(f"{out.name} is not a book and is not replaced. Mend: name an empty place with --out.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".book-") as folder:
        stage = Path(folder) / "stage"
        stage_sources(run, stage, root, own)
        built = _build(stage, Path(folder) / "built")
        for page in built.rglob("*.html"):
            page.write_text(kept_together(mended(page.read_text(encoding="utf-8"))), encoding="utf-8")
        swap.replace(built, out)
    return out / "index.html"


def stage_sources(run: Path, stage: Path, root: Path, own: Own | None = None) -> None:
    """Lay narrative, executed notebooks, ledger, the rows behind it and references into one folder."""
    shutil.copytree(root / "book", stage, ignore=shutil.ignore_patterns(".*"))
    shutil.copy(root / "_config.yml", stage)
    shutil.copytree(run / "notebooks", stage / "analysis")
    ledger = loads(run / "ledger.json")
    figures = json.loads((run / "figures.json").read_text(encoding="utf-8"))
    tables = reached(ledger, figures)
    made = stage / "run"
    made.mkdir()
    (made / "ledger.json").write_text(dumps(ledger), encoding="utf-8")
    (made / "figures.json").write_text(json.dumps(figures), encoding="utf-8")
    shutil.copy(run / "runs.json", made)
    (made / "tables.json").write_text(json.dumps(tables), encoding="utf-8")
    version = downloads.data_version(own.evidence if own else root / "data")
    (made / "version.json").write_text(json.dumps(version), encoding="utf-8")
    downloads.write(stage / "downloads", ledger, tables, version)
    keys = [row["source_key"] for row in tables["sources"]]
    (stage / "references.bib").write_text(bibtex(tables["sources"], keys), encoding="utf-8")
    if own:
        stage_own(own, stage)


def reached(ledger: dict, figures: dict) -> dict[str, list[dict]]:
    """Give the evidence rows that findings, numbers and figures rest on, by table.

    Of sources, citation checks, defects and the glossary all are given: a reader may ask for those that carry nothing.
    """
    rows = {row for number in ledger["numbers"].values() for row in number["rows"]}
    rows |= {row for entry in ledger["claims"].values() for check in CHECKS for row in entry[check]["rows"]}
    rows |= {row for figure in figures.values() for row in figure["rows"]}
    review = load("")
    keys = {name: key for name, key, _ in TABLES} | dict.fromkeys(ALL_SHOWN)
    found = {
        name: [dict(row) for row in review.tables[name] if name in ALL_SHOWN or row[key] in rows]
        for name, key in keys.items()
    }
    return found | {"sources": [dict(row) for row in review.sources()]}


def _build(stage: Path, work: Path) -> Path:
    """Run Jupyter Book in a process of its own; its output is read for warnings and kept from the terminal."""
    script = Path(sysconfig.get_path("scripts")) / "jupyter-book"
    command = [str(script), "build", str(stage), "--path-output", str(work)]
    command += ["--config", str(stage / "_config.yml"), "--toc", str(stage / "_toc.yml")]
    command += ["-W", "-n", "--keep-going"]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "NO_COLOR": "1"}
    # Sphinx would write the year of this variable, where a machine sets it, into the copyright line.
    environment.pop("SOURCE_DATE_EPOCH", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    built = work / "_build" / "html"
    if done.returncode or not (built / "index.html").is_file():
        output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr).replace(f"{stage}{os.sep}", "")
        found = [line for line in output.splitlines() if _WARNING.search(line)]
        lines = list(dict.fromkeys(found)) or output.strip().splitlines()[-15:]
        raise PublishError("The book was not built; the last good one is left in place.\n" + "\n".join(lines))
    return built
