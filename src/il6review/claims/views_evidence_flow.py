"""Views of where the evidence came from: from the documents to the rows that are pooled, and how it was extracted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from ..evidence import read
from .cards import words
from .decisions import Decision
from .model import Number
from .review import Review
from .rules import load, questions_of
from .synthesis import Answer, answer, percent
from .views import Table

#: The tables whose rows are evidence: id column and name.
ROWS = {
    "comparisons": ("comparison_id", "comparisons of two groups"),
    "groups": ("row_id", "group summaries"),
    "correlations": ("row_id", "correlations"),
    "effects": ("row_id", "published effects"),
    "proportions": ("row_id", "shares of persons"),
    "citation_checks": ("check_id", "citation checks"),
}
#: The order in which the ways of reading a source are told: from most to least.
READ_AS = ("full_text", "abstract", "table", "caption", "secondary", "citation_only")
#: The columns whose agreement the page quotes; all stand in the table.
QUOTED = ("all_numeric_cells", "p_reported", "statistic", "direction")
ROUNDS = {1: "first with second", 2: "third with fourth"}


@dataclass(frozen=True)
class Trail:
    """The ids of the rows that got so far: linked to a claim, in a finding, in a vote, in a pooled value."""

    linked: frozenset[str]
    found: frozenset[str]
    voted: frozenset[str]
    pooled: frozenset[str]


def trail(review: Review, decisions: Iterable[Decision]) -> Trail:
    """Follow the rows through all decisions.

    A row is linked where it names a claim or a question selects it, even to set it aside. A row in a finding stands
    in one of the three findings of a claim. Votes and pooled values are those of the evidence checks.
    """
    linked = {row["comparison_id"] for row in review.tables["comparisons"] if row["claim_ids"]}
    linked |= {row["check_id"] for row in review.tables["citation_checks"]}
    found, voted, pooled = set(), set(), set()
    for decision in decisions:
        found |= {row for finding in decision.findings for row in finding.rows}
        claim = decision.claim
        for question in questions_of(claim.claim_id):
            one = answer(review, question, {claim.seed, *claim.cites})
            linked |= _looked_at(one)
            voted |= {row for vote in one.votes for row in vote.rows}
            pooled |= _pooled(one)
    # A grade of the ranked table is part of the document, not of the evidence.
    found &= set(row_sources(review))
    return Trail(frozenset(linked | found), frozenset(found), frozenset(voted), frozenset(pooled))


def _looked_at(one: Answer) -> set[str]:
    """Give the rows that a question selects, used or set aside."""
    return {*one.rows, *(item.row for item in one.aside), *(row for pair in one.pairs for row in pair.rows)}


def _pooled(one: Answer) -> set[str]:
    """Give the rows of a pooled ratio or difference, and of a pooled correlation, where there is one."""
    rows = {row for pair in one.pairs if pair.effect for row in pair.rows} if one.ratio else set()
    return rows | ({item.row for item in one.correlations} if one.correlation else set())


def row_sources(review: Review) -> dict[str, str]:
    """Give the source of each row of evidence, by id."""
    return {
        row[key]: row.get("source_key") or row["cited_source"]
        for table, (key, _) in ROWS.items()
        for row in review.tables[table]
    }


def flow_lines(review: Review, decisions: Sequence[Decision]) -> list[dict]:
    """Give the steps of the flow diagram, from the documents to the rows in a vote or a pooled value."""
    claims = review.tables["claims"]
    sources = [row for row in review.sources() if row["kind"] != "seed"]
    cited = {key for row in claims for key in row["cites"].split(";") if key}
    read_sources = [row for row in sources if row["read_as"] != "citation_only"]
    of_row = row_sources(review)
    used = [row for row in read_sources if row["source_key"] in set(of_row.values())]
    rows = trail(review, decisions)
    end = rows.voted | rows.pooled
    ends = (
        ("in a vote only", len(rows.voted - rows.pooled)),
        ("in a vote and a pooled value", len(rows.voted & rows.pooled)),
        ("in a pooled value only", len(rows.pooled - rows.voted)),
    )
    return [
        _step("Documents checked", len({row["seed"] for row in claims}), "documents"),
        _step("Claims they make", len(claims), "claims", _by_document(claims)),
        _step("Works these claims cite", len(cited), "works"),
        _step(
            "Sources: these works, and what searches found",
            len(sources),
            "sources",
            _parts(row["kind"] for row in sources),
            ("Out of reach: known by citation only", len(sources) - len(read_sources)),
        ),
        _step(
            "Sources read, at least in part",
            len(read_sources),
            "sources",
            _parts((row["read_as"] for row in read_sources), READ_AS),
            ("Read, but no row taken", len(read_sources) - len(used)),
        ),
        _step("Sources with a row of evidence", len(used), "sources"),
        _step(
            "Rows of evidence, the documents' own included",
            len(of_row),
            "rows",
            tuple((name, len(review.tables[table])) for table, (_, name) in ROWS.items()),
            ("Bear on no claim", len(of_row) - len(rows.linked)),
        ),
        _step(
            "Rows that bear on a claim",
            len(rows.linked),
            "rows",
            left=("Set aside, or not needed for a finding", len(rows.linked - rows.found)),
        ),
        _step(
            "Rows in a finding",
            len(rows.found),
            "rows",
            left=("In a citation or recomputation check or a published estimate", len(rows.found - end)),
        ),
        _step("Rows that count in the evidence", len(end), "rows", ends) | {"row_ids": tuple(sorted(end))},
    ]


def _step(
    label: str, n: int, unit: str, parts: tuple[tuple[str, int], ...] = (), left: tuple[str, int] | None = None
) -> dict:
    return {"label": label, "n": n, "unit": unit, "parts": parts, "leaves": left}


def _by_document(claims: Iterable[dict]) -> tuple[tuple[str, int], ...]:
    found = Counter(row["seed"] for row in claims)
    return tuple((name, found[key]) for key, name in load("words.yaml")["documents"].items())


def _parts(values: Iterable[str], order: Sequence[str] = ()) -> tuple[tuple[str, int], ...]:
    """Count values, in the order given or the most frequent first, under their words."""
    found = Counter(values)
    names = [name for name in order if found[name]] or [name for name, _ in found.most_common()]
    return tuple((words(name), found[name]) for name in names)


def sources_table(review: Review) -> Table:
    """One line for each kind of source, one column for each way in which it was read."""
    sources = review.sources()
    kinds = Counter(row["kind"] for row in sources)
    lines = [
        {
            "kind": "document checked" if kind == "seed" else words(kind),
            **{words(name): sum((row["kind"], row["read_as"]) == (kind, name) for row in sources) for name in READ_AS},
            "all": n,
        }
        for kind, n in kinds.most_common()
    ]
    return Table(pd.DataFrame(lines))


def agreement_table() -> Table:
    """One line for each column that two extractors filled, with the agreement and kappa where it is defined."""
    frame = read("agreement")
    shown = {
        "extractors": frame["round"].map(ROUNDS),
        "column": frame["field"].map(words),
        "cells both filled": frame["n_compared"],
        "alike": frame["n_same"],
        "percent": frame["percent"].map("{:.1f}".format),
        "kappa": frame["kappa"].map(lambda kappa: "" if pd.isna(kappa) else f"{kappa:.2f}"),
        "only one filled": frame["n_one_blank"].map(lambda n: "not counted" if pd.isna(n) else str(n)),
    }
    return Table(pd.DataFrame(shown))


def disagreements_table() -> Table:
    """One line for each ruling: the column, the cells on which the extractors differed with what each had, and why."""
    frame = read("disagreements").map(words)
    shown = {
        "column": frame["field"],
        "cell: first reader against second": frame["row"] + ": " + frame["A"] + " against " + frame["B"],
        "ruling": frame["adjudicated"] + " (" + frame["reason"] + ")",
    }
    ruled = pd.DataFrame(shown).groupby(["column", "ruling"], sort=False, as_index=False).agg("; ".join)
    return Table(ruled[list(shown)])


def left_out_tables() -> tuple[Table, Table]:
    """Give the values without an address, which are never used, and those that only the adjudicator saw."""
    lost = read("unverified")[["study", "analyte", "group", "reason", "note"]]
    added = read("adjudicator_additions")[["source_key", "group_label", "analyte", "sample", "as_reported", "locator"]]
    return Table(lost), Table(added.rename(columns={"source_key": "source", "group_label": "group"}))


def extraction_numbers(review: Review) -> dict[str, Number]:
    """Name the numbers of the page: how sources were read, and how well the extractors agreed."""
    sources = [row for row in review.sources() if row["kind"] != "seed"]
    ways = Counter(row["read_as"] for row in sources)
    numbers = {
        f"read_as.{name}": Number(ways[name], 0, f"sources besides the documents, read as {words(name)}")
        for name in READ_AS
    }
    read_sources = len(sources) - ways["citation_only"]
    label = "share of the sources read that were read as an abstract"
    numbers["abstract_share"] = percent(ways["abstract"] / read_sources, label, ())
    for row in read("agreement").query("field in @QUOTED").to_dict("records"):
        name, pair = f"round{row['round']}.{row['field']}", f"{words(row['field'])}, {ROUNDS[row['round']]} extractor"
        numbers[f"{name}.compared"] = Number(row["n_compared"], 0, f"cells that both filled: {pair}")
        numbers[f"{name}.same"] = Number(row["n_same"], 0, f"cells that both filled alike: {pair}")
        numbers[f"{name}.percent"] = percent(row["percent"] / 100, f"share filled alike: {pair}", ())
        if pd.notna(row["kappa"]):
            numbers[f"{name}.kappa"] = Number(row["kappa"], 2, f"kappa: {pair}")
    tables = {"disagreements": "cells ruled on", "unverified": "values without an address, never used"}
    tables["adjudicator_additions"] = "values that only the adjudicator saw"
    return numbers | {name: Number(len(read(name)), 0, label) for name, label in tables.items()}


def flow_numbers(lines: Iterable[dict]) -> dict[str, Number]:
    """Name the numbers of the flow diagram, by the place of the step."""
    numbers = {}
    for place, line in enumerate(lines, start=1):
        numbers[f"step{place}"] = Number(line["n"], 0, f"{line['label']}, {line['unit']}")
        if line["leaves"]:
            numbers[f"step{place}.leaves"] = Number(line["leaves"][1], 0, f"{line['label']}: {line['leaves'][0]}")
    return numbers
