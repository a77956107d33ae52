"""All claims together: the counts add up, agree with the ledger, and cover every chapter and document."""

import json
from collections import Counter
from pathlib import Path

import pytest

from il6review.claims.decisions import decide_book
from il6review.claims.ledger import DOCUMENTS
from il6review.claims.model import FINDINGS
from il6review.claims.rules import HEADLINES, load
from il6review.claims.views_findings import chapter_lines, findings_table, headline_of, tally
from il6review.publish.numerals import typed_numbers

LEDGER = json.loads((Path(__file__).parents[2] / "ledger.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def decided(serum):
    return decide_book(serum)


@pytest.fixture(scope="module")
def values(decided):
    return {key: number.value for key, number in tally(decided).items()}


def test_every_claim_is_decided_once_in_the_order_of_the_table(serum, decided):
    assert [one.claim.claim_id for one in decided] == [row["claim_id"] for row in serum.tables["claims"]]


def test_a_claim_has_the_headline_that_its_chapter_gives_it(decided):
    headlines = {one.claim.claim_id: headline_of(one) for one in decided}
    committed = {claim_id: entry["headline"] for claim_id, entry in LEDGER["claims"].items()}
    assert {claim_id: headlines[claim_id] for claim_id in committed} == committed


def test_the_counts_add_up_over_headlines_findings_and_documents(serum, values):
    claims = len(serum.tables["claims"])
    assert values["claims"] == claims
    assert sum(values[word] for word in HEADLINES) == claims
    for check, words in FINDINGS.items():
        assert sum(values[f"{check}.{word}"] for word in words) == claims
    assert sum(values[f"{document}.claims"] for document in DOCUMENTS) == claims
    for word in HEADLINES:
        assert sum(values[f"{document}.{word}"] for document in DOCUMENTS) == values[word]
    assert values["untested_share"] == round(100 * values["untested"] / claims, 1)


def test_the_counts_are_those_of_the_decisions(decided, values):
    assert values["falls"] == sum(headline_of(one) == "falls" for one in decided)
    reasons = Counter(finding.reason for one in decided for finding in one.findings)
    assert values["qualitative"] == reasons["qualitative"]
    lines = findings_table(decided).frame
    shown = lines[lines["check"] == "Do independent studies agree?"].set_index("finding")["claims"]
    assert shown["too little"] == values["evidence.too_little"]
    assert lines["claims"].sum() == 3 * values["claims"]


def test_every_chapter_has_a_name_and_all_its_claims(serum, decided):
    lines = {line["label"]: line["headlines"] for line in chapter_lines(decided)}
    sizes = Counter(load("words.yaml")["chapters"][row["chapter"]] for row in serum.tables["claims"])
    assert {label: len(headlines) for label, headlines in lines.items()} == sizes
    assert set(load("words.yaml")["chapters"]) == {row["chapter"] for row in serum.tables["claims"]}


def test_every_document_has_a_name(serum):
    assert set(load("words.yaml")["documents"]) == {row["seed"] for row in serum.tables["claims"]}


def test_five_findings_are_declared_each_with_claims_of_the_table(serum):
    chosen = load("consequential.yaml")
    named = [claim_id for item in chosen for claim_id in item["claims"]]
    assert len(chosen) == 5
    assert set(named) <= {row["claim_id"] for row in serum.tables["claims"]}
    assert len(named) == len(set(named))


@pytest.mark.parametrize("item", load("consequential.yaml"), ids=lambda item: item["asks"])
def test_a_reason_says_why_it_matters_and_neither_a_number_nor_what_was_found(item):
    assert item.keys() == {"asks", "because", "claims"}
    assert item["asks"].endswith("?") and item["because"].endswith(".")
    text = f"{item['asks']} {item['because']}"
    assert typed_numbers(text) == []
    assert not set(HEADLINES) & set(text.lower().split())
