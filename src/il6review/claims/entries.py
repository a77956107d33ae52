"""A list of entries: what a table of sentences is shown as, since long sentences in columns do not fit a phone.

An entry has a head, a word that marks it, and named parts. Values are text, never markup; a link is built from the id
of a claim, a row or a source.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from .cards import words
from .model import Claim

#: The way from the page of a notebook, which stands in analysis/, to the top of the book.
TOP = "../"


@dataclass(frozen=True)
class Link:
    """A text that leads somewhere: to a page of the book, as seen from a notebook's page, or to the web."""

    text: str
    address: str


#: A value of an entry: text and links in a row.
Value = Sequence[str | Link]


@dataclass(frozen=True)
class Entry:
    """One entry. `mark` is a finding or a verdict; `tone`, one of the headline words, gives it its colour.

    A part has a name and one value or more.
    """

    head: Value
    mark: str
    tone: str
    parts: Sequence[tuple[str, Sequence[Value]]] = ()


@dataclass(frozen=True)
class Entries:
    """Entries as a notebook and a page show them; an empty list says so."""

    entries: Sequence[Entry]

    def _repr_mimebundle_(self, **_):
        listed = "\n".join(f"<li>{_html(entry)}</li>" for entry in self.entries)
        # A list without bullets is named as one: some browsers would not tell a listener so.
        return {
            "text/html": f'<ol class="il6-entries" role="list">\n{listed}\n</ol>' if self.entries else "<p>None.</p>",
            "text/plain": "\n\n".join(_text(entry) for entry in self.entries) or "None.",
        }


def claim_link(claim: Claim) -> Link:
    """Lead to the card of a claim, on the page of its chapter."""
    return Link(claim.claim_id, f"{TOP}{claim.chapter}.html#{claim.claim_id.lower()}")


def row_link(row_id: str) -> Link:
    """Lead to a row on the evidence page."""
    return Link(row_id, f"{TOP}evidence.html#{row_id.lower()}")


def source_anchor(source: str) -> str:
    """Give the anchor of a source on the evidence page."""
    return f"source-{source.lower()}"


def short_authors(authors: str) -> str:
    """Shorten a list of authors to the surname of the first, and "et al" for the others; a remark at its end goes."""
    listed = re.sub(r"\s*\([^()]*\)$", "", authors)
    first, *others = listed.removesuffix(" et al").split(", ")
    surname = " ".join(word for word in first.split() if not (word.isupper() and len(word) < 4))
    return surname + (" et al" if surname and (others or listed.endswith(" et al")) else "")


def source_name(source: Mapping) -> str:
    """Name a source as a reader does: author, or else journal, and year; its key where neither is known."""
    year = "" if source["year"] is None else f" {int(source['year'])}"
    if authors := short_authors(source["authors_short"]):
        return authors + year
    return source["journal"] + year if source["journal"] and year else source["source_key"]


def source_link(source: str, text: str) -> Link:
    """Lead to a source on the evidence page, under the name that a reader knows."""
    return Link(text, f"{TOP}evidence.html#{source_anchor(source)}")


def web_link(text: str, address: str) -> str | Link:
    """Lead to a web page; anything but a plain web address stays text."""
    return Link(text, address) if address.startswith(("https://", "http://")) else text


def _html(entry: Entry) -> str:
    parts = "".join(
        f"<div><dt>{escape(name)}</dt>{''.join(f'<dd>{_items(value)}</dd>' for value in values)}</div>"
        for name, values in entry.parts
    )
    told = f"<dl>{parts}</dl>" if parts else ""
    return (
        f'<div class="il6-entry il6-{escape(entry.tone)}">'
        f'<p><strong class="il6-mark">{escape(words(entry.mark))}</strong> {_items(entry.head)}</p>{told}</div>'
    )


def _items(value: Value) -> str:
    return "".join(
        f'<a href="{escape(item.address)}">{escape(item.text)}</a>' if isinstance(item, Link) else escape(item)
        for item in value
    )


def _text(entry: Entry) -> str:
    parts = [f"  {name}: {_plain(value)}" for name, values in entry.parts for value in values]
    return "\n".join([f"[{words(entry.mark)}] {_plain(entry.head)}", *parts])


def _plain(value: Value) -> str:
    return "".join(item.text if isinstance(item, Link) else item for item in value)
