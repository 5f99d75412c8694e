"""The numbers of a query for SQLite: brought to one type where they meet.

An exact number is a whole number of its last digit, so two are compared by the same
scale only. Those of more than 19 digits are texts; which these are is noted.
"""

from sqlglot import exp

from segql.sql import portable
from segql.sql.aggregates import sum_of
from segql.sql.dialects.origins import Origins, branches
from segql.types import DOUBLE, MAX_DIGITS, Double, Exact

LONG = 19
"""So many digits may fit into 64 bits: what doesn't is an error, or a text."""
COMPARISONS = (
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
)
SHARED = "shared"
"""Noted on a table that is a shared query."""
_WIDE = "wide"


def note(query: exp.Expr) -> None:
    """Brings numbers that meet to one type, and notes which of them are wide.

    So it is with numbers that are compared, and with those of a union's column.
    """
    origins = Origins(query)
    for table in query.find_all(exp.Table):
        if table.name in origins.shared:
            table.meta[SHARED] = True
    for union in reversed(list(query.find_all(exp.SetOperation))):
        types = _Types(origins)
        columns = zip(*(each.selects for each in _branches(union)), strict=True)
        for column in columns:
            _unify([each.unalias() for each in column], types)
    types = _Types(origins)
    for each in list(query.find_all(*COMPARISONS)):
        _unify([each.this, each.expression], types)
    types = _Types(origins)
    for node in query.walk():
        if isinstance(node, exp.Condition) and types.is_wide(node):
            node.meta[_WIDE] = True


def _branches(node: exp.Expr) -> list[exp.Select]:
    if isinstance(node, exp.SetOperation):
        return _branches(node.this) + _branches(node.expression)
    return [node] if isinstance(node, exp.Select) else _branches(node.this)


def _unify(nodes: list[exp.Expr], types: "_Types") -> None:
    """The same type for all that are numbers."""
    found = [(node, type_) for node in nodes if (type_ := types.of(node))]
    kinds = {type_ if isinstance(type_, Double) else type_.scale for _, type_ in found}
    if len(kinds) < 2:
        return
    exact = [type_ for _, type_ in found if isinstance(type_, Exact)]
    scale = max(type_.scale for type_ in exact)
    whole = max(type_.whole for type_ in exact)
    common = Exact(min(whole + scale, MAX_DIGITS), scale)
    for node, type_ in found:
        if not isinstance(type_, Exact) or type_ == common:
            continue
        made: exp.Expr
        made = portable.ToExact(this=node.copy(), source=type_, type=common)
        if len(exact) < len(found):
            made = portable.ToDouble(this=node.copy(), type=type_)
        if isinstance(node.parent, exp.Select):
            made = exp.alias_(made, node.alias_or_name)
        node.replace(made)


class _Types:
    def __init__(self, origins: Origins) -> None:
        self.origins = origins
        self.found: dict[int, Exact | Double | None] = {}

    def is_wide(self, node: exp.Expr) -> bool:
        type_ = self.of(node)
        return isinstance(type_, Exact) and type_.digits > LONG

    def of(self, node: exp.Expr | None) -> Exact | Double | None:
        """The type of a number; None for anything else, and for counts."""
        if node is None:
            return None
        if id(node) not in self.found:
            self.found[id(node)] = None
            self.found[id(node)] = self._of(node)
        return self.found[id(node)]

    def _of(self, node: exp.Expr) -> Exact | Double | None:
        match node:
            case (
                portable.Number()
                | portable.Stored()
                | portable.ToExact()
                | portable.Nearest()
            ):
                return node.exact
            case portable.Calculated():
                return node.sides[2]
            case portable.Shifted():
                return Exact(node.exact.digits)
            case portable.Parsed():
                return node.kind if isinstance(node.kind, Exact | Double) else None
            case (
                portable.ToDouble()
                | portable.Real()
                | portable.Float()
                | portable.KnownNumber()
                | portable.Quotient()
                | portable.Doubles()
            ):
                return DOUBLE
            case exp.Sum():
                inner = self.of(node.this)
                return sum_of(inner) if isinstance(inner, Exact) else inner
            case exp.Column():
                return self.of(self.origins.behind(node))
            case exp.Neg() | exp.Distinct():
                return self.of(node.this)
            case _:
                return self.first(*(branches(node) or ()))

    def first(self, *nodes: exp.Expr | None) -> Exact | Double | None:
        found = (self.of(node) for node in nodes)
        return next((each for each in found if each), None)


def is_wide(node: exp.Expr | None) -> bool:
    """Whether it was noted to be a number of more than 19 digits."""
    return node is not None and bool(node.meta.get(_WIDE))
