"""One run of one chapter: the tables it read and the choices it made."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..evidence import LINKS, SOURCES, Parts, Rows, base, read, selection
from .model import Claim, LedgerError

Row = Mapping[str, object]
#: Which words a row may have in which columns.
Where = Mapping[str, str | Sequence[str]]
#: What the parameter of a notebook says where the group summaries of the evidence base are read.
OF_BASE = ("", "groups.csv")

TABLES = (
    "sources",
    "claims",
    "groups",
    "comparisons",
    "correlations",
    "effects",
    "proportions",
    "citation_checks",
    "cautions",
    "rank_table",
    "defects",
    "unverified",
    "glossary",
)


@dataclass(frozen=True)
class Tables(Mapping):
    """Tables by name, each read when it is first asked for, whole or in part.

    What a chapter does not read cannot make it stale. All come from one folder, also where another is the evidence
    base by the time that one is asked for.
    """

    names: tuple[str, ...]
    folder: Path
    groups: str | Path = ""
    _held: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    _parts: dict[str, Parts] = field(default_factory=dict)

    def __getitem__(self, name: str) -> tuple[Row, ...]:
        """Give the rows of a table. Raises KeyError where there is none, EvidenceError where it is not sound."""
        if name not in self.names:
            raise KeyError(name)
        if name not in self._held:
            self._held[name] = _rows(read(name, self.groups if name == "groups" else "", self.folder))
        return self._held[name]

    def part(self, name: str, *wheres: Where) -> tuple[Row, ...]:
        """Give the rows of a table that are selected, as `Review.rows` tells; only these count as read."""
        chosen = selection(*wheres)
        if not chosen:
            return ()
        key = f"{name} {json.dumps(chosen)}"
        if key not in self._held:
            if name in self._held or (name == "groups" and str(self.groups) not in OF_BASE):
                self._held[key] = matching(self[name], chosen)
            else:
                if name not in self._parts:
                    self._parts[name] = Parts(name, self.folder, _rows)
                self._held[key] = self._parts[name].part(chosen)
        return self._held[key]

    def __iter__(self) -> Iterator[str]:
        """Give the names."""
        return iter(self.names)

    def __len__(self) -> int:
        """Count the tables."""
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a table, without reading it."""
        return name in self.names


@dataclass(frozen=True)
class Review:
    """The tables as lists of rows (a missing number is None, a missing text is empty) and the choices of a run.

    `measure` is SMD (Hedges g), MD or ROM (ratio of means); `plus_minus` says how a bare "+/-" is read:
    sd, sem or exclude; `recoded` says by table how its rows are read otherwise, to see what hangs on it.
    """

    chapter: str
    tables: Mapping[str, tuple[Row, ...]]
    measure: str = "ROM"
    tau2_estimator: str = "REML"
    confidence: float = 0.95
    alpha: float = 0.05
    plus_minus: str = "sd"
    recoded: Mapping[str, Callable[[Row], Row]] = field(default_factory=dict)

    def rows(self, table: str, *wheres: Where) -> tuple[Row, ...]:
        """Give the rows of a table that have, for one of `wheres`, one of its words in each of its columns.

        A row that is not given does not count as read, and a run is not made anew for it. So a question asks here
        for the rows that it is about, and reads a whole table only if it is about all of them.
        """
        part = getattr(self.tables, "part", None)
        rows = part(table, *wheres) if part else matching(self.tables.get(table, ()), selection(*wheres))
        return tuple(map(self.recoded[table], rows)) if table in self.recoded else rows

    def claims(self) -> list[Claim]:
        """Give the claims of the chapter, in the order of the table."""
        return [Claim.from_row(row) for row in self.rows("claims", {"chapter": self.chapter})]

    def claim(self, claim_id: str) -> Claim:
        """Give one claim of the chapter. Raises LedgerError where it has none of this name."""
        for claim in self.claims():
            if claim.claim_id == claim_id:
                return claim
        raise LedgerError(f"Chapter {self.chapter} has no claim {claim_id!r}. Mend: see claims.csv.")

    def year(self, source_key: str) -> int | None:
        """Give the year of a source, None where no page shows one."""
        source = self.source(source_key)
        return source["year"] if source else None

    def source(self, source_key: str) -> Row | None:
        """Give a source by its key, None where there is none of it."""
        rows = [row for row in self.tables["sources"] if row["source_key"] == source_key]
        return next(iter(rows or self.rows(SOURCES, {"source_key": source_key})), None)

    def sources(self) -> tuple[Row, ...]:
        """Give all sources, those of a reader's own rows last."""
        return (*self.tables["sources"], *self.rows(SOURCES, {}))

    def linked(self, question: str) -> list[str]:
        """Name the reader's own rows that are linked to a question, whatever words they have for their population."""
        return [link["row_id"] for link in self.rows(LINKS, {"question": question})]

    def cautions(self, kind: str, table: str) -> list[Row]:
        """Give the cautions of one kind that hold for a table."""
        return [
            row
            for row in self.tables["cautions"]
            if row["kind"] == kind and {"all", table} & set(row["tables"].split(","))
        ]


def load(chapter: str, *, groups: str | Path = "groups.csv", **choices) -> Review:
    """Read the evidence base, with the group summaries of `groups`, for one chapter.

    `groups` may be a reader's own table. Raises EvidenceError with file, row and column where a table is not sound.
    """
    tables = Tables(TABLES, base(), groups)
    if str(groups) not in OF_BASE:
        tables["groups"]  # a reader's own table is checked before anything else is done
    return Review(chapter=chapter, tables=tables, **choices)


def matching(rows: Sequence[Row], chosen: Sequence[Mapping[str, Sequence[str]]]) -> tuple[Row, ...]:
    """Give the rows that a selection selects."""
    return tuple(rows[position] for position in Rows(rows).positions(chosen))


def whole(text: str) -> int | None:
    """Read a size that may be printed as a range or not at all: only a plain whole number is one."""
    return int(text) if text.isdigit() else None


def _rows(frame) -> tuple[Row, ...]:
    columns = [
        [None if gone else value for value, gone in zip(column.tolist(), column.isna().tolist(), strict=True)]
        for _, column in frame.items()
    ]
    return tuple(dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True))
