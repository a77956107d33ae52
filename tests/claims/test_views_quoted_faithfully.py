import pytest

from il6review.claims import views_quoted_faithfully as quoted
from il6review.claims.review import load
from il6review.claims.rules import load as rules


@pytest.fixture(scope="module")
def book():
    return load("")


@pytest.fixture(scope="module")
def checks(book):
    return quoted.quotations(book)


@pytest.fixture
def small(make):
    """Two claims, of which the first cites Read2001; a check of each kind of source."""
    claims = [
        make.claim_row("RA-901", cites="Read2001;Lost2002"),
        make.claim_row("RA-902", cites=""),
    ]
    found = [
        make.check("RA-902", "Other2003", "contradicted", severity="minor"),
        make.check("RA-901", "Read2001", "supported", severity="minor"),
        make.check("RA-901", "Read2001", "contradicted", aspect="citation_detail", note="a note", url="https://x.org/"),
        make.check("RA-901", "Read2001", "unverifiable", url="javascript:1"),
        make.check("RA-901", "Other2003", "overstated"),
    ]
    found = [{"note": "", "url": ""} | row for row in found]
    sources = [make.source("Read2001"), make.source("Lost2002", read_as="citation_only")]
    return make.review(claims=claims, citation_checks=found, sources=sources)


def first_row(review, finding):
    return next(row["check_id"] for row in review.tables["citation_checks"] if row["finding"] == finding)


def test_the_worst_comes_first_and_a_major_slip_before_a_minor_one(small):
    order = [(item.row["finding"], item.row["severity"]) for item in quoted.quotations(small)]
    assert order == [
        ("contradicted", "major"),
        ("contradicted", "minor"),
        ("overstated", "major"),
        ("unverifiable", "major"),
        ("supported", "minor"),
    ]


def test_every_check_of_the_evidence_is_there_once_and_in_order(book, checks):
    assert sorted(quoted.rows_of(checks)) == sorted(row["check_id"] for row in book.tables["citation_checks"])
    places = [rules("rules.yaml")["citation_order"].index(item.row["finding"]) for item in checks]
    assert places == sorted(places)


def test_a_check_of_a_source_that_the_claim_does_not_cite_is_told_apart(small):
    found = quoted.quotations(small)
    of_cited, beside = (quoted.cited(found, scope) for scope in ("cited", "beside"))
    assert {item.row["cited_source"] for item in of_cited} == {"Read2001"} and len(of_cited) == 3
    assert [item.row["cited_source"] for item in beside] == ["Other2003", "Other2003"]
    assert quoted.cited(found, "all") == found
    assert {quoted.document(item) for item in found} == {"Cited by: Seed", "Set beside: Seed"}


def test_counts_are_by_finding_from_worst_to_best_the_largest_group_first(small):
    found = quoted.bars(quoted.quotations(small), quoted.slip)
    assert [(line["label"], line["counts"]) for line in found] == [
        ("direction", (1, 0, 1, 1, 0, 1)),
        ("citation detail", (1, 0, 0, 0, 0, 0)),
    ]
    assert len(found[0]["row_ids"]) == 4


def test_the_numbers_count_slips_and_major_ones_by_scope(small):
    found = {name: number.value for name, number in quoted.numbers(quoted.quotations(small)).items()}
    assert (found["all"], found["cited"], found["beside"]) == (5, 3, 2)
    assert (found["all_slips"], found["cited_slips"], found["beside_slips"]) == (3, 1, 2)
    assert (found["all_major"], found["cited_major"], found["beside_major"]) == (2, 1, 1)
    assert (found["all_contradicted"], found["cited_contradicted"], found["cited_supported"]) == (2, 1, 1)


@pytest.mark.parametrize("scope", ["all", "cited", "beside"])
def test_the_findings_of_the_evidence_add_up(checks, scope):
    found = {name: number.value for name, number in quoted.numbers(checks).items()}
    assert sum(found[f"{scope}_{finding}"] for finding in quoted.findings()) == found[scope]
    assert found["all"] == found["cited"] + found["beside"] == len(checks)


def test_an_entry_sets_the_document_beside_the_source_and_leads_to_card_row_source_and_page(small, read_html):
    shown = quoted.listed(small, quoted.quotations(small), "contradicted")[0]
    elements, text = read_html(shown._repr_mimebundle_()["text/html"])
    assert "The document saysthisThe source saysthatNotea note" in text
    assert "contradicted, major" in text and ", citation detail: Read2001" in text
    links = [attributes["href"] for tag, attributes in elements if tag == "a"]
    assert links[0] == "../synthetic.html#ra-901" and links[1] == "../evidence.html#source-read2001"
    assert links[2].startswith("../evidence.html#q") and links[3] == "https://x.org/"
    assert len(shown.entries) == 2
    assert quoted.listed(small, quoted.quotations(small), "overstated")[1] == (first_row(small, "overstated"),)
    assert len(quoted.listed(small, quoted.quotations(small))[0].entries) == 5


def test_an_entry_names_no_page_where_none_was_read_and_links_to_no_odd_one(small, read_html):
    shown = quoted.listed(small, quoted.quotations(small), "supported")[0]._repr_mimebundle_()
    assert "page read" not in shown["text/html"]
    elements, text = read_html(
        quoted.listed(small, quoted.quotations(small), "unverifiable")[0]._repr_mimebundle_()["text/html"]
    )
    assert "page read" in text
    assert not [attributes for _, attributes in elements if "javascript" in attributes.get("href", "")]


def test_every_finding_has_a_colour():
    assert set(quoted.TONES) == set(quoted.findings())
    assert set(quoted.SLIPS) < set(quoted.findings())


def test_cited_sources_are_counted_by_what_could_be_read_of_them(small):
    found = {name: number.value for name, number in quoted.read_numbers(small, quoted.quotations(small)).items()}
    assert (found["sources"], found["sources_unchecked"]) == (2, 1)
    assert (found["read_abstract"], found["read_citation_only"], found["read_full_text"]) == (1, 1, 0)
    assert (found["claims"], found["claims_citing"], found["documents_citing"]) == (2, 1, 1)
    table = quoted.sources_table(small).frame
    assert dict(zip(table["read as"], table["which"], strict=True))["citation only"] == "Lost2002"


def test_every_cited_source_of_the_evidence_is_counted_once(book):
    found = quoted.sources_read(book, quoted.cited_sources(book))
    assert sum(len(keys) for _, keys in found) == len(quoted.cited_sources(book))
    assert {row["read_as"] for row in book.tables["sources"]} <= set(quoted.READ_AS)
