"""Apache Spark from 4.0 on, and Databricks, whose SQL is nearly the same.

The types TIMESTAMP_NTZ and TIMESTAMP_LTZ are always named so: what TIMESTAMP means is
a setting. Nothing here depends on the session's time zone.
"""

from dataclasses import replace
from datetime import UTC
from decimal import Decimal

from sqlglot import exp

from segql.fold import TABLE
from segql.sql import portable
from segql.sql.dialects import rewrites, spark_aggregates, spark_json, standard
from segql.sql.dialects.spark_types import (
    LONG,
    WHOLE,
    cast,
    data_type,
    field,
    struct,
    try_cast,
)
from segql.sql.dialects.standard import call, case, double, number, text
from segql.sql.names import conjunction, known
from segql.sql.speech import Facts, Speech
from segql.types import Exact

# ---- literals


def _literal(node: exp.Literal) -> exp.Expr:
    """Spark puts variables in place of `${…}`, even inside a text."""
    if not node.is_string or "${" not in node.name:
        return node
    first, *others = node.name.split("${")
    parts = [text(first + "$"), *(text("{" + each + "$") for each in others[:-1])]
    return call("CONCAT", *parts, text("{" + others[-1]))


def _instant(node: portable.Instant) -> exp.Expr:
    shown = node.value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return cast(text(f"{shown}+00:00"), "TIMESTAMP_LTZ")


def _number(node: portable.Number) -> exp.Expr:
    """In the type of what is beside it, so that neither is brought to a third."""
    exact = node.exact
    if exact.scale == 0 and exact.digits <= WHOLE:
        return number(node.value)
    whole = len(str(int(node.value)).lstrip("-0"))
    digits = max(exact.digits, whole + exact.scale)
    return cast(number(node.value), data_type(Exact(digits, exact.scale)))


# ---- numbers


def _to_exact(node: portable.ToExact) -> exp.Expr:
    return cast(node.this, data_type(node.exact))


def _calculated(node: portable.Calculated) -> exp.Expr:
    """The sides get room, not the result: Spark works its type out of theirs.

    Of a sum that is one digit more than the wider side's, of a product the digits of
    both and one more. Where that is more than 38, the scale stays and too large a
    number is an error, with `allowPrecisionLoss` off; we cast to be sure of it.
    """
    left, right, result = node.sides
    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    whole = result.scale == 0 and result.digits <= WHOLE

    def widened(side: exp.Expr, type_: Exact) -> exp.Expr:
        return cast(side, "BIGINT" if whole else data_type(type_))

    made = kind(
        this=widened(node.this, left), expression=widened(node.expression, right)
    )
    return made if whole else cast(made, data_type(result))


def _nearest(node: portable.Nearest) -> exp.Expr:
    """A cast to a decimal rounds the digits that Java writes, so ROUND comes first."""
    exact = node.exact
    double_ = portable.KnownNumber(this=cast(node.this, "DOUBLE"))
    product: exp.Expr = double_
    if exact.scale:
        product = exp.Mul(this=double_, expression=double(float(10**exact.scale)))
    units = _units(call("ROUND", product), exact.digits)
    if exact.scale:
        unit = number(Decimal(1).scaleb(-exact.scale))
        units = exp.Mul(this=units, expression=unit)
    return cast(units, data_type(exact))


def _units(value: exp.Expr, digits: int) -> exp.Expr:
    """A double without a fraction, with all of its digits."""
    if digits <= WHOLE:
        return cast(cast(value, "BIGINT"), data_type(Exact(LONG)))
    limb = double(float(2**63))
    high = cast(exp.Div(this=value, expression=limb, typed=True, safe=False), "BIGINT")
    back = exp.Mul(this=cast(high.copy(), "DOUBLE"), expression=limb.copy())
    low = cast(exp.Sub(this=value.copy(), expression=back), "BIGINT")
    wide = exp.Mul(this=cast(high, data_type(Exact(19))), expression=number(2**63))
    return exp.Add(this=wide, expression=low)


def _shifted(node: portable.Shifted) -> exp.Expr:
    exact = node.exact
    power = cast(number(10**exact.scale), data_type(Exact(exact.scale + 1)))
    made = exp.Mul(this=cast(node.this, data_type(exact)), expression=power)
    return cast(made, data_type(Exact(exact.digits)))


def _floored(node: portable.Floored) -> exp.Expr:
    """DIV goes towards zero."""
    whole = cast(node.this, "BIGINT")
    rest = call("PMOD", whole.copy(), number(node.by))
    return exp.IntDiv(
        this=exp.Sub(this=whole, expression=rest), expression=number(node.by)
    )


def _is_number(node: portable.IsNumber) -> exp.Expr:
    """NaN is the greatest number; ISNAN of NULL is no NULL."""
    return exp.LT(this=node.this, expression=cast(text("NaN"), "DOUBLE"))


# ---- text


_BESIDE = (exp.EQ, exp.NEQ, exp.In, exp.StartsWith, exp.EndsWith, exp.Contains)


def _folded(node: portable.Folded) -> exp.Expr:
    """LOWER knows letters that Unicode got later, and looks at neighbours.

    Beside texts that are known only the letters that these have matter: what folds to
    others makes it equal to none of them.
    """
    wanted: set[str] | None = None
    parent = node.parent
    if isinstance(parent, _BESIDE) and node.arg_key == "this":
        beside = [*parent.expressions, parent.args.get("expression")]
        texts = [each for each in beside if each is not None]
        if all(isinstance(each, exp.Literal) and each.is_string for each in texts):
            wanted = {character for each in texts for character in each.name}
    pairs = [
        (chr(code), chr(folded))
        for code, folded in TABLE.items()
        if wanted is None or chr(folded) in wanted
    ]
    raw: exp.Expr = node.this
    if not pairs:
        return raw
    old, new = map("".join, zip(*pairs, strict=True))
    return call("TRANSLATE", raw, text(old), text(new))


def _full_match(node: portable.FullMatch) -> exp.Expr:
    pattern = node.expression.name
    return exp.RegexpLike(this=node.this, expression=text(f"\\A(?:{pattern})\\z"))


# ---- time


def _at(node: exp.Expr, source: str, target: str) -> exp.Expr:
    """Java's rule for what a clock shows twice or never is ours."""
    return call("CONVERT_TIMEZONE", text(source), text(target), node)


_EPOCH = "1970-01-01 00:00:00"


def _of_instant(node: portable.OfInstant) -> exp.Expr:
    since = call("UNIX_MICROS", node.this)
    unit = exp.Var(this="MICROSECOND")
    return call("TIMESTAMPADD", unit, since, cast(text(_EPOCH), "TIMESTAMP_NTZ"))


def _moved_wall(node: portable.MovedWall) -> exp.Expr:
    unit = exp.Var(this=node.unit)
    return call("TIMESTAMPADD", unit, number(node.count), node.this)


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    name = "DATE_ADD" if node.unit == "DAY" else "ADD_MONTHS"
    return call(name, node.this, number(node.count))


def _days_between(node: portable.DaysBetween) -> exp.Expr:
    return cast(call("DATEDIFF", node.expression, node.this), "BIGINT")


def _units_between(node: portable.UnitsBetween) -> exp.Expr:
    """TIMESTAMPDIFF counts whole units, and reads walls in the session's zone."""
    units = ["HOUR", "MINUTE", "SECOND"]
    units = units[: units.index(node.unit) + 1]
    return exp.Sub(
        this=_number_of(node.expression, units), expression=_number_of(node.this, units)
    )


def _number_of(wall: exp.Expr, units: list[str]) -> exp.Expr:
    """Which second, minute or hour since 1970 a wall is in."""
    days = call("UNIX_DATE", cast(wall.copy(), "DATE"))
    found = cast(days, "BIGINT")
    for unit in units:
        size = number(24 if unit == "HOUR" else 60)
        part = call(unit, wall.copy())
        found = exp.Add(this=exp.Mul(this=found, expression=size), expression=part)
    return found


def _part(node: portable.Part) -> exp.Expr:
    return call(node.part, node.this)


def _weekday(node: portable.Weekday) -> exp.Expr:
    """WEEKDAY begins with Monday, at 0; DAYOFWEEK with Sunday."""
    return exp.Add(this=call("WEEKDAY", node.this), expression=number(1))


# ---- text that is read as something else


def _parsed(node: portable.Parsed) -> exp.Expr:
    kind = node.kind
    whole = isinstance(kind, Exact) and kind.scale == 0
    return try_cast(node.this, "BIGINT" if whole else data_type(kind))


_FIRST, _LAST = "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"


def _parsed_instant(node: portable.ParsedInstant) -> exp.Expr:
    """A cast takes no offset behind minutes, and none beyond 18 hours."""
    zulu = exp.EndsWith(this=node.this, expression=text("Z"))
    behind = case(zulu, number(1), number(6))
    size = exp.Sub(this=call("LENGTH", node.this.copy()), expression=behind)
    wall = try_cast(call("LEFT", node.this.copy(), size), "TIMESTAMP_NTZ")
    hours, minutes = (
        try_cast(call("SUBSTR", node.this.copy(), number(at), number(2)), "INT")
        for at in (-5, -2)
    )
    east: exp.Expr = exp.Add(
        this=exp.Mul(this=hours, expression=number(60)), expression=minutes
    )
    sign = call("SUBSTR", node.this.copy(), number(-6), number(1))
    west = exp.EQ(this=sign, expression=text("-"))
    moved = exp.Case(
        ifs=[
            exp.If(this=zulu.copy(), true=number(0)),
            exp.If(this=west, true=east),
        ],
        default=exp.Neg(this=exp.Paren(this=east.copy())),
    )
    instant = call("TIMESTAMPADD", exp.Var(this="MINUTE"), moved, wall)
    low, high = (cast(text(each), "TIMESTAMP_NTZ") for each in (_FIRST, _LAST))
    inside = exp.Between(this=instant, low=low, high=high)
    return case(inside, instant.copy())


def _fault(node: portable.Fault) -> exp.Expr:
    return cast(
        call("RAISE_ERROR", text("segql: unreadable cell")), data_type(node.kind)
    )


# ---- lists


def _of_items(function: str, items: exp.Expr, said: exp.Expr) -> exp.Expr:
    made = exp.Lambda(this=said, expressions=[portable.ITEM.this.copy()])
    return call(function, items, made)


def _has_some(node: portable.HasSome) -> exp.Expr:
    """EXISTS would be NULL where a test is, and none is true."""
    test = exp.Coalesce(this=node.expression, expressions=[exp.false()])
    return _of_items("EXISTS", node.this, test)


def _has_one(node: portable.HasOne) -> exp.Expr:
    """ARRAY_CONTAINS is NULL where the list has a NULL and not the element."""
    options = node.expressions
    groups = [[each] for each in options] if node.every else [options]
    found = [
        portable.HasSome(
            this=node.this.copy(),
            expression=exp.In(this=portable.ITEM.copy(), expressions=group),
        )
        for group in groups
    ]
    return conjunction(found)


def _size_of_known(node: portable.SizeOfKnown) -> exp.Expr:
    test = portable.IsNumber(this=portable.ITEM.copy())
    return call("SIZE", _of_items("FILTER", node.this, test))


# ---- places


def _point(node: portable.PointOf) -> exp.Expr:
    sides = (node.this, node.expression)
    first, second = (known(portable.KnownNumber(this=side)) for side in sides)
    parts = {"latitude": node.this, "longitude": node.expression}
    return case(
        exp.and_(first, second), struct({k: v.copy() for k, v in parts.items()})
    )


SPARK = Speech(
    name="spark",
    sqlglot="spark",
    facts=Facts(ordered=True, doubles=True, cut=True, extremes=True),
    nodes={
        **standard.NODES,
        **spark_json.NODES,
        **spark_aggregates.NODES,
        exp.Literal: _literal,
        portable.Wall: lambda node: cast(
            text(node.value.isoformat(" ")), "TIMESTAMP_NTZ"
        ),
        portable.Instant: _instant,
        portable.Number: _number,
        portable.ToExact: _to_exact,
        portable.Calculated: _calculated,
        portable.Nearest: _nearest,
        portable.Shifted: _shifted,
        portable.Floored: _floored,
        portable.IsNumber: _is_number,
        portable.Folded: _folded,
        portable.FullMatch: _full_match,
        portable.AsText: lambda node: cast(node.this, "STRING"),
        portable.Md5: lambda node: call("MD5", node.this),
        portable.Local: lambda node: _at(node.this, "UTC", node.zone),
        portable.Utc: lambda node: _at(node.this, node.zone, "UTC"),
        portable.OfInstant: _of_instant,
        portable.Midnight: lambda node: cast(node.this, "TIMESTAMP_NTZ"),
        portable.MovedWall: _moved_wall,
        portable.MovedDay: _moved_day,
        portable.DaysBetween: _days_between,
        portable.UnitsBetween: _units_between,
        portable.Part: _part,
        portable.Weekday: _weekday,
        portable.Parsed: _parsed,
        portable.ParsedInstant: _parsed_instant,
        portable.Fault: _fault,
        portable.Each: lambda node: _of_items("TRANSFORM", node.this, node.expression),
        portable.HasSome: _has_some,
        portable.HasOne: _has_one,
        portable.Size: lambda node: call("SIZE", call("ARRAY_COMPACT", node.this)),
        portable.SizeOfKnown: _size_of_known,
        portable.PointOf: _point,
        portable.Coordinate: lambda node: field(node.this, node.name),
        exp.Select: rewrites.without_qualify,
    },
    differences=(
        "TIMESTAMP means what a setting says, and DATE_TRUNC and TIMESTAMPDIFF read"
        " walls in the session's zone: types are named in full, and seconds, minutes"
        " and hours are numbered from days and parts.",
        "CONVERT_TIMEZONE takes the earlier of two instants where a clock is set back,"
        " and the offset of before where it is set forward: as we do.",
        "DATEDIFF and MONTHS_BETWEEN count whole units: only days are asked for.",
        "DAYOFWEEK begins with Sunday: WEEKDAY is used, which begins with Monday at 0.",
        "`LOWER` follows the newest Unicode, looks at the neighbours of a sigma and"
        " makes two letters of `İ`: TRANSLATE has the table of `ignoring case`, or the"
        " part of it that a literal needs.",
        "NaN equals itself and is the greatest number, and ISNAN of NULL is false: a"
        " number is what is less than NaN.",
        "A double is cast to a decimal by the digits that Java writes: it is rounded as"
        " a double before.",
        "The sum of whole numbers fails beyond 64 bits: their halves are summed.",
        "Decimals of more than 38 digits lose places behind the point: the session"
        " sets `allowPrecisionLoss` to false, so that what doesn't fit is an error.",
        "Overflow, bad casts and division by zero are errors or NULL by a setting: the"
        " session sets ANSI, and TRY_CAST is written where NULL is meant.",
        "A text is no instant where an offset is behind minutes, or of more than 18"
        " hours: the wall before it is read, and moved by it.",
        "A shared query is put in wherever it is named: sequences of more than four"
        " steps name each just once. A rule of some hundred sets takes minutes to"
        " plan.",
        "PERCENTILE_DISC takes numbers alone and makes doubles of them: the middle is"
        " taken from a sorted list.",
        "ARRAY_CONTAINS and EXISTS are NULL where a list has a NULL and no match: the"
        " test is never NULL.",
        "MIN_BY skips what is ordered by NULL: value and order are structs.",
        "In Java's regular expressions `.` and `$` know many line ends: classes, `\\A`"
        " and `\\z` are written. A group that is repeated thousands of times in one"
        " text overflows Java's stack, which stops the query.",
        "`${…}` is replaced inside texts, and a backslash escapes: both are written so"
        " that they stay.",
        "GET_JSON_OBJECT takes single quotes and whatever follows a document, and"
        " writes numbers as Java does: VARIANT is used, and numbers are written anew."
        " An object that has a name twice is unreadable.",
        "QUALIFY is new in 4.3: a subquery is written.",
        "A column with a collation would be compared by it: it can't be declared.",
    ),
)

DATABRICKS = replace(SPARK, name="databricks", sqlglot="databricks")
