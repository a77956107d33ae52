"""What a claim, a number, a finding and a decision are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: What each of the three checks may find.
FINDINGS: Mapping[str, tuple[str, ...]] = {
    "citation": (
        "supported",
        "supported_with_omission",
        "overstated",
        "misattributed",
        "contradicted",
        "unverifiable",
        "nothing_cited",
    ),
    "recomputation": ("reproduced", "bounded", "inconsistent", "not_recomputable"),
    "evidence": ("agrees", "mixed", "disagrees", "too_little"),
}

#: Why a claim cannot be recomputed.
REASONS = ("no_value_published", "source_out_of_reach", "no_group_size", "qualitative")


class LedgerError(Exception):
    """A ledger, a rule or a decision is not as it should be; the message says how to mend it."""


@dataclass(frozen=True)
class Claim:
    """One statement of one source: a row of `claims.csv`."""

    claim_id: str
    seed: str
    locator: str
    chapter: str
    statement: str
    kind: str
    species: str
    direction: str
    comparison: str
    n_a: str
    n_b: str
    p_reported: str
    cites: tuple[str, ...]
    quantitative: str

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> "Claim":
        """Take the columns that the checks need; `cites` is a list joined by `;`."""
        cites = tuple(key for key in row["cites"].split(";") if key)
        return cls(cites=cites, **{name: row[name] for name in cls.__dataclass_fields__ if name != "cites"})


def significant(value: float, digits: int = 3) -> int:
    """Give the decimals that show so many significant digits; negative ones round to tens and hundreds."""
    # The exponent is read after rounding: 9.996 with three digits is 10.0, not 10.00.
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])
    return digits - 1 - exponent


def printed_p(text: str) -> str:
    """Write a printed P as a reader knows it: "<=0.01" becomes "P ≤ 0.01", "0.04" becomes "P = 0.04"."""
    value = text.lstrip("<>=")
    if not value.lstrip(".")[:1].isdigit():
        return f"P {text}"
    operator = text.removesuffix(value)
    sign = {"": "=", "<=": "≤", ">=": "≥"}.get(operator, operator)
    return f"P {sign} {value}"


def _power(value: float) -> str:
    """Write a large number as 5.30 × 10⁷."""
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


@dataclass(frozen=True)
class Number:
    """A number that prose may quote: rounded once, with the evidence rows it came from.

    `digits` is the count of decimals that is shown and kept; `label` says in words what the number is.
    """

    value: float
    digits: int
    label: str
    unit: str = ""
    rows: tuple[str, ...] = ()

    def as_json(self) -> dict:
        """Give the rounded value and its text; a value that rounds to zero has no sign."""
        value = round(float(self.value), self.digits) + 0.0
        text = (f"{value:.{max(self.digits, 0)}f}" if abs(value) < 1e6 else _power(value)).replace("-", "−")
        return {
            "value": int(value) if self.digits <= 0 else value,
            "text": text,
            "digits": self.digits,
            "label": self.label,
            "unit": self.unit,
            "rows": sorted(set(self.rows)),
        }


@dataclass(frozen=True)
class Finding:
    """The answer of one check, a sentence why, the rows it rests on, and the numbers it computed.

    `robust` says how far the answer depends on choices that could have been made otherwise, where that was tried.
    """

    check: str
    finding: str
    why: str
    reason: str = ""
    rows: tuple[str, ...] = ()
    numbers: Mapping[str, Number] = field(default_factory=dict)
    robust: str = ""

    def __post_init__(self):
        """Refuse a word that is not in the vocabulary: a finding is never typed freely."""
        if self.finding not in FINDINGS[self.check]:
            raise LedgerError(f"{self.check}: unknown finding {self.finding!r}. Known: {FINDINGS[self.check]}.")
        if (self.finding == "not_recomputable") != bool(self.reason):
            raise LedgerError(f"{self.check}: {self.finding} and reason {self.reason!r} do not go together.")
        if self.reason and self.reason not in REASONS:
            raise LedgerError(f"{self.check}: unknown reason {self.reason!r}. Known: {REASONS}.")

    def as_json(self) -> dict:
        """Give what the ledger keeps; the numbers stand apart, under the claim."""
        return {
            "finding": self.finding,
            "reason": self.reason,
            "why": self.why,
            "robust": self.robust,
            "rows": sorted(set(self.rows)),
        }
