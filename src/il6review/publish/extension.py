"""Sphinx roles and directives that print what the ledger holds, and a check that no number was typed.

Roles: {n}`RA-25.g_low` prints a number and links to its line on the ledger page; {claim}`RA-25` links to a card;
{verdict}`RA-25` prints the headline word of a claim and {verdict}`RA-25.evidence` what one of its checks found, linked
to the card; {as-is}`1998` lets a numeral stand that is a name, a date or a quotation.
Directives: {claim-cards}, {claim-list}, {consequential}, {ledger-figure}, {ledger-table}, {number-table},
{evidence-rows}, {glossary-terms}, {own-report}.
"""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from .. import MIME, __version__
from ..claims.cards import card, words
from ..claims.entries import TOP, source_name
from ..claims.ledger import CHECKS, natural
from ..claims.rules import load
from . import own, pages, references
from .numerals import typed_numbers

log = logging.getLogger(__name__)

NUMBERS_PAGE, EVIDENCE_PAGE = "numbers", "evidence"
ANALYSIS = "analysis"

#: Where numerals are not prose: code, quotations by role, links that a role made, and what notebooks printed.
NOT_PROSE = (nodes.literal, nodes.literal_block, nodes.raw, nodes.comment, nodes.math, nodes.citation_reference)


class as_is(nodes.inline):
    """A numeral that may stand in prose: a name, a date, a quotation, or a number that a role printed."""


def setup(app: Sphinx) -> dict:
    """Register roles, directives, the style of citations and the check."""
    app.add_config_value("il6_run", "run", "env")
    app.add_node(as_is, html=(lambda self, node: None, lambda self, node: None))
    app.add_role("n", NumberRole())
    app.add_role("claim", ClaimRole())
    app.add_role("verdict", VerdictRole())
    app.add_role("as-is", AsIsRole())
    app.add_directive("claim-cards", ClaimCards)
    app.add_directive("claim-list", ClaimList)
    app.add_directive("consequential", Consequential)
    app.add_directive("ledger-figure", LedgerFigure)
    app.add_directive("ledger-table", LedgerTable)
    app.add_directive("number-table", NumberTable)
    app.add_directive("evidence-rows", EvidenceRows)
    app.add_directive("glossary-terms", GlossaryTerms)
    app.add_directive("own-report", OwnReport)
    _leave_out_thebe(app)
    references.register_style()
    app.connect("builder-inited", _load)
    app.connect("doctree-read", _check_prose)
    app.connect("doctree-resolved", _say_made_from)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _leave_out_thebe(app: Sphinx) -> None:
    """Take Thebe's scripts off the pages: Jupyter Book always adds them, and they name another host."""
    for listeners in app.events.listeners.values():
        for found in [listener for listener in listeners if listener.handler.__module__ == "sphinx_thebe"]:
            if found.handler.__name__ != "st_static_path":
                app.disconnect(found.id)


def _load(app: Sphinx) -> None:
    folder = Path(app.srcdir) / app.config.il6_run
    app.il6_ledger, app.il6_figures, app.il6_tables, app.il6_version = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("ledger.json", "figures.json", "tables.json", "version.json")
    )
    app.il6_runs = json.loads((folder / "runs.json").read_text(encoding="utf-8"))
    app.il6_own = report.read_text(encoding="utf-8") if (report := folder / "own.html").is_file() else ""
    names = {row["source_key"]: source_name(row) for row in app.il6_tables["sources"]}
    app.il6_source_names = names | load("words.yaml")["documents"]
    app.il6_row_ids = {row[key] for name, key, _ in pages.TABLES for row in app.il6_tables.get(name, ())}
    paths = (Path(app.srcdir) / ANALYSIS).glob("*.ipynb")
    notebooks = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    # A reader's own table can be named where a notebook has a parameter for it.
    app.il6_own_table = {name for name, text in notebooks.items() if "groups: str" in text}
    # A chapter with nothing to compute has no notebook: another decides its claims.
    app.il6_notebook = {claim_id: name for name, text in notebooks.items() for claim_id in _decided(json.loads(text))}


def _decided(notebook: Mapping) -> list[str]:
    """Give the claims whose decisions the outputs of an executed notebook carry."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    payloads = [output.get("data", {}).get(MIME, {}) for output in outputs]
    return [payload["claim_id"] for payload in payloads if payload.get("kind") == "decision"]


def _check_prose(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of every numeral in prose that no role printed. The build takes warnings as errors."""
    for text in doctree.findall(nodes.Text):
        if _is_prose(text):
            for numeral in typed_numbers(text.astext()):
                log.warning(
                    "typed number %r. Mend: print it with {n}`KEY`, or let it stand with {as-is}`%s`.",
                    numeral,
                    numeral,
                    location=text.parent,
                )


def _say_made_from(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say at the foot of an analysis what it was made from."""
    folder, _, name = docname.rpartition("/")
    if folder == ANALYSIS and name in app.il6_runs:
        doctree.append(nodes.raw("", pages.made_from(app.il6_runs[name]), format="html"))


def _is_prose(text: nodes.Text) -> bool:
    node = text.parent
    while node is not None:
        if isinstance(node, (*NOT_PROSE, as_is)) or "cell_output" in node.get("classes", ()):
            return False
        if node.tagname in ("pending_xref", "citation"):
            return False
        node = node.parent
    return True


def _anchor(page: str, anchor: str, here: str) -> str:
    """Give the address of an anchor on another page, seen from the page `here`."""
    return f"{'../' * here.count('/')}{page}.html#{anchor}"


class _Row:
    """Addresses of rows and sources, as seen from one page."""

    def __init__(self, here: str):
        self.here = here

    def row(self, row_id: str) -> str:
        return _anchor(EVIDENCE_PAGE, row_id.lower(), self.here)

    def source(self, source: str) -> str:
        return _anchor(EVIDENCE_PAGE, pages.source_anchor(source), self.here)


class NumberRole(SphinxRole):
    """Print a number of the ledger, linked to its meaning and rows."""

    def run(self):
        """Return the link; a key that the ledger does not hold is a warning, so the build fails."""
        app = self.env.app
        number = app.il6_ledger["numbers"].get(self.text)
        if number is None and app.il6_own:
            # With other rows a value may not come about; the sentence says so instead of stopping the book.
            return [nodes.emphasis(text="no value in this run")], []
        if number is None:
            log.warning("the ledger has no number %r", self.text, location=self.get_location())
            return [nodes.problematic(text=self.text)], []
        unit = "\N{NO-BREAK SPACE}%" if number["unit"] == "%" else ""
        title = f"{number['label']}; rows: {', '.join(number['rows'][:8])}"
        title += " …" if len(number["rows"]) > 8 else ""
        link = nodes.reference(
            text=number["text"] + unit,
            refuri=_anchor(NUMBERS_PAGE, pages.number_anchor(self.text), self.env.docname),
            reftitle=title,
            classes=["il6-n"],
            internal=True,
        )
        return [as_is("", "", link)], []


class ClaimRole(SphinxRole):
    """Name a claim, linked to its card."""

    def run(self):
        """Return the link; an unknown claim is a warning, so the build fails."""
        entry = self.env.app.il6_ledger["claims"].get(self.text)
        if entry is None:
            log.warning("the ledger has no claim %r", self.text, location=self.get_location())
            return [nodes.problematic(text=self.text)], []
        return [_to_card(self.text, entry, self.text, "il6-claim", entry["headline"], self.env.docname)], []


class VerdictRole(SphinxRole):
    """Print what was found on a claim: its headline word, or the finding of one check, linked to its card."""

    def run(self):
        """Return the link; an unknown claim or check is a warning, so the build fails."""
        claim_id, dot, check = self.text.partition(".")
        entry = self.env.app.il6_ledger["claims"].get(claim_id)
        if entry is None or (dot and check not in CHECKS):
            log.warning("the ledger has no verdict %r", self.text, location=self.get_location())
            return [nodes.problematic(text=self.text)], []
        word = entry[check]["finding"] if check else entry["headline"]
        return [_to_card(words(word), entry, claim_id, "il6-verdict", word, self.env.docname)], []


def _to_card(text: str, entry: Mapping, claim_id: str, kind: str, tone: str, here: str) -> nodes.Node:
    """Give a text that links to the card of a claim, seen from the page `here`."""
    link = nodes.reference(
        text=text,
        refuri=_anchor(entry["chapter"], claim_id.lower(), here),
        reftitle=f"{claim_id}, {entry['headline']}: {entry['statement']}",
        classes=[kind, f"il6-{tone}"],
        internal=True,
    )
    return as_is("", "", link)


class AsIsRole(SphinxRole):
    """Let a numeral stand that is a name, a date or a quotation."""

    def run(self):
        """Return the text, marked."""
        return [as_is("", self.text)], []


class _LedgerDirective(SphinxDirective):
    def _html(self, text: str) -> list[nodes.Node]:
        return [nodes.raw("", text, format="html")]

    def _missing(self, what: str) -> list[nodes.Node]:
        log.warning("the ledger has no %s", what, location=self.get_location())
        return []

    def _source_name(self, source: str) -> str:
        return self.env.app.il6_source_names.get(source, source)

    def _card_link(self, claim_id: str, entry: dict) -> str:
        return _anchor(entry["chapter"], claim_id.lower(), self.env.docname)


class ClaimCards(_LedgerDirective):
    """Show cards: of the claims named, or of the whole chapter that `:chapter:` names."""

    optional_arguments = 100
    option_spec = {"chapter": directives.unchanged}  # noqa: RUF012

    def run(self):
        """Return the cards in the order of the claims."""
        ledger = self.env.app.il6_ledger["claims"]
        chosen = self.arguments
        if "chapter" in self.options:
            chosen = [key for key, entry in ledger.items() if entry["chapter"] == self.options["chapter"]]
        unknown = [key for key in chosen if key not in ledger]
        if unknown or not chosen:
            return self._missing(f"claim {', '.join(unknown) or self.options.get('chapter', '')}")
        return self._html("\n".join(self._card(key, ledger[key]) for key in sorted(chosen, key=natural)))

    def _card(self, key: str, entry: dict) -> str:
        links = _Row(self.env.docname)
        top = "../" * self.env.docname.count("/")
        notebook = self.env.app.il6_notebook[key]
        numbers = self._numbers(key)
        foot = f'<a href="{top}analysis/{escape(notebook)}.html">The code</a> '
        foot += f'<a href="#{escape(key.lower())}">Link to this card</a> '
        foot += f'<a href="{top}cards/{escape(key)}.json" download>The card as JSON</a> '
        cite = f"{self.config.project}, card {key}, data {self.env.app.il6_version}"
        foot += f"<details><summary>Cite this card</summary>{escape(cite)}</details>"
        if notebook in self.env.app.il6_own_table:
            command = f"il6review run {escape(notebook)} -p groups your.csv"
            foot += f"<details><summary>Run it with your data</summary><pre><code>{command}</code></pre></details>"
        return card(key, entry, links.row, links.source, self._source_name, f"{numbers}<footer>{foot}</footer>")

    def _numbers(self, key: str) -> str:
        """List the numbers of one claim, each linked to its line on the ledger page."""
        found = [item for item in self.env.app.il6_ledger["numbers"].items() if item[0].split(".")[0] == key]
        if not found:
            return ""
        lines = "".join(
            f'<li>{escape(number["label"])}: <a class="il6-n" href="'
            f'{_anchor(NUMBERS_PAGE, pages.number_anchor(name), self.env.docname)}">'
            f"{escape(number['text'])}{' %' if number['unit'] == '%' else ''}</a></li>"
            for name, number in found
        )
        plural = "s" if len(found) > 1 else ""
        summary = f"<summary>{len(found)} number{plural}</summary>"
        return f'<details class="il6-values">{summary}<ul>{lines}</ul></details>'


class ClaimList(_LedgerDirective):
    """List the claims of the document that `:document:` names by the letters of its claims."""

    option_spec = {"document": directives.unchanged_required}  # noqa: RUF012

    def run(self):
        """Return the list in the order of the claims."""
        document = self.options.get("document", "")
        ledger = self.env.app.il6_ledger["claims"]
        found = sorted((key for key in ledger if key.partition("-")[0] == document), key=natural)
        if not found:
            return self._missing(f"claim of the document {document!r}")
        return self._html(pages.claim_list([(key, ledger[key]) for key in found], self._card_link))


class Consequential(_LedgerDirective):
    """Show the findings that `consequential.yaml` declares, each claim with what the ledger says of it."""

    def run(self):
        """Return the list in the order of the file."""
        ledger, chosen = self.env.app.il6_ledger["claims"], load("consequential.yaml")
        unknown = [claim_id for item in chosen for claim_id in item["claims"] if claim_id not in ledger]
        if unknown:
            return self._missing(f"claim {', '.join(unknown)}")
        return self._html(pages.consequential_list(chosen, ledger, self._card_link))


class LedgerFigure(_LedgerDirective):
    """Show what a notebook made under a key: a figure with caption, alt text and table, or an exhibit."""

    required_arguments = 1
    option_spec = {"fold": directives.unchanged_required}  # noqa: RUF012

    def run(self):
        """Return the figure as the notebook rendered it; `:fold: Words` puts it under a fold with these words."""
        figure = self.env.app.il6_figures.get(self.arguments[0])
        if not figure:
            return self._missing(f"figure {self.arguments[0]!r}")
        # A notebook stands in analysis/; its links to the top of the book are turned to be seen from this page.
        shown = figure["html"].replace(f'href="{TOP}', f'href="{TOP * self.env.docname.count("/")}')
        links = _Row(self.env.docname)
        shown = pages.linked_cells(
            shown, self.env.app.il6_source_names, self.env.app.il6_row_ids, links.source, links.row
        )
        if "fold" not in self.options:
            return self._html(shown)
        summary = f"<summary>{escape(self.options['fold'])}</summary>"
        return self._html(f'<details class="il6-fold">{summary}{shown}</details>')


class LedgerTable(_LedgerDirective):
    """Show all claims as one table with filters."""

    def run(self):
        """Return the table."""
        here = self.env.docname

        def link(claim_id: str, entry: dict) -> str:
            return _anchor(entry["chapter"], claim_id.lower(), here)

        return self._html(pages.ledger_table(self.env.app.il6_ledger, link))


class NumberTable(_LedgerDirective):
    """Show every number of the ledger."""

    def run(self):
        """Return the table."""
        return self._html(pages.numbers_table(self.env.app.il6_ledger, _Row(self.env.docname).row))


class OwnReport(_LedgerDirective):
    """Show what a reader's own rows changed."""

    def run(self):
        """Return figures and reports, written when the book was staged."""
        app = self.env.app
        links = {claim_id: self._card_link(claim_id, entry) for claim_id, entry in app.il6_ledger["claims"].items()}
        return self._html(own.linked(app.il6_own, links))


class EvidenceRows(_LedgerDirective):
    """Show the rows of one evidence table that the ledger rests on; `sources` shows the sources."""

    required_arguments = 1

    def run(self):
        """Return the table."""
        tables, name = self.env.app.il6_tables, self.arguments[0]
        if name == "sources":
            return self._html(pages.sources_table(tables["sources"]))
        found = [entry for entry in pages.TABLES if entry[0] == name]
        if not found:
            return self._missing(f"evidence table {name!r}")
        return self._html(pages.evidence_table(*found[0], tables[name], _Row(self.env.docname).source))


class GlossaryTerms(_LedgerDirective):
    """Show the glossary."""

    def run(self):
        """Return the list of terms."""
        names = load("words.yaml")["documents"]
        return self._html(pages.glossary_list(self.env.app.il6_tables["glossary"], names))
