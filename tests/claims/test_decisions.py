import json
from dataclasses import replace

import pytest

from il6review import MIME
from il6review.claims import FINDINGS, Number, collect, decisions, dumps, rules
from il6review.claims.review import TABLES

IDS = {"comparisons": "comparison_id", "citation_checks": "check_id", "defects": "defect_id"}


def decide_all(review):
    """Decide every claim of the chapter, in the order of the table."""
    return [decisions.decide(review, claim.claim_id) for claim in review.claims()]


def ledger_of(review):
    return collect(decision._repr_mimebundle_()[MIME] for decision in decide_all(review))


@pytest.fixture(scope="module")
def ledger(serum):
    return ledger_of(serum)


@pytest.fixture(scope="module")
def everything(serum):
    """Decide every claim of every chapter, by chapter."""
    chapters = dict.fromkeys(row["chapter"] for row in serum.tables["claims"])
    return {chapter: decide_all(replace(serum, chapter=chapter)) for chapter in chapters}


@pytest.fixture(scope="module")
def row_ids(serum):
    """Give the ids of all rows of the evidence that a finding may name."""
    tables = [name for name in TABLES if name not in ("sources", "claims", "cautions", "glossary", "unverified")]
    return {row[IDS.get(name, "row_id")] for name in tables for row in serum.tables[name]}


def test_deciding_the_whole_book_gives_the_findings_of_each_chapter(serum, everything):
    by_id = {decision.claim.claim_id: decision for chapter in everything.values() for decision in chapter}
    book = decisions.decide_book(serum)
    assert [one.claim.claim_id for one in book] == [row["claim_id"] for row in serum.tables["claims"]]
    for one in book:
        whole, short = by_id[one.claim.claim_id].as_json(), one.as_json()
        assert short["headline"] == whole["headline"]
        for check in FINDINGS:
            kept = {name: value for name, value in whole[check].items() if name not in ("robust", "numbers")}
            assert kept == {name: value for name, value in short[check].items() if name not in ("robust", "numbers")}


def test_every_claim_of_every_chapter_is_decided_once(serum, everything):
    decided = [decision.claim for chapter in everything.values() for decision in chapter]
    assert len(decided) == len({claim.claim_id for claim in decided}) == 152
    assert {claim.claim_id for claim in decided} == {row["claim_id"] for row in serum.tables["claims"]}


def test_each_finding_of_every_chapter_is_a_word_of_its_check_and_names_rows_that_exist(everything, row_ids):
    for decision in (decision for chapter in everything.values() for decision in chapter):
        for finding, (check, vocabulary) in zip(decision.findings, FINDINGS.items(), strict=True):
            assert finding.check == check and finding.finding in vocabulary, decision.claim.claim_id
            assert set(finding.rows) <= row_ids, decision.claim.claim_id


def test_every_number_of_every_chapter_has_rows_that_exist(everything, row_ids):
    numbers = {
        key: number
        for chapter in everything.values()
        for decision in chapter
        for key, number in decision.numbers().items()
    }
    assert len({key.split(".")[0] for key in numbers}) > 11
    for key, number in numbers.items():
        assert number.rows and set(number.rows) <= row_ids and number.label, key


def test_every_claim_of_the_chapter_is_decided_in_the_order_of_the_table(serum, ledger):
    ids = [claim.claim_id for claim in serum.claims()]
    assert len(ids) == 11
    assert list(ledger["claims"]) == ids


def test_each_finding_is_a_word_of_its_check_with_a_sentence(ledger):
    for claim_id, entry in ledger["claims"].items():
        for check, vocabulary in FINDINGS.items():
            assert entry[check]["finding"] in vocabulary
            assert entry[check]["why"].endswith(".") and not entry[check]["why"].endswith(".."), claim_id
        words = {check: entry[check]["finding"] for check in FINDINGS}
        assert (entry["headline"], entry["because"]) == rules.headline(words)


def test_every_row_that_a_finding_or_a_number_names_is_in_the_tables(ledger, row_ids):
    named = {row for entry in ledger["claims"].values() for check in FINDINGS for row in entry[check]["rows"]}
    counted = {row for number in ledger["numbers"].values() for row in number["rows"]}
    assert named and counted and named | counted <= row_ids


def test_every_number_has_rows_and_a_label_and_belongs_to_a_claim(ledger):
    for key, number in ledger["numbers"].items():
        assert key.split(".")[0] in ledger["claims"]
        assert number["rows"] and number["label"], key


def test_every_source_that_a_claim_names_is_listed(serum, ledger):
    listed = {row["source_key"]: row for row in serum.tables["sources"]}
    for entry in ledger["claims"].values():
        assert {entry["said_by"], *entry["cites"]} <= listed.keys()
        assert entry["said_by_title"] == listed[entry["said_by"]]["title"]


def test_no_row_of_a_document_or_of_a_cited_source_counts_as_evidence(serum, ledger):
    owners = {
        row[IDS.get(name, "row_id")]: row["source_key"]
        for name in ("comparisons", "correlations", "groups", "effects")
        for row in serum.tables[name]
    }
    for entry in ledger["claims"].values():
        assert not {owners[row] for row in entry["evidence"]["rows"]} & {entry["said_by"], *entry["cites"]}


def test_two_runs_give_the_same_ledger_to_the_letter(serum, ledger):
    assert dumps(ledger_of(serum)) == dumps(ledger)


def test_a_decision_shows_as_a_card_that_carries_its_json(serum, ledger):
    bundle = decisions.decide(serum, "RA-25")._repr_mimebundle_()
    assert 'id="ra-25"' in bundle["text/html"]
    assert bundle["text/plain"] == f"RA-25: {ledger['claims']['RA-25']['headline']}"
    payload = json.loads(json.dumps(bundle[MIME]))
    assert payload["entry"] == ledger["claims"]["RA-25"]
    assert payload["numbers"].items() <= ledger["numbers"].items()


def test_numbers_of_a_chapter_show_with_their_text_and_carry_their_json():
    told = {"k": Number(4, 0, "studies"), "share": Number(98.2, 1, "share", "%", ("K001",))}
    bundle = decisions.Numbers("serum", told)._repr_mimebundle_()
    assert bundle["text/plain"] == "studies: 4\nshare: 98.2 %"
    assert bundle[MIME]["kind"] == "numbers"
    assert bundle[MIME]["numbers"] == {f"serum.{name}": number.as_json() for name, number in told.items()}


def test_a_hostile_statement_stays_text_in_the_card_of_a_decision(make, read_html, hostile):
    claim = make.claim_row(statement=hostile, locator=hostile, cites="Cited")
    review = make.review(
        claims=[claim],
        sources=[make.source("Cited")],
        citation_checks=[make.check("RA-901", "Cited", seed_says=hostile, source_says=hostile)],
    )
    elements, text = read_html(decisions.decide(review, "RA-901")._repr_mimebundle_()["text/html"])
    assert not {"script", "b"} & {tag for tag, _ in elements}
    assert text.count(hostile) == 4
