"""The command line: check the evidence, run the notebooks, compare and accept the ledger, build the book."""

import csv
import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path

import click

from . import __version__

# Each command imports what it needs when it is called: papermill, pandas and Sphinx take seconds, and
# `il6review --help` must not wait for them.

HERE = Path(__file__).resolve()
DESCRIPTOR = Path("data", "datapackage.json")
CLAIMS = Path("data", "claims.csv")
LAST_RUN = Path("_build", "run")
BOOK = Path("_build", "book")


@click.group()
@click.version_option(__version__, prog_name="il6review")
def main() -> None:
    """Check the claims of five documents on interleukin-6.

    The evidence tables are validated, the notebooks run, the findings compared with the committed ledger, and
    the book is built from what has just run.

    Exit codes: 0 all is well; 1 a finding (a problem in the tables, a failed notebook, a ledger that moved);
    2 wrong use.
    """


def plain(text: str) -> str:
    """Show control and format characters as escapes: text from a file must not steer the terminal."""
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in "\n\t"
        else character
        for character in text
    )


def say(text: str, *, err: bool = False) -> None:
    """Print text that may come from a file."""
    click.echo(plain(text), err=err)


@contextmanager
def told(codes: Mapping[type[Exception], int]) -> Iterator[None]:
    """Say an expected error without a traceback, and end with the exit code of the first kind that fits."""
    try:
        yield
    except tuple(codes) as error:
        say(str(error), err=True)
        sys.exit(next(code for kind, code in codes.items() if isinstance(error, kind)))


def _is_root(folder: Path) -> bool:
    """Tell whether a folder is the top folder of a project."""
    return (folder / "notebooks").is_dir() and (folder / DESCRIPTOR).is_file()


def _root(_context: click.Context, _option: click.Parameter, value: Path | None) -> Path:
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
    return found


root_option = click.option(
    "--root",
    type=click.Path(path_type=Path),
    callback=_root,
    help="Folder of the project. [default: the nearest one upwards]",
)


def out_option(default: Path) -> Callable:
    """Give the option --out, whose default lies in the folder of the project."""
    text = f"Folder to write. [default: {default}]"
    return click.option("--out", type=click.Path(path_type=Path), help=text)


@main.command("check")
@root_option
def check_tables(root: Path) -> None:
    """Validate the evidence tables."""
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
    say(f"{tables} tables, {rows} rows: no problem")


def _size(folder: Path) -> tuple[int, int]:
    """Count the tables of the evidence base and their rows."""
    resources = json.loads((folder / DESCRIPTOR.name).read_text(encoding="utf-8"))["resources"]
    return len(resources), sum(_rows(folder / resource["path"]) for resource in resources)


def _rows(path: Path) -> int:
    """Count the rows of a table under its header."""
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


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
@out_option(LAST_RUN)
@root_option
def run_notebooks(
    names: tuple[str, ...], parameters: tuple[tuple[str, str], ...], out: Path | None, root: Path
) -> None:
    """Run the notebooks, or those named.

    The findings are compared with the committed ledger. With the declared parameters a finding or number
    that moved is a failure; with your own it is the answer.
    """
    from . import claims, runs

    with told({runs.FailedRun: 1, runs.RunError: 2, claims.LedgerError: 1, OSError: 2}):
        done = runs.run(names, dict(parameters), out or root / LAST_RUN, root=root, report=_progress)
        width = max(map(len, done.seconds))
        for name, seconds in done.seconds.items():
            say(f"{name:{width}}  {seconds:5.1f} s")
        say(f"Ledger: {done.folder / claims.LEDGER}")
        committed = claims.loads(root / claims.LEDGER)
    changes = claims.diff(_covered(committed, done.ledger) if names else committed, done.ledger)
    _show(changes)
    if changes and not parameters:
        sys.exit(1)


def _progress(outcomes: Iterable, total: int) -> Iterator:
    """Show which notebooks have ended: a bar on a terminal, a line each elsewhere."""
    from tqdm import tqdm

    if sys.stderr.isatty():
        yield from tqdm(outcomes, total=total, unit="notebook")
        return
    for outcome in outcomes:
        say(f"{outcome.name}: {'failed' if outcome.problem else 'done'}", err=True)
        yield outcome


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
@root_option
def show_claims(accept: bool, root: Path) -> None:
    """Show the committed ledger, or accept that of the last run."""
    from . import claims

    committed = root / claims.LEDGER
    with told({claims.LedgerError: 1, OSError: 2}):
        if accept:
            _accept(committed, root)
        else:
            ledger = claims.loads(committed)
            say(claims.render(ledger, _rows(root / CLAIMS)))


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


@main.command("book")
@out_option(BOOK)
@root_option
def build_book(out: Path | None, root: Path) -> None:
    """Build the book from the last run."""
    from . import claims, evidence, publish

    folder = root / LAST_RUN
    if not folder.is_dir():
        raise click.UsageError(f"found no run in {folder}. Mend: il6review run")
    out = (out or root / BOOK).absolute()
    # As for the notebooks: seen from the folder of the project, its tables are the evidence.
    errors = {publish.PublishError: 1, claims.LedgerError: 1, evidence.EvidenceError: 1, OSError: 2}
    with told(errors), chdir(root):
        say(str(publish.book(folder, out, root)))
