"""What a reader gets of a figure, and how its numbers and labels are written."""

import base64
import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from il6review import MIME

MINUS = "\u2212"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Figure:
    """A picture, the words that stand for it, its numbers as a table, and the evidence behind it.

    ``key`` names the figure within the book (``ra_serum_levels.forest``), ``svg`` is the picture, ``alt`` says
    what it shows, ``caption`` how to read it, ``columns`` and ``table`` are its numbers, ``rows`` the ids of the
    evidence rows.
    """

    key: str
    svg: str
    alt: str
    caption: str
    columns: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    rows: tuple[str, ...]

    def html(self) -> str:
        """Return the figure as one piece of HTML that needs no other file; every text in it is escaped."""
        picture = base64.b64encode(self.svg.encode()).decode("ascii")
        head = "".join(f'<th scope="col">{_escape(name)}</th>' for name in self.columns)
        body = "".join(f"<tr>{_line(cells)}</tr>" for cells in self.table)
        return (
            f'<figure class="il6-figure" id="fig-{re.sub("[^A-Za-z0-9_-]+", "-", self.key)}">'
            '<div class="il6-scroll il6-picture" tabindex="0" role="group" '
            f'aria-label="Picture of {_escape(self.key)}">'
            f'<img alt="{_escape(self.alt)}" style="max-width:100%;height:auto"'
            f' src="data:image/svg+xml;base64,{picture}"/></div>'
            f"<figcaption>{_escape(self.caption)}</figcaption>"
            "<details><summary>The numbers in this figure</summary>"
            f'<div class="il6-scroll" tabindex="0" role="group" aria-label="Numbers of {_escape(self.key)}">'
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details></figure>"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """Return what a notebook shows, and beside it the JSON that names the figure and its rows."""
        payload = {"kind": "figure", "key": self.key, "alt": self.alt, "rows": list(self.rows)}
        return {"text/html": self.html(), "text/plain": self.alt, MIME: payload}


def fmt(value: float, digits: int = 3) -> str:
    """Write a number with ``digits`` significant digits and a true minus sign.

    From 0.0001 up to a million in plain notation (``0.703``, ``10.2``, ``1230``), beyond as ``1.20 × 10⁹``.
    Raises ValueError for a number that is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"cannot write {value} as a number: expected a finite value")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if float(mantissa) == 0:
        return "0"
    if -4 <= power < 6:
        text = f"{float(f'{mantissa}e{power}'):.{max(0, digits - 1 - power)}f}"
    else:
        text = f"{mantissa} × 10{str(power).translate(_SUPERSCRIPT)}"
    return text.replace("-", MINUS)


def fixed(value: float, decimals: int) -> str:
    """Write a number with a fixed number of decimals, no minus before a bare zero; from a million on as ``fmt``."""
    if not abs(value) < 1e6:
        return fmt(value)
    return f"{value:z.{decimals}f}".replace("-", MINUS)


def percent(share: float) -> str:
    """Write a share between 0 and 1 in percent, with at most one decimal: ``95 %``, ``84.4 %``."""
    return f"{round(100 * share, 1):g} %"


def plain(text: str) -> str:
    """Return the text on one line, without characters that neither a page nor a picture can show."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def sentences(*parts: str) -> str:
    """Join the parts that are not empty, each ended with a full stop."""
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part)


def unique(groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Return the ids of all groups, each once, in order of appearance."""
    return tuple(dict.fromkeys(row_id for group in groups for row_id in group))


def need_two(rows: Sequence[object], what: str) -> None:
    """Raise ValueError when there are fewer than two rows to draw."""
    if len(rows) < 2:
        raise ValueError(f"{what} needs at least two rows, found {len(rows)}; show a single value in words")


def need_finite(where: str, **values: float) -> None:
    """Raise ValueError naming the place and the field for the first value that is not a finite number."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise ValueError(f"{where}: {name} is {value}, expected a finite number")


def need_interval(where: str, low: float, centre: float, high: float) -> None:
    """Raise ValueError unless the three are finite and low <= centre <= high."""
    need_finite(where, ci_low=low, estimate=centre, ci_high=high)
    if not low <= centre <= high:
        raise ValueError(f"{where}: expected ci_low <= estimate <= ci_high, found {low}, {centre}, {high}")


def _escape(text: str) -> str:
    return html.escape(plain(text))


def _line(cells: Sequence[str]) -> str:
    name, *values = cells
    # A line may continue the one above: a header cell without words names nothing.
    head = f'<th scope="row">{_escape(name)}</th>' if name else "<td></td>"
    return head + "".join(f"<td>{_escape(value)}</td>" for value in values)
