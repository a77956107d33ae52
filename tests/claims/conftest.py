"""Rows of an invented evidence base, complete in every column that the checks read, and the real chapter."""

from html.parser import HTMLParser
from itertools import count

import pytest

from il6review.claims.model import Claim
from il6review.claims.review import TABLES, Review, load
from il6review.claims.rules import Question

HOSTILE = "<script>alert(1)</script>\"'&<b onclick=x> {0} %s"


class Make:
    """Build rows, claims, questions and reviews; what a test does not name has a plain value."""

    def __init__(self):
        self._ids = count(1)

    def _id(self, letter):
        return f"{letter}{next(self._ids):03}"

    def source(self, key, **cells):
        return {
            "source_key": key,
            "kind": "primary",
            "authors_short": "",
            "title": f"Title of {key}",
            "journal": "",
            "year": None,
            "read_as": "abstract",
        } | cells

    def claim_row(self, claim_id="RA-901", **cells):
        empty = dict.fromkeys((*Claim.__dataclass_fields__, "outcome", "population"), "")
        return (
            empty
            | {
                "claim_id": claim_id,
                "seed": "Seed",
                "chapter": "synthetic",
                "statement": "A statement.",
                "kind": "group_difference",
                "quantitative": "partly",
            }
            | cells
        )

    def claim(self, claim_id="RA-901", **cells):
        return Claim.from_row(self.claim_row(claim_id, **cells))

    def comparison(self, source, direction="a_higher", **cells):
        return {
            "comparison_id": self._id("K"),
            "source_key": source,
            "claim_ids": "RA-901",
            "chapter": "synthetic",
            "population": "RA",
            "group_a": "RA",
            "group_b": "healthy",
            "n_a": "",
            "n_b": "",
            "design": "independent",
            "direction": direction,
            "p_reported": "",
        } | cells

    def correlation(self, source, direction="positive", **cells):
        return {
            "row_id": self._id("C"),
            "source_key": source,
            "chapter": "synthetic",
            "population": "RA",
            "x": "IL-6",
            "y": "DAS28",
            "sample": "serum",
            "n": None,
            "r": None,
            "p_reported": "",
            "direction": direction,
        } | cells

    def group(self, source, role="case", **cells):
        return {
            "row_id": self._id("G"),
            "source_key": source,
            "comparison_set": source,
            "chapter": "synthetic",
            "population": "RA vs healthy",
            "species": "human",
            "group_label": "healthy" if role == "control" else "RA",
            "role": role,
            "order": None,
            "analyte": "IL-6",
            "sample": "serum",
            "unit": "pg/ml",
            "n": 20,
            "statistic": "mean_sd",
            "centre": 10.0,
            "spread": 4.0,
            "spread_low": None,
            "spread_high": None,
            "as_reported": "10 +/- 4",
            "note": "",
        } | cells

    def effect(self, source, **cells):
        return {
            "row_id": self._id("E"),
            "source_key": source,
            "measure": "SMD",
            "estimate": 1.0,
            "ci_low": 0.5,
            "ci_high": 1.5,
        } | cells

    def share(self, source, **cells):
        return {
            "row_id": self._id("P"),
            "source_key": source,
            "trial": "",
            "outcome": "response",
            "timepoint": "week 12",
            "arm": "drug",
            "events": None,
            "n": 100,
            "percent_reported": 50.0,
        } | cells

    def proportion(self, trial, arm="drug", percent=50.0, **cells):
        return {
            "row_id": self._id("P"),
            "source_key": "Review",
            "trial": trial,
            "outcome": "response",
            "timepoint": "week 24",
            "arm": arm,
            "events": None,
            "n": 100,
            "percent_reported": percent,
        } | cells

    def check(self, claim_id, cited, finding="supported", **cells):
        return {
            "check_id": self._id("Q"),
            "claim_id": claim_id,
            "cited_source": cited,
            "aspect": "direction",
            "finding": finding,
            "severity": "major",
            "seed_says": "this",
            "source_says": "that",
        } | cells

    def caution(self, kind, source, other="", tables="all", reason="a reason"):
        return {
            "kind": kind,
            "source_key": source,
            "other_source": other,
            "tables": tables,
            "reason": reason,
        }

    def graded(self, claim_id, **grades):
        """Build the rows of one line of a graded table: a grade for each cytokine."""
        return [
            {"row_id": f"{claim_id} {name}", "claim_id": claim_id, "cytokine": name, "grade": grade}
            for name, grade in grades.items()
        ]

    def question(self, **parts):
        told = {
            "key": "synthetic",
            "asks": "Is it so?",
            "short": "synthetic",
            "claims": ("RA-901",),
            "comparisons": None,
            "correlations": None,
            "pairs": None,
            "published": (),
            "chapter": "synthetic",
        }
        return Question(**(told | parts))

    def comparing(self, **rule):
        return self.question(comparisons={"claims": ["RA-901"], "agrees": "a_higher"} | rule)

    def correlating(self, **rule):
        outcomes = ["DAS28", "CDAI", "swollen joints"]
        return self.question(correlations={"x": ["IL-6"], "y": outcomes, "population": ["RA"]} | rule)

    def sharing(self):
        return self.question(proportions={"outcome": ["response"], "arms": ["drug"], "controls": ["placebo", "none"]})

    def pairing(self, **rule):
        return self.question(pairs={"analyte": "IL-6", "population": ["RA vs healthy"]} | rule)

    def review(self, chapter="synthetic", **given):
        """Build a review of these tables; every source that a row names is listed, `Seed` as the document."""
        choices = {name: value for name, value in given.items() if name not in (*TABLES, "groups")}
        tables = {name: tuple(given.get(name, ())) for name in (*TABLES, "groups")}
        named = {row["source_key"] for rows in tables.values() for row in rows if "source_key" in row}
        listed = {row["source_key"] for row in tables["sources"]}
        others = [self.source(key) for key in sorted(named - listed - {"Seed"})]
        tables["sources"] = (*tables["sources"], self.source("Seed", kind="seed"), *others)
        return Review(chapter=chapter, tables=tables, **choices)


@pytest.fixture(scope="session")
def make():
    return Make()


@pytest.fixture(scope="session")
def serum():
    """The chapter on serum levels, as the project ships it."""
    return load("ra_serum_levels")


@pytest.fixture(scope="session")
def hostile():
    return HOSTILE


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.elements, self.texts = [], []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="session")
def read_html():
    """Return a function that gives the elements and the text of a piece of HTML as a browser would see them."""

    def read(html):
        reader = _Reader()
        reader.feed(html)
        reader.close()
        return reader.elements, "".join(reader.texts)

    return read
