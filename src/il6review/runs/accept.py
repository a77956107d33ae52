"""Take the rows of an own result into the evidence base: with their provenance, or not at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from .. import claims, evidence, journal
from ..claims import delta, own_words
from ..claims.rules import questions
from ..evidence.assembly import table_text
from ..evidence.own_tables import LINKS, OWN, ROW, SOURCES
from .errors import RunError
from .execute import NOTEBOOKS, Report, run
from .jobs import Tick
from .own import EVIDENCE, OWN_FILE, folder_of, read_table, scratch_beside, tables_at

CHANGELOG = "CHANGELOG.md"
README = "data/README.md"
#: The columns of which one must be filled for a row to show what was printed.
PRINTED = {
    "groups": ("as_reported",),
    "comparisons": ("p_reported",),
    "correlations": ("r", "p_reported"),
    "proportions": ("events", "percent_reported"),
}
LETTERS = {"groups": "G", "comparisons": "K", "correlations": "C", "proportions": "P"}


@dataclass(frozen=True)
class Accepted:
    """What was taken over, or would be: rows by table with their new numbers, what moved, and the files written."""

    rows: Mapping[str, tuple[str, ...]]
    delta: delta.Delta
    files: tuple[Path, ...]


def accept(name: str, *, root: Path, report: Report, tick: Tick = lambda *_: None, dry_run: bool = False) -> Accepted:
    """Take the rows of `runs/NAME` into `data/`, run all notebooks over them, and renew ledger, outputs and changelog.

    All files are written aside and checked before the first is put in its place; with `dry_run` none is. Raises
    RunError where there is no such result or the tables lie elsewhere, EvidenceError where a row lacks its provenance
    or does not fit the base, FailedRun where a notebook fails, JournalError where a file cannot be put in its place.
    """
    folder = folder_of(root, name)
    if not folder.is_dir():
        raise RunError([f"{folder}: found no result. Mend: il6review run --data FILE --name {name}"])
    if not (folder / EVIDENCE / f"{SOURCES}.csv").is_file():
        mend = f"Mend: il6review run --data FILE --name {name}"
        raise RunError([f"{folder}: found no {SOURCES}.csv in it, as an earlier version left it. {mend}"])
    with chdir(root):
        base = evidence.base()
    if base.resolve() != (root / "data").resolve():
        mend = f"Mend: unset {evidence.VARIABLE}, so that the tables of the project are read."
        raise RunError([f"{base}: expected the tables of the project, {root / 'data'}. {mend}"])
    own, sources, links = _own(folder / EVIDENCE)
    _need_provenance(folder, own, links)
    keys = _keys(sources, base)
    tables = _as_base(own, sources, links, keys, base)
    with scratch_beside(folder) as scratch:
        data, result = scratch / "data", scratch / "result"
        shutil.copytree(base, data)
        for table, rows in tables.items():
            header, former = read_table(base / f"{table}.csv")
            (data / f"{table}.csv").write_text(table_text(header, [*former, *rows]), encoding="utf-8")
        problems = evidence.check(data)
        if problems:
            raise evidence.EvidenceError(problems)
        with tables_at(data):
            done = run([], {}, result, root=root, report=report, tick=tick)
        texts = {f"data/{table}.csv": (data / f"{table}.csv").read_bytes() for table in tables}
        texts |= {f"{NOTEBOOKS}/{path.name}": path.read_bytes() for path in done.notebooks.values()}
        texts[claims.LEDGER] = claims.dumps(done.ledger).encode()
        texts[CHANGELOG] = _noted(root / CHANGELOG, tables, keys).encode()
        if (root / README).is_file():
            texts[README] = _counted(root / README, data, tables).encode()
        difference = delta.compare(claims.loads(root / claims.LEDGER), done.ledger)
        texts = {name: text for name, text in texts.items() if (root / name).read_bytes() != text}
        if not dry_run:
            journal.put(root, texts)
    numbers = {
        table: tuple(row[own_words.KEYS[table]] for row in rows) for table, rows in tables.items() if table in own
    }
    return Accepted(numbers, difference, tuple(root / name for name in texts))


def _own(
    folder: Path,
) -> tuple[dict[str, list[dict[str, str]]], list[dict[str, str]], dict[str, list[str]]]:
    """Give the own rows of a result by table, their sources, and the questions that each row is linked to."""
    found = {}
    for table, key in own_words.KEYS.items():
        _, rows = read_table(folder / f"{table}.csv")
        own = [row for row in rows if row[key].startswith(ROW)]
        if own:
            found[table] = own
    links: dict[str, list[str]] = {}
    for row in read_table(folder / f"{LINKS}.csv")[1]:
        links.setdefault(row["row_id"], []).append(row["question"])
    return found, read_table(folder / f"{SOURCES}.csv")[1], links


def _need_provenance(
    folder: Path, own: Mapping[str, Iterable[Mapping[str, str]]], links: Mapping[str, Sequence[str]]
) -> None:
    """Raise EvidenceError for each row that does not say where it is from, what is printed there, and which arm it is.

    Another word for a population can stand in a note; what an arm was given cannot be guessed from a link.
    """
    again = f"then run again with --name {folder.name}."
    problems = []
    for table, rows in own.items():
        for row in rows:
            lacking = []
            if not row["url"]:
                mend = (
                    f"fill the column url of your table ({OWN_FILE} shows it as read), or say --set url=unpublished; "
                )
                lacking.append(("url", "an address, or the word unpublished", mend))
            if not row["locator"] or row["locator"].startswith(own_words.NO_PLACE):
                mend = "fill the column locator of your table, or say --set locator=PLACE; "
                lacking.append(("locator", "where in your records or on the page the value stands", mend))
            if not any(row[column] for column in PRINTED[table]):
                column = PRINTED[table][0]
                lacking.append((column, "what is printed there", f"fill the column {column} of your table; "))
            number = row[own_words.KEYS[table]]
            arms = [arm for key in links.get(number, ()) if table == "proportions" for arm in _arms(key)]
            if arms and row["arm"] not in arms:
                known = ", ".join(dict.fromkeys(arms))
                lacking.append(("arm", f"an arm by its word: {known}", "write it so in your table, if it is that; "))
            problems += [
                evidence.Problem(
                    f"{folder.name}: {table}.csv, {number}", None, column, row[column], expected, mend + again
                )
                for column, expected, mend in lacking
            ]
    if problems:
        raise evidence.EvidenceError(problems)


def _arms(key: str) -> Sequence[str]:
    """Give the words by which a question knows the arms that it asks about."""
    return questions()[key].proportions["arms"]


def _keys(sources: Sequence[Mapping[str, str]], base: Path) -> dict[str, str]:
    """Give each own source the key that it has in the base. Raises EvidenceError where that is taken."""
    keys = {row["source_key"]: re.sub(r"[^A-Za-z0-9]", "", row["source_key"].removeprefix(OWN)) for row in sources}
    taken = {row["source_key"] for row in read_table(base / "sources.csv")[1]}
    problems = [
        evidence.Problem(
            "sources.csv", None, "source_key", key, "a key that no other source has", "run again with another --name."
        )
        for key in keys.values()
        if key in taken
    ]
    if problems:
        raise evidence.EvidenceError(problems)
    return keys


def _as_base(
    own: Mapping[str, Sequence[Mapping[str, str]]],
    sources: Sequence[Mapping[str, str]],
    links: Mapping[str, Sequence[str]],
    keys: Mapping[str, str],
    base: Path,
) -> dict[str, list[dict[str, str]]]:
    """Give the rows as the base holds them: its numbers and keys, and its words for the population."""
    tables: dict[str, list[dict[str, str]]] = {}
    addresses = {row["source_key"]: row["url"] for rows in own.values() for row in rows}
    for table, rows in own.items():
        key = own_words.KEYS[table]
        numbers = [int(row[key][1:]) for row in read_table(base / f"{table}.csv")[1]]
        tables[table] = []
        for number, row in enumerate(rows, start=max(numbers, default=0) + 1):
            new = _worded(table, row, links.get(row[key], ()))
            new |= {key: f"{LETTERS[table]}{number:03}", "source_key": keys[row["source_key"]]}
            for column in ("comparison_set", "trial"):
                if column in new:
                    new[column] = new[column].replace(row["source_key"], keys[row["source_key"]])
            tables[table].append(new)
    tables["sources"] = [
        {**row, "source_key": keys[row["source_key"]], "kind": "primary", "url": addresses[row["source_key"]]}
        for row in sources
    ]
    return tables


def _worded(table: str, row: Mapping[str, str], linked: Sequence[str]) -> dict[str, str]:
    """Give a row the words by which its questions know its population; its own are kept in the note."""
    if table == "proportions":
        return dict(row)
    rules = [questions()[key].pairs if table == "groups" else questions()[key].correlations for key in linked]
    words = [word for rule in rules for word in rule["population"]]
    if not words or row["population"] in words:
        return dict(row)
    note = f"population as given: {row['population']}"
    return {**row, "population": words[0], "note": f"{row['note']}; {note}" if row["note"] else note}


def _noted(path: Path, tables: Mapping[str, Sequence], keys: Mapping[str, str]) -> str:
    """Give the changelog with a line on the rows, under Data of its first version."""
    counts = ", ".join(f"{len(rows)} in `{table}.csv`" for table, rows in tables.items() if table != "sources")
    line = f"- Rows of {', '.join(keys.values())} accepted: {counts}.\n"
    text = path.read_text(encoding="utf-8")
    first = re.search(r"(?m)^## .*\n", text)
    if not first:
        raise RunError([f"{path.name}: expected a version, a line that begins with ##. Mend: restore the file."])
    end = re.compile(r"(?m)^## ").search(text, first.end())
    section = re.compile(r"(?m)^### Data\n").search(text, first.end(), end.start() if end else len(text))
    if section:
        return text[: section.end()] + line + text[section.end() :]
    return f"{text[: first.end()]}\n### Data\n{line}{text[first.end() :]}"


def _counted(path: Path, data: Path, tables: Iterable[str]) -> str:
    """Give the description of the tables with their present number of rows."""
    text = path.read_text(encoding="utf-8")
    for table in tables:
        count = len(read_table(data / f"{table}.csv")[1])
        text = re.sub(rf"(?m)^(\| {table}\.csv \| )[0-9]+( \|)", rf"\g<1>{count}\g<2>", text)
    return text
