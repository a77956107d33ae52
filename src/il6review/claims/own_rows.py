"""A reader's own table as rows of the evidence base: which columns they fill, and which questions they bear on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..evidence import EvidenceError, Problem
from ..evidence.own import OwnTable
from ..evidence.own_tables import KIND, LINKS, OWN, ROW, SOURCES
from ..evidence.problems import nearest
from . import own_groups, own_links, own_persons
from .cohort import Cohort
from .own_words import KEYS, NO_PLACE, Cells, number, records, text, tidy
from .review import Review, Row
from .rules import questions
from .stages import ordered_sets
from .synthesis import answer, control_pairs

if TYPE_CHECKING:
    import pandas as pd

#: How own rows go with the others: beside them, in place of those of the same chapter and analyte, or alone.
MODES = ("add", "replace", "alone")
#: The column that says what was measured.
MEASURED = {"groups": "analyte", "correlations": "x", "proportions": "outcome"}


@dataclass(frozen=True)
class OwnRows:
    """Rows of a reader, ready for the tables of the evidence base.

    `tables` holds the cells of each row by table; `links` the pairs of row and question that hold whatever words the
    row uses for its population; `cohorts` what was found in a table of persons.
    """

    chapters: tuple[str, ...]
    tables: Mapping[str, list[Cells]]
    sources: list[Cells]
    links: list[Cells]
    cohorts: tuple[Cohort, ...]
    notes: tuple[str, ...]

    @property
    def all_tables(self) -> dict[str, list[Cells]]:
        """All that goes into a copy of the evidence base: the rows by table, their sources and links."""
        return {**self.tables, SOURCES: self.sources, LINKS: self.links}

    @property
    def ids(self) -> tuple[str, ...]:
        """The numbers of all rows, in order."""
        return tuple(row[KEYS[table]] for table, rows in self.tables.items() for row in rows)


def own_rows(
    table: OwnTable,
    name: str,
    claims: Collection[str],
    known: Mapping[str, str],
    chapter: str = "",
    alpha: float = 0.05,
) -> OwnRows:
    """Turn a reader's own table into rows of the evidence base.

    `name` becomes the key of the source; `claims` names claims that the rows bear on; `known` gives the chapter of
    each claim of the evidence base; `chapter` is that of rows which name none.

    Raises EvidenceError where the table has a problem, a claim is unknown, or a row has no chapter.
    """
    frame = table.sound()
    _refuse_unknown(table, frame, claims, known)
    chapters = _chapters(table, frame, claims, known, chapter)
    keys = _keys(frame, name)
    build = {"persons": own_persons.rows, "groups": own_groups.rows}.get(table.kind.name, _plain)
    tables, found, notes = build(table, frame, chapters, keys, sorted(claims), alpha)
    tables = {name: [tidy(row) for row in rows] for name, rows in tables.items()}
    numbered = enumerate(((kind, row) for kind, rows in tables.items() for row in rows), start=1)
    for place, (kind, row) in numbered:
        row[KEYS[kind]] = f"{ROW}{place:03}"
    return OwnRows(
        chapters=tuple(dict.fromkeys(chapters)),
        tables=tables,
        sources=[_source(key, Path(table.file).name) for key in dict.fromkeys(keys)],
        links=[tidy(link) for kind, rows in tables.items() for link in own_links.links(kind, rows, claims)],
        cohorts=found,
        notes=tuple(notes),
    )


def _refuse_unknown(table: OwnTable, frame: pd.DataFrame, claims: Collection[str], known: Mapping[str, str]) -> None:
    """Raise EvidenceError for a claim that the evidence base does not have."""
    problems = [
        Problem("--claims", None, None, claim, "a claim of claims.csv", f"{nearest(claim, known)}See: il6review claims")
        for claim in sorted(claims)
        if claim not in known
    ]
    if "claim_ids" in frame:
        for line, cell in zip(frame["line"], frame["claim_ids"], strict=True):
            for claim in filter(None, cell.split(";")):
                if claim not in known:
                    mend = f"{nearest(claim, known)}See: il6review claims"
                    problems.append(Problem(table.file, line, "claim_ids", claim, "a claim of claims.csv", mend))
    if problems:
        raise EvidenceError(problems)


def _chapters(
    table: OwnTable, frame: pd.DataFrame, claims: Collection[str], known: Mapping[str, str], chapter: str
) -> list[str]:
    """Give the chapter of each row: its own, that of its claims, or that of the run."""
    found, problems = [], []
    given = next((known[claim] for claim in sorted(claims)), "") or chapter
    linked = frame["claim_ids"] if "claim_ids" in frame else [""] * len(frame)
    for line, own, cell in zip(frame["line"], frame["chapter"], linked, strict=True):
        of_claim = known[cell.split(";")[0]] if cell else ""
        found.append(own or of_claim or given)
        if not found[-1]:
            mend = "fill it in, or say --set chapter=ra_serum_levels, or name the chapter to run, or --claims."
            problems.append(Problem(table.file, line, "chapter", "", "the chapter that the row belongs to", mend))
    if problems:
        raise EvidenceError(problems)
    return found


def _keys(frame: pd.DataFrame, name: str) -> list[str]:
    """Give the key of the source of each row: one study is Own_NAME, several keep their keys behind it."""
    several = frame["source_key"].nunique() > 1
    return [f"{OWN}{name}_{key}" if several else f"{OWN}{name}" for key in frame["source_key"]]


def _source(key: str, file: str) -> Cells:
    return {"source_key": key, "kind": KIND, "title": text(f"Own table {file}"), "read_as": "table"}


def _plain(
    table: OwnTable, frame: pd.DataFrame, chapters: Sequence[str], keys: Sequence[str], claims: Sequence[str], _: float
) -> tuple[dict[str, list[Cells]], tuple, list[str]]:
    """Take over comparisons, correlations or proportions, which have the columns of the evidence base."""
    rows = []
    columns = [field for field in table.kind.fields if field["name"] not in ("source_key", "chapter")]
    for position, cells in enumerate(records(frame)):
        row = {field["name"]: _cell(field, cells) for field in columns}
        row |= {"source_key": keys[position], "chapter": chapters[position]}
        row["locator"] = row["locator"] or f"{NO_PLACE}, line {cells['line']}"
        if table.kind.name == "comparisons":
            row["claim_ids"] = row["claim_ids"] or ";".join(claims)
            row["population"] = row["population"] or "own study"
        else:
            row |= {"extractors": "own", "agreement": "single"}
        if table.kind.name == "correlations":
            row["population"] = row["population"] or "own study"
            row["direction_only"] = "no" if row["r"] else "yes"
        if table.kind.name == "proportions":
            row["trial"] = row["trial"] or keys[position]
            row["arm"] = _arm(row["arm"])
        rows.append(row)
    return {table.kind.name: rows}, (), []


def _arm(name: str) -> str:
    """Give an arm the word by which a question knows it, where it differs in capitals alone."""
    rules = [question.proportions for question in questions().values() if question.proportions]
    words = [word for rule in rules for word in (*rule["arms"], *rule["controls"])]
    return next((word for word in words if word.casefold() == name.casefold()), name)


def _cell(field: Mapping, cells: Mapping[str, object]) -> object:
    value = cells[field["name"]]
    return number(value) if field["type"] in ("number", "integer") else value or ""


def kept(mode: str, own: OwnRows, documents: Collection[str]) -> Callable[[str, Row], bool]:
    """Say which rows of the evidence base stay beside the own ones.

    `documents` are the sources whose statements are checked, and those that these cite: their comparisons stay
    always, since they are what is checked. `replace` takes out the rows of the same chapter and analyte (comparisons:
    of the same claims), `alone` every other row of the tables that own rows go to.
    """
    touched = {
        table: {(row["chapter"], row[MEASURED[table]]) for row in rows}
        for table, rows in own.tables.items()
        if table in MEASURED
    }
    claims = {claim for row in own.tables.get("comparisons", ()) for claim in row["claim_ids"].split(";") if claim}

    def stays(table: str, row: Row) -> bool:
        if mode == "add" or table not in own.tables or (table == "comparisons" and row["source_key"] in documents):
            return True
        if mode == "alone":
            return False
        if table == "comparisons":
            return not claims & set(row["claim_ids"].split(";"))
        return (row["chapter"], row[MEASURED[table]]) not in touched[table]

    return stays


def reached(review: Review, ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Give for each own row the claims whose evidence it enters, or beside which it is shown with a reason.

    `review` is that of the chapter of the rows, over the tables that hold them.
    """
    claims: dict[str, dict[str, None]] = {row: {} for row in ids}
    for question in questions().values():
        found = answer(review, question)
        pairs = [row for pair in control_pairs(review, question) for row in pair.rows]
        for row in {*found.rows, *(item.row for item in found.aside), *pairs} & claims.keys():
            claims[row] |= dict.fromkeys(question.claims)
    return {row: tuple(found) for row, found in claims.items()}


def staged(review: Review, analytes: Iterable[str]) -> set[str]:
    """Give the rows that stand among the ordered stages of a chapter."""
    return {row for analyte in analytes for stages in ordered_sets(review, analyte) for row in stages.rows}
