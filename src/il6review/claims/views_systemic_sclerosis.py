"""What the chapter on systemic sclerosis shows beside the answers: single results as they are printed."""

from collections.abc import Mapping

from .model import LedgerError, Number
from .review import load

#: The columns that say in words what a result of each table is.
WORDS = {"effects": ("outcome", "contrast"), "correlations": ("x", "y"), "proportions": ("outcome", "arm")}
#: Added to the label where the column is not the result itself.
ENDS = {"ci_low": ", lower limit", "ci_high": ", upper limit", "n": ", number of persons"}


def printed(table: str, column: str, names: Mapping[str, str]) -> dict[str, Number]:
    """Give single printed results as numbers for prose: `names` maps a name to a row of `table`.

    `table` is one of effects, correlations, proportions; decimals are those of the table. Raises LedgerError for a
    row that is not there, and for one whose cell is empty.
    """
    rows = {row["row_id"]: row for row in load("").rows(table, {"row_id": list(names.values())})}
    numbers = {}
    for name, row_id in names.items():
        if row_id not in rows:
            raise LedgerError(f"{table}.csv has no row {row_id!r}. Mend: see the column row_id.")
        row = rows[row_id]
        value = row[column]
        if value is None:
            raise LedgerError(f"{table}.csv, row {row_id}: {column} is empty. Mend: name a row that prints it.")
        label = ", ".join([row["source_key"], *(row[word] for word in WORDS[table])]) + ENDS.get(column, "")
        digits = len(f"{value:g}".partition(".")[2])
        numbers[name] = Number(float(value), digits, label, rows=(row_id,))
    return numbers
