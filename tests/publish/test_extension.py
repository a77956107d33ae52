"""Small books, built by Sphinx and MyST alone: one where everything is known, one where every page has a fault."""

import io
import json
import re
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from il6review import MIME
from il6review.claims.rules import load
from il6review.publish import extension, pages

CHAPTER = """\
# Serum {as-is}`1998`

IL-6 and DAS28 in {n}`RA-9.g_low` of {n}`serum.share`, see {claim}`RA-9`; two of ten, `66`, and {as-is}`25(OH)D`.

The claim {verdict}`RA-10`; its citation is {verdict}`RA-10.citation`, its figures are {verdict}`RA-10.recomputation`,
and studies find {verdict}`RA-10.evidence`.

```
66 in code
```

{.cell_output}
What a notebook printed: 66

```{ledger-figure} serum.forest
```

```{ledger-figure} serum.forest
:fold: Every <study>
```

```{ledger-figure} serum.entries
```

```{claim-cards}
:chapter: serum
```
"""

INDEX = """\
# Index

```{toctree}
serum
analysis/serum
claims
ledger
numbers
evidence
```

```{claim-cards} RA-9
```
"""

CLAIMS = """\
# Claims

```{claim-list}
:document: RA
```

```{consequential}
```

```{glossary-terms}
```
"""

KNOWN = {
    "index.md": INDEX,
    "serum.md": CHAPTER,
    "analysis/serum.md": "# Analysis\n\n{n}`RA-9.g_low` {claim}`RA-10` {verdict}`RA-9`\n\n"
    "```{ledger-figure} serum.entries\n```\n",
    "claims.md": CLAIMS,
    "ledger.md": "# Ledger\n\n```{ledger-table}\n```\n",
    "numbers.md": "# Numbers\n\n```{number-table}\n```\n",
    "evidence.md": "# Evidence\n\n```{evidence-rows} comparisons\n```\n\n```{evidence-rows} sources\n```\n",
}

#: What is declared as consequential, for a ledger of two claims.
CHOSEN = [{"asks": "Does it matter?", "because": "Because it does.", "claims": ["RA-10"]}]

#: Each faulty line with what the warning says; line 1 is the heading.
FAULTS = [
    ("{n}`RA-9.g_hihg`", "the ledger has no number 'RA-9.g_hihg'"),
    ("{claim}`RA-999`", "the ledger has no claim 'RA-999'"),
    ("{verdict}`RA-999`", "the ledger has no verdict 'RA-999'"),
    ("{verdict}`RA-9.statement`", "the ledger has no verdict 'RA-9.statement'"),
    ("{verdict}`RA-9.`", "the ledger has no verdict 'RA-9.'"),
    ("There were 66 patients.", "typed number '66'"),
    ("Of **twenty-five** there is no trace.", "typed number 'twenty-five'"),
    ("- a list with n=24", "typed number '24'"),
    ("> quoted: P<0.05", "typed number '0.05'"),
    ("## Stage 3", "typed number '3'"),
    ("A [link of 5 words](https://example.org).", "typed number '5'"),
    ("```{ledger-figure} serum.froest\n```", "the ledger has no figure 'serum.froest'"),
    ("```{claim-cards} RA-9 RA-998\n```", "the ledger has no claim RA-998"),
    ("```{claim-cards}\n:chapter: anaemia\n```", "the ledger has no claim anaemia"),
    ("```{evidence-rows} claims\n```", "the ledger has no evidence table 'claims'"),
    ("```{claim-list}\n:document: BIO\n```", "the ledger has no claim of the document 'BIO'"),
    ("```{claim-list}\n```", "the ledger has no claim of the document ''"),
    ("```{consequential}\n```", "the ledger has no claim RA-25"),
]


def notebook(claim_id, *lines):
    """Write a notebook that ran these lines and then decided a claim."""
    decision = {"kind": "decision", "claim_id": claim_id}
    outputs = [{"name": "stdout"}, {"data": {MIME: {"kind": "figure"}}}, {"data": {MIME: decision}}]
    return json.dumps({"cells": [{"source": ["A sentence."]}, {"source": lines, "outputs": outputs}]})


#: The chapter `serum` takes a table of the reader's; one of its claims is decided in the notebook of another chapter.
NOTEBOOKS = {"serum": notebook("RA-9", 'groups: str = "groups.csv"'), "overview": notebook("RA-10")}

CONF = """
exclude_patterns = ["analysis/*.ipynb"]
extensions = ["myst_parser", "il6review.publish.extension"]
myst_enable_extensions = ["attrs_block"]
html_theme = "basic"
suppress_warnings = ["myst.header"]
"""


@pytest.fixture(scope="module")
def contents(make_entry, make_number, make_made):
    comparison = {
        "comparison_id": "K001",
        "source_key": "Robak1998",
        "outcome": "IL-6",
        "group_a": "RA",
        "group_b": "healthy",
        "n_a": "66",
        "n_b": "24",
        "direction": "a_higher",
        "p_reported": "<0.05",
        "note": "",
        "locator": "abstract",
        "url": "https://example.org/robak",
    }
    source = dict.fromkeys(("authors_short", "journal", "volume", "pages"), "") | {
        "source_key": "Robak1998",
        "title": "A title",
        "year": 1998,
        "kind": "primary",
        "read_as": "abstract",
        "url": "https://example.org/robak",
    }
    term = {
        "term_en": "Hepcidin",
        "term_zh": "铁调素",
        "term_ja": "",
        "meaning": "A hormone.",
        "seen_in": "SlideDeckRA",
    }
    numbers = {
        "RA-9.g_low": make_number(rows=[f"K{number:03}" for number in range(1, 11)]),
        "serum.share": make_number("98.2", unit="%"),
    }
    finding = {"reason": "qualitative", "why": "", "rows": []}
    other = make_entry(
        headline="falls",
        citation=finding | {"finding": "supported_with_omission"},
        recomputation=finding | {"finding": "not_recomputable"},
        evidence=finding | {"finding": "too_little"},
    )
    return {
        "ledger.json": {"claims": {"RA-10": other, "RA-9": make_entry()}, "numbers": numbers},
        "figures.json": {
            "serum.forest": {"html": '<figure id="fig-forest">drawn</figure>', "rows": []},
            "serum.entries": {"html": '<a href="../serum.html#ra-9">told</a>', "rows": []},
        },
        "tables.json": {"comparisons": [comparison], "sources": [source], "glossary": [term]},
        "version.json": "0.1.0+abc",
        "runs.json": {"anaemia": make_made()},
    }


@pytest.fixture(scope="module")
def build(tmp_path_factory, contents):
    """Return a function that builds pages and gives the folder of the book and the warnings."""

    def run(files):
        source = tmp_path_factory.mktemp("book")
        for name, text in {**files, "conf.py": CONF}.items():
            (source / name).parent.mkdir(exist_ok=True)
            (source / name).write_text(text, encoding="utf-8")
        (source / "analysis").mkdir(exist_ok=True)
        for name, text in NOTEBOOKS.items():
            (source / "analysis" / f"{name}.ipynb").write_text(text, encoding="utf-8")
        (source / "run").mkdir(exist_ok=True)
        for name, content in contents.items():
            (source / "run" / name).write_text(json.dumps(content), encoding="utf-8")
        out, warnings = source / "_out", io.StringIO()
        with docutils_namespace():
            Sphinx(source, source, out, source / "_doctrees", "html", status=None, warning=warnings).build()
        told = re.sub(r"\x1b\[[0-9;]*m", "", warnings.getvalue()).replace(f"{source}/", "")
        return out, told

    return run


@pytest.fixture(scope="module")
def known(build):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extension, "load", lambda name: CHOSEN if name == "consequential.yaml" else load(name))
        return build(KNOWN)


@pytest.fixture(scope="module")
def faulty(build):
    text = "# Index\n"
    places = []
    for line, message in FAULTS:
        places.append((text.count("\n") + 2, message))
        text += f"\n{line}\n"
    return build({"index.md": text})[1], places


def page(known, name, read_page):
    return read_page((Path(known[0]) / name).read_text(encoding="utf-8"))


class TestKnown:
    def test_nothing_is_warned_of(self, known):
        assert known[1] == ""

    def test_a_number_is_printed_with_its_unit_and_leads_to_its_line(self, known, read_page):
        chapter = page(known, "serum.html", read_page)
        found = {
            a["href"]: a
            for tag, a in chapter.elements
            if tag == "a" and "il6-n" in a.get("class", "").split() and "title" in a
        }
        assert list(found) == ["numbers.html#n-ra-9-g-low", "numbers.html#n-serum-share"]
        assert "in 0.476 of 98.2\N{NO-BREAK SPACE}%, see RA-9;" in chapter.text
        assert found["numbers.html#n-ra-9-g-low"]["title"].startswith("smallest effect; rows: K001, K002")
        assert found["numbers.html#n-ra-9-g-low"]["title"].endswith("K008 …")

    def test_a_claim_leads_to_its_card_and_carries_its_headline(self, known, read_page):
        chapter = page(known, "serum.html", read_page)
        (link,) = [a for tag, a in chapter.elements if tag == "a" and "il6-claim" in a.get("class", "")]
        assert (link["href"], link["title"]) == ("serum.html#ra-9", "RA-9, stands: A statement.")

    def test_a_verdict_is_printed_in_words_and_leads_to_the_card(self, known, read_page):
        chapter = page(known, "serum.html", read_page)
        told = "The claim falls; its citation is supported with omission, its figures are not recomputable,"
        assert f"{told}\nand studies find too little." in chapter.text
        links = [a for tag, a in chapter.elements if tag == "a" and "il6-verdict" in a.get("class", "")]
        assert {a["href"] for a in links} == {"serum.html#ra-10"} and len(links) == 4
        assert ["il6-falls" in a["class"] for a in links] == [True, False, False, False]

    def test_a_page_in_a_folder_leads_to_the_same_anchors(self, known, read_page):
        links = page(known, "analysis/serum.html", read_page).links
        assert {"../numbers.html#n-ra-9-g-low", "../serum.html#ra-10", "../serum.html#ra-9"} <= set(links)

    def test_every_anchor_that_is_pointed_to_exists(self, known, read_page):
        chapter = page(known, "serum.html", read_page)
        anchors = {name: page(known, f"{name}.html", read_page).ids for name in ("numbers", "evidence", "serum")}
        for link in chapter.links:
            target, _, anchor = link.partition("#")
            if target in ("numbers.html", "serum.html"):
                assert anchor in anchors[target.removesuffix(".html")], link
        assert "evidence.html#k001" in chapter.links and "k001" in anchors["evidence"]
        assert pages.source_anchor("Robak1998") in anchors["evidence"]

    def test_all_cards_of_a_chapter_stand_in_the_order_of_the_claims(self, known, read_page):
        cards = [a["id"] for tag, a in page(known, "serum.html", read_page).elements if tag == "article"]
        assert cards == ["ra-9", "ra-10"]
        named = [a["id"] for tag, a in page(known, "index.html", read_page).elements if tag == "article"]
        assert named == ["ra-9"]

    def test_a_card_lists_the_numbers_of_its_claim_and_the_command(self, known, read_page):
        text = page(known, "index.html", read_page).text
        assert "1 number" in text and "smallest effect: 0.476" in text
        assert "il6review run serum -p groups your.csv" in text
        assert "98.2" not in text

    def test_the_code_of_a_card_is_the_notebook_that_decided_the_claim(self, known):
        cards = (known[0] / "serum.html").read_text(encoding="utf-8").split("<article")[1:]
        code = [re.search(r'<a href="([^"]*)">The code</a>', card)[1] for card in cards]
        assert code == ["analysis/serum.html", "analysis/overview.html"]
        assert ["your.csv" in card for card in cards] == [True, False]

    def test_the_claims_of_a_document_lead_to_their_cards_in_order(self, known, read_page):
        links = page(known, "claims.html", read_page).links
        cards = [link for link in links if link.startswith("serum.html#ra-")]
        assert cards == ["serum.html#ra-9", "serum.html#ra-10", "serum.html#ra-10"]

    def test_the_declared_findings_stand_with_their_reason(self, known, read_page):
        text = page(known, "claims.html", read_page).text
        assert "Does it matter?Because it does.RA-10 A statement. Falls: independent studies agree." in text

    def test_a_term_of_the_glossary_stands_with_its_language_and_document(self, known, read_page):
        found = page(known, "claims.html", read_page)
        assert "term-hepcidin" in found.ids and ("span", {"lang": "zh"}) in found.elements
        assert "Hepcidin 铁调素A hormone. In: slide deck." in found.text

    def test_a_figure_stands_as_drawn_and_may_be_folded(self, known):
        html = (known[0] / "serum.html").read_text(encoding="utf-8")
        drawn = '<figure id="fig-forest">drawn</figure>'
        assert html.count(drawn) == 2
        assert f"<summary>Every &lt;study&gt;</summary>{drawn}</details>" in html

    def test_a_link_that_a_notebook_made_is_seen_from_the_page_that_shows_it(self, known):
        above, below = ((known[0] / name).read_text(encoding="utf-8") for name in ("serum.html", "analysis/serum.html"))
        assert '<a href="serum.html#ra-9">told</a>' in above
        assert '<a href="../serum.html#ra-9">told</a>' in below


class TestFaults:
    @pytest.mark.parametrize("number", range(len(FAULTS)), ids=[message for _, message in FAULTS])
    def test_a_fault_is_warned_of_with_file_and_line(self, faulty, number):
        warnings, places = faulty
        line, message = places[number]
        assert f"index.md:{line}: WARNING: {message}" in warnings

    def test_nothing_else_is_warned_of(self, faulty):
        warnings, places = faulty
        assert len(warnings.splitlines()) == len(places)

    def test_the_warning_of_a_typed_number_says_how_to_mend_it(self, faulty):
        assert "Mend: print it with {n}`KEY`, or let it stand with {as-is}`66`." in faulty[0]


def test_analysis_says_at_its_foot_what_it_was_made_from(build, read_page):
    pages = {name: f"# {name}\n" for name in ("analysis/anaemia", "analysis/other", "anaemia")}
    index = "# Index\n\n```{toctree}\n" + "\n".join(pages) + "\n```\n"
    out, told = build({"index.md": index, **{f"{name}.md": text for name, text in pages.items()}})
    assert told == ""
    foot = read_page((out / "analysis" / "anaemia.html").read_text(encoding="utf-8"))
    assert "Made from 3 tables, 1 module and 1 other file; key 0123456789ab" in foot.text
    for name in ("analysis/other", "anaemia"):
        assert "Made from" not in (out / f"{name}.html").read_text(encoding="utf-8")


def test_in_a_book_of_own_data_a_number_may_be_gone_and_claims_lead_to_their_cards(build, read_page):
    text = "# Index\n\nIt is {n}`RA-9.gone`, and was {n}`serum.share`.\n\n```{own-report}\n```\n"
    out, told = build({"index.md": text, "run/own.html": "<h3>RA-9: stands</h3>"})
    assert told == ""
    shown = read_page((out / "index.html").read_text(encoding="utf-8"))
    assert "It is no value in this run, and was 98.2" in shown.text
    assert any(link.endswith("#ra-9") for link in shown.links)
