"""Units: how they are spelled, and what one is in another. The factors stand in units.yaml."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

#: Why activity is never turned into mass.
NO_FACTOR = (
    "IU and U measure activity against a reference preparation, and the mass that gives one unit differs between "
    "preparations and bioassays, so no factor leads to a mass"
)

_DASHES = str.maketrans("−–·⋅", "--..")


@dataclass(frozen=True)
class Substance:
    """A substance whose units are known. `unit` is the one in which its values are compared; molar mass in g/mol."""

    name: str
    unit: str
    molar_mass: Decimal | None
    molar_mass_of: str


@dataclass(frozen=True)
class Conversion:
    """How values in a unit become values in the unit of comparison. `factor` is None where no factor leads there.

    `by_molar_mass` tells that the molar mass of the substance enters it.
    """

    unit: str
    factor: Decimal | None
    by_molar_mass: bool = False


@cache
def _tables() -> dict[str, Any]:
    return yaml.safe_load(files(__package__).joinpath("units.yaml").read_text(encoding="utf-8"))


@cache
def substance(analyte: str) -> Substance | None:
    """Return the substance that an analyte names, or None where its units are not in the table."""
    name = re.sub(r"[^a-z0-9]", "", analyte.casefold())
    for key, entry in _tables()["substances"].items():
        if name in entry["names"]:
            mass = entry.get("molar_mass")
            return Substance(key, entry["unit"], Decimal(mass) if mass else None, entry.get("molar_mass_of", ""))
    return None


def spelled(unit: str) -> str:
    """Return a unit in the spelling of the table: lower case, u for the micro sign, no space."""
    text = unicodedata.normalize("NFKC", unit).translate(_DASHES).casefold()
    text = "".join(text.split()).replace("μ", "u")
    return _tables()["spellings"].get(text, text)


@cache
def conversion(analyte: str, unit: str) -> Conversion | None:
    """Return how values of `analyte` in `unit` become values in its unit of comparison.

    value in target = value x factor; an amount becomes a mass by the molar mass: pg/mL = fmol/mL x g/mol / 1000.
    None where the analyte is in the table and the unit is not. An analyte that is not in the table keeps its unit.
    """
    known, tables, name = substance(analyte), _tables(), spelled(unit)
    if known is None:
        return Conversion(unit, Decimal(1))
    target = Decimal(tables["mass"][spelled(known.unit)])
    if name in tables["mass"]:
        return Conversion(known.unit, Decimal(tables["mass"][name]) / target)
    if name in tables["activity"]:
        return Conversion(unit, None)
    if name in tables["amount"] and known.molar_mass:
        factor = Decimal(tables["amount"][name]) * known.molar_mass / 1000
        return Conversion(known.unit, factor / target, by_molar_mass=True)
    return None


def known_units(analyte: str) -> str:
    """Return the units that a message offers for an analyte in the table."""
    known = substance(analyte)
    return _tables()["substances"][known.name]["offered"] if known else ""


def near_unit(unit: str) -> str:
    """Return 'did you mean "unit"? ' for the unit that one outside the table is a slip of, or nothing."""
    near = difflib.get_close_matches(spelled(unit), _tables()["mass"], n=1, cutoff=0.75)
    return f'did you mean "{near[0].replace("l", "L")}"? ' if near else ""
