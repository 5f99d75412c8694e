"""SQL Server 2019 and Fabric's warehouse, after Microsoft's reference; no test has run
it there.

https://learn.microsoft.com/sql/t-sql/language-reference
"""

from dataclasses import replace
from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects import decimals, no_booleans, padded, rewrites, standard
from segql.sql.dialects import tsql_text as texts
from segql.sql.dialects import tsql_time as time
from segql.sql.dialects.origins import Origins, branches
from segql.sql.dialects.standard import call, case, cast, known, number, text, unsaid
from segql.sql.speech import Maker, Speech, Unsaid


def _calculated(node: portable.Calculated) -> exp.Expr:
    """A result of more than 38 digits would lose some after the point.

    https://learn.microsoft.com/sql/t-sql/data-types/precision-scale-and-length-transact-sql
    """
    left, right, _ = node.sides
    # A product has a digit more than its sides.
    digits = decimals.digits(node) + (node.operator == "*")
    if digits > decimals.WIDEST and (left.scale or right.scale):
        raise Unsaid(
            node.construct, f"its numbers have at most {decimals.WIDEST} digits"
        )
    return decimals.widened(node)


def _count(node: exp.Count) -> exp.Expr:
    node.set("big_int", True)
    return node


def _in_order(node: portable.InOrder) -> exp.Expr:
    """Numbers as texts of one length, which sort as they do; texts as they are."""
    raw = node.this
    collation = call("SQL_VARIANT_PROPERTY", raw.copy(), text("Collation"))
    none = exp.Is(this=collation, expression=exp.null())
    shown = exp.Cast(
        this=raw.copy(), to=exp.DataType.build("NVARCHAR(450)", dialect="tsql")
    )
    value = exp.TryCast(this=shown, to=exp.DataType.build("DECIMAL(36, 8)"))
    moved = exp.Add(this=value, expression=number(5 * 10**28))
    digits = cast(moved, "VARCHAR(50)")
    return case(
        exp.and_(none, known(value.copy())), texts.plain(digits), texts.plain(raw)
    )


# ---- booleans, which are bits in tables

_BIT = "bit"


def _note_bits(query: exp.Expr) -> None:
    """Notes the aggregates of booleans: there is none of bits."""
    origins = Origins(query)
    seen: set[int] = set()
    left: list[exp.Expr] = [each.this for each in query.find_all(portable.IsTrue)]
    for each in query.find_all(exp.EQ, exp.NEQ, exp.NullSafeNEQ, exp.In):
        sides = [each.this, *each.expressions, each.args.get("expression")]
        if any(isinstance(side, exp.Boolean) for side in sides):
            left += [side for side in sides if side is not None]
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, portable.Single | exp.Min | exp.Max):
            node.meta[_BIT] = True
        if isinstance(node, exp.Column):
            behind = origins.behind(node)
            left += [] if behind is None else [behind]
        else:
            left += branches(node) or []


def _end_of(node: Any) -> exp.Expr:
    if node.meta.pop(_BIT, False):
        node.set("this", cast(node.this, "INT"))
    return exp.Max(this=node.this) if isinstance(node, portable.Single) else node


# ---- queries


def _prepare(query: exp.Expr) -> None:
    _note_bits(query)
    padded.end_texts(query)


def _field(node: exp.Dot) -> exp.Expr:
    raise Unsaid("a value inside of a column", "its columns hold no others")


_RESERVED = frozenset(
    """
    add all alter and any as asc authorization backup begin between break browse bulk by
    cascade case check checkpoint close clustered coalesce collate column commit compute
    constraint contains containstable continue convert create cross current current_date
    current_time current_timestamp current_user cursor database dbcc deallocate declare
    default delete deny desc disk distinct distributed double drop dump else end errlvl
    escape except exec execute exists exit external fetch file fillfactor for foreign
    freetext freetexttable from full function goto grant group having holdlock identity
    identity_insert identitycol if in index inner insert intersect into is join key kill
    label left like lineno load merge national nocheck nonclustered not null nullif of
    off offsets on open opendatasource openquery openrowset openxml option or order
    outer over percent pivot plan precision primary print proc procedure public
    raiserror read readtext reconfigure references replication restore restrict
    return revert revoke right rollback rowcount rowguidcol rule save schema
    securityaudit select
    semantickeyphrasetable semanticsimilaritydetailstable semanticsimilaritytable
    session_user set setuser shutdown some statistics system_user table tablesample
    textsize then to top tran transaction trigger truncate try_convert tsequal union
    unique unpivot update updatetext use user values varying view waitfor when where
    while with within writetext
    """.split()
)


_LISTS = "it has no lists, and reads numbers in JSON as they are written"
_REFUSED = (
    *(portable.JsonText, portable.JsonKind, portable.JsonTexts, portable.JsonNests),
    *(portable.Each, portable.HasSome, portable.HasOne),
    *(portable.Size, portable.SizeOfKnown),
)


_NODES: dict[type[exp.Expr], Maker] = {
    **standard.NODES,
    **no_booleans.NODES,
    **texts.NODES,
    **time.NODES,
    **dict.fromkeys(_REFUSED, unsaid(_LISTS)),
    portable.Real: decimals.real,
    portable.ToExact: decimals.to_exact,
    portable.Calculated: _calculated,
    portable.Nearest: rewrites.nearest_by_units,
    portable.KnownNumber: lambda node: decimals.double(node.this),
    portable.IsNumber: lambda node: known(node.this),
    portable.Quotient: decimals.quotient,
    portable.Doubles: decimals.doubles,
    portable.WholeQuotient: decimals.whole_quotient,
    portable.Floored: rewrites.floored,
    portable.InOrder: _in_order,
    portable.PointOf: decimals.point,
    portable.Coordinate: unsaid("it has no value for a place"),
    portable.Single: _end_of,
    exp.Min: _end_of,
    exp.Max: _end_of,
    exp.Sum: decimals.summed,
    exp.Count: _count,
    exp.In: rewrites.one_by_one,
    exp.DPipe: lambda node: exp.Add(this=node.this, expression=node.expression),
    exp.Dot: _field,
    exp.Filter: rewrites.pushed,
    exp.Identifier: rewrites.quoting(_RESERVED),
    **rewrites.prepared(_prepare),
}

TSQL = Speech(
    name="tsql",
    sqlglot="tsql",
    nodes=_NODES,
    whole=rewrites.beside_rows,
    differences=(
        "Texts are compared as their column says, which may take 'a' for 'A': they are"
        " read as UTF-8 and compared by their bytes.",
        "Blanks at the end of a text count in no collation, and before a tab they are"
        " what is compared: texts are ended by a mark before. U+0000 and U+0001 are"
        " refused in rules; a limit: texts that have them sort otherwise.",
        "There are no booleans but bits, and no aggregate of these: 1 and 0.",
        "`AT TIME ZONE` has Windows's names and no history: the changes of a zone's"
        " clock stand in the query.",
        "`DATEADD` takes 32 bits, and stops at the calendar's ends: the steps are"
        " parted, and end there.",
        "`DATEDIFF` counts how often a unit begins, which is what is asked;"
        " `DATEDIFF_BIG` has room for it.",
        "Days of the week depend on DATEFIRST: they are counted from 1 January 1.",
        "Arithmetic of exact numbers of more than 38 digits loses digits after the"
        " point: it is refused.",
        "A sum has the type of what is added: that is made as wide as there is.",
        "A CASE may stand in ten others at most: what is nested deeper is an error.",
        "There is no infinity, and no NaN: a double that is too large stops the query.",
        "`ROUND` and casts go by fewer digits than a double has: units are counted.",
        "No FILTER, QUALIFY, `(a, b) IN`, IS DISTINCT FROM before 2022, and no query"
        " inside of an aggregate: CASE, queries around, EXISTS, CROSS APPLY.",
        "Patterns (`matches`, and columns stored as text) need SQL Server 2025, or"
        " Azure: `REGEXP_LIKE`, which is RE2.",
        "JSON is not read: a number's digits there are as they were written.",
        "Limit: keys are compared by their column's collation, as its own unique"
        " indexes do.",
    ),
)

_NO_INSTANTS = unsaid(
    "its columns have no offset: declare the `zone` of what they hold"
)

FABRIC = replace(
    TSQL,
    name="fabric",
    sqlglot="fabric",
    nodes={
        **_NODES,
        portable.Instant: _NO_INSTANTS,
        portable.OfInstant: _NO_INSTANTS,
        portable.InOrder: standard.NODES[portable.InOrder],
    },
    differences=(
        *TSQL.differences,
        "Fabric has no type for a text of UTF-16, none with an offset, and no"
        " SQL_VARIANT: instants are refused.",
        "Limit: keys, and what breaks a tie, sort by their column's collation in"
        " Fabric; that of a warehouse is by code point unless it was made otherwise.",
    ),
)
