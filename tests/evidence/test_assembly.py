import json

import pytest

from il6review import evidence
from il6review.evidence import EvidenceError, assembly

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


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_own_rows_stand_in_a_sound_copy_and_the_base_stays(data, tmp_path):
    before, target = content(data), tmp_path / "evidence"
    evidence.assemble(data, target, {"comparisons": [ROW], "sources": [SOURCE]}, [LINK])
    assert evidence.check(target) == []
    assert content(data) == before
    changed = {name for name, raw in content(target).items() if before.get(name) != raw}
    assert changed == {"comparisons.csv", "sources.csv", "own_links.csv", "datapackage.json"}
    assert (target / "comparisons.csv").read_text().count("\n") == (data / "comparisons.csv").read_text().count(
        "\n"
    ) + 1


def test_rows_that_do_not_stay_are_left_out(data, tmp_path):
    target = tmp_path / "evidence"
    own = {"comparisons": [ROW], "sources": [SOURCE]}
    evidence.assemble(data, target, own, [], lambda table, _row: table != "comparisons")
    assert (target / "comparisons.csv").read_text().splitlines()[1].startswith("OWN001,Own_mine,RA-25")
    assert len((target / "comparisons.csv").read_text().splitlines()) == 2
    assert not (target / "own_links.csv").exists()


def test_a_row_that_does_not_fit_is_an_error(data, tmp_path):
    with pytest.raises(EvidenceError, match="a_highest"):
        own = {"comparisons": [{**ROW, "direction": "a_highest"}], "sources": [SOURCE]}
        evidence.assemble(data, tmp_path / "evidence", own, [])


def test_the_base_does_not_take_own_rows(data, tmp_path):
    evidence.assemble(data, tmp_path / "evidence", {"comparisons": [ROW], "sources": [SOURCE]}, [])
    (tmp_path / "evidence" / "datapackage.json").write_bytes((data / "datapackage.json").read_bytes())
    columns = {problem.column for problem in evidence.check(tmp_path / "evidence")}
    assert {"comparison_id", "source_key", "kind"} <= columns


def test_only_a_copy_with_own_rows_has_links(data, tmp_path, monkeypatch):
    evidence.assemble(data, tmp_path / "evidence", {"comparisons": [ROW], "sources": [SOURCE]}, [LINK])
    monkeypatch.setenv("IL6REVIEW_DATA", str(data))
    assert not evidence.has(evidence.LINKS)
    monkeypatch.setenv("IL6REVIEW_DATA", str(tmp_path / "evidence"))
    assert evidence.read(evidence.LINKS).to_dict("records") == [LINK]


def test_the_description_of_the_base_is_not_changed(data):
    package = json.loads((data / "datapackage.json").read_text())
    before = json.dumps(package)
    assembly.admitting(package)
    assert json.dumps(package) == before
