import pytest

from il6review.claims.cards import CHECK_WORDS, card, words

ALLOWED = {"article", "header", "p", "span", "dl", "dt", "dd", "strong", "details", "summary", "a"}


def finding(word, rows=(), **told):
    return {"finding": word, "reason": "", "why": "Because.", "rows": list(rows)} | told


def entry(**told):
    return {
        "statement": "A statement.",
        "said_by": "Seed",
        "said_by_title": "Title of the document",
        "locator": "page one",
        "cites": ["Robak1998", "Uson1997"],
        "headline": "weakened",
        "because": "independent studies do not agree",
        "citation": finding("supported_with_omission", ["Q001"]),
        "recomputation": finding("not_recomputable", reason="no_group_size"),
        "evidence": finding("mixed", [f"K{number:03}" for number in range(1, 8)]),
    } | told


def links(elements):
    return [attributes["href"] for tag, attributes in elements if tag == "a"]


def test_a_card_shows_the_statement_who_said_it_and_the_three_findings(read_html):
    elements, text = read_html(card("RA-51", entry()))
    assert dict(elements)["article"] == {"class": "il6-card il6-weakened", "id": "ra-51"}
    shown = [
        "RA-51",
        "weakened",
        "A statement.",
        "Said by Title of the document, page one; cites Robak1998, Uson1997. "
        "Weakened: independent studies do not agree.",
        CHECK_WORDS["citation"] + "supported with omission",
        CHECK_WORDS["recomputation"] + "not recomputable (no group size)",
        CHECK_WORDS["evidence"] + "mixed",
    ]
    position = 0
    for part in shown:
        position = text.index(part, position) + len(part)
    assert links(elements) == []


def test_a_document_that_cites_nothing_is_said_to(read_html):
    assert "page one; cites nothing. " in read_html(card("RA-51", entry(cites=[])))[1]


def test_rows_and_sources_are_linked_where_there_is_a_page(read_html):
    elements, _ = read_html(card("RA-51", entry(), lambda row: f"e.html#{row}", lambda source: f"s.html#{source}"))
    rows = ["Q001", *entry()["evidence"]["rows"]]
    assert links(elements) == [
        "s.html#Seed",
        "s.html#Robak1998",
        "s.html#Uson1997",
        *(f"e.html#{row}" for row in rows),
    ]


def test_a_cited_source_is_shown_under_its_name(read_html):
    elements, text = read_html(
        card("RA-51", entry(), source_link=str, source_name={"Robak1998": "Robak", "Uson1997": "U"}.get)
    )
    assert "cites Robak, U. " in text
    assert links(elements) == ["Seed", "Robak1998", "Uson1997"]


@pytest.mark.parametrize(
    ("why", "shown"),
    [
        ("hepcidin: no independent study.", "Hepcidin: no independent study."),
        ("sIL-6R: no independent study.", "sIL-6R: no independent study."),
        ("", ""),
    ],
)
def test_a_reason_begins_with_a_capital(read_html, why, shown):
    text = read_html(card("RA-51", entry(evidence=finding("mixed", why=why))))[1]
    assert text.strip().endswith(f"mixed {shown}".strip())


@pytest.mark.parametrize(("count", "folded"), [(0, False), (6, False), (7, True)])
def test_many_rows_are_folded(read_html, count, folded):
    rows = [f"K{number:03}" for number in range(count)]
    elements, text = read_html(card("RA-51", entry(evidence=finding("mixed", rows))))
    assert ("details" in dict(elements)) == folded
    assert all(row in text for row in rows)


def test_the_foot_of_the_caller_stands_under_the_findings():
    assert card("RA-51", entry(), foot="<footer>x</footer>").endswith("</dl>\n<footer>x</footer>\n</article>")


@pytest.mark.parametrize("link", [None, lambda key: f"#{key}"], ids=["without links", "with links"])
def test_a_value_is_text_wherever_it_stands(read_html, hostile, link):
    told = entry(
        statement=hostile,
        said_by=hostile,
        said_by_title=hostile,
        locator=hostile,
        cites=[hostile],
        because=hostile,
        headline=hostile,
        citation=finding(hostile, [hostile], why=hostile),
        recomputation=finding("not_recomputable", reason=hostile, why=hostile),
        evidence=finding(hostile, [hostile] * 8, why=hostile),
    )
    elements, text = read_html(card(hostile, told, link, link))
    assert {tag for tag, _ in elements} <= ALLOWED
    assert {name for _, attributes in elements for name in attributes} <= {"class", "id", "href"}
    assert set(links(elements)) == ({f"#{hostile}"} if link else set())
    assert text.count(words(hostile)) >= 18


def test_a_finding_is_shown_in_words():
    assert words("supported_with_omission") == "supported with omission"
