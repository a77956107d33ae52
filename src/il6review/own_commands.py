"""What `il6review run` does with a table of the reader's own: read it, run, and tell what moved in short."""

import glob
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

# As in cli.py: what is slow to import is imported when it is called.

KINDS = ("persons", "groups", "comparisons", "correlations", "proportions")
ENCODINGS = ("utf-8", "latin-1", "cp1252", "utf-16")
DECIMALS = {"point": ".", "comma": ","}
SPREADS = ("sd", "sem")
MODES = ("add", "replace", "alone")
COHORTS = "cohorts.csv"

Say = Callable[[str], None]

#: A path as it is given: what cannot be read is told by the one who reads it, with its mend.
PATH = click.Path(path_type=Path, readable=False)

_READING = (
    click.option("--kind", type=click.Choice(KINDS), help="Kind of table. [default: recognised by its columns]"),
    click.option("--map", "maps", multiple=True, metavar="COLUMN=YOURS", help="Your column for a column of the table."),
    click.option("--set", "sets", multiple=True, metavar="COLUMN=TEXT", help="One text for all cells of a column."),
    click.option(
        "--measure",
        "measures",
        multiple=True,
        metavar="YOURS=ANALYTE,UNIT[,SAMPLE]",
        help="What one of several columns of values holds, for one row per person.",
    ),
    click.option("--mapping", type=PATH, help="File with such pairs, written by --save-mapping."),
    click.option("--encoding", type=click.Choice(ENCODINGS), help="How a text file was saved. [default: utf-8]"),
    click.option("--sheet", help="Sheet of a workbook."),
    click.option("--decimal", type=click.Choice(DECIMALS), help="Decimal mark. [default: found, and said]"),
    click.option("--spread", type=click.Choice(SPREADS), help="What a bare plus-minus is."),
)
READING = ("kind", "maps", "sets", "measures", "mapping", "encoding", "sheet", "decimal", "spread")


def reading_options(command: Callable) -> Callable:
    """Give a command the options that say how a table of one's own is read."""
    for option in reversed(_READING):
        command = option(command)
    return command


def column_map(reading: Mapping[str, object]):
    """Join the saved mapping with the pairs that are named. Raises WrongUse where they do not go together."""
    from . import evidence
    from .evidence import column_maps

    kept = column_maps.load_map(reading["mapping"]) if reading["mapping"] else evidence.ColumnMap()
    options = {"maps": "--map", "sets": "--set", "measures": "--measure"}
    named = evidence.ColumnMap(*(column_maps.pairs(reading[name], option) for name, option in options.items()))
    return column_maps.joined(kept, named)


def read(file: Path, reading: Mapping[str, object]):
    """Read a table of one's own by the options given. Raises EvidenceError, and WrongUse where it cannot be read."""
    from . import evidence

    return evidence.read_own(
        file,
        reading["kind"] or "",
        column_map(reading),
        encoding=reading["encoding"] or "",
        sheet=reading["sheet"] or "",
        decimal=DECIMALS.get(reading["decimal"], ""),
        spread=reading["spread"] or "",
    )


def claim_ids(text: str | None) -> list[str]:
    """Read the claims of --claims, joined by a comma."""
    return [claim.strip() for claim in (text or "").split(",") if claim.strip()]


def tell_difference(delta, say: Say) -> None:
    """Say which claims moved and why, in short."""
    from .claims.delta_reports import summary

    say(summary(delta))
    for claim in (*delta.flipped, *delta.moved):
        headline = f"{claim.before} -> {claim.after}" if claim.flipped else claim.after
        say(f"{claim.claim_id}: {headline}")
        for reason in claim.why:
            say(f"  {reason}")


def tell(done, bearing: Collection[str], say: Say) -> None:
    """Say in short what own rows changed, which of the claims `bearing` they do not reach, and where all stands."""
    from .claims.own_links import read_by

    for note in done.rows.notes:
        say(note)
    tell_difference(done.delta, say)
    if done.unreached:
        rows = ", ".join(done.unreached)
        mend = "" if bearing else " Mend: name one with --claims."
        say(f"{rows}: {'reach' if len(done.unreached) > 1 else 'reaches'} no claim.{mend}")
    reached = {claim for claims in done.reached.values() for claim in claims}
    for claim in bearing:
        if claim not in reached:
            mend = "name your rows so if they are that, or give a table of that kind."
            say(f"{claim}: no row of yours enters it. It reads {read_by(claim)}. Mend: {mend}")
    say(f"Difference: {done.folder / 'delta.md'}")


@dataclass(frozen=True)
class Line:
    """One cohort in the table over all."""

    file: str
    result: str
    rows: int | str = ""
    moved: int | str = ""
    flipped: str = ""
    estimates: str = ""


COLUMNS = tuple(Line.__dataclass_fields__)


def line_of(file: str, done) -> Line:
    """Give the line of a cohort that went well."""
    flipped = [f"{claim.claim_id} {claim.before} -> {claim.after}" for claim in done.delta.flipped]
    touched = {claim for claims in done.reached.values() for claim in claims}
    return Line(
        file,
        "ok",
        len(done.rows.ids),
        len(done.delta.flipped) + len(done.delta.moved),
        "; ".join(flipped) or "none",
        "; ".join(estimates(done.ledger, touched)),
    )


def estimates(ledger: Mapping, touched: Collection[str]) -> list[str]:
    """Give pooled values and shares of the claims that own rows reach, as text."""
    ends = ("pooled_estimate", "r_estimate", "share")
    return [
        f"{key} {number['text']}{' ' + number['unit'] if number['unit'] else ''}"
        for key, number in ledger["numbers"].items()
        if key.partition(".")[0] in touched and key.partition(".")[2] in ends
    ]


def each(pattern: str, name: str, root: Path, one: Callable[[Path, str], object], say: Say) -> bool:
    """Run `one` over every file that fits the pattern, and write the table over all into runs/NAME.

    Each result lies in runs/NAME/STEM. Tells whether all went well.

    A file that is wrong is told and does not stop the others.
    """
    from . import claims, evidence, runs
    from .evidence import exports
    from .runs.own import folder_over, safe_name

    base = folder_over(root, name, COHORTS)
    files = sorted(Path(name) for name in glob.glob(pattern, recursive=True) if Path(name).is_file())
    if not files:
        raise click.UsageError(f"found no file that fits {pattern}. Mend: quote the pattern, as in 'cohorts/*.csv'.")
    lines, taken = [], {}
    for file in files:
        stem = safe_name(file.stem)
        say(f"{file}:")
        if stem in taken:
            lines.append(Line(str(file), f"named as {taken[stem]}; rename one of them"))
            say(lines[-1].result)
            continue
        taken[stem] = file
        try:
            lines.append(line_of(str(file), one(file, f"{name}/{stem}")))
        except (evidence.EvidenceError, runs.RunError, claims.LedgerError) as error:
            say(str(error))
            lines.append(Line(str(file), str(error).splitlines()[0]))
    rows = [[getattr(line, column) for column in COLUMNS] for line in lines]
    base.mkdir(parents=True, exist_ok=True)
    exports.write_whole(base / COHORTS, exports.csv_text(COLUMNS, rows))
    say(table(lines))
    say(f"Table: {base / COHORTS}")
    return all(line.result == "ok" for line in lines)


def table(lines: Collection[Line]) -> str:
    """Write the table over all cohorts for the terminal."""
    shown = [("file", "moved", "flipped", "result")]
    shown += [(line.file, str(line.moved), line.flipped, line.result) for line in lines]
    widths = [max(len(cells[column]) for cells in shown) for column in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)), cells[3]]).rstrip()
        for cells in shown
    )
