"""References: BibTeX made from `sources.csv`, and how the text names a source: first author and year."""

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from pybtex.database import BibliographyData, Entry, Person
from pybtex.plugin import find_plugin
from pybtex.plugin import register_plugin as register_names
from pybtex.richtext import Text
from pybtex.style.names import BaseNameStyle
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import PersonStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from ..claims.entries import short_authors

#: The name of the style in which a sentence cites: the first author's surname and the year.
STYLE = "il6review"


class ShortNames(BaseNameStyle):
    """Names as a citation in a sentence has them; the list of references keeps the authors as they were printed."""

    def format(self, person: Person, abbr: bool = False) -> Text:
        """Shorten the one name that holds all authors."""
        return Text(short_authors(str(Text.from_latex(str(person)))))


@dataclass
class ShortReferences(AuthorYearReferenceStyle):
    """Citations in a sentence by author and year, with short names."""

    person: PersonStyle = field(default_factory=lambda: PersonStyle(style=STYLE))


def register_style() -> None:
    """Make the style known to the bibliography under its name."""
    register_names("pybtex.style.names", STYLE, ShortNames)
    register_plugin("sphinxcontrib.bibtex.style.referencing", STYLE, ShortReferences)
    # What is registered is found at once; else all installed packages are looked through for each citation.
    register_names("pybtex.backends", "plaintext", find_plugin("pybtex.backends", "plaintext"))


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
