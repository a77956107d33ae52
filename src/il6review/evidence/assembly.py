"""A copy of the evidence base that holds a reader's own rows; the base itself stays as it is."""

from __future__ import annotations

import copy
import csv
import io
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .checks import check
from .problems import EvidenceError
from .sheets import order_key
from .tables import DESCRIPTOR, descriptor

#: Pairs of an own row and a question that it bears on; this table exists in a copy with own rows only.
LINKS = "own_links"

_LINKS_SCHEMA = {
    "name": LINKS,
    "path": f"{LINKS}.csv",
    "profile": "tabular-data-resource",
    "title": "Links of own rows",
    "description": "Which own row bears on which question, whatever words it has for its population.",
    "format": "csv",
    "mediatype": "text/csv",
    "encoding": "utf-8",
    "schema": {
        "fields": [
            {
                "name": "row_id",
                "type": "string",
                "description": "Number of the own row.",
                "constraints": {"required": True},
            },
            {
                "name": "question",
                "type": "string",
                "description": "Key of the question.",
                "constraints": {"required": True},
            },
        ],
        "missingValues": [""],
        "primaryKey": ["row_id", "question"],
    },
}


def assemble(
    base: Path,
    target: Path,
    tables: Mapping[str, Sequence[Mapping[str, str]]],
    links: Sequence[Mapping[str, str]],
    stays: Callable[[str, Mapping[str, str]], bool] = lambda *_: True,
) -> None:
    """Write the tables of `base` with own rows into the new folder `target`.

    `tables` holds the own rows by table, sources among them; `stays` says of a row of the base whether it is kept in a
    table that own rows go to. The schema of the copy is that of the base, which also takes the keys of own rows.
    Raises EvidenceError if the result is not sound.
    """
    package = descriptor(base)
    target.mkdir(parents=True)
    for resource in package["resources"]:
        name, file = resource["name"], resource["path"]
        if name in tables:
            header, rows = _read(base / file)
            rows = [row for row in rows if stays(name, row)] + [dict.fromkeys(header, "") | row for row in tables[name]]
            (target / file).write_text(table_text(header, rows), encoding="utf-8", newline="")
        else:
            shutil.copyfile(base / file, target / file)
    package = admitting(package)
    if links:
        package["resources"].append(_LINKS_SCHEMA)
        text = table_text(["row_id", "question"], links)
        (target / f"{LINKS}.csv").write_text(text, encoding="utf-8", newline="")
    (target / DESCRIPTOR).write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    problems = check(target)
    if problems:
        raise EvidenceError(problems)


def admitting(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return a description of the tables that takes own rows too: their keys, their numbers, and no address."""
    admitted = copy.deepcopy(dict(package))
    for resource in admitted["resources"]:
        key = resource["schema"]["primaryKey"][0]
        for field in resource["schema"]["fields"]:
            rule = field.get("constraints", {})
            if field["name"] == "source_key":
                rule["pattern"] = "[A-Za-z0-9]+|Own_[A-Za-z0-9_]+"
            elif field["name"] == key and resource["name"] in _NUMBERED:
                rule["pattern"] = f"{rule['pattern']}|OWN[0-9]{{3,}}"
            elif field["name"] == "url":
                rule.pop("required", None)
            elif field["name"] == "kind" and resource["name"] == "sources":
                rule["enum"] = [*rule["enum"], "own, unpublished"]
            if "pattern" in rule:
                rule["pattern"] = f"({rule['pattern']})"
    return admitted


_NUMBERED = ("groups", "comparisons", "correlations", "proportions")


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def table_text(header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Return a table in the form of the evidence base, its rows in the order of the first column."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: order_key(row[header[0]])))
    return buffer.getvalue()
