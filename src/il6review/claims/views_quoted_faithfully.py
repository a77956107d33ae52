"""What the page on quotations shows: every recorded check of what a document says against what a source says."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from .cards import words
from .entries import Entries, Entry, claim_link, row_link, source_link, web_link
from .ledger import natural
from .model import Claim, Number
from .review import Review, Row
from .rules import load
from .views import Table, source_label

#: The colour of each finding, in the words of the headlines.
TONES = {
    "contradicted": "falls",
    "misattributed": "weakened",
    "overstated": "weakened",
    "unverifiable": "untested",
    "supported_with_omission": "stands",
    "supported": "stands",
}
#: Findings in which the document says something that the source does not.
SLIPS = ("contradicted", "misattributed", "overstated")
#: How much of a source could be read, from all of it to nothing but its citation.
READ_AS = ("full_text", "abstract", "table", "caption", "secondary", "citation_only")


@dataclass(frozen=True)
class Quotation:
    """One check: the row, its claim, the document that makes the claim, and whether the document cites this source."""

    row: Row
    claim: Claim
    document: str
    cited: bool


def findings() -> list[str]:
    """Give the findings of a check, the worst first."""
    return list(load("rules.yaml")["citation_order"])


def quotations(review: Review) -> list[Quotation]:
    """Give every check, the worst finding first, in it major slips before minor ones, then in the order of claims."""
    names = load("words.yaml")["documents"]
    claims = {row["claim_id"]: Claim.from_row(row) for row in review.tables["claims"]}
    order = findings()
    checks = [
        Quotation(row, claim, names.get(claim.seed, claim.seed), row["cited_source"] in claim.cites)
        for row, claim in ((row, claims[row["claim_id"]]) for row in review.tables["citation_checks"])
    ]
    return sorted(
        checks,
        key=lambda item: (
            order.index(item.row["finding"]),
            item.row["severity"] != "major",
            natural(item.claim.claim_id),
            item.row["check_id"],
        ),
    )


def cited(checks: Iterable[Quotation], scope: str) -> list[Quotation]:
    """Keep the checks of sources that the document cites (`cited`), of other sources (`beside`), or `all`."""
    return [item for item in checks if scope == "all" or item.cited == (scope == "cited")]


def slip(item: Quotation) -> str:
    """Name the kind of slip that a check looks at."""
    return words(item.row["aspect"])


def document(item: Quotation) -> str:
    """Name the document, and whether it cites the source itself."""
    return f"{'Cited by' if item.cited else 'Set beside'}: {item.document}"


def rows_of(checks: Iterable[Quotation]) -> tuple[str, ...]:
    """Give the ids of the rows."""
    return tuple(item.row["check_id"] for item in checks)


def bars(checks: Iterable[Quotation], by: Callable[[Quotation], str]) -> list[dict]:
    """Give the lines of a plot of stacked bars: a count for each finding in each group, the largest group first."""
    groups: dict[str, list[Quotation]] = {}
    for item in checks:
        groups.setdefault(by(item), []).append(item)
    return [
        {
            "label": name,
            "counts": tuple(sum(item.row["finding"] == finding for item in group) for finding in findings()),
            "row_ids": rows_of(group),
        }
        for name, group in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    ]


def numbers(checks: Sequence[Quotation]) -> dict[str, Number]:
    """Count the checks: all, of cited sources and of others, each by finding, with the slips and the major ones."""
    found = {}
    for scope, told in (
        ("all", "checks"),
        ("cited", "checks of a cited source"),
        ("beside", "checks of another source"),
    ):
        chosen = cited(checks, scope)
        found[scope] = Number(len(chosen), 0, told, rows=rows_of(chosen))
        for finding in findings():
            group = [item for item in chosen if item.row["finding"] == finding]
            found[f"{scope}_{finding}"] = Number(len(group), 0, f"{told}: {words(finding)}", rows=rows_of(group))
        slips = [item for item in chosen if item.row["finding"] in SLIPS]
        major = [item for item in slips if item.row["severity"] == "major"]
        found[f"{scope}_slips"] = Number(len(slips), 0, f"{told}: slips", rows=rows_of(slips))
        found[f"{scope}_major"] = Number(len(major), 0, f"{told}: major slips", rows=rows_of(major))
    return found


def listed(review: Review, checks: Iterable[Quotation], finding: str = "") -> tuple[Entries, tuple[str, ...]]:
    """Show checks, all or of one finding, the document beside the source; with the ids of their rows."""
    chosen = [item for item in checks if finding in ("", item.row["finding"])]
    return Entries([_entry(review, item) for item in chosen]), rows_of(chosen)


def _entry(review: Review, item: Quotation) -> Entry:
    row, source = item.row, item.row["cited_source"]
    parts = [
        ("The document says", [[row["seed_says"]]]),
        ("The source says", [[row["source_says"]]]),
    ]
    if row["note"]:
        parts.append(("Note", [[row["note"]]]))
    read = [", ", web_link("page read", row["url"])] if row["url"] else []
    where = [source_link(source, source_label(review, source)), " (", row_link(row["check_id"]), *read, ")"]
    head = [claim_link(item.claim), f", {slip(item)}: ", *where]
    return Entry(head, f"{row['finding']}, {row['severity']}", TONES[row["finding"]], parts)


def sources_read(review: Review, sources: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Group sources by how much of them could be read, the most first."""
    read_as = {row["source_key"]: row["read_as"] for row in review.tables["sources"]}
    named = sorted(set(sources))
    return [(kind, [source for source in named if read_as[source] == kind]) for kind in READ_AS]


def cited_sources(review: Review) -> list[str]:
    """Give every source that some claim cites."""
    return sorted({key for row in review.tables["claims"] for key in Claim.from_row(row).cites})


def read_numbers(review: Review, checks: Iterable[Quotation]) -> dict[str, Number]:
    """Count the cited sources by what could be read of them, those that no check reaches, and the claims that cite."""
    sources = cited_sources(review)
    unchecked = set(sources) - {item.row["cited_source"] for item in checks if item.cited}
    claims = [Claim.from_row(row) for row in review.tables["claims"]]
    found = {f"read_{kind}": len(keys) for kind, keys in sources_read(review, sources)}
    told = {f"read_{kind}": f"cited sources read as {words(kind)}" for kind in READ_AS}
    found |= {
        "sources": len(sources),
        "sources_unchecked": len(unchecked),
        "claims": len(claims),
        "claims_citing": sum(bool(claim.cites) for claim in claims),
        "documents_citing": len({claim.seed for claim in claims if claim.cites}),
    }
    told |= {
        "sources": "sources that some claim cites",
        "sources_unchecked": "cited sources of which no check could be made",
        "claims": "claims of all documents",
        "claims_citing": "claims that cite a source",
        "documents_citing": "documents of which some claim cites a source",
    }
    return {name: Number(value, 0, told[name]) for name, value in found.items()}


def sources_table(review: Review) -> Table:
    """List the cited sources by how much of them could be read."""
    lines = [
        {"read as": words(kind), "sources": len(keys), "which": ", ".join(source_label(review, key) for key in keys)}
        for kind, keys in sources_read(review, cited_sources(review))
    ]
    return Table(pd.DataFrame(lines))
