"""What the chapter on the discovery of IL-6 shows: years told and years found, and the checks of citations as read."""

import re
from collections.abc import Iterable

import pandas as pd

from .cards import words
from .review import Review
from .views import Table, source_label

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
COLUMNS = ("claim", "source", "the document says", "the source says", "finding", "row")


def event_lines(review: Review) -> list[dict]:
    """Give the lines of a timeline: each event of the chapter with the year told and the years that sources give.

    The years found stand in the citation checks of the aspect "date". There, a clause that names another source in
    brackets is about that source, and the year in brackets is that of its publication.
    """
    lines = []
    for claim in review.rows("claims", {"chapter": review.chapter, "kind": "event_year"}):
        checks = review.rows("citation_checks", {"claim_id": claim["claim_id"], "aspect": "date"})
        found = [
            pair for row in checks for pair in _years(row["source_says"], source_label(review, row["cited_source"]))
        ]
        lines.append(
            {
                "label": claim["outcome"].capitalize(),
                "said": int(_YEAR.search(claim["statement"])[0]),
                "found": tuple(sorted(found)),
                "row_ids": tuple(row["check_id"] for row in checks),
            }
        )
    return lines


def _years(text: str, source: str) -> list[tuple[int, str]]:
    """Give the years that a sentence tells, each with the source that gives it."""
    found = []
    for clause in text.split(";"):
        other = re.search(r"\(([^)]*)\)", clause)
        told = re.sub(r"\([^)]*\)", "", clause)
        found += [(int(year), other[1] if other else source) for year in _YEAR.findall(told)]
    return found


def checks_table(review: Review, claim_ids: Iterable[str]) -> Table:
    """List the citations of these claims as they were read: what the document says, and what the source says."""
    lines = [
        (
            row["claim_id"],
            source_label(review, row["cited_source"]),
            row["seed_says"],
            row["source_says"],
            words(row["finding"]),
            row["check_id"],
        )
        for row in review.rows("citation_checks", {"claim_id": list(claim_ids)})
    ]
    return Table(pd.DataFrame(lines, columns=list(COLUMNS)))
