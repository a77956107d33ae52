"""A copy of the evidence base that holds a reader's own rows; the base itself stays as it is."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .checks import check
from .own_tables import admitting
from .problems import EvidenceError
from .sheets import order_key
from .tables import DESCRIPTOR, descriptor


def assemble(
    base: Path,
    target: Path,
    tables: Mapping[str, Sequence[Mapping[str, str]]],
    stays: Callable[[str, Mapping[str, str]], bool] = lambda *_: True,
) -> None:
    """Write the tables of `base` with own rows into the new folder `target`.

    `tables` holds the own rows by table, own sources and links among them; `stays` says of a row of the base whether
    it is kept in a table that own rows go to. Raises EvidenceError if the result is not sound.
    """
    target.mkdir(parents=True)
    shutil.copyfile(base / DESCRIPTOR, target / DESCRIPTOR)
    for resource in admitting(descriptor(base))["resources"]:
        name, file = resource["name"], resource["path"]
        if name in tables:
            header = [field["name"] for field in resource["schema"]["fields"]]
            rows = [row for row in _read(base / file) if stays(name, row)] if (base / file).exists() else []
            rows += [dict.fromkeys(header, "") | row for row in tables[name]]
            (target / file).write_text(table_text(header, rows), encoding="utf-8", newline="")
        else:
            shutil.copyfile(base / file, target / file)
    problems = check(target)
    if problems:
        raise EvidenceError(problems)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table_text(header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Return a table in the form of the evidence base, its rows in the order of the first column."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: order_key(row[header[0]])))
    return buffer.getvalue()
