"""Exact ways round what many dialects lack: filters, folds, clocks that are set."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlglot import exp

from segql.fold import TABLE
from segql.plan.walls import fold_lengths, gap_lengths
from segql.sql import portable
from segql.sql.dialects.standard import call, case, cast, number, text
from segql.sql.names import alias, conjunction
from segql.sql.speech import Maker, Unsaid


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


Way = Callable[[exp.Expr], exp.Expr]
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


Step = portable.MovedWall | portable.MovedDay


def length(node: Step) -> timedelta | None:
    """How long a step is; months are not always as long."""
    if node.unit == "MONTH":
        return None
    return timedelta(**{f"{node.unit.lower()}s": node.count})


def parts(node: portable.MovedWall) -> dict[str, int]:
    """A step in units of which each has a count of 32 bits."""
    size = length(node)
    if size is None or node.unit in ("HOUR", "MINUTE"):
        return {node.unit: node.count}
    size, sign = abs(size), 1 if node.count > 0 else -1
    found = {
        "DAY": sign * size.days,
        "SECOND": sign * size.seconds,
        "MICROSECOND": sign * size.microseconds,
    }
    return {unit: count for unit, count in found.items() if count}


def kept(
    node: Step,
    time: exp.Expr,
    literal: Callable[[datetime], exp.Expr],
    moved: Callable[[exp.Expr], exp.Expr],
) -> exp.Expr:
    """What lies beyond the calendar would be an error: it is the calendar's end."""
    ahead, size = node.count > 0, length(node)
    end = datetime.max if ahead else datetime.min
    bound = _month_before_end(node.count) if size is None else end - size
    beyond = exp.GT if ahead else exp.LT
    test = beyond(this=time.copy(), expression=literal(bound))
    return case(test, literal(end), moved(time.copy()))


def _month_before_end(count: int) -> datetime:
    """The last wall that so many months can be added to, or the first."""
    if count > 0:
        month = 12 * 9999 + 12 - count  # the first that is too late
        return datetime(month // 12, month % 12 + 1, 1) - timedelta(microseconds=1)
    month = 12 - count
    return datetime(month // 12, month % 12 + 1, 1)


def in_64_bits(whole: exp.Expr) -> exp.Expr:
    return cast(cast(whole, "BIGINT"), "DECIMAL(19, 0)")


def nearest_by_units(
    node: portable.Nearest, counted: Callable[[exp.Expr], exp.Expr] = in_64_bits
) -> exp.Expr:
    """Units counted in 64 bits, for engines whose casts go by fewer digits.

    `counted` makes an exact number of a double that is whole.
    """
    exact = node.exact
    if exact.digits > 18:
        raise Unsaid(node.construct, "more than 18 digits don't fit into 64 bits")
    value = portable.KnownNumber(this=portable.Float(this=node.this))
    power = portable.Real(value=float(10**exact.scale))
    product = exp.Mul(this=value, expression=power) if exact.scale else value
    size = exp.Abs(this=product)
    below = exp.Floor(this=size.copy())
    rest = exp.Sub(this=size, expression=below.copy())
    half = exp.GTE(this=rest, expression=portable.Real(value=0.5))
    one, none = (portable.Real(value=each) for each in (1.0, 0.0))
    whole = exp.Add(this=below, expression=case(half, one, none))
    units = counted(whole)
    negative = exp.LT(this=product.copy(), expression=none.copy())
    units = case(negative, exp.Neg(this=units), units.copy())
    if exact.scale:
        unit = cast(
            text(f"0.{'1'.zfill(exact.scale)}"),
            f"DECIMAL({exact.scale}, {exact.scale})",
        )
        units = exp.Mul(this=units, expression=unit)
    return cast(units, f"DECIMAL({exact.digits}, {exact.scale})")


def one_by_one(node: exp.In) -> exp.Expr:
    """Several columns in a query, where an engine looks for just one: EXISTS."""
    query = node.args.get("query")
    if query is None or not isinstance(node.this, exp.Tuple):
        return node
    inner = query.this if isinstance(query, exp.Subquery) else query
    first = inner
    while isinstance(first, exp.SetOperation):
        first = first.this
    shown = [exp.alias_(e.unalias(), f"f{n}") for n, e in enumerate(first.selects)]
    first.set("expressions", shown)
    tests = [
        exp.EQ(this=exp.column(f"f{n}", "found"), expression=key.copy())
        for n, key in enumerate(node.this.expressions)
    ]
    table = exp.Subquery(this=inner, alias=exp.TableAlias(this=alias("found")))
    rows = exp.select(number(1)).from_(table, copy=False)
    return exp.Exists(this=rows.where(conjunction(tests), copy=False))


def beside_rows(query: exp.Query) -> exp.Query:
    """Queries inside of aggregates and of GROUP BY stand beside the rows: APPLY.

    For engines that take no query there.
    """
    # From the innermost on: what stands beside the rows is moved as it is by then.
    for select in reversed(list(query.find_all(exp.Select))):
        inside = [
            each
            for group in select.find_all(exp.AggFunc, exp.Group)
            if group.find_ancestor(exp.Select) is select
            for each in _queries_in(group)
        ]
        named: dict[str, exp.Expr] = {}
        for node in inside:
            said = node.sql()
            test = not isinstance(node, exp.Subquery)
            if said not in named:
                named[said] = exp.column("v", f"q{len(named) + 1}")
                value = case(node.copy(), number(1), number(0)) if test else node.copy()
                table = exp.select(exp.alias_(value, "v")).subquery(copy=False)
                place = exp.TableAlias(this=alias(f"q{len(named)}"))
                applied = exp.Lateral(this=table, cross_apply=True, alias=place)
                select.append("joins", exp.Join(this=applied))
        outside = [select.args.get("having"), select.args.get("order")]
        outer = [
            node
            for each in (*select.expressions, *outside)
            if each is not None
            for node in each.find_all(exp.Subquery)
            if node.find_ancestor(exp.Select) is select
            and node.sql() in named
            and not any(node is other for other in inside)
        ]
        for node in [*inside, *outer]:
            value = named[node.sql()].copy()
            is_one = exp.EQ(this=value, expression=number(1))
            node.replace(value if isinstance(node, exp.Subquery) else is_one)
    return query


def _queries_in(node: exp.Expr) -> list[exp.Expr]:
    """The outermost queries of an expression, each with the test that it is part of."""
    found: list[exp.Expr] = []
    left = list(node.iter_expressions())
    while left:
        each = left.pop()
        if isinstance(each, exp.Exists | exp.Subquery) or each.args.get("query"):
            found.append(each)
        else:
            left += each.iter_expressions()
    return found


def starts_left(node: exp.StartsWith) -> exp.Expr:
    part = node.expression
    start = call("LEFT", node.this, call("CHAR_LENGTH", part))
    return exp.EQ(this=start, expression=part.copy())


def ends_right(node: exp.EndsWith) -> exp.Expr:
    part = node.expression
    end = call("RIGHT", node.this, call("CHAR_LENGTH", part))
    return exp.EQ(this=end, expression=part.copy())


def units_between(
    node: portable.UnitsBetween,
    days: Way,
    as_wall: Way,
) -> exp.Expr:
    """Full units of two walls since some day, which `days` counts from."""

    def units(time: exp.Expr) -> exp.Expr:
        made = days(time)
        for part, count in (("HOUR", 24), ("MINUTE", 60), ("SECOND", 60)):
            more: exp.Expr = exp.Extract(
                this=exp.Var(this=part), expression=as_wall(time.copy())
            )
            if part == "SECOND":
                more = call("FLOOR", more)
            times = exp.Mul(this=made, expression=number(count))
            made = exp.Add(this=times, expression=more)
            if part == node.unit:
                break
        return made

    return exp.Sub(this=units(node.expression), expression=units(node.this))


def prepared(prepare: Callable[[exp.Expr], None]) -> dict[type[exp.Expr], Maker]:
    """Makers that look at the whole query once, before any of it is put into words."""

    def select(node: exp.Select) -> exp.Expr:
        if is_whole(node):
            prepare(node)
        return without_qualify(node)

    def union(node: exp.Union) -> exp.Expr:
        if is_whole(node):
            prepare(node)
        return node

    return {exp.Select: select, exp.Union: union}


def quoting(reserved: frozenset[str]) -> Maker:
    """Puts words that a dialect claims for itself within quotes."""

    def make(node: exp.Identifier) -> exp.Expr:
        if not node.args.get("quoted") and node.name.lower() in reserved:
            node.set("quoted", True)
        return node

    return make


def is_whole(node: exp.Expr) -> bool:
    """Whether a query stands in no other."""
    return node.parent is None or node.parent.parent is None


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


def taken(query: exp.Query) -> list[exp.CTE]:
    """All shared queries, taken out of where they stand; they have different names."""
    found: list[exp.CTE] = []
    for each in list(query.find_all(exp.With)):
        parent, key = each.parent, each.arg_key
        assert parent is not None
        assert key is not None
        found = [*each.expressions, *found]
        parent.set(key, None)
    return found
