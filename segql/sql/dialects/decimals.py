"""Numbers for engines whose exact ones have 38 digits, and which have doubles beside.

What is here is written alike by several dialects; `rewrites` has the ways round what
they lack.
"""

from sqlglot import exp

from segql.sql import portable
from segql.sql.aggregates import OF
from segql.sql.dialects import rewrites
from segql.sql.dialects.standard import case, cast, known, number
from segql.sql.speech import Unsaid
from segql.types import Exact

WIDEST = 38

OPERATORS = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


def exact(type_: Exact) -> str:
    return f"DECIMAL({type_.digits}, {type_.scale})"


def to_exact(node: portable.ToExact) -> exp.Expr:
    return cast(node.this, exact(node.exact))


def real(node: portable.Real) -> exp.Expr:
    """With an exponent, without which it would be an exact number."""
    shown = repr(abs(node.value))
    made = exp.Literal.number(shown if "e" in shown else f"{shown}e0")
    return exp.Neg(this=made) if node.value < 0 else made


def digits(node: portable.Calculated) -> int:
    """How many digits a result may have."""
    left, right, _ = node.sides
    if node.operator == "*":
        return left.digits + right.digits
    return max(left.whole, right.whole) + max(left.scale, right.scale) + 1


def widened(node: portable.Calculated) -> exp.Expr:
    """Of the types that the language has: a column's own may be wider."""
    left, right, _ = node.sides
    return OPERATORS[node.operator](
        this=cast(node.this, exact(left)),
        expression=cast(node.expression, exact(right)),
    )


def calculated(node: portable.Calculated) -> exp.Expr:
    """What may have more than 38 digits is refused."""
    if digits(node) > WIDEST:
        raise Unsaid(node.construct, f"its numbers have at most {WIDEST} digits")
    return widened(node)


def summed(node: exp.Sum) -> exp.Expr:
    """A sum has the type of what is added, which may be too small for it."""
    kind = node.meta.pop(OF, None)
    if isinstance(kind, Exact):
        node.set("this", cast(node.this, f"DECIMAL({WIDEST}, {kind.scale})"))
    return node


def whole_quotient(node: portable.WholeQuotient) -> exp.Expr:
    """Where whole numbers are divided without a fraction."""
    made = rewrites.whole_quotient(node)
    made.set("typed", True)
    return made


# ---- doubles; a column for them may have exact numbers


def double(node: exp.Expr) -> exp.Expr:
    return portable.Float(this=node) if isinstance(node, exp.Column) else node


def quotient(node: portable.Quotient) -> exp.Expr:
    left, right = double(node.this), double(node.expression)
    return exp.Div(this=left, expression=right, typed=True, safe=False)


def doubles(node: portable.Doubles) -> exp.Expr:
    return OPERATORS[node.operator](
        this=double(node.this), expression=double(node.expression)
    )


def point(node: portable.PointOf) -> exp.Expr:
    """Only whether there is one: its coordinates are read from their columns."""
    sides = [
        known(portable.KnownNumber(this=portable.Float(this=side)))
        for side in (node.this, node.expression)
    ]
    return case(exp.and_(*sides), number(1))
