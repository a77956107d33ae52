from pathlib import Path
from typing import ClassVar

import pytest

from il6review.claims import loads
from il6review.claims.review import load
from il6review.claims.rules import load as words
from il6review.publish import pages

ROOT = Path(__file__).parents[2]
SAFE = {"div", "table", "thead", "tbody", "tr", "th", "td", "a", "code", "details", "summary"}
LISTS = {"h3", "ol", "ul", "li", "p", "a", "strong", "dl", "dt", "dd", "span", "small"}
FILTER = {"form", "fieldset", "legend", "label", "input", "select", "option", "p"}


@pytest.fixture(scope="module")
def review():
    return load("")


def link(text):
    return f"evidence.html#{text.lower()}"


def card_link(claim_id, entry):
    return f"{entry['chapter']}.html#{claim_id.lower()}"


def evidence(read_page, name, rows):
    key, title = next((key, title) for table, key, title in pages.TABLES if table == name)
    return read_page(pages.evidence_table(name, key, title, rows, link))


class TestLedger:
    def test_every_claim_has_a_line_with_its_words_in_the_natural_order(self, ledger, read_page):
        page = read_page(pages.ledger_table(ledger, card_link))
        assert page.links == ["serum.html#ra-9", "serum.html#ra-10"]
        lines = [attributes for tag, attributes in page.elements if tag == "tr" and attributes]
        assert lines[0] == {
            "data-headline": "stands",
            "data-citation": "supported",
            "data-recomputation": "bounded",
            "data-evidence": "agrees",
            "data-chapter": "serum",
            "data-document": "An entry",
        }

    def test_the_filter_counts_the_claims_of_each_word_and_waits_for_script(self, ledger, read_page):
        page = read_page(pages.ledger_table(ledger, card_link))
        options = [attributes["value"] for tag, attributes in page.elements if tag == "option"]
        assert options == [
            *("", "falls", "stands", "", "supported", "", "bounded", "", "agrees", "", "serum", "", "An entry"),
        ]
        assert "falls (1)" in page.text and "supported (2)" in page.text
        assert "hidden" in dict(page.elements)["form"]

    def test_values_stay_text(self, make_entry, read_page, hostile):
        told = make_entry(statement=hostile, headline=hostile, chapter=hostile)
        page = read_page(pages.ledger_table({"claims": {hostile: told}, "numbers": {}}, card_link))
        assert page.tags <= SAFE | FILTER
        assert page.text.count(hostile) == 5
        assert page.links == [card_link(hostile, told)]


class TestLists:
    def test_claims_stand_under_their_place_with_link_and_headline(self, make_entry, read_page):
        claims = [
            ("RA-1", make_entry(locator="slide one")),
            ("RA-2", make_entry(locator="slide two", headline="falls")),
            ("RA-3", make_entry(locator="slide one", statement="Another.")),
        ]
        page = read_page(pages.claim_list(claims, card_link))
        assert page.text == ("Slide oneRA-1 A statement. Stands.RA-3 Another. Stands.Slide twoRA-2 A statement. Falls.")
        assert page.links == ["serum.html#ra-1", "serum.html#ra-3", "serum.html#ra-2"]

    def test_what_matters_most_tells_why_and_what_was_found(self, make_entry, read_page):
        chosen = [{"asks": "Asked?", "because": "It matters.", "claims": ["RA-2", "RA-1"]}]
        claims = {"RA-1": make_entry(), "RA-2": make_entry(headline="untested", because="nobody looked")}
        text = read_page(pages.consequential_list(chosen, claims, card_link)).text
        assert text == (
            "Asked?It matters.RA-2 A statement. Untested: nobody looked."
            "RA-1 A statement. Stands: independent studies agree."
        )

    def test_a_term_stands_with_its_languages_and_its_documents(self, read_page):
        rows = [
            {"term_en": "gp130", "term_zh": "", "term_ja": "", "meaning": "A receptor.", "seen_in": ""},
            {"term_en": "CRP", "term_zh": "蛋白", "term_ja": "タンパク", "meaning": "A protein.", "seen_in": "A;B"},
        ]
        page = read_page(pages.glossary_list(rows, {"A": "deck", "B": "review"}))
        assert page.text == "CRP 蛋白 タンパクA protein. In: deck, review.gp130A receptor."
        assert [cells["lang"] for tag, cells in page.elements if tag == "span"] == ["zh", "ja"]
        assert page.ids == ["term-crp", "term-gp130"]

    def test_every_term_of_the_glossary_is_anchored_once(self, review, read_page):
        page = read_page(pages.glossary_list(review.tables["glossary"], words("words.yaml")["documents"]))
        assert len(set(page.ids)) == len(review.tables["glossary"])

    def test_values_stay_text(self, make_entry, read_page, hostile):
        entry = make_entry(statement=hostile, locator=hostile, headline=hostile, chapter=hostile, because=hostile)
        row = dict.fromkeys(("term_en", "term_zh", "term_ja", "meaning", "seen_in"), hostile)
        chosen = [{"asks": hostile, "because": hostile, "claims": [hostile]}]
        made = [
            pages.claim_list([(hostile, entry)], card_link),
            pages.consequential_list(chosen, {hostile: entry}, card_link),
            pages.glossary_list([row], {hostile: hostile}),
        ]
        found = [read_page(html) for html in made]
        assert all(page.tags <= LISTS for page in found)
        assert [page.text.lower().count("<script>alert(1)</script>") for page in found] == [4, 6, 5]


class TestNumbers:
    def test_a_number_stands_with_its_meaning_key_and_rows(self, ledger, read_page):
        page = read_page(pages.numbers_table(ledger, link))
        assert page.ids == [pages.number_anchor("RA-9.g_low"), pages.number_anchor("serum.share")]
        assert page.links == ["evidence.html#k001"] * 2
        assert all(part in page.text for part in ("0.476", "smallest effect", "RA-9.g_low", "98.2 %"))

    @pytest.mark.parametrize(("count", "folded"), [(12, False), (13, True)])
    def test_many_rows_are_folded_and_none_is_lost(self, make_number, read_page, count, folded):
        rows = [f"K{number:03}" for number in range(count)]
        page = read_page(pages.numbers_table({"claims": {}, "numbers": {"k": make_number(rows=rows)}}, link))
        assert ("details" in page.tags) == folded
        assert page.links == [link(row) for row in rows]

    def test_values_stay_text(self, make_number, read_page, hostile):
        told = make_number(hostile, label=hostile, unit=hostile, rows=[hostile])
        page = read_page(pages.numbers_table({"claims": {}, "numbers": {hostile: told}}, link))
        assert page.tags <= SAFE | {"br"}
        assert page.text.count(hostile) == 5
        assert set(page.ids[0]) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")

    def test_no_two_numbers_of_the_ledger_share_an_anchor(self):
        keys = loads(ROOT / "ledger.json")["numbers"]
        assert len({pages.number_anchor(key) for key in keys}) == len(keys)


class TestEvidence:
    @pytest.mark.parametrize("name", [name for name, _, _ in pages.TABLES])
    def test_every_row_of_the_evidence_can_be_shown_and_is_anchored_once(self, review, read_page, name):
        rows = review.tables[name]
        key = next(key for table, key, _ in pages.TABLES if table == name)
        page = evidence(read_page, name, rows)
        assert page.ids == [row[key].lower() for row in rows]
        assert len(set(page.ids)) == len(rows)
        assert page.tags <= SAFE

    def test_ids_of_rows_and_sources_do_not_meet_on_the_page(self, review):
        ids = [row[key].lower() for name, key, _ in pages.TABLES for row in review.tables[name]]
        ids += [pages.source_anchor(row["source_key"]) for row in review.tables["sources"]]
        assert len(set(ids)) == len(ids)

    @pytest.mark.parametrize("name", [name for name, _, _ in pages.TABLES])
    def test_values_stay_text(self, review, read_page, hostile, name):
        row = {column: hostile if isinstance(value, str) else value for column, value in review.tables[name][0].items()}
        page = evidence(read_page, name, [row])
        assert page.tags <= SAFE
        assert {attribute for _, attributes in page.elements for attribute in attributes} <= {
            "id",
            "class",
            "href",
            "scope",
            "role",
            "aria-label",
            "tabindex",
        }
        assert page.text.count("<script>alert(1)</script>") >= 5

    def test_a_grade_stays_as_printed_beside_its_claim(self, review, read_page):
        text = evidence(read_page, "rank_table", review.tables["rank_table"][:1]).text
        assert "RA-22a, Joint inflammation, level in blood and synovial fluid, IL-6" in text
        assert "grade ++++" in text and "comparison table slide" in text

    def test_what_was_compared_and_what_is_printed_are_told(self, review, read_page):
        groups = {row["row_id"]: row for row in review.tables["groups"]}
        text = evidence(read_page, "groups", [groups["G021"], groups["G139"]]).text
        assert "4.94 +/- 0.342 pg/mL" in text and "n = 50" in text
        assert "n not printed" in text
        comparisons = {row["comparison_id"]: row for row in review.tables["comparisons"]}
        text = evidence(read_page, "comparisons", [comparisons["K173"], comparisons["K340"]]).text
        assert "n 66 against 24" in text and "first group higher" in text
        assert "no difference" in text and "no P printed" in text
        correlations = {row["row_id"]: row for row in review.tables["correlations"]}
        text = evidence(read_page, "correlations", [correlations["C018"], correlations["C104"]]).text
        assert "r = 0.603" in text and "positive, no r printed" in text


class TestLinks:
    @pytest.mark.parametrize("address", ["https://example.org/a?b=c&d=e", "http://example.org/"])
    def test_a_web_address_becomes_a_link(self, review, read_page, address):
        row = {**review.tables["comparisons"][0], "url": address}
        assert address in evidence(read_page, "comparisons", [row]).links
        source = {**review.tables["sources"][0], "url": address}
        assert read_page(pages.sources_table([source])).links == [address]

    @pytest.mark.parametrize(
        "address", ["javascript:alert(1)", "JAVASCRIPT:alert(1)", " https://x.org", "data:text/html,x", "//x.org", ""]
    )
    def test_any_other_address_stays_text(self, review, read_page, address):
        row = {**review.tables["comparisons"][0], "url": address}
        assert evidence(read_page, "comparisons", [row]).links == [link(row["source_key"])]
        source = {**review.tables["sources"][0], "url": address}
        assert read_page(pages.sources_table([source])).links == []


class TestSources:
    def test_every_source_of_the_evidence_has_one_anchored_line(self, review, read_page):
        rows = review.tables["sources"]
        page = read_page(pages.sources_table(rows))
        assert page.ids == [pages.source_anchor(row["source_key"]) for row in rows]

    def test_a_reference_tells_what_is_known_and_nothing_else(self, review, read_page):
        empty = dict.fromkeys(("authors_short", "title", "journal", "volume", "pages"), "") | {"year": None}
        row = {**review.tables["sources"][0], "url": "https://example.org/"}
        known = {"authors_short": "Uson J", "year": 1997, "title": "A title", "journal": "J Rheum", "volume": "24"}
        text = read_page(pages.sources_table([{**row, **empty, **known}])).text
        assert "Uson J (1997). A title. J Rheum 24" in text
        assert "https://example.org/" in read_page(pages.sources_table([{**row, **empty}])).text

    def test_values_stay_text(self, review, read_page, hostile):
        row = {
            name: hostile if isinstance(value, str) else value for name, value in review.tables["sources"][0].items()
        }
        page = read_page(pages.sources_table([row]))
        assert page.tags <= SAFE
        assert page.text.count("<script>alert(1)</script>") >= 5


def test_foot_of_an_analysis_names_all_that_went_into_it_but_no_folder_of_the_reader(make_made, read_page):
    page = read_page(pages.made_from(make_made()))
    items = page.text.split("not made anew.")[1]
    for told in (
        "parameter alpha 0.1",
        "Python CPython 3.11.7",
        "source of the notebook 555555555555",
        "installed packages 666666666666",
        "data/groups.csv 000000000000",
        "own.csv 111111111111",
        "il6review/stats/pooling.py 222222222222",
        "requirements.lock 333333333333",
    ):
        assert told in items
    assert "data/effects.csv, rows of 1 selection " in items and "own_links" not in items
    assert "Made from 3 tables, 1 module and 1 other file;" in page.text
    assert "/private" not in page.text and "IL6REVIEW_DATA" not in page.text


def test_text_in_the_foot_is_never_markup(make_made, read_page, hostile):
    told = {hostile: hostile}
    page = read_page(pages.made_from(make_made(values=told, files=told, parts={hostile: told}, key=hostile)))
    assert page.tags == {"footer", "details", "summary", "code", "p", "ul", "li"}


class TestLinkedCells:
    NAMES: ClassVar = {"Uson1997": "Uson et al 1997"}

    def shown(self, cell, names=NAMES):
        return pages.linked_cells(f"<td>{cell}</td>", names, {"K001", "K002"}, "s#{}".format, "r#{}".format)

    def test_a_key_becomes_the_name_of_its_source(self):
        assert self.shown("Uson1997") == '<td><a href="s#Uson1997">Uson et al 1997</a></td>'

    def test_ids_of_rows_become_links(self):
        assert self.shown("K001 K002") == '<td><a href="r#K001">K001</a> <a href="r#K002">K002</a></td>'

    @pytest.mark.parametrize("cell", ["K001 K003", "positive", "of Uson1997", "P &lt; 0.05", " ", ""])
    def test_any_other_cell_stays_as_it_is(self, cell):
        assert self.shown(cell) == f"<td>{cell}</td>"

    def test_a_name_is_text(self, hostile, read_page):
        assert read_page(self.shown("Key", {"Key": hostile})).text.strip() == hostile.strip()
