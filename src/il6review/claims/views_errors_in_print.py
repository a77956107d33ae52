"""What the page on errors in print shows: each recorded check of printed figures with its arithmetic."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from ..stats.printed import Check, Reading, show
from .cards import words
from .defects import recheck
from .entries import Entries, Entry, row_link, source_link, web_link
from .model import LedgerError, Number
from .review import Review, Row
from .rules import load
from .views import Table, source_label

#: The groups of the page, the worst first, with their colours in the words of the headlines.
TONES = {"inconsistent": "weakened", "ambiguous": "untested", "consistent": "stands", "ours": "untested"}
_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Checked:
    """One check, computed afresh: its row, what came out, and the group of the page that it stands in."""

    row: Row
    check: Check
    group: str

    @property
    def explained(self) -> bool:
        """Say whether the printed figure fits when read another way.

        A number of pairs that a P would fit explains nothing where so many were not there.
        """
        return any(other.fits and _possible(self.row, other) for other in self.check.alternatives)


def checks(review: Review, source: str = "") -> list[Checked]:
    """Compute every check again, or those of one source, in the order of the table.

    Raises LedgerError where the source has none.
    """
    found = [(row, recheck(row)) for row in review.tables["defects"] if source in ("", row["source_key"])]
    if not found:
        raise LedgerError(f"defects.csv has no check of {source!r}. Mend: see the column source_key.")
    return [Checked(row, check, _group(row["defect_id"], check.verdict)) for row, check in found]


def _possible(row: Row, reading: Reading) -> bool:
    """Say whether a reading needs no more pairs than there were."""
    pairs = re.search(r"sided, n = (\d+)$", reading.words)
    return pairs is None or int(pairs[1]) <= max(map(int, re.findall(r'"n\w*": (\d+)', row["inputs"])))


def _group(defect_id: str, verdict: str) -> str:
    told = load("defects.yaml")
    if defect_id in told["ours"]:
        return "ours"
    return next(group for group, verdicts in told["groups"].items() if verdict in verdicts)


def kind(item: Checked) -> str:
    """Give the name of the kind of check."""
    return load("defects.yaml")["checks"][item.row["check"]]["name"]


def rows_of(found: Iterable[Checked]) -> tuple[str, ...]:
    """Give the ids of the rows."""
    return tuple(item.row["defect_id"] for item in found)


def counts_table(found: Sequence[Checked]) -> Table:
    """Count the groups for each kind of check, the most frequent kind first."""
    kinds = sorted({kind(item) for item in found}, key=lambda name: (-sum(kind(item) == name for item in found), name))
    lines = [
        {"check": name, "made": sum(kind(item) == name for item in found)}
        | {group: sum(kind(item) == name and item.group == group for item in found) for group in TONES}
        for name in kinds
    ]
    return Table(pd.DataFrame(lines, columns=["check", "made", *TONES]))


def numbers(found: Sequence[Checked]) -> dict[str, Number]:
    """Count the checks: all, by group, and those that fit when read another way; and the sources of each."""
    told = {"all": ("arithmetic checks made", found)}
    told |= {
        group: (f"checks that came out {group}", [item for item in found if item.group == group]) for group in TONES
    }
    told["ours"] = ("checks of a reading of ours", told["ours"][1])
    wrong = told["inconsistent"][1]
    told["explained"] = (
        "inconsistent checks that fit when read another way",
        [item for item in wrong if item.explained],
    )
    of_r = [item for item in wrong if item.row["check"] in ("p_from_r_n", "one_sided_p")]
    told["of_r"] = ("inconsistent checks of a correlation and its P", of_r)
    result = {name: Number(len(items), 0, label, rows=rows_of(items)) for name, (label, items) in told.items()}
    for name in ("all", "inconsistent"):
        label, items = told[name]
        sources = {item.row["source_key"] for item in items}
        result[f"{name}_sources"] = Number(len(sources), 0, f"{label}, sources", rows=rows_of(items))
    return result


def entries(review: Review, found: Iterable[Checked], group: str) -> Entries:
    """Show the checks of one group, each with what is printed, what comes out, how, and what else was tried."""
    return Entries([_entry(review, item) for item in found if item.group == group])


def _entry(review: Review, item: Checked) -> Entry:
    row, check, told = item.row, item.check, load("defects.yaml")
    read_as = review.source(row["source_key"])["read_as"]
    parts = [
        ("Printed", [[readable(row["printed"])]]),
        ("Together with", [[readable(_inputs(row["inputs"]))]]),
        ("Expected", _readings(row, check.expected)),
        ("Check", [[kind(item)], [told["checks"][row["check"]]["formula"]]]),
        ("Step by step", [[readable(step)] for step in check.steps]),
        ("Allowed for", [[check.tolerance]]),
        ("Read another way", _readings(row, check.alternatives)),
    ]
    if item.group == "ours":
        parts.append(("Not the paper's", [[told["ours"][row["defect_id"]]]]))
    source = source_link(row["source_key"], source_label(review, row["source_key"]))
    place = [" (", row_link(row["defect_id"]), ", ", web_link("page read", row["url"]), f", {words(read_as)})"]
    mark = check.verdict if item.group != "ours" else "our reading"
    shown = [(name, values) for name, values in parts if values and values != [["none"]]]
    return Entry([source, f": {row['what']}", *place], mark, TONES[item.group], shown)


def _inputs(text: str) -> str:
    """Write the figures of a row in words: `{"n": [3, 4]}` becomes "n 3, 4"."""
    figures = json.loads(text, parse_float=str, parse_int=str)
    return "; ".join(
        f"{name} {', '.join(value) if isinstance(value, list) else value}" for name, value in figures.items()
    )


def _readings(row: Row, found: Iterable[Reading]) -> list[list[str]]:
    lines = []
    for item in found:
        fits = ", which fits" if item.fits else ""
        fits += "" if _possible(row, item) else ", but so many were not there"
        lines.append([readable(f"{item.words}: {_value(item)}{fits}")])
    return lines


def _value(item: Reading) -> str:
    return item.value if isinstance(item.value, str) else show(item.value)


def readable(text: str) -> str:
    """Write signs and powers as a reader knows them: "2.1e-07" becomes "2.1 × 10⁻⁷", "-0.5" becomes "−0.5"."""
    text = re.sub(r"(?<=\d)e([+-]\d+)", lambda match: f" × 10{str(int(match[1])).translate(_POWERS)}", words(text))
    return re.sub(r"(?<![\w)])-(?=\d)", "−", text)
