from dataclasses import replace
from shutil import copytree

import pytest

from il6review.claims import LedgerError
from il6review.claims import review as review_module
from il6review.claims.review import TABLES, load, whole
from il6review.claims.robustness import robustness
from il6review.claims.rules import questions
from il6review.evidence import VARIABLE, EvidenceError, base, read


@pytest.mark.parametrize(
    ("printed", "size"),
    [("24", 24), ("0", 0), ("", None), ("6-12", None), ("24.5", None), ("-3", None), ("about 20", None)],
)
def test_only_a_plain_whole_number_is_a_size(printed, size):
    assert whole(printed) == size


def test_a_missing_number_is_none_and_a_missing_text_is_empty(serum):
    assert set(serum.tables) == set(TABLES)
    for rows in serum.tables.values():
        assert all(value is None or value == value for row in rows for value in row.values())
    group = next(row for row in serum.tables["groups"] if row["row_id"] == "G139")
    assert (group["n"], group["assay"], group["centre"]) == (None, "", 200.0)


def test_a_table_is_read_once_and_not_before_it_is_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(review_module, "read", lambda name, *where: asked.append(name) or read(name, *where))
    tables = load("ra_serum_levels").tables
    assert "groups" in tables
    assert len(tables) == len(TABLES)
    assert asked == []
    assert tables["claims"] is tables["claims"]
    assert asked == ["claims"]


def test_tables_come_from_the_folder_of_their_review_whatever_is_the_evidence_base_later(tmp_path, monkeypatch):
    mine = copytree(base(), tmp_path / "mine")
    path = mine / "cautions.csv"
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    before = load("ra_serum_levels")
    with monkeypatch.context() as patch:
        patch.setenv(VARIABLE, str(mine))
        after = load("ra_serum_levels")
        assert before.tables["cautions"]
    assert after.tables["cautions"] == ()


def test_to_ask_how_robust_a_correlation_is_reads_only_what_bears_on_it():
    review = load("anaemia")
    assert robustness(review, questions()["anaemia_hepcidin_with_il6"]).lines
    assert not {"glossary", "defects", "proportions"} & set(review.tables._held)


def test_a_table_that_is_not_there_is_a_key_that_is_not_there(serum):
    with pytest.raises(KeyError, match="nonsense"):
        serum.tables["nonsense"]
    assert serum.tables.get("nonsense") is None


def test_the_choices_of_a_run_are_kept():
    review = load("ra_serum_levels", measure="SMD", confidence=0.9, plus_minus="exclude")
    assert (review.measure, review.confidence, review.plus_minus) == ("SMD", 0.9, "exclude")


def test_a_table_of_a_reader_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EvidenceError, match=r"mine\.csv"):
        load("ra_serum_levels", groups=tmp_path / "mine.csv")


def test_a_chapter_holds_its_own_claims_in_the_order_of_the_table(make):
    rows = [make.claim_row("RA-902"), make.claim_row("RA-9", chapter="other"), make.claim_row("RA-901")]
    review = make.review(claims=rows)
    assert [claim.claim_id for claim in review.claims()] == ["RA-902", "RA-901"]
    assert review.claim("RA-901").claim_id == "RA-901"
    with pytest.raises(LedgerError, match=r"Chapter synthetic has no claim 'RA-9'\. Mend: see claims\.csv"):
        review.claim("RA-9")


def test_a_caution_holds_for_the_tables_it_names(make):
    cautions = [
        make.caution("not_pooled", "Everywhere"),
        make.caution("not_pooled", "Here", tables="groups,correlations"),
        make.caution("not_pooled", "Elsewhere", tables="effects"),
        make.caution("not_credible", "Other"),
    ]
    found = make.review(cautions=cautions).cautions("not_pooled", "groups")
    assert [row["source_key"] for row in found] == ["Everywhere", "Here"]


@pytest.mark.parametrize("table", ["groups", "comparisons", "correlations", "proportions", "citation_checks", "claims"])
def test_the_rows_of_a_part_are_those_of_the_whole_table(table, serum):
    whole_table = serum.tables[table]
    texts = [name for name, value in whole_table[0].items() if isinstance(value, str)]
    for column in texts[1:]:
        asked = load("ra_serum_levels")
        words = sorted({row[column] for row in whole_table})[:7:3]
        listed = column in ("claim_ids", "cites")
        words = [word.partition(";")[0] for word in words] if listed else words
        found = [row for row in whole_table if set(row[column].split(";") if listed else [row[column]]) & set(words)]
        assert list(asked.rows(table, {column: words})) == found
        assert asked.tables._held.keys() & set(TABLES) == set()


def test_a_table_that_is_held_whole_is_not_read_again(monkeypatch, serum):
    assert serum.tables["effects"]
    monkeypatch.setattr(review_module, "Parts", None)
    assert [row["row_id"] for row in serum.rows("effects", {"row_id": "E002"})] == ["E002"]


def test_rows_of_an_own_table_of_groups_are_selected_from_it(tmp_path):
    own = tmp_path / "mine.csv"
    lines = (base() / "groups.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    own.write_text("".join(lines[:3]), encoding="utf-8")
    assert [row["row_id"] for row in load("", groups=own).rows("groups", {})] == ["G001", "G002"]


def test_rows_can_be_read_otherwise(serum):
    review = replace(serum, recoded={"effects": lambda row: row | {"measure": "other"}})
    assert {row["measure"] for row in review.rows("effects", {})} == {"other"}


def test_an_own_source_is_found_by_its_key_and_stands_last(make):
    own = make.source("Own_mine")
    review = make.review()
    review = replace(review, tables={**review.tables, "own_sources": (own,)})
    assert review.source("Own_mine") == own == review.sources()[-1]
    assert review.source("Seed")["kind"] == "seed"
    assert review.source("Own_other") is None
