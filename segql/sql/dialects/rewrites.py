"""Exact ways round what many dialects lack: filters, folds, clocks that are set."""

from collections.abc import Callable
from datetime import timedelta

from sqlglot import exp

from segql.fold import TABLE
from segql.plan.walls import fold_lengths, gap_lengths
from segql.sql import portable
from segql.sql.dialects.standard import call, case, text


def pushed(node: exp.Filter) -> exp.Expr:
    """`FILTER` as a CASE inside the aggregate, which skips NULL."""
    test = node.expression.this
    made: exp.Expr = node.this.copy()
    match made:
        case exp.Count(this=exp.Star()):
            made.set("this", case(test, exp.Literal.number(1)))
        case exp.Count(this=exp.Distinct() as distinct):
            [value] = distinct.expressions
            distinct.set("expressions", [case(test, value)])
        case portable.AnyTrue():
            made.set("this", exp.and_(test, made.this))
        case _:
            made.set("this", case(test, made.this))
    return made


def translated(node: portable.Folded) -> exp.Expr:
    """The table of `segql.fold` written out, whatever the engine's `LOWER` does."""
    old, new = zip(*sorted(TABLE.items()), strict=True)
    return call(
        "TRANSLATE",
        node.this,
        text("".join(map(chr, old))),
        text("".join(map(chr, new))),
    )


Conversion = Callable[[exp.Expr, str], exp.Expr]


def utc_by(
    to_utc: Conversion, to_local: Conversion
) -> Callable[[portable.Utc], exp.Expr]:
    """`portable.Utc`, of conversions that agree where a wall is passed just once.

    Which of two instants they take, and what they make of a wall that is skipped, does
    not matter: that is found by going there and back.
    """

    def make(node: portable.Utc) -> exp.Expr:
        raw, zone = node.this, node.zone

        def moved(time: exp.Expr, length: timedelta) -> exp.Expr:
            count = int(length.total_seconds())
            return portable.MovedWall(this=time.copy(), count=count, unit="SECOND")

        def same(utc: exp.Expr, wall: exp.Expr) -> exp.Expr:
            return exp.EQ(this=to_local(utc.copy(), zone), expression=wall.copy())

        found = to_utc(raw.copy(), zone)
        once = found.copy()
        for length in fold_lengths(zone):
            early = moved(found, -length)
            once = case(same(early, raw), early.copy(), once)
        skipped = found.copy()
        for length in gap_lengths(zone):
            before = moved(to_utc(moved(raw, -length), zone), length)
            skipped = case(same(before, moved(raw, length)), before.copy(), skipped)
        if not gap_lengths(zone):
            return once
        return case(same(found, raw), once, skipped)

    return make


def whole_quotient(node: portable.WholeQuotient) -> exp.Expr:
    """Without a fraction that could be rounded up."""
    rest = exp.Mod(this=node.this.copy(), expression=node.expression.copy())
    whole = exp.Sub(this=node.this, expression=rest)
    return exp.Div(this=whole, expression=node.expression, typed=False, safe=False)


def floored(node: portable.Floored) -> exp.Expr:
    """A rest is taken that is never negative."""
    by = exp.Literal.number(node.by)
    rest = exp.Mod(this=node.this.copy(), expression=by)
    rest = exp.Mod(this=exp.Add(this=rest, expression=by.copy()), expression=by.copy())
    whole = exp.Sub(this=node.this, expression=rest)
    return portable.WholeQuotient(this=whole, expression=by.copy())


def without_qualify(node: exp.Select) -> exp.Expr:
    """The same by a query around it; sqlglot's own way loses what columns are of."""
    qualify = node.args.get("qualify")
    if qualify is None:
        return node
    node.set("qualify", None)
    shown = [exp.column(each.alias_or_name, "w") for each in node.selects]
    kept = portable.Flag(this=qualify.this)
    inner = node.select(exp.alias_(kept, "kept"), copy=False).subquery("w", copy=False)
    query = exp.select(*shown).from_(inner, copy=False)
    return query.where(portable.IsTrue(this=exp.column("kept", "w")), copy=False)
