"""Files that a reader takes away: the ledger as CSV and JSON, and each claim card as JSON with its rows."""

import csv
import io
import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from ..claims import dumps
from ..claims.ledger import CHECKS, natural
from .pages import TABLES

#: What a spreadsheet would take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def data_version(data: Path) -> str:
    """Name the evidence: the version of the data package, and the first digits of the SHA-256 of its files.

    A reader's own sources and links count too; the description, which is that of the base, does not name them.
    """
    descriptor = data / "datapackage.json"
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    digest = sha256()
    tables = [*(data / resource["path"] for resource in package["resources"]), *data.glob("own_*.csv")]
    for path in sorted([descriptor, *tables]):
        digest.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return f"{package['version']}+{digest.hexdigest()[:12]}"


def write(folder: Path, ledger: Mapping, tables: Mapping, version: str) -> None:
    """Write `ledger.json`, `ledger.csv` and `cards/CLAIM.json` into the new folder `folder`."""
    (folder / "cards").mkdir(parents=True)
    (folder / "ledger.json").write_text(dumps({"data_version": version, **ledger}), encoding="utf-8")
    (folder / "ledger.csv").write_text(ledger_csv(ledger), encoding="utf-8-sig", newline="")
    for claim_id in ledger["claims"]:
        text = dumps(card_record(claim_id, ledger, tables, version))
        (folder / "cards" / f"{claim_id}.json").write_text(text, encoding="utf-8")


def ledger_csv(ledger: Mapping) -> str:
    """Write one line for each claim; text that a spreadsheet would take for a formula begins with an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file)
    plain = ("chapter", "said_by", "locator", "statement", "headline", "because")
    findings = [(check, part) for check in CHECKS for part in ("finding", "reason", "why")]
    writer.writerow(["claim_id", *plain, "cites", *("_".join(pair) for pair in findings)])
    for claim_id, entry in sorted(ledger["claims"].items(), key=lambda item: natural(item[0])):
        cells = [claim_id, *(entry[name] for name in plain), " ".join(entry["cites"])]
        writer.writerow(map(_text, [*cells, *(entry[check][part] for check, part in findings)]))
    return file.getvalue()


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def card_record(claim_id: str, ledger: Mapping, tables: Mapping, version: str) -> dict:
    """Give all that a card says, with its numbers and the evidence rows and sources behind it."""
    entry = ledger["claims"][claim_id]
    numbers = {key: number for key, number in ledger["numbers"].items() if key.split(".")[0] == claim_id}
    wanted = {row for found in (*numbers.values(), *(entry[check] for check in CHECKS)) for row in found["rows"]}
    rows = {name: [row for row in tables[name] if row[key] in wanted] for name, key, _ in TABLES}
    cited = {row.get("source_key") or row.get("cited_source") for found in rows.values() for row in found}
    cited |= {entry["said_by"], *entry["cites"]}
    sources = [row for row in tables["sources"] if row["source_key"] in cited]
    evidence = {name: found for name, found in (rows | {"sources": sources}).items() if found}
    return {"claim_id": claim_id, "data_version": version, "entry": entry, "numbers": numbers, "evidence": evidence}
