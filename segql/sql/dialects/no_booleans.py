"""For engines that have tests, but no values that are true or false: 1 and 0 are."""

from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.standard import case, number
from segql.sql.speech import Maker

_TESTED: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.And, "this"),
    (exp.And, "expression"),
    (exp.Or, "this"),
    (exp.Or, "expression"),
    (exp.Not, "this"),
    (exp.Where, "this"),
    (exp.Having, "this"),
    (exp.Qualify, "this"),
    (exp.Join, "on"),
    (exp.If, "this"),
    (portable.AnyTrue, "this"),
    (portable.Flag, "this"),
    (portable.Guarded, "this"),
    (portable.Guarded, "expression"),
    (portable.HasSome, "expression"),
    (portable.NotTrue, "this"),
)
"""Where a test stands."""


def is_tested(node: exp.Expr) -> bool:
    """Whether a node stands where a test does, and not a value."""
    around = node.parent
    while isinstance(around, exp.Paren):
        node, around = around, around.parent
    return any(
        isinstance(around, kind) and node.arg_key == key for kind, key in _TESTED
    )


def _is_one(node: exp.Expr) -> exp.Expr:
    return exp.EQ(this=node, expression=number(1))


def _boolean(node: exp.Boolean) -> exp.Expr:
    value = number(1 if node.this else 0)
    return exp.EQ(this=number(1), expression=value) if is_tested(node) else value


def flag(test: exp.Expr) -> exp.Expr:
    """A test as a value; what is not known is 0 too."""
    return case(test, number(1), number(0))


def _guarded(node: portable.Guarded) -> exp.Expr:
    return _is_one(case(node.this, flag(node.expression)))


def _different(node: exp.NullSafeNEQ) -> exp.Expr:
    """Other than a value that is there."""
    missing = exp.Is(this=node.this.copy(), expression=exp.null())
    other = exp.NEQ(this=node.this, expression=node.expression)
    return exp.Or(this=other, expression=missing)


def _not_true(node: Any) -> exp.Expr:
    return _is_one(case(node.this, number(0), number(1)))


NODES: dict[type[exp.Expr], Maker] = {
    exp.Boolean: _boolean,
    exp.NullSafeNEQ: _different,
    portable.IsTrue: lambda node: _is_one(node.this),
    portable.Flag: lambda node: flag(node.this),
    portable.NotTrue: _not_true,
    portable.Guarded: _guarded,
    portable.AnyTrue: lambda node: _is_one(exp.Max(this=flag(node.this))),
}
