"""The ledger of claims: the three checks, the verdict rules, and the difference of two ledgers."""

from .ledger import LEDGER, Change, collect, diff, dumps, loads, render, save
from .model import FINDINGS, REASONS, Claim, Finding, LedgerError, Number

__all__ = [
    "FINDINGS",
    "LEDGER",
    "REASONS",
    "Change",
    "Claim",
    "Finding",
    "LedgerError",
    "Number",
    "collect",
    "diff",
    "dumps",
    "loads",
    "render",
    "save",
]
