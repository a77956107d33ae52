"""The ledger: every decision and every number that prose may quote, in one file that can be compared."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from .model import LedgerError

LEDGER = "ledger.json"
CHECKS = ("citation", "recomputation", "evidence")


def collect(payloads: Iterable[Mapping]) -> dict:
    """Build a ledger from the payloads of executed notebooks. Raises LedgerError where a key comes twice."""
    ledger: dict = {"claims": {}, "numbers": {}}
    for payload in payloads:
        if payload["kind"] == "decision":
            _add(ledger["claims"], payload["claim_id"], payload["entry"])
        for key, entry in payload.get("numbers", {}).items():
            _add(ledger["numbers"], key, entry)
    return ledger


def _add(target: dict, key: str, entry: Mapping) -> None:
    if key in target:
        raise LedgerError(f"{key} is decided twice. Mend: one notebook cell alone shows it.")
    target[key] = entry


def dumps(ledger: Mapping) -> str:
    """Write a ledger as text: sorted keys, no timestamps, one line end at the end."""
    return json.dumps(ledger, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def loads(path: Path) -> dict:
    """Read a ledger file. Raises LedgerError where it is missing or not a ledger."""
    try:
        ledger = json.loads(Path(path).read_text(encoding="utf-8"))
        if {"claims", "numbers"} <= ledger.keys():
            return ledger
    except FileNotFoundError:
        raise LedgerError(
            f"{Path(path).name} is not there. Mend: il6review run, then il6review claims --accept."
        ) from None
    except (ValueError, AttributeError, OSError):
        pass
    raise LedgerError(f"{Path(path).name} is not a ledger. Mend: restore it, or il6review claims --accept.")


def save(ledger: Mapping, path: Path) -> None:
    """Write a ledger file whole or not at all."""
    path = Path(path)
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(dumps(ledger), encoding="utf-8")
    os.replace(temporary, path)


@dataclass(frozen=True)
class Change:
    """One thing that differs between two ledgers: what it is of, and its value before and after."""

    key: str
    before: str
    after: str

    def __str__(self):
        """Give one line: key, before, after; a dash stands for nothing."""
        return f"{self.key}: {self.before or '-'} -> {self.after or '-'}"


def diff(old: Mapping, new: Mapping) -> list[Change]:
    """List what changed from one ledger to another: claims first, then numbers.

    Headlines and findings are compared word by word, with their reasons, sentences and rows; numbers by their text
    and rows.
    """
    before, after = _flat(old), _flat(new)
    order = {key: position for position, key in enumerate([*before, *after])}
    keys = sorted(before.keys() | after.keys(), key=lambda key: (", number (" in key, order[key]))
    return [
        Change(key, before.get(key, ""), after.get(key, ""))
        for key in keys
        if before.get(key, "") != after.get(key, "")
    ]


def _flat(ledger: Mapping) -> dict[str, str]:
    lines = {}
    for claim_id, entry in sorted(ledger["claims"].items(), key=lambda item: natural(item[0])):
        lines[f"{claim_id} headline"] = entry["headline"]
        for check in CHECKS:
            finding = entry[check]
            lines[f"{claim_id} {check}"] = " ".join(filter(None, (finding["finding"], finding["reason"])))
            lines[f"{claim_id} {check}, why"] = finding["why"]
            lines[f"{claim_id} {check}, robust"] = finding.get("robust", "")
            lines[f"{claim_id} {check}, rows"] = " ".join(finding["rows"])
        rest = {name: value for name, value in entry.items() if name not in (*CHECKS, "headline")}
        lines[f"{claim_id} statement"] = json.dumps(rest, sort_keys=True, ensure_ascii=False)
    for key, number in sorted(ledger["numbers"].items()):
        unit = f" {number['unit']}" if number["unit"] else ""
        lines[f"{key}, number ({number['label']})"] = f"{number['text']}{unit}"
        lines[f"{key}, number (rows)"] = " ".join(number["rows"])
    return lines


#: The documents in the order of the evidence base, by the prefix of their claims.
DOCUMENTS = ("WM", "SSC", "BIO", "JIA", "RA")


def natural(claim_id: str) -> tuple[int, str, int, str]:
    """Sort key of a claim id or number key: by document, then RA-9 before RA-22a before RA-22b before RA-100."""
    prefix, _, rest = claim_id.partition("-")
    document = DOCUMENTS.index(prefix) if prefix in DOCUMENTS else len(DOCUMENTS)
    digits = "".join(takewhile(str.isdigit, rest))
    return document, prefix, int(digits or 0), rest


def render(ledger: Mapping, total: int) -> str:
    """Write the ledger as a table for the terminal; under it how many of `total` claims are decided, and how."""
    claims = sorted(ledger["claims"].items(), key=lambda item: natural(item[0]))
    lines = [f"{'claim':8}{'headline':11}{'citation':25}{'recomputation':18}evidence"]
    for claim_id, entry in claims:
        citation, recomputation, evidence = (entry[check]["finding"] for check in CHECKS)
        lines.append(f"{claim_id:8}{entry['headline']:11}{citation:25}{recomputation:18}{evidence}")
    words = {"headline": [entry["headline"] for _, entry in claims]}
    words |= {check: [entry[check]["finding"] for _, entry in claims] for check in CHECKS}
    counts = [
        f"{name:15}" + (", ".join(f"{found.count(word)} {word}" for word in sorted(set(found))) or "none")
        for name, found in words.items()
    ]
    return "\n".join([*lines, "", f"{len(claims)} of {total} claims decided", *counts])
