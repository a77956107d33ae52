"""The evidence base: read its tables, check them, read a reader's own table."""

from .checks import check, check_table
from .problems import EvidenceError, Problem
from .tables import base, read, schema

__all__ = ["EvidenceError", "Problem", "base", "check", "check_table", "read", "schema"]
