"""Teradata 17, after its reference; no test has run it there.

https://docs.teradata.com/r/Enterprise_IntelliFlex_VMware/SQL-Functions-Expressions-and-Predicates

What its reference leaves to a session or a system is refused.
"""

from datetime import UTC, date, datetime, timedelta

from sqlglot import exp

from segql.model import regex
from segql.sql import portable
from segql.sql.dialects import decimals, no_booleans, padded, rewrites, standard
from segql.sql.dialects.no_booleans import flag
from segql.sql.dialects.standard import (
    call,
    case,
    cast,
    interval,
    known,
    number,
    text,
    unsaid,
)
from segql.sql.speech import Speech, Unsaid
from segql.types import Boolean, Exact

# ---- texts, compared by their hexadecimal digits


def _hex(value: exp.Expr) -> exp.Expr:
    """The digits of UTF-16, four of each character: a literal is of UNICODE.

    These have no case, and no blanks at their end.
    """
    if isinstance(value, exp.Literal):
        return text(value.name.encode("utf-16-be").hex().upper())
    return call("CHAR2HEXINT", exp.DPipe(this=value, expression=text("")))


def _size(value: exp.Expr) -> exp.Expr:
    return call("CHARACTER_LENGTH", value)


def _starts(node: exp.StartsWith) -> exp.Expr:
    part = _hex(node.expression)
    start = call("SUBSTR", _hex(node.this), number(1), _size(part))
    return exp.EQ(this=start, expression=part.copy())


def _ends(node: exp.EndsWith) -> exp.Expr:
    part, whole = _hex(node.expression), _hex(node.this)
    before = exp.Sub(this=_size(whole), expression=_size(part))
    long = exp.GTE(this=before, expression=number(0))
    start = exp.Add(this=before.copy(), expression=number(1))
    end = call("SUBSTR", whole.copy(), start)
    return exp.and_(long, exp.EQ(this=end, expression=part.copy()))


def _contains(node: exp.Contains) -> exp.Expr:
    """Four digits by four: in the middle of a character another may seem to begin."""
    form = exp.DPipe(this=text("^(....)*"), expression=_hex(node.expression))
    found = call("REGEXP_INSTR", _hex(node.this), form)
    return exp.GT(this=found, expression=number(0))


def _not_empty(node: exp.Nullif) -> exp.Expr:
    """A blank is no empty text."""
    if node.expression != text(""):
        return node
    size = _size(node.this.copy())
    return case(exp.GT(this=size, expression=number(0)), node.this)


def _full_match(node: portable.FullMatch) -> exp.Expr:
    """All of a text is to match, as in Perl; whatever case its column has."""
    pattern = regex.portable(node.pattern)
    if not pattern.isascii():
        raise Unsaid(node.construct, "only patterns of ASCII are sure to be read")
    found = call("REGEXP_SIMILAR", node.this, text(f"(?:{pattern})"), text("c"))
    return exp.EQ(this=found, expression=number(1))


def _parsed(node: portable.Parsed) -> exp.Expr:
    match node.kind:
        case Boolean():
            return flag(exp.EQ(this=_hex(node.this), expression=_hex(text("true"))))
        case Exact(_, 0):
            to = exp.DataType.build("BIGINT")
            return exp.TryCast(this=node.this, to=to)
        case Exact() as exact:
            to = exp.DataType.build(decimals.exact(exact))
            return exp.TryCast(this=node.this, to=to)
        case _:
            raise Unsaid(node.construct, f"a {node.kind} is read as the session says")


def _ended(node: padded.Ended) -> exp.Expr:
    return _hex(node.this)


# ---- time


def _day(value: date) -> exp.Expr:
    return call("TO_DATE", text(value.isoformat()), text("YYYY-MM-DD"))


def _wall(value: datetime) -> exp.Expr:
    shown = value.isoformat(" ", timespec="microseconds")
    return call("TO_TIMESTAMP", text(shown), text("YYYY-MM-DD HH24:MI:SS.FF6"))


def _instant(node: portable.Instant) -> exp.Expr:
    """With an offset, two are compared as what they are in UTC."""
    moment = node.value.astimezone(UTC).replace(tzinfo=None)
    shown = f"{moment.isoformat(' ', timespec='microseconds')} +00:00"
    form = text("YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM")
    return call("TO_TIMESTAMP_TZ", text(shown), form)


def _as_wall(node: exp.Expr) -> exp.Expr:
    return cast(node, "TIMESTAMP(6)")


_MOST_DAYS = 9999


def _moved_wall(node: portable.MovedWall) -> exp.Expr:
    """By intervals, whose parts have four digits at most."""
    size = rewrites.length(node)

    def moved(time: exp.Expr) -> exp.Expr:
        if size is None:
            return call("ADD_MONTHS", _as_wall(time), number(node.count))
        kind = exp.Sub if node.count < 0 else exp.Add
        made: exp.Expr = _as_wall(time)
        for unit, shown in _parts(abs(size)):
            made = kind(this=made, expression=_interval(shown, unit))
        return made

    if size is not None and abs(size).days > _MOST_DAYS:
        raise Unsaid(node.construct, f"an interval has {_MOST_DAYS} days at most")
    return rewrites.kept(node, node.this, _wall, moved)


def _parts(size: timedelta) -> list[tuple[str, str]]:
    minutes, seconds = divmod(size.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    rest = f"{seconds}.{size.microseconds:06}" if size.microseconds else str(seconds)
    parts = [("DAY", str(size.days)), ("HOUR", str(hours)), ("MINUTE", str(minutes))]
    return [each for each in (*parts, ("SECOND", rest)) if each[1] != "0"]


def _interval(shown: str, unit: str) -> exp.Expr:
    made = interval(0, unit)
    made.set("this", text(shown))
    return made


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    def moved(day: exp.Expr) -> exp.Expr:
        if node.unit == "MONTH":
            return call("ADD_MONTHS", day, number(node.count))
        return exp.Add(this=day, expression=number(node.count))

    return rewrites.kept(node, node.this, lambda moment: _day(moment.date()), moved)


def _days_between(node: portable.DaysBetween) -> exp.Expr:
    return exp.Sub(this=node.expression, expression=node.this)


def _weekday(node: portable.Weekday) -> exp.Expr:
    """The calendar's first day is a Monday."""
    since = exp.Sub(this=node.this, expression=_day(date.min))
    rest = exp.Mod(this=since, expression=number(7))
    return exp.Add(this=rest, expression=number(1))


def _units_between(node: portable.UnitsBetween) -> exp.Expr:
    def days(time: exp.Expr) -> exp.Expr:
        since = exp.Sub(this=cast(time, "DATE"), expression=_day(date.min))
        return cast(since, "BIGINT")

    return rewrites.units_between(node, days, _as_wall)


def _extracted(part: str, time: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.Var(this=part), expression=time)


def _part(node: portable.Part) -> exp.Expr:
    if node.part != "QUARTER":
        return _extracted(node.part, node.this)
    month = exp.Add(this=_extracted("MONTH", node.this), expression=number(2))
    return portable.WholeQuotient(this=month, expression=number(3))


# ---- queries


_WHOLE = rewrites.prepared(padded.end_texts)


def _union(node: exp.Union) -> exp.Expr:
    """A column has the type of its first part, which NULL has none of."""
    first: exp.Expr = node
    while isinstance(first, exp.SetOperation):
        first = first.this
    if isinstance(first, exp.Select) and any(
        isinstance(each.unalias(), exp.Null) for each in first.selects
    ):
        raise Unsaid("sequences", "its unions take their types from the first query")
    return _WHOLE[exp.Union](node)


def _field(node: exp.Dot) -> exp.Expr:
    raise Unsaid("a value inside of a column", "columns inside of others are objects")


_RESERVED = frozenset(
    """
    abort account add admin after all alter and any array as asc at authorization
    avg begin between both by byte byteint case cast character check checkpoint
    close cluster collate collect column comment commit constraint count create
    cross cube current cursor cv cycle data database date day deallocate dec decimal
    declare default deferred degrees del delete desc describe deterministic
    diagnostic disabled distinct do domain double drop dual dump dynamic each echo
    else elseif enabled end eq erase error escape et except exec execute exists exit
    exp explain external fallback fastexport fetch first float for foreign format
    found freespace from full function ge generated get give grant graphic group
    grouping gt handler hash having hour identity if immediate in index indicator
    initiate inner inout input ins insert instance int integer intersect interval
    into is iterate join journal key kurtosis language large le leading leave left
    like limit ln loading local lock locking log logging logon long loop lower lt
    macro map match mavg max maximum mdiff member merge min mindex minimum minus
    minute mload mod mode modifies modify month msum multiset named natural ne new
    next no none not null nullif numeric object objects octet_length of off old on
    only open option or order ordering out outer over overlaps override parameter
    password percent perm permanent position precision prepare preserve primary
    privileges procedure profile protection public qualify quantile queue radians
    random rank read reads references release rename repeat replace request restart
    restore result resume ret retrieve return returns revoke right rights role
    rollback rollup row row_number rowid rows sample sampleid scroll second sel
    select session set setresrate sets show signal sin skew some soundex specific
    spool sql sqltext sqrt ss start startup statement statistics stepinfo string_cs
    subscriber substr substring sum summary suspend system table tan tbl_cs
    temporary terminate then threshold time timestamp timezone_hour timezone_minute
    title to top trace trailing transaction transform translate trigger trim type uc
    undefined undo union unique until upd update upper upsert user using value
    values varbyte varchar variant varying view volatile wait when where while
    width_bucket with within without work xmlplan year zeroifnull zone
    """.split()
)

_ZONES = "its zones are names of its own, without their history"
_REFUSED = {
    _ZONES: (portable.Local, portable.Utc),
    "what an instant is cast to depends on the session": (
        *(portable.OfInstant, portable.ParsedInstant),
    ),
    "an error doesn't say why: declare `unreadable: missing`": (portable.Fault,),
    "its `LOWER` follows another Unicode": (portable.Folded,),
    "it has no MD5": (portable.Md5, portable.AsText),
    "the end of texts is known by their digits alone": (padded.Unended,),
    "it has no value for a place": (portable.Coordinate,),
    "numbers in its JSON are written otherwise": (
        *(portable.JsonText, portable.JsonKind),
        *(portable.JsonTexts, portable.JsonNests),
    ),
    "it has no lists": (
        *(portable.Each, portable.HasSome, portable.HasOne),
        *(portable.Size, portable.SizeOfKnown),
    ),
}

TERADATA = Speech(
    name="teradata",
    sqlglot="teradata",
    nodes={
        **standard.NODES,
        **no_booleans.NODES,
        **{each: unsaid(why) for why, nodes in _REFUSED.items() for each in nodes},
        portable.Day: lambda node: _day(node.value),
        portable.Wall: lambda node: _wall(node.value),
        portable.Instant: _instant,
        portable.Real: decimals.real,
        portable.ToExact: decimals.to_exact,
        portable.Calculated: decimals.calculated,
        portable.Nearest: rewrites.nearest_by_units,
        portable.KnownNumber: lambda node: decimals.double(node.this),
        portable.IsNumber: lambda node: known(node.this),
        portable.Quotient: decimals.quotient,
        portable.Doubles: decimals.doubles,
        portable.WholeQuotient: decimals.whole_quotient,
        portable.Floored: rewrites.floored,
        portable.FullMatch: _full_match,
        portable.Parsed: _parsed,
        portable.Midnight: lambda node: _as_wall(node.this),
        portable.MovedWall: _moved_wall,
        portable.MovedDay: _moved_day,
        portable.DaysBetween: _days_between,
        portable.UnitsBetween: _units_between,
        portable.Part: _part,
        portable.Weekday: _weekday,
        portable.PointOf: decimals.point,
        padded.Ended: _ended,
        exp.StartsWith: _starts,
        exp.EndsWith: _ends,
        exp.Contains: _contains,
        exp.Nullif: _not_empty,
        exp.Sum: decimals.summed,
        exp.Dot: _field,
        exp.Filter: rewrites.pushed,
        exp.Identifier: rewrites.quoting(_RESERVED),
        **_WHOLE,
        exp.Union: _union,
    },
    differences=(
        "Texts are compared without their case, and without blanks at their end: the"
        " hexadecimal digits of their characters are compared. A limit: those beyond"
        " U+FFFF sort before some below, and a text has 16,000 characters at most.",
        "There are no booleans: 1 and 0.",
        "Casts of texts to days and times follow the session: TO_DATE and TO_TIMESTAMP"
        " have a form; columns of texts that are days are refused.",
        "Zones are the system's own, without their history: what needs one other than"
        " UTC is refused.",
        "A sum has the type of what is added: that is made as wide as there is.",
        "An interval's parts have four digits: a step is parted, and ends where the"
        " calendar does.",
        "Days of the week are counted from 1 January 1.",
        "A union has the types of its first query: NULL in it is refused.",
        "There is no MD5, no list, no error that says why; JSON is written otherwise:"
        " refused.",
        "Limit: keys are compared as their columns are declared.",
    ),
)
