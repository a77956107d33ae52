"""Where the tables lie, and how to read one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .own_tables import widened
from .problems import EvidenceError, Problem, nearest

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTOR = "datapackage.json"
VARIABLE = "IL6REVIEW_DATA"

#: Column types of the schema that become numbers; every other type stays text.
DTYPES = {"number": "float64", "integer": "Int64"}


def project() -> Path:
    """Return the folder of the project, whose `data` folder holds a datapackage.json.

    It is the working folder or the nearest one above it; else the checkout from which the package is installed.
    Raises EvidenceError where there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if (folder / "data" / DESCRIPTOR).is_file():
            return folder.resolve()
    raise _missing(Path("data"))


def base() -> Path:
    """Return the folder of the evidence base.

    It is the folder that the environment variable IL6REVIEW_DATA names; without it, the `data` folder of `project()`.
    Raises EvidenceError where it holds no datapackage.json.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return project() / "data"
    folder = Path(named).expanduser()
    if not (folder / DESCRIPTOR).is_file():
        raise _missing(Path(named))
    return folder.resolve()


def _missing(folder: Path) -> EvidenceError:
    mend = f"work in the folder of the project, or set {VARIABLE} to the folder that holds {DESCRIPTOR}."
    place = str(folder / DESCRIPTOR)
    return EvidenceError([Problem(place, None, None, None, "this file, which describes the tables", mend)])


def descriptor(folder: Path) -> dict[str, Any]:
    """Return the content of datapackage.json in `folder`, widened where a reader's own rows lie there.

    Raises EvidenceError if it is not readable JSON, or if a table lacks what reading and checking it takes.
    """
    try:
        content = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
        if not content["resources"]:
            raise LookupError("no table")
        for resource in content["resources"]:
            resource["name"], resource["path"], resource["profile"], resource["schema"]["primaryKey"][0]
            for field in resource["schema"]["fields"]:
                field["name"], field["type"], field["description"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        expected = f"a readable JSON file with name, path, profile and schema of each table ({error!r})"
        problem = Problem(DESCRIPTOR, None, None, None, expected, "restore it from the repository.")
        raise EvidenceError([problem]) from error
    return widened(content, folder)


def schema(table: str, folder: Path | None = None) -> dict[str, Any]:
    """Return the resource of datapackage.json that describes `table`: title, path, fields, keys.

    `folder` is that of the tables, the evidence base where none is named. Raises EvidenceError, with the nearest
    name, if there is no such table.
    """
    resources = {resource["name"]: resource for resource in descriptor(folder or base())["resources"]}
    if table not in resources:
        mend = f"{nearest(table, resources)}The tables are: {', '.join(resources)}."
        raise EvidenceError([Problem(DESCRIPTOR, None, None, table, "the name of a table", mend)])
    return resources[table]


def read(table: str, path: str | Path = "", folder: Path | None = None) -> pd.DataFrame:
    """Return one table as a data frame, its columns typed by the schema.

    A number becomes float64 (empty: NaN), a whole number Int64 (empty: NA), all else text (empty: ""). Where
    `path` is empty, or the table's own file name such as "groups.csv", the evidence base is read; else a
    reader's own table at that path, taken from the working folder, which must pass the same checks. `folder` is
    that of the tables, the evidence base where none is named. Raises EvidenceError if the table name is unknown, or
    with every problem of a reader's own table.
    """
    # pandas takes long to import; a command line that is only asked for help must not wait for it.
    import pandas as pd

    folder = folder or base()
    resource = schema(table, folder)
    file = folder / resource["path"]
    if str(path) not in ("", resource["path"]):
        # Imported here since the checks need this module.
        from .checks import check_table

        file = Path(path).expanduser()
        problems = check_table(table, file)
        if problems:
            raise EvidenceError(problems)
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    for field in resource["schema"]["fields"]:
        dtype = DTYPES.get(field["type"])
        if dtype:
            column = frame[field["name"]]
            frame[field["name"]] = column.replace("", "nan").astype("float64").astype(dtype)
    return frame
