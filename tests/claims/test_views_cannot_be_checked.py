import pytest

from il6review.claims import views_cannot_be_checked as unchecked
from il6review.claims.model import REASONS, LedgerError
from il6review.claims.review import load
from il6review.claims.rules import load as rules


@pytest.fixture(scope="module")
def book():
    return load("")


@pytest.fixture(scope="module")
def found(book):
    return unchecked.unchecked(book)


@pytest.fixture
def request_for(make):
    def ask(**cells):
        return unchecked.ask(make.claim_row(**{"dose": "", "time": "", "outcome": "IL-6"} | cells))

    return ask


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        ({"comparison": "RA vs healthy"}, "mean, SD and n of IL-6 in each group (RA; healthy)"),
        (
            {"comparison": "RA vs healthy", "p_reported": "<0.05"},
            "n of each group (RA; healthy), with mean and SD of IL-6",
        ),
        ({"comparison": "after drug vs before"}, "n, and mean and SD of the change in IL-6 (after drug; before)"),
        (
            {"comparison": "after drug vs baseline", "p_reported": "0.04"},
            "n, and mean and SD of the change in IL-6 (after drug; baseline)",
        ),
        (
            {"kind": "ordered_trend", "comparison": "stage 1 vs stage 2"},
            "mean, SD and n of IL-6 in each group (stage 1; stage 2)",
        ),
        ({"kind": "dose_response", "dose": "20 ng"}, "mean, SD and n of IL-6 at each dose (20 ng)"),
        ({"kind": "time_course", "dose": "20 ng", "time": "2 h"}, "mean, SD and n of IL-6 at each time (20 ng, 2 h)"),
        (
            {"kind": "time_course", "outcome": "test length", "time": "6 min"},
            "what the methods say of the test length (6 min)",
        ),
        (
            {"kind": "count", "outcome": "sample size", "n_a": "8", "n_b": "6"},
            "the animals in each group (printed here: 8 and 6)",
        ),
        ({"kind": "count", "outcome": "number of bones"}, "the number of bones"),
        ({"kind": "event_year", "outcome": "first report"}, "the year of the first report"),
        ({"kind": "ordinal_rank"}, "what the rank rests on: IL-6"),
    ],
)
def test_what_to_ask_for_follows_from_the_kind_of_claim_and_its_cells(request_for, cells, asked):
    assert request_for(**cells) == asked


def test_a_kind_without_a_request_is_named_with_what_to_mend(request_for):
    with pytest.raises(LedgerError, match=r"RA-901: no request fits a claim of kind 'recommendation'\. Mend: see asks"):
        request_for(kind="recommendation")


def test_every_claim_of_the_evidence_that_lacks_a_number_has_a_request(found):
    asked = [unchecked.ask(item.row) for item in found if item.reason != "qualitative"]
    assert asked and not [text for text in asked if "{" in text or "()" in text]


def test_every_word_of_the_requests_is_used(book):
    told = rules("asks.yaml")
    outcomes = {row["outcome"] for row in book.tables["claims"]}
    assert {*told["methods"], *told["in_words"]} <= outcomes
    seconds = {row["comparison"].partition(" vs ")[2] for row in book.tables["claims"]}
    assert set(told["earlier"]) <= seconds


def test_those_to_ask_are_the_authors_cited_or_else_those_of_the_document(make):
    sources = [
        make.source("Ali2019", authors_short="Ali ET", year=2019),
        make.source("Hope2011", authors_short="Hope M", year=2011, kind="review"),
        make.source("Lost", title="Reference 1"),
    ]
    review = make.review(sources=sources)

    def names(cites):
        return [who for _, who in unchecked.addressees(review, make.claim_row(cites=cites))]

    assert names("Ali2019;Hope2011") == [
        "authors of Ali 2019",
        "authors of Hope 2011 (a review: the study may be by others)",
    ]
    assert names("Lost") == ["whoever knows the publication behind “Reference 1”"]
    assert names("") == ["authors of the document, Seed"]


def test_every_claim_that_cannot_be_computed_is_there_once_in_the_order_of_the_table(book, found):
    ids = [item.row["claim_id"] for item in found]
    order = [row["claim_id"] for row in book.tables["claims"]]
    assert ids == [claim_id for claim_id in order if claim_id in set(ids)]
    assert {item.reason for item in found} == set(REASONS)
    shown = [entry for reason in REASONS for entry in unchecked.entries(book, found, reason).entries]
    assert len(shown) == len(found)


def test_an_entry_leads_to_its_card_and_says_why_not_and_whom_to_ask(book, found, read_html):
    item = next(item for item in found if item.row["claim_id"] == "RA-88")
    elements, text = read_html(unchecked.entries(book, [item], "no_group_size")._repr_mimebundle_()["text/html"])
    links = [attributes["href"] for tag, attributes in elements if tag == "a"]
    assert links == ["../depression_models.html#ra-88", "../evidence.html#source-chourbaji2006"]
    assert "authors of Chourbaji et al 2006, for: n of each group (IL-6 knockout; wild type)" in text
    assert "Why notA P is printed" in text


def test_a_statement_without_a_figure_asks_nobody(book, found):
    shown = unchecked.entries(book, found, "qualitative")
    assert shown.entries and not [entry for entry in shown.entries if entry.parts]


def test_the_numbers_and_the_table_add_up(book, found):
    numbers = {name: number.value for name, number in unchecked.numbers(book, found).items()}
    assert numbers["all"] == len(found) == sum(numbers[reason] for reason in REASONS)
    assert numbers["asked"] == numbers["all"] - numbers["qualitative"]
    table = unchecked.counts_table(found).frame
    assert table["claims"].sum() == len(found)
    assert table["untested"].sum() == numbers["all"] - numbers["tested"]
    asked = {key for item in found if item.reason != "qualitative" for key, _ in unchecked.addressees(book, item.row)}
    assert numbers["sources"] == len(asked)


def test_values_that_are_not_used_are_shown_with_the_reason(book):
    shown = unchecked.unverified_entries(book)
    text = shown._repr_mimebundle_()["text/plain"]
    assert len(shown.entries) == len(book.tables["unverified"])
    assert "[not used] Basirian2025: anaemia prevalence\n  Value: RA, n = 100, 33\n  Why not: no address kept" in text
