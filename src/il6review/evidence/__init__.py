"""The evidence base: read its tables, check them, read a reader's own table."""

from .assembly import assemble
from .checks import check, check_table
from .column_maps import ColumnMap
from .own import OwnTable, read_own
from .own_tables import LINKS, SOURCES
from .parts import Parts, Rows, selection
from .problems import EvidenceError, Problem, WrongUse
from .tables import VARIABLE, base, project, read, schema
from .templates import new

__all__ = [
    "LINKS",
    "SOURCES",
    "VARIABLE",
    "ColumnMap",
    "EvidenceError",
    "OwnTable",
    "Parts",
    "Problem",
    "Rows",
    "WrongUse",
    "assemble",
    "base",
    "check",
    "check_table",
    "new",
    "project",
    "read",
    "read_own",
    "schema",
    "selection",
]
