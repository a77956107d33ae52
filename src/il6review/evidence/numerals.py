"""Numbers as people type them: which one is meant, or what keeps a cell from being one number.

A cell is read only if one reading is possible. All else is a fault whose mend says what to type.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

#: How a message names the decimal marks.
MARKS = {".": "point", ",": "comma"}

#: Beyond this size a number is a slip of the hand, and squares of it would leave double precision.
LARGEST = Decimal(10) ** 12

PLUS_MINUS = re.compile(r"^(.*[0-9]) *(?:±|\+/-|\+-) *([0-9].*)$")
BELOW = re.compile(r"^(?:<=?|≤) *(.*)$")

_PLAIN = {".": re.compile(r"-?[0-9]+(?:\.[0-9]+)?"), ",": re.compile(r"-?[0-9]+(?:,[0-9]+)?")}
_EITHER = r"-?[0-9]*[.,]?[0-9]+"
_COMMA = re.compile(r"(?:<=? *)?-?(?:[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|0,[0-9]+)")
_POINT = re.compile(r"(?:<=? *)?-?[0-9]+\.[0-9]+")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:([., '’\u00a0\u2009\u202f])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]+)?")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|mär)[a-z]*"
DATE = re.compile(
    rf"[0-9]{{1,2}}[-. /]*{_MONTH}(?:[-. /]*[0-9]{{2,4}})?|{_MONTH}[-. /]*[0-9]{{1,4}}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[T ].*)?|[0-9]{1,2}([./])[0-9]{1,2}\1[0-9]{2,4}|[0-9]{1,2}/[0-9]{1,2}",
    re.IGNORECASE,
)
_ERROR = re.compile(r"#(?:N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|#+)", re.IGNORECASE)
_MISSING = {"na", "n/a", "n.a.", "nan", "none", "null", "missing", "-", "--", "–", "—", ".", "?", "x", "/", "miss"}
_BELOW_WORDS = {"nd", "n.d.", "bdl", "bld", "lod", "<lod", "<lloq", "lloq", "blq", "below detection", "not detected"}
_MARKS = str.maketrans({**dict.fromkeys("−‒–‐‑﹣－", "-"), "．": ".", "，": ",", "٫": ".", "＜": "<"})


class Fault(NamedTuple):
    """What was expected of a cell, and how to mend it."""

    expected: str
    mend: str


class Reading(NamedTuple):
    """What a cell means: a number, a limit below which the value lies, a fault, or nothing."""

    number: Decimal | None = None
    below: Decimal | None = None
    fault: Fault | None = None


def decimal_mark(cells: Iterable[str]) -> str:
    """Return the decimal mark of numeric cells: a comma if one must be a decimal comma and none has a point.

    "1,234" may be either and settles nothing.
    """
    comma = False
    for cell in cells:
        if _POINT.fullmatch(cell):
            return "."
        comma = comma or _COMMA.fullmatch(cell) is not None
    return "," if comma else "."


def read_number(cell: str, mark: str, *, whole: bool = False, below: bool = False, empty: bool = True) -> Reading:
    """Return what a cell of a numeric column means.

    `mark` is the decimal mark of the file, `whole` asks for a whole number, `below` allows a limit of detection
    ("<1.5"), and `empty` tells whether a cell may be left empty.
    """
    if not cell:
        return Reading()
    limit = BELOW.match(cell) if below else None
    text = limit[1] if limit else cell
    kind = "a whole number" if whole else "a number"
    if not _PLAIN[mark].fullmatch(text):
        return Reading(fault=_fault(cell, mark, kind, below, empty))
    number = Decimal(text.replace(",", "."))
    if abs(number) > LARGEST:
        return Reading(fault=Fault(f"{kind} of at most {LARGEST:f}", "read the value again."))
    if whole and number != number.to_integral_value():
        return Reading(fault=Fault("a whole number", "type one without decimals."))
    if limit and number <= 0:
        return Reading(fault=Fault("a limit of detection above 0", "write it as <1.5 with the limit of the assay."))
    return Reading(below=number) if limit else Reading(number=number)


def _fault(cell: str, mark: str, kind: str, below: bool, empty: bool) -> Fault:
    """Say why a cell is no number, as the first of these finds."""
    lower, plain = cell.casefold(), _ordinary(cell)
    limit = "write < and the limit of detection of the assay, such as <1.5."
    if lower in _MISSING:
        if empty:
            return Fault(f"{kind}, or an empty cell", "leave the cell empty where there is no value.")
        return Fault(kind, "fill it in, or leave the row out.")
    if lower in _BELOW_WORDS or cell == "<":
        return Fault(kind, limit if below else "leave the row out; this column holds no limits of detection.")
    if _ERROR.fullmatch(cell):
        return Fault(kind, "a formula of the spreadsheet failed: correct it, or type the value.")
    if DATE.fullmatch(cell):
        mend = "the spreadsheet made a date of it: format the column as text and type the value again."
        return Fault(f"{kind}, not a date", mend)
    for check in (_sign_or_space, _mark_or_thousands, _more_than_a_number):
        fault = check(cell, plain, kind, mark)
        if fault:
            return fault
    expected = f"{kind}, or <1.5 for one below detection" if below else kind
    return Fault(expected, f"type it with the digits 0 to 9{', or leave the cell empty' * empty}.")


def _ordinary(cell: str) -> str:
    """Return a cell with ordinary digits, minus and decimal marks, and without spaces at its ends."""
    digits = "".join(str(unicodedata.decimal(mark)) if mark.isdecimal() else mark for mark in cell)
    return digits.translate(_MARKS).strip("\u200b\u200e\u200f\ufeff \u00a0\u2007\u2009\u202f\u3000")


def _sign_or_space(cell: str, plain: str, expected: str, mark: str) -> Fault | None:
    """Find a number in other digits, with another minus, or with a space that is no ordinary one."""
    body = BELOW.sub(r"\1", plain)
    if plain != cell and _PLAIN[mark].fullmatch(body):
        return Fault(f"{expected} in the digits 0 to 9, with a hyphen as minus and no other space", f"write {plain}")
    if body.startswith("+") and _PLAIN[mark].fullmatch(body[1:]):
        return Fault(f"{expected} without a plus sign", f"write {body[1:]}")
    if re.fullmatch(r"-?[.,][0-9]+", body):
        return Fault(f"{expected} with a digit before the decimal mark", "write " + re.sub("([.,])", r"0\1", plain))
    return None


def _mark_or_thousands(cell: str, plain: str, expected: str, mark: str) -> Fault | None:
    """Find the other decimal mark, or separators of thousands."""
    body, other = BELOW.sub(r"\1", cell).strip(), {".": ",", ",": "."}[mark]
    grouped = _THOUSANDS.fullmatch(body)
    if grouped:
        together = re.sub(r"[ '’\u00a0\u2009\u202f]", "", body)
        marks = [character for character in together if character in ".,"]
        if grouped[1] not in ".,":
            together = together.replace(other, mark)
        elif len(set(marks)) == 2:
            together = together.replace(marks[0], "").replace(marks[-1], mark)
        elif len(marks) > 1 or body.count(other):
            if len(marks) == 1:
                one, two = body.replace(other, ""), body.replace(other, mark)
                mend = f"write {one} if thousands were meant, or say --decimal {MARKS[other]} if it is {two}"
                return Fault(f"{expected} that can be read in one way", mend)
            together = together.replace(grouped[1], "")
        return Fault(f"{expected} without a mark between thousands", f"write {together}")
    if _PLAIN[other].fullmatch(body):
        mend = f"write {body.replace(other, mark)}, or say --decimal {MARKS[other]} if all numbers have it."
        return Fault(f"{expected} with a decimal {MARKS[mark]}", mend)
    return None


def _more_than_a_number(cell: str, plain: str, expected: str, mark: str) -> Fault | None:
    """Find a number with something beside it."""
    if PLUS_MINUS.match(cell):
        mend = "put the mean in one column and the SD or SEM in another, as the table of group summaries has it."
        return Fault(f"{expected}, not a mean with its spread", mend)
    if re.fullmatch(rf"{_EITHER}(?:-|to|bis|~|\.\.\.?){_EITHER}", plain):
        return Fault(f"{expected}, not a range", "type one number; put a range into note.")
    if re.fullmatch(rf"(?:>=?|≥){_EITHER}", plain):
        mend = "give the value of a diluted sample, or leave the row out and say so in note."
        return Fault(f"{expected}; one above the range of the assay cannot be used", mend)
    if re.fullmatch(rf"{_EITHER}%", plain):
        return Fault(f"{expected} without the percent sign", f"write {plain[:-1]}")
    if re.fullmatch(r"-?[0-9]+(?:[.,][0-9]+)?e[+-]?[0-9]+", plain, re.IGNORECASE):
        return Fault(f"{expected} written out", "write all its digits, without an exponent.")
    if re.fullmatch(r"[+-]?(?:inf|infinity|∞)", plain, re.IGNORECASE):
        return Fault(f"{expected} that is finite", "leave the cell empty, or type the value.")
    if re.fullmatch(r"[0-9]+(?:_[0-9]+)+", plain):
        return Fault(f"{expected} without a mark between thousands", f"write {plain.replace('_', '')}")
    beside = re.fullmatch(rf"(?!0x)({_EITHER}) ?(?:[a-zµμ%].*|[*†‡§]+|\(.*\)|\[.*\])", plain, re.IGNORECASE)
    if beside:
        mend = f"write {beside[1]}; a unit stands in the column unit, a remark in note."
        return Fault(f"{expected} and nothing beside it", mend)
    return None
