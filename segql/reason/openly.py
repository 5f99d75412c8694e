"""A test in; whether one sees at once that some pass it and some don't, out.

Most tests are of these forms, and nobody need think about them.
"""

from decimal import Decimal

from segql.model import nodes as mdl
from segql.types import BOOLEAN, TEXT

_MOST = 100_000


def is_open(rule: mdl.Rule) -> bool:
    """False says nothing."""
    match rule:
        case mdl.Holds(mdl.Attribute()) | mdl.IsMissing(mdl.Attribute()):
            return True
        case mdl.Compare(_, mdl.Aggregate("count" | "sum", selection), limit):
            return _is_some(limit) and _is_simple(selection)
        case _:
            return False


def _is_some(limit: mdl.Value) -> bool:
    """A number that a count, or a sum, may reach or not; both may be zero."""
    match limit:
        case mdl.Constant(bool()):
            return False
        case mdl.Constant(int() as value):
            return 0 < value < _MOST
        case mdl.Constant(Decimal()):
            return False
        case _:
            return False


def _is_simple(selection: mdl.Selection) -> bool:
    """Whether there surely can be such events: at most one plain test, one window."""
    if len(selection.windows) > 1:
        return False
    match selection.windows:
        case () | (mdl.Rolling(None | int(), None | int()),):
            pass
        case (mdl.Calendar(_, first),) if first <= 0:
            pass
        case _:
            return False
    match selection.test:
        case None:
            return True
        case mdl.Compare("=", mdl.Property() as value, mdl.Constant()):
            return value.type == TEXT
        case mdl.Holds(mdl.Property() as value):
            return value.type == BOOLEAN
        case _:
            return False
