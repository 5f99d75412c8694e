"""What most dialects write alike, and the small pieces that makers are built of."""

from decimal import Decimal

from sqlglot import exp

from segql.sql import portable
from segql.sql.names import cast, disjunction, known
from segql.sql.speech import Maker, Unsaid

__all__ = [
    "NODES",
    "call",
    "case",
    "cast",
    "disjunction",
    "double",
    "interval",
    "known",
    "number",
    "text",
    "unsaid",
]


def text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def number(value: int | Decimal) -> exp.Expr:
    """A number written out in full; never an exponent, which would be a double."""
    shown = format(value, "f") if isinstance(value, Decimal) else str(value)
    if shown.startswith("-"):
        return exp.Neg(this=exp.Literal.number(shown[1:]))
    return exp.Literal.number(shown)


def double(value: float) -> exp.Expr:
    """The shortest text that names this double."""
    return cast(text(repr(value)), "DOUBLE")


def call(function: str, *arguments: exp.Expr) -> exp.Expr:
    """A function that sqlglot writes as it stands here."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def case(test: exp.Expr, then: exp.Expr, other: exp.Expr | None = None) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=test, true=then)], default=other)


def interval(count: int, unit: str) -> exp.Expr:
    return exp.Interval(this=text(str(count)), unit=exp.Var(this=unit))


def unsaid(why: str = "") -> Maker:
    """Of what a dialect has no exact way to say."""

    def make(node: portable.Portable) -> exp.Expr:
        raise Unsaid(node.construct, why)

    return make


def _missing(node: portable.Portable) -> exp.Expr:
    raise Unsaid(node.construct)


def _every() -> list[type[portable.Portable]]:
    return [
        each
        for each in vars(portable).values()
        if isinstance(each, type)
        and issubclass(each, portable.Portable)
        and each.construct
    ]


_OPERATORS = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}

NODES: dict[type[exp.Expr], Maker] = {
    **dict.fromkeys(_every(), _missing),
    portable.Day: lambda node: cast(text(node.value.isoformat()), "DATE"),
    portable.Wall: lambda node: cast(text(node.value.isoformat(" ")), "TIMESTAMP"),
    portable.Real: lambda node: double(node.value),
    portable.Number: lambda node: number(node.value),
    portable.Shown: lambda node: node.this,
    portable.Stored: lambda node: node.this,
    portable.ToDouble: lambda node: cast(node.this, "DOUBLE"),
    portable.Float: lambda node: cast(node.this, "DOUBLE"),
    portable.ToWhole: lambda node: cast(node.this, "BIGINT"),
    portable.KnownNumber: lambda node: case(
        portable.IsNumber(this=node.this), node.this.copy()
    ),
    portable.IsNumber: lambda node: exp.Not(this=exp.IsNan(this=node.this)),
    portable.Quotient: lambda node: exp.Div(
        this=node.this, expression=node.expression, typed=False, safe=False
    ),
    portable.Doubles: lambda node: _OPERATORS[node.operator](
        this=node.this, expression=node.expression
    ),
    portable.InOrder: lambda node: node.this,
    portable.WholeQuotient: lambda node: exp.IntDiv(
        this=node.this, expression=node.expression
    ),
    portable.TextOf: lambda node: node.this,
    portable.Folded: lambda node: exp.Lower(this=node.this),
    portable.AsText: lambda node: cast(node.this, "TEXT"),
    portable.Md5: lambda node: exp.MD5(this=node.this),
    portable.IsTrue: lambda node: node.this,
    portable.Flag: lambda node: node.this,
    portable.PlaceAmong: lambda node: node.this,
    portable.NotTrue: lambda node: exp.Not(
        this=exp.Coalesce(this=node.this, expressions=[exp.false()])
    ),
    portable.Guarded: lambda node: case(node.this, node.expression),
    portable.DayOf: lambda node: cast(node.this, "DATE"),
    portable.Midnight: lambda node: cast(node.this, "TIMESTAMP"),
    portable.Part: lambda node: exp.Extract(
        this=exp.Var(this=node.part), expression=node.this
    ),
    portable.Single: lambda node: exp.Max(this=node.this),
    portable.AnyTrue: lambda node: exp.LogicalOr(this=node.this),
}
"""A maker for every portable node; where there is no common way, one that refuses."""
