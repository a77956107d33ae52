import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from il6review.claims import loads
from il6review.publish import build, downloads

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def committed():
    return loads(ROOT / "ledger.json")


def test_the_version_of_the_data_moves_with_one_value(tmp_path):
    data = shutil.copytree(ROOT / "data", tmp_path / "data")
    before = downloads.data_version(data)
    assert before.startswith("0.1.0+") and before == downloads.data_version(ROOT / "data")
    path = data / "groups.csv"
    text = path.read_text(encoding="utf-8")
    position = text.rindex("1")
    path.write_text(text[:position] + "2" + text[position + 1 :], encoding="utf-8", newline="")
    moved = downloads.data_version(data)
    assert moved != before
    (data / "own_sources.csv").write_text("source_key\nOwn_mine\n", encoding="utf-8")
    assert downloads.data_version(data) not in (before, moved)


def test_the_ledger_as_csv_has_a_line_for_each_claim(committed):
    lines = list(csv.DictReader(io.StringIO(downloads.ledger_csv(committed), newline="")))
    assert [line["claim_id"] for line in lines] == sorted(committed["claims"], key=downloads.natural)
    line = next(line for line in lines if line["claim_id"] == "RA-25")
    entry = committed["claims"]["RA-25"]
    assert (line["headline"], line["statement"]) == (entry["headline"], entry["statement"])
    assert line["recomputation_finding"] == entry["recomputation"]["finding"]
    assert line["cites"] == " ".join(entry["cites"])


@pytest.mark.parametrize("mark", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_of_the_csv_is_a_formula(ledger, mark):
    ledger["claims"]["RA-9"]["statement"] = mark
    lines = list(csv.DictReader(io.StringIO(downloads.ledger_csv(ledger), newline="")))
    assert lines[0]["statement"] == f"'{mark}"


def test_a_card_carries_its_numbers_rows_and_sources(committed):
    tables = build.reached(committed, {})
    record = downloads.card_record("RA-25", committed, tables, "0.1.0+abc")
    entry = committed["claims"]["RA-25"]
    assert record["entry"] == entry and record["data_version"] == "0.1.0+abc"
    assert record["numbers"] and all(key.startswith("RA-25.") for key in record["numbers"])
    keys = dict((name, key) for name, key, _ in downloads.TABLES)
    held = {row[keys[name]] for name, rows in record["evidence"].items() if name in keys for row in rows}
    needed = {row for check in downloads.CHECKS for row in entry[check]["rows"]}
    assert needed <= held
    sources = {row["source_key"] for row in record["evidence"]["sources"]}
    assert {entry["said_by"], *entry["cites"]} <= sources


def test_every_file_is_written_and_can_be_read(tmp_path, ledger):
    downloads.write(
        tmp_path / "downloads", ledger, dict.fromkeys([n for n, *_ in downloads.TABLES], ()) | {"sources": ()}, "v"
    )
    names = {str(path.relative_to(tmp_path / "downloads")) for path in (tmp_path / "downloads").rglob("*.*")}
    assert names == {"ledger.json", "ledger.csv", "cards/RA-9.json", "cards/RA-10.json"}
    kept = json.loads((tmp_path / "downloads" / "ledger.json").read_text(encoding="utf-8"))
    assert kept == {"data_version": "v", **ledger}
