import json

import pytest

from il6review import evidence
from il6review.evidence import EvidenceError, own_tables

ROW = {
    "comparison_id": "OWN001",
    "source_key": "Own_mine",
    "claim_ids": "RA-25",
    "chapter": "ra_serum_levels",
    "species": "human",
    "population": "RA",
    "outcome": "IL-6 (serum)",
    "group_a": "RA",
    "group_b": "healthy",
    "direction": "a_higher",
    "design": "independent",
    "unit_of_analysis": "patient",
    "locator": "own table, line 2",
}
SOURCE = {"source_key": "Own_mine", "kind": "own, unpublished", "read_as": "table"}
LINK = {"row_id": "OWN001", "question": "il6_ra_vs_control"}


OWN = {"comparisons": [ROW], "own_sources": [SOURCE], "own_links": [LINK]}


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def target(data, tmp_path):
    evidence.assemble(data, tmp_path / "evidence", OWN)
    return tmp_path / "evidence"


def test_own_rows_stand_in_a_sound_copy_and_the_base_stays(data, tmp_path):
    before, target = content(data), tmp_path / "evidence"
    evidence.assemble(data, target, OWN)
    assert evidence.check(target) == []
    assert content(data) == before
    changed = {name for name, raw in content(target).items() if before.get(name) != raw}
    assert changed == {"comparisons.csv", "own_sources.csv", "own_links.csv"}
    assert (target / "comparisons.csv").read_text().count("\n") == (data / "comparisons.csv").read_text().count(
        "\n"
    ) + 1


def test_rows_that_do_not_stay_are_left_out(data, tmp_path):
    target = tmp_path / "evidence"
    evidence.assemble(data, target, OWN, lambda table, _row: table != "comparisons")
    assert (target / "comparisons.csv").read_text().splitlines()[1].startswith("OWN001,Own_mine,RA-25")
    assert len((target / "comparisons.csv").read_text().splitlines()) == 2


def test_without_links_their_table_is_empty(data, tmp_path):
    evidence.assemble(data, tmp_path / "evidence", OWN | {"own_links": []})
    assert (tmp_path / "evidence" / "own_links.csv").read_text() == "row_id,question\n"


def test_a_row_that_does_not_fit_is_an_error(data, tmp_path):
    with pytest.raises(EvidenceError, match="a_highest"):
        evidence.assemble(data, tmp_path / "evidence", OWN | {"comparisons": [{**ROW, "direction": "a_highest"}]})


@pytest.mark.parametrize("key", ["Own_other", "Nowhere1999"])
def test_the_source_of_a_row_stands_in_one_of_two_tables(data, tmp_path, key):
    with pytest.raises(EvidenceError, match=f'comparisons.csv.*source_key.*"{key}"'):
        evidence.assemble(data, tmp_path / "evidence", OWN | {"comparisons": [{**ROW, "source_key": key}]})


@pytest.mark.parametrize("cells", [{"source_key": "Mine2020"}, {"kind": "primary"}])
def test_an_own_source_is_named_so(data, tmp_path, cells):
    with pytest.raises(EvidenceError, match=r"own_sources\.csv"):
        evidence.assemble(data, tmp_path / "evidence", OWN | {"own_sources": [SOURCE | cells]})


def test_own_rows_are_added_to_a_copy_that_has_some(target, tmp_path):
    other = {"comparison_id": "OWN002", "source_key": "Own_other"}
    more = {"comparisons": [ROW | other], "own_sources": [SOURCE | {"source_key": "Own_other"}]}
    evidence.assemble(target, tmp_path / "both", more)
    assert (tmp_path / "both" / "own_sources.csv").read_text().count("Own_") == 2
    assert (tmp_path / "both" / "own_links.csv").read_bytes() == (target / "own_links.csv").read_bytes()


def test_the_base_does_not_take_own_rows(target):
    (target / "own_sources.csv").unlink()
    columns = {problem.column for problem in evidence.check(target)}
    assert {"comparison_id", "source_key"} <= columns


def test_only_a_copy_with_own_rows_has_links(data, target, monkeypatch):
    monkeypatch.setenv("IL6REVIEW_DATA", str(data))
    with pytest.raises(EvidenceError, match="own_links"):
        evidence.read(evidence.LINKS)
    monkeypatch.setenv("IL6REVIEW_DATA", str(target))
    assert evidence.read(evidence.LINKS).to_dict("records") == [LINK]
    assert evidence.read(evidence.SOURCES)["source_key"].tolist() == ["Own_mine"]


def test_the_description_of_the_base_is_not_changed(data):
    package = json.loads((data / "datapackage.json").read_text())
    before = json.dumps(package)
    own_tables.admitting(package)
    assert json.dumps(package) == before
