"""What the page on claims that cannot be computed again shows: by reason, and whom one would have to ask for what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from .cards import words
from .decisions import Decision, decide_book
from .entries import Entries, Entry, claim_link, source_link
from .model import REASONS, LedgerError, Number
from .review import Review, Row
from .rules import HEADLINES, load
from .views import Table, source_label


@dataclass(frozen=True)
class Unchecked:
    """A claim whose figures cannot be computed again: its decision, headline and row."""

    decision: Decision
    headline: str
    row: Row

    @property
    def reason(self) -> str:
        """Say why it cannot."""
        return self.decision.findings[1].reason


def unchecked(review: Review) -> list[Unchecked]:
    """Decide every claim of every chapter, and give those that cannot be computed again, in the order of the table."""
    return [
        Unchecked(decision, decision.as_json()["headline"], row)
        for decision, row in zip(decide_book(review), review.tables["claims"], strict=True)
        if decision.findings[1].finding == "not_recomputable"
    ]


def ask(row: Row) -> str:
    """Say what one would have to ask for, from kind, outcome, comparison, dose, time and sizes of a claim.

    Raises LedgerError where no line of `asks.yaml` fits.
    """
    told = load("asks.yaml")
    first, _, second = row["comparison"].partition(" vs ")
    facts = {
        "method": row["outcome"] in told["methods"],
        "paired": second in told["earlier"],
        "p": bool(row["p_reported"]),
        "kind": row["kind"],
    }
    when = ", ".join(filter(None, (row["dose"], row["time"])))
    sizes = " and ".join(filter(None, (row["n_a"], row["n_b"])))
    cells = {
        "outcome": told["in_words"].get(row["outcome"], row["outcome"]),
        "groups": f"{first}; {second}" if second else first,
        "when": f" ({when})" if when else "",
        "printed": f" (printed here: {sizes})" if sizes else "",
    }
    for line in told["asks"]:
        if all(
            facts[name] in line[name] if name == "kind" else facts[name] == line[name] for name in facts if name in line
        ):
            return line["for"].format(**cells)
    raise LedgerError(f"{row['claim_id']}: no request fits a claim of kind {row['kind']!r}. Mend: see asks.yaml.")


def addressees(review: Review, row: Row) -> list[tuple[str, str]]:
    """Name those whom one would have to ask, each with the source: the authors cited, or else those of the document."""
    sources = {source["source_key"]: source for source in review.tables["sources"]}
    return [(key, _who(review, sources[key])) for key in filter(None, row["cites"].split(";"))] or [
        (row["seed"], f"authors of the document, {source_label(review, row['seed'])}")
    ]


def _who(review: Review, source: Row) -> str:
    if not source["authors_short"]:
        return f"whoever knows the publication behind “{source['title']}”"
    name = f"authors of {source_label(review, source['source_key'])}"
    return f"{name} (a review: the study may be by others)" if source["kind"] == "review" else name


def entries(review: Review, found: Iterable[Unchecked], reason: str) -> Entries:
    """Show the claims of one reason; with whom to ask for what, unless the statement holds no figure at all."""
    return Entries([_entry(review, item) for item in found if item.reason == reason])


def _entry(review: Review, item: Unchecked) -> Entry:
    finding = item.decision.findings[1]
    parts = []
    if item.reason != "qualitative":
        whom = [part for key, who in addressees(review, item.row) for part in (source_link(key, who), ", ")]
        parts = [("Why not", [[finding.why]]), ("Ask", [[*whom, f"for: {ask(item.row)}"]])]
    claim = item.decision.claim
    return Entry([claim_link(claim), f": {claim.statement}"], item.headline, item.headline, parts)


def counts_table(found: Sequence[Unchecked]) -> Table:
    """Count the claims by reason, and how they stand all the same."""
    lines = [
        {"reason": words(reason), "claims": sum(item.reason == reason for item in found)}
        | {word: sum(item.reason == reason and item.headline == word for item in found) for word in HEADLINES}
        for reason in REASONS
    ]
    return Table(pd.DataFrame(lines))


def numbers(review: Review, found: Sequence[Unchecked]) -> dict[str, Number]:
    """Count the claims: all, by reason, those with a word all the same, and the sources to ask."""
    asked = [item for item in found if item.reason != "qualitative"]
    sources = {key for item in asked for key, _ in addressees(review, item.row)}
    counts = {"claims": (len(review.tables["claims"]), "claims of all documents")}
    counts["all"] = (len(found), "claims whose figures cannot be computed again")
    for reason in REASONS:
        of_reason = sum(item.reason == reason for item in found)
        counts[reason] = (of_reason, f"claims that cannot be computed again: {words(reason)}")
    counts["asked"] = (len(asked), "claims with a number that one would have to ask for")
    counts["sources"] = (len(sources), "sources whose authors one would have to ask")
    tested = sum(item.headline != "untested" for item in found)
    counts["tested"] = (tested, "claims that cannot be computed again and are tested by other studies or their source")
    counts["unverified"] = (len(review.tables["unverified"]), "values seen once and not found again")
    return {name: Number(value, 0, label) for name, (value, label) in counts.items()}


def unverified_entries(review: Review) -> Entries:
    """Show the values that were seen once, could not be found again, and are used nowhere."""
    return Entries([_unverified(row) for row in review.tables["unverified"]])


def _unverified(row: Row) -> Entry:
    number = {name: f"{row[name]:g}" for name in ("n", "centre") if row[name] is not None}
    value = [row["group"], f"n = {number['n']}" if "n" in number else "", number.get("centre", "")]
    told = [
        ("Value", ", ".join(filter(None, value))),
        ("P", row["p_reported"]),
        ("Why not", row["reason"]),
        ("Note", row["note"]),
    ]
    parts = [(name, [[text]]) for name, text in told if text]
    return Entry([f"{row['study']}: {row['analyte']}"], "not used", "untested", parts)
