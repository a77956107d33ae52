"""The command line: check the evidence, run the notebooks, compare and accept the ledger, build the book."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import __version__, journal, own_commands
from .plurals import counted
from .terminal import Commands, plain, say, stoppable, told

if TYPE_CHECKING:
    from .runs import Run

# Each command imports what it needs when it is called: papermill, pandas and Sphinx take seconds, and
# `il6review --help` must not wait for them.

HERE = Path(__file__).resolve()
DESCRIPTOR = Path("data", "datapackage.json")
CLAIMS = Path("data", "claims.csv")
LAST_RUN = Path("_build", "run")
SWEEPS = Path("_build", "sweep")
BOOK = Path("_build", "book")

#: How the difference of two ledgers is written, first the default.
FORMATS = ("text", "markdown", "json")


@click.group("il6review", cls=Commands)
@click.version_option(__version__, prog_name="il6review")
def main() -> None:
    """Check the claims of five documents on interleukin-6.

    The evidence tables are validated, the notebooks run, the findings compared with the committed ledger, and
    the book is built from what has just run.

    Exit codes: 0 all is well; 1 a finding (a problem in the tables, a failed notebook, a ledger that moved);
    2 wrong use.
    """


def _is_root(folder: Path) -> bool:
    """Tell whether a folder is the top folder of a project."""
    return (folder / "notebooks").is_dir() and (folder / DESCRIPTOR).is_file()


def _root(_context: click.Context, _option: click.Parameter | None, value: Path | None) -> Path:
    """Find the project: the folder named, or the nearest one upwards, or the checkout of this package."""
    here = Path.cwd()
    candidates = [value.resolve()] if value else [here, *here.parents, *HERE.parents]
    found = next(filter(_is_root, candidates), None)
    if found is None:
        place = value or "this folder and those above it"
        raise click.BadParameter(
            f"found no project in {plain(str(place))}, expected a folder with notebooks/ and {DESCRIPTOR}. "
            "Mend: work in the folder of the project, or name it with --root."
        )
    with told({journal.JournalError: 2, OSError: 2}):
        finished = journal.finish(found)
    if finished:
        say(f"Finished an accept that was stopped: {counted(finished, 'file')} in place.", err=True)
    return found


ROOT_HELP = "Folder of the project. [default: the nearest one upwards]"

root_option = click.option(
    "--root",
    type=own_commands.PATH,
    callback=_root,
    help=ROOT_HELP,
)


def out_option(default: Path) -> Callable:
    """Give the option --out, whose default lies in the folder of the project."""
    text = f"Folder to write. [default: {default}]"
    return click.option("--out", type=own_commands.PATH, help=text)


@main.command("check")
@click.argument("file", type=own_commands.PATH, required=False)
@own_commands.reading_options
@click.option("--save-mapping", type=own_commands.PATH, help="Keep the pairs in this file if all is well.")
@click.option("--root", type=own_commands.PATH, help=ROOT_HELP)
@click.pass_context
def check_tables(context: click.Context, file: Path | None, root: Path | None, **options: object) -> None:
    """Validate the evidence tables, or a table of your own in FILE."""
    if file is not None:
        _check_own(file, **options)
        return
    given = [name for name, value in options.items() if value]
    if given:
        raise click.UsageError(f"found an option ({given[0]}) and no FILE. Mend: name the file, or leave it out.")
    _check_base(_root(context, None, root))


def _check_base(root: Path) -> None:
    """Validate the evidence tables of a project."""
    from . import evidence

    # The notebooks run in the folder of the project: seen from there, these are the tables that they read.
    with told({evidence.EvidenceError: 1}), chdir(root):
        folder = evidence.base()
        problems = evidence.check(folder)
    for problem in problems:
        say(str(problem))
    if problems:
        say(f"Problems in {folder}: {len(problems)}")
        sys.exit(1)
    tables, rows = _size(folder)
    say(f"{counted(tables, 'table')}, {counted(rows, 'row')}: no problem")


def _check_own(file: Path, save_mapping: Path | None, **reading: object) -> None:
    """Validate a reader's own table; say how it was read, and what lies below detection."""
    from . import evidence
    from .claims.below_detection import groups_below
    from .evidence import column_maps

    with told({evidence.WrongUse: 2}):
        with problems_told(file):
            table = own_commands.read(file, reading)
            for note in table.notes:
                say(note)
            frame = table.sound()
        if table.kind.name == "persons":
            for group in groups_below(frame):
                say(str(group))
        if save_mapping:
            column_maps.save_map(own_commands.column_map(reading), save_mapping)
            say(f"Mapping kept: {save_mapping}")
    say(f"{file}: {table.kind.title.lower()}, {counted(len(frame), 'row')}: no problem")


@contextmanager
def problems_told(file: Path) -> Iterator[None]:
    """Say the problems of a table of one's own and count them, then end with exit code 1; wrong use passes."""
    from . import evidence

    try:
        yield
    except evidence.WrongUse:
        raise
    except evidence.EvidenceError as error:
        say(str(error))
        say(f"Problems in {file}: {error.count}")
        sys.exit(1)


@main.command("new")
@click.argument("name", type=own_commands.PATH)
def new_folder(name: Path) -> None:
    """Write a folder NAME with templates for your own tables and a synthetic example."""
    from . import evidence

    with told({evidence.WrongUse: 2}):
        for path in evidence.new(name):
            say(str(path))


def _size(folder: Path) -> tuple[int, int]:
    """Count the tables of the evidence base and their rows."""
    resources = json.loads((folder / DESCRIPTOR.name).read_text(encoding="utf-8"))["resources"]
    return len(resources), sum(_rows(folder / resource["path"]) for resource in resources)


def _rows(path: Path) -> int:
    """Count the rows of a table under its header."""
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


fresh_option = click.option("--fresh", is_flag=True, help="Run all, whatever the store holds.")
limit_option = click.option(
    "--limit", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Time limit for each notebook."
)
scheduler_option = click.option(
    "--scheduler", default="", metavar="ADDRESS", help="Run on the Dask cluster of this scheduler."
)


@main.command("run")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "-p",
    "parameters",
    type=(str, str),
    multiple=True,
    metavar="KEY VALUE",
    help="Give a parameter a value; may be repeated.",
)
@fresh_option
@click.option("--why", is_flag=True, help="Tell of each notebook why it ran or was reused.")
@limit_option
@scheduler_option
@out_option(LAST_RUN)
@click.option("--data", type=own_commands.PATH, metavar="FILE", help="Run with a table of your own.")
@click.option("--each", metavar="PATTERN", help="The same for every file that fits, as in 'cohorts/*.csv'.")
@click.option(
    "--as",
    "mode",
    type=click.Choice(own_commands.MODES),
    help="Your rows beside the others, in place of those of the same analyte, or alone. [default: add]",
)
@click.option("--name", help="Name of the result, in runs/. [default: that of the file]")
@click.option("--claims", metavar="IDS", help="Claims that your rows bear on, as in RA-25,RA-26.")
@own_commands.reading_options
@root_option
def run_notebooks(
    names: tuple[str, ...],
    parameters: tuple[tuple[str, str], ...],
    fresh: bool,
    why: bool,
    limit: float | None,
    scheduler: str,
    out: Path | None,
    root: Path,
    data: Path | None,
    each: str | None,
    **own: object,
) -> None:
    """Run the notebooks, or those named.

    A notebook is reused if nothing that it was made from has changed: its source, its parameters, the rows, files
    and code that it read, the locked versions, Python. The findings are compared with the committed
    ledger. With the declared parameters a finding or number that moved is a failure; with your own it is the
    answer.

    With --data FILE, or --each PATTERN, your own rows are added to a copy of the tables, and the result goes to
    runs/NAME: the notebooks, the ledger, the tables, and what changed (delta.md). The project stays as it is.
    """
    from . import claims, runs
    from .progress import Bars, Lines

    if data or each:
        if (data and each) or out:
            raise click.UsageError("found more than one of --data, --each and --out. Mend: leave one; see --name.")
        if scheduler:
            raise click.UsageError("found --scheduler with a table of your own. Mend: leave it out; it runs here.")
        _run_own(data, each, names, dict(parameters), own, root, fresh=fresh, why=why, limit=limit)
        return
    given = [name for name, value in own.items() if value]
    if given:
        raise click.UsageError(f"found an option ({given[0]}) and no table. Mend: add --data FILE, or leave it out.")
    shown = Bars() if sys.stderr.isatty() else Lines(say)
    with told({runs.FailedRun: 1, runs.RunError: 2, claims.LedgerError: 1, OSError: 2}), stoppable():
        done = runs.run(
            names,
            dict(parameters),
            out or root / LAST_RUN,
            root=root,
            report=shown.outcomes,
            tick=shown.cell,
            fresh=fresh,
            limit=limit,
            scheduler=scheduler,
        )
        _table(done)
        if why:
            _because(done.why)
        say(f"Ledger: {done.folder / claims.LEDGER}")
        committed = claims.loads(root / claims.LEDGER)
    changes = claims.diff(_covered(committed, done.ledger) if names else committed, done.ledger)
    _show(changes)
    if changes and not parameters:
        sys.exit(1)


def _because(why: Mapping[str, str]) -> None:
    """Tell of each notebook why it ran or was reused."""
    for name, reason in why.items():
        say(f"{name}: {reason}")


def _run_own(
    data: Path | None,
    each: str | None,
    names: tuple[str, ...],
    parameters: dict[str, str],
    own: dict,
    root: Path,
    *,
    fresh: bool,
    why: bool,
    limit: float | None,
) -> None:
    """Run with one table of the reader's own, or with each that fits a pattern."""
    from . import claims, evidence, runs
    from .progress import Bars, Lines
    from .runs.own import run_own, safe_name

    shown = Bars() if sys.stderr.isatty() else Lines(say)
    bearing = own_commands.claim_ids(own["claims"])

    def one(file: Path, name: str) -> object:
        table = own_commands.read(file, own)
        for note in table.notes:
            say(note)
        done = run_own(
            table,
            name,
            names,
            parameters,
            root=root,
            mode=own["mode"] or "add",
            bearing=bearing,
            report=shown.outcomes,
            tick=shown.cell,
            fresh=fresh,
            limit=limit,
        )
        if why:
            _because(done.why)
        own_commands.tell(done, bearing, say)
        return done

    codes = {evidence.WrongUse: 2, runs.FailedRun: 1, runs.RunError: 2, claims.LedgerError: 1, OSError: 2}
    with told(codes), stoppable():
        if data:
            with problems_told(data):
                one(data, own["name"] or safe_name(data.stem))
            return
        name = own["name"] or safe_name(Path(each).parent.name or "each")
        good = own_commands.each(each, name, root, one, say)
    if not good:
        sys.exit(1)


@main.command("sweep")
@click.argument("name")
@click.option(
    "--grid",
    type=own_commands.PATH,
    required=True,
    help="YAML file with a list of values for each parameter.",
)
@click.option(
    "--number",
    "numbers",
    multiple=True,
    metavar="KEY",
    help="Keep this number in the table and draw the first one; may be repeated. [default: all]",
)
@fresh_option
@limit_option
@scheduler_option
@out_option(SWEEPS / "NAME")
@root_option
def sweep_notebook(
    name: str,
    grid: Path,
    numbers: tuple[str, ...],
    fresh: bool,
    limit: float | None,
    scheduler: str,
    out: Path | None,
    root: Path,
) -> None:
    """Run the notebook NAME over every combination of a grid of parameters.

    Writes one table, a line for each run, and a heat map of a number over two parameters. Results are reused as
    in `run`. A run that fails is a line with the reason, and the exit code is then 1.
    """
    from . import runs
    from .progress import Bars, Lines
    from .sweep import files

    shown = Bars() if sys.stderr.isatty() else Lines(say)
    with told({runs.FailedRun: 1, runs.RunError: 2, OSError: 2}), stoppable():
        done = runs.sweep(
            name,
            runs.load_grid(grid),
            out or root / SWEEPS / name,
            root=root,
            report=shown.outcomes,
            files=lambda found: files(found, numbers),
            fresh=fresh,
            limit=limit,
            scheduler=scheduler,
        )
    for path in sorted(done.folder.iterdir()):
        say(str(path))
    failed = sum(bool(line.problem) for line in done.lines)
    say(f"{counted(len(done.lines), 'run')}: {done.reused} reused, {failed or 'none'} failed.")
    if failed:
        sys.exit(1)


def _table(done: Run) -> None:
    """Print how each notebook went: reused or run, seconds, most memory of its kernel."""
    width = max(map(len, ("notebook", *done.outcomes)))
    say(f"{'notebook':{width}}  {'':6}  {'seconds':>7}  {'peak MB':>7}")
    for name, outcome in done.outcomes.items():
        memory = "" if outcome.reused else f"{outcome.peak / 1024:.0f}"
        say(f"{name:{width}}  {'reused' if outcome.reused else 'run':6}  {outcome.seconds:7.1f}  {memory:>7}".rstrip())


def _covered(committed: Mapping, ledger: Mapping) -> dict:
    """Give the part of the committed ledger that a run of some notebooks also decided."""
    return {
        part: {key: entry for key, entry in committed[part].items() if key in ledger[part]}
        for part in ("claims", "numbers")
    }


def _show(changes: list) -> None:
    """Print the difference to the committed ledger."""
    for change in changes:
        say(str(change))
    say(f"Changes against the committed ledger: {len(changes) or 'none'}.")


@main.command("claims")
@click.option("--accept", is_flag=True, help="Make the ledger of the last run the committed one.")
@click.option(
    "--diff",
    "ledgers",
    type=own_commands.PATH,
    nargs=2,
    metavar="OLD NEW",
    help="Compare two ledger files: exit code 0 if they say the same, 1 if not.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="How --diff writes. [default: text]")
@click.option("--root", type=own_commands.PATH, help=ROOT_HELP)
@click.pass_context
def show_claims(
    context: click.Context, accept: bool, ledgers: tuple[Path, Path] | None, form: str | None, root: Path | None
) -> None:
    """Show the committed ledger, accept that of the last run, or compare two ledger files."""
    from . import claims

    if ledgers:
        if accept:
            raise click.UsageError("found --accept and --diff. Mend: give one of them.")
        _compare(*ledgers, form or FORMATS[0])
        return
    if form:
        raise click.UsageError("found --format and no --diff. Mend: name two ledgers with --diff, or leave it out.")
    root = _root(context, None, root)
    committed = root / claims.LEDGER
    with told({claims.LedgerError: 1, OSError: 2}):
        if accept:
            _accept(committed, root)
        else:
            ledger = claims.loads(committed)
            say(claims.render(ledger, _rows(root / CLAIMS)))


def _compare(old: Path, new: Path, form: str) -> None:
    """Print the difference of two ledger files."""
    from . import claims
    from .claims import delta_reports
    from .claims.delta import compare

    with told({claims.LedgerError: 2}):
        delta = compare(claims.loads(old), claims.loads(new))
    write = {
        "text": delta_reports.delta_text,
        "markdown": delta_reports.delta_markdown,
        "json": delta_reports.delta_json,
    }
    say(write[form](delta).rstrip("\n"))
    if not delta.same:
        sys.exit(1)


def _accept(committed: Path, root: Path) -> None:
    """Show how the last run differs from the committed ledger, then take over its ledger and its notebooks."""
    from . import claims, runs

    folder = root / LAST_RUN
    with told({runs.RunError: 1}):
        whole = runs.is_default(folder, root)
    if not whole:
        raise click.UsageError(
            f"found no run of all notebooks with the declared parameters in {folder}. Mend: il6review run"
        )
    ledger = claims.loads(folder / claims.LEDGER)
    try:
        former = claims.loads(committed)
    except claims.LedgerError:
        # There is none yet, or it cannot be read: all is new.
        former = claims.collect([])
    with told({runs.RunError: 2}):
        renewed = runs.take_over(folder, root)
    if ledger == former and not renewed:
        say("Nothing to accept.")
        return
    _show(claims.diff(former, ledger))
    claims.save(ledger, committed)
    for path in renewed:
        say(f"Outputs renewed: {path.name}")
    say(f"Accepted: {committed}")


@main.command("accept")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Tell what would be taken over, and write nothing.")
@root_option
def accept_rows(name: str, dry_run: bool, root: Path) -> None:
    """Take the rows of runs/NAME into the evidence base.

    Each row must say where it is from: an address or the word unpublished, the place there, and what is printed. All
    notebooks are run over the tables with the rows; then tables, ledger, outputs and changelog are renewed together.
    """
    from . import claims, evidence, runs
    from .progress import Bars, Lines
    from .runs.accept import accept

    shown = Bars() if sys.stderr.isatty() else Lines(say)
    codes = {evidence.EvidenceError: 1, runs.FailedRun: 1, runs.RunError: 2, claims.LedgerError: 1, OSError: 2}
    with told(codes | {journal.JournalError: 2}), stoppable():
        done = accept(name, root=root, report=shown.outcomes, tick=shown.cell, dry_run=dry_run)
    own_commands.tell_difference(done.delta, say)
    for table, numbers in done.rows.items():
        say(f"{table}.csv: {', '.join(numbers)}")
    for path in done.files:
        say(f"{'Would write' if dry_run else 'Written'}: {path}")


@main.command("book")
@click.option("--run", "name", help="Build the book of runs/NAME beside the default one.")
@out_option(BOOK)
@root_option
def build_book(name: str | None, out: Path | None, root: Path) -> None:
    """Build the book from the last run, or from a run with your own data.

    With --run NAME the book goes to _build/book-NAME, and each page says that it holds data of yours.
    """
    from . import claims, evidence, publish, runs

    errors = {publish.PublishError: 1, claims.LedgerError: 1, evidence.EvidenceError: 1, runs.RunError: 2, OSError: 2}
    out = out and out.absolute()
    # As for the notebooks: seen from the folder of the project, its tables are the evidence.
    with told(errors), chdir(root):
        if name:
            say(str(_own_book(name, out, root)))
            return
        folder = root / LAST_RUN
        if not folder.is_dir():
            raise click.UsageError(f"found no run in {folder}. Mend: il6review run")
        say(str(publish.book(folder, out or root / BOOK, root)))


def _own_book(name: str, out: Path | None, root: Path) -> Path:
    """Build the book of a result in runs/."""
    from . import publish, runs
    from .runs.own import folder_of, tables_at

    folder = folder_of(root, name)
    if not folder.is_dir():
        raise click.UsageError(f"found no result {folder}. Mend: il6review run --data FILE --name {name}")
    missing = {path.name for path in (root / "notebooks").glob("*.ipynb")} - {
        path.name for path in (folder / "notebooks").glob("*.ipynb")
    }
    if missing:
        raise runs.RunError(
            [f"{folder}: {counted(len(missing), 'notebook')} not run. Mend: il6review run --data FILE, without names."]
        )
    reports = [folder / "delta.md", folder / "cohort.md"]
    texts = tuple(path.read_text(encoding="utf-8") for path in reports if path.is_file())
    figures = _before_after(folder)
    out = out or root / BOOK.with_name(f"{BOOK.name}-{name.replace('/', '-')}")
    with tables_at(folder / "evidence"):
        return publish.book(folder, out, root, publish.Own(name, folder / "evidence", texts, figures))


def _before_after(folder: Path) -> tuple[str, ...]:
    """Draw each pooled value that moved, before and after, with the reader's own study between."""
    from . import figures
    from .claims import review
    from .claims.synthesis import MEASURES
    from .claims.views_own_study import before_after
    from .runs.own import tables_at

    delta = json.loads((folder / "delta.json").read_text(encoding="utf-8"))
    before = review.load("")
    with tables_at(folder / "evidence"):
        after = review.load("")
    drawn: dict[str, str] = {}
    for claim_id in [*delta["flipped"], *delta["moved"]]:
        for one in before_after(before, after, claim_id, delta["own_rows"]):
            key = f"own.{one.question}.{one.measure}"
            figure = figures.before_after(
                key,
                [figures.ForestRow(**line) for line in one.lines],
                one.before,
                one.after,
                MEASURES.get(one.measure, "correlation r"),
                0.0,
                log=one.measure == "ROM",
                caption="Before and after your rows",
            )
            drawn.setdefault(key, figure.html())
    return tuple(drawn.values())
