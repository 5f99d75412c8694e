"""Texts for engines that take 'a' for 'a ', and so sort 'a' after 'a' and a tab.

Such an engine fills the shorter of two texts up with blanks before it compares. Here
whatever is compared, sorted or grouped is ended by a mark: then no blank is added that
counts. A query in, the same with its texts ended out; it is called before any of the
query is put into words.
"""

from typing import ClassVar

from sqlglot import exp

from segql.sql.dialects.origins import Texts
from segql.sql.dialects.standard import call, number, text
from segql.sql.portable.base import Portable, sql
from segql.sql.speech import Unsaid


class Ended(Portable):
    """A text with a mark at its end; one that sorts before all else, if `sorts`."""

    construct = "text"
    arg_types: ClassVar = sql("this", "sorts")


class Unended(Portable):
    """The text of which the mark that sorts was the end."""

    construct = "text"
    arg_types: ClassVar = sql("this")


MARK = "|"
FIRST = 1
"""The code point that sorts before all others: no text may have it."""


def end_texts(query: exp.Expr) -> None:
    """Ends the texts of a query wherever they are compared."""
    texts = Texts(query, (Ended, Unended))
    for node in list(query.walk()):
        match node:
            case exp.EQ() | exp.NEQ() | exp.NullSafeNEQ() if texts.compared(node):
                _end(node, "this", "expression")
            case exp.LT() | exp.LTE() | exp.GT() | exp.GTE() if texts.compared(node):
                _end(node, "this", "expression", sorts=True)
            case exp.In() if node.expressions and texts.has(node.this):
                _end(node, "this")
                node.set("expressions", [_ended(each) for each in node.expressions])
            case exp.Distinct():
                _end_some(node, "expressions", texts)
            case exp.Window():
                _end_some(node, "partition_by", texts)
            case exp.Ordered() if texts.has(node.this):
                _end(node, "this", sorts=True)
            case exp.Group():
                apart = [_ended(e.copy()) for e in node.expressions if texts.has(e)]
                node.set("expressions", [*node.expressions, *apart])
            case exp.Min() | exp.Max() if texts.has(node.this):
                _end(node, "this", sorts=True)
                whole: exp.Expr = node
                while isinstance(whole.parent, exp.Filter | exp.Window):
                    whole = whole.parent
                made = Unended()
                whole.replace(made)
                made.set("this", whole)


def _end(node: exp.Expr, *keys: str, sorts: bool = False) -> None:
    for key in keys:
        node.set(key, _ended(node.args[key], sorts))


def _end_some(node: exp.Expr, key: str, texts: Texts) -> None:
    parts = node.args.get(key) or ()
    node.set(key, [_ended(each) if texts.has(each) else each for each in parts])


def _ended(node: exp.Expr, sorts: bool = False) -> exp.Expr:
    return Ended(this=node, sorts=sorts)


def marked(node: Ended, join: type[exp.Expr], first: str) -> exp.Expr:
    """The text and its mark; `first` is the function that makes a character."""
    sorts = bool(node.args["sorts"])
    if isinstance(node.this, exp.Literal) and not sorts:
        return text(node.this.name + MARK)
    mark = call(first, number(FIRST)) if sorts else text(MARK)
    return join(this=node.this, expression=mark)


def checked(literal: exp.Literal) -> None:
    """Refuses a text that has a character before all others."""
    if literal.is_string and any(ord(letter) <= FIRST for letter in literal.name):
        raise Unsaid("text", "U+0000 and U+0001 are not told from an end there")
