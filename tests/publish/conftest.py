"""An invented ledger, and what a browser sees of a page."""

from html.parser import HTMLParser

import pytest

from il6review.evidence import parts


class Page(HTMLParser):
    """The elements, ids, links and text of a piece of HTML."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.ids, self.links, self.texts = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.elements.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def tags(self):
        return {tag for tag, _ in self.elements}

    @property
    def text(self):
        return "".join(self.texts)


@pytest.fixture(scope="session")
def read_page():
    return Page


@pytest.fixture(scope="session")
def hostile():
    return "<script>alert(1)</script>\"'&<b onclick=x> {0} %s"


def finding(word, *rows):
    return {"finding": word, "reason": "", "why": "Because.", "rows": list(rows)}


@pytest.fixture(scope="session")
def make_entry():
    """Return a function that gives the entry of a claim, with what a test wants otherwise."""

    def entry(**told):
        return {
            "chapter": "serum",
            "statement": "A statement.",
            "kind": "group_difference",
            "said_by": "WikiMDIL6",
            "said_by_title": "An entry",
            "locator": "opening",
            "cites": ["Robak1998"],
            "headline": "stands",
            "because": "independent studies agree",
            "citation": finding("supported", "Q001"),
            "recomputation": finding("bounded", "K001"),
            "evidence": finding("agrees", "G001", "C001", "E001"),
        } | told

    return entry


@pytest.fixture(scope="session")
def make_number():
    """Return a function that gives a number of a ledger."""

    def number(text="0.476", **told):
        return {
            "value": 0.476,
            "text": text,
            "label": "smallest effect",
            "unit": "",
            "digits": 3,
            "rows": ["K001"],
        } | told

    return number


@pytest.fixture
def ledger(make_entry, make_number):
    return {
        "claims": {"RA-10": make_entry(headline="falls"), "RA-9": make_entry()},
        "numbers": {"RA-9.g_low": make_number(), "serum.share": make_number("98.2", unit="%")},
    }


@pytest.fixture(scope="session")
def make_made():
    """Return a function that tells what a notebook was made from, with what a test wants otherwise."""

    def made(**told):
        files = ("data/groups.csv", "/private/own.csv", "il6review/stats/pooling.py", "requirements.lock")
        return {
            "key": "0123456789abcdef",
            "source": "5" * 64,
            "values": {"alpha": 0.1},
            "settings": {"Python": "CPython 3.11.7", "installed packages": "6" * 64, "IL6REVIEW_DATA": ""},
            "files": {name: f"{number}" * 64 for number, name in enumerate(files)},
            "parts": {"data/effects.csv": {"[]": "7" * 64}, "data/own_links.csv": {"[]": parts.NO_ROWS}},
            **told,
        }

    return made
