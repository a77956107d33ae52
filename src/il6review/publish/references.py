"""References: BibTeX made from `sources.csv`, and how the text names a source: first author and year."""

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from pybtex.database import BibliographyData, Entry, Person
from pybtex.plugin import register_plugin as register_name_style
from pybtex.style.names import BaseNameStyle
from pybtex.style.template import join
from sphinxcontrib.bibtex.plugin import register_plugin as register_reference_style
from sphinxcontrib.bibtex.style.referencing import PersonStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from ..claims.entries import first_author


def bibtex(sources: Iterable[Mapping], keys: Iterable[str]) -> str:
    """Write the sources named by `keys` as BibTeX, in the order of their keys.

    A field that no page showed is left out, not guessed; a source without an author is listed under its title.
    """
    wanted = set(keys)
    entries = {row["source_key"]: _entry(row) for row in sources if row["source_key"] in wanted}
    text = BibliographyData(dict(sorted(entries.items()))).to_string("bibtex")
    # The writer escapes every field for LaTeX; an address has to stay as it is.
    return re.sub(r"(?m)^ *(?:doi|url) = .*$", lambda line: line[0].replace("\\", ""), text)


def _entry(row: Mapping) -> Entry:
    # An article needs author, title, journal and year; what lacks one is listed as far as it is known.
    known = all(row[name] not in ("", None) for name in ("authors_short", "title", "journal", "year"))
    kind = "article" if known else "misc"
    fields = {
        "title": row["title"] or "[title not shown on the page read]",
        "journal": row["journal"] if kind == "article" else "",
        "howpublished": row["journal"] if kind == "misc" else "",
        "year": "" if row["year"] is None else str(int(row["year"])),
        "volume": row["volume"],
        "pages": row["pages"],
        "doi": row["doi"],
        "pmid": row["pmid"],
        "url": "" if row["doi"] else row["url"],
    }
    filled = {name: _plain(str(value)) for name, value in fields.items() if value not in ("", None)}
    # Braces keep capitals: a style would turn IL-6 into il-6.
    filled["title"] = "{" + filled["title"] + "}"
    if "url" in filled:
        safe = string.punctuation.translate({ord(mark): None for mark in "{}\\^`"})
        filled["url"] = quote(row["url"], safe=safe).replace("~", "%7E")
    authors = row["authors_short"]
    persons = {"author": [_person(authors)]} if authors else {}
    return Entry(kind, fields=filled, persons=persons)


def _person(authors: str) -> Person:
    """Keep a short author string as it stands: braces keep BibTeX from splitting it."""
    return Person(last="{" + _plain(authors) + "}")


def _plain(text: str) -> str:
    """Take out what BibTeX would read as markup even when it is escaped, so that a value stays text."""
    return text.translate(str.maketrans({"\\": None, "{": "(", "}": ")", "~": " ", "^": " "}))


class FirstAuthorStyle(BaseNameStyle):
    """Name a list of authors in the text as the figures do; the bibliography keeps the list whole."""

    def format(self, person: Person, abbr: bool = True) -> join:
        """Give the surname of the first author, and "et al" for the others."""
        return join[first_author(" ".join(str(part) for part in person.rich_last_names))]


@dataclass
class FirstAuthorYearStyle(AuthorYearReferenceStyle):
    """Refer by first author and year."""

    person: PersonStyle = field(default_factory=lambda: PersonStyle(style="first_author"))


def register() -> None:
    """Make `first_author_year` known as a value of `bibtex_reference_style`."""
    register_name_style("pybtex.style.names", "first_author", FirstAuthorStyle)
    register_reference_style("sphinxcontrib.bibtex.style.referencing", "first_author_year", FirstAuthorYearStyle)
