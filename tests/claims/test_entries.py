import pytest

from il6review.claims import entries
from il6review.claims.entries import Entries, Entry, Link


def shown(*found):
    return Entries(found)._repr_mimebundle_()


def test_an_entry_shows_its_mark_in_words_its_head_and_every_value_of_its_parts(read_html):
    entry = Entry(["About ", Link("RA-1", "../a.html#ra-1")], "not_used", "falls", [("Steps", [["one"], ["two"]])])
    elements, text = read_html(shown(entry)["text/html"])
    assert text.split() == ["not", "used", "About", "RA-1Stepsonetwo"]
    assert [tag for tag, _ in elements if tag in ("li", "dt", "dd")] == ["li", "dt", "dd", "dd"]
    assert ("div", {"class": "il6-entry il6-falls"}) in elements
    assert ("a", {"href": "../a.html#ra-1"}) in elements
    assert shown(entry)["text/plain"] == "[not used] About RA-1\n  Steps: one\n  Steps: two"


def test_an_entry_without_parts_has_no_list_of_them(read_html):
    elements, _ = read_html(shown(Entry(["x"], "stands", "stands"))["text/html"])
    assert "dl" not in {tag for tag, _ in elements}


def test_no_entry_is_said_so():
    assert shown() == {"text/html": "<p>None.</p>", "text/plain": "None."}


def test_values_stay_text_and_cannot_leave_an_attribute(read_html, hostile):
    entry = Entry([hostile, Link(hostile, hostile)], hostile, hostile, [(hostile, [[hostile], [Link(hostile, "x")]])])
    elements, text = read_html(shown(entry)["text/html"])
    assert {tag for tag, _ in elements} == {"ol", "li", "div", "p", "strong", "a", "dl", "dt", "dd"}
    assert {name for _, attributes in elements for name in attributes} == {"class", "role", "href"}
    assert text.count(hostile) == 6


def test_links_lead_to_the_card_the_row_and_the_source_as_seen_from_the_page_of_a_notebook(make):
    assert entries.claim_link(make.claim("RA-22a", chapter="serum")) == Link("RA-22a", "../serum.html#ra-22a")
    assert entries.row_link("Q007") == Link("Q007", "../evidence.html#q007")
    assert entries.source_link("Ali2019", "Ali 2019") == Link("Ali 2019", "../evidence.html#source-ali2019")


@pytest.mark.parametrize("address", ["https://example.org/a?b&c", "http://example.org"])
def test_a_web_address_becomes_a_link(address):
    assert entries.web_link("page", address) == Link("page", address)


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", " https://x.org", "//x.org", "data:text/html,x"])
def test_any_other_address_stays_text(address):
    assert entries.web_link("page", address) == "page"


@pytest.mark.parametrize(
    ("authors", "shown_as"),
    [
        ("Sun Y, Wang D, Salvadore G et al", "Sun et al"),
        ("van Leeuwen MA et al", "van Leeuwen et al"),
        ("Nishimoto N, Kishimoto T", "Nishimoto et al"),
        ("Shima Y", "Shima"),
        ("Yokota S (inferred: no author shown)", "Yokota"),
        ("(no author or date)", ""),
        ("", ""),
    ],
)
def test_authors_are_named_by_the_first_without_initials_and_without_remarks(authors, shown_as):
    assert entries.short_authors(authors) == shown_as
