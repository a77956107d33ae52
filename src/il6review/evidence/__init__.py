"""The evidence base: read its tables, check them, read a reader's own table."""

from .checks import check, check_table
from .column_maps import ColumnMap
from .own import OwnTable, read_own
from .problems import EvidenceError, Problem, WrongUse
from .tables import base, read, schema
from .templates import new

__all__ = [
    "ColumnMap",
    "EvidenceError",
    "OwnTable",
    "Problem",
    "WrongUse",
    "base",
    "check",
    "check_table",
    "new",
    "read",
    "read_own",
    "schema",
]
