"""One run of one chapter: the tables it read and the choices it made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..evidence import LINKS, SOURCES, base, has, read
from ..evidence.own_tables import OWN, ROW
from .model import Claim, LedgerError

Row = Mapping[str, object]

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
    """Tables by name, each read when it is first asked for: what a chapter does not read cannot make it stale.

    They come from one folder, also where another is the evidence base by the time that one is asked for.
    """

    names: tuple[str, ...]
    folder: Path
    groups: str | Path = ""
    _held: dict[str, tuple[Row, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> tuple[Row, ...]:
        """Give the rows of a table. Raises KeyError where there is none, EvidenceError where it is not sound."""
        if name not in self.names:
            raise KeyError(name)
        if name not in self._held:
            self._held[name] = _rows(read(name, self.groups if name == "groups" else "", self.folder))
        return self._held[name]

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
    sd, sem or exclude.
    """

    chapter: str
    tables: Mapping[str, tuple[Row, ...]]
    measure: str = "ROM"
    tau2_estimator: str = "REML"
    confidence: float = 0.95
    alpha: float = 0.05
    plus_minus: str = "sd"

    def claims(self) -> list[Claim]:
        """Give the claims of the chapter, in the order of the table."""
        return [Claim.from_row(row) for row in self.tables["claims"] if row["chapter"] == self.chapter]

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
        """Give a source by its key, None where there is none of it.

        Own sources are looked up for own keys only: else whatever names a source would be made anew for each of them.
        """
        rows = self.tables[SOURCES if source_key.startswith(OWN) else "sources"]
        return next((row for row in rows if row["source_key"] == source_key), None)

    def sources(self) -> tuple[Row, ...]:
        """Give all sources, those of a reader's own rows last."""
        return (*self.tables["sources"], *self.tables.get(SOURCES, ()))

    def linked(self, row: Row, question: str) -> bool:
        """Say whether a reader's own row is linked to a question, whatever words it has for its population."""
        return row["row_id"].startswith(ROW) and any(
            (link["row_id"], link["question"]) == (row["row_id"], question) for link in self.tables[LINKS]
        )

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
    tables = Tables((*TABLES, *filter(has, (SOURCES, LINKS))), base(), groups)
    if str(groups) != "groups.csv":
        tables["groups"]  # a reader's own table is checked before anything else is done
    return Review(chapter=chapter, tables=tables, **choices)


def whole(text: str) -> int | None:
    """Read a size that may be printed as a range or not at all: only a plain whole number is one."""
    return int(text) if text.isdigit() else None


def _rows(frame) -> tuple[Row, ...]:
    columns = [
        [None if gone else value for value, gone in zip(column.tolist(), column.isna().tolist(), strict=True)]
        for _, column in frame.items()
    ]
    return tuple(dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True))
