"""Keys, whose types only the warehouse knows, and the shapes of queries.

A key may be a text of a collation that takes 'a' for 'A': then what is equal to the
server is looked at once more, byte by byte. That costs numbers nothing, and an index
on the column is used all the same.
"""

import re
from collections import Counter

from sqlglot import exp

from segql.sql import names, portable
from segql.sql.dialects import rewrites
from segql.sql.dialects.mysql_depth import planned
from segql.sql.dialects.mysql_text import plain
from segql.sql.dialects.standard import call, cast, number, text
from segql.sql.speech import Maker

_VALUES = re.compile(r"[bcfgnorvw]\d*")
"""Names that the lowering gives to columns which are no keys."""
_DONE = "segql"


def _source(node: exp.Column) -> exp.Expr | None:
    """The table or query that a column is of."""
    select = node.find_ancestor(exp.Select)
    while select is not None:
        joins = select.args.get("joins") or ()
        from_ = select.args.get("from_")
        for each in ([from_] if from_ else []) + list(joins):
            if each.this.alias_or_name == node.table:
                found = each.this
                return found if isinstance(found, exp.Expr) else None
        select = select.find_ancestor(exp.Select)
    return None


def _is_key(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Column):
        return False
    return isinstance(_source(node), exp.Table) or not _VALUES.fullmatch(node.name)


def _is_number(node: exp.Expr) -> exp.Expr:
    """Whether a column is anything but a text."""
    return exp.EQ(this=call("COLLATION", node.copy()), expression=text("binary"))


def _bytes(node: exp.Expr) -> exp.Expr:
    return cast(node.copy(), "BINARY")


def _apart(node: exp.Expr) -> exp.Expr:
    """What keeps texts apart that the server takes for the same."""
    return call("IF", _is_number(node), number(0), _bytes(node))


def same(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Whether two keys are the same."""
    equal = exp.EQ(this=left.copy(), expression=right.copy())
    equal.meta[_DONE] = True
    really = exp.EQ(this=_bytes(left), expression=_bytes(right))
    return exp.And(this=equal, expression=names.disjunction([_is_number(left), really]))


def _equal(node: exp.EQ) -> exp.Expr:
    left, right = node.this, node.expression
    if node.meta.get(_DONE) or not (_is_key(left) and _is_key(right)):
        return node
    return same(left, right)


def _in(node: exp.In) -> exp.Expr:
    """Of a query: whether a row is there. That is joined as quickly, and may have a
    LIMIT."""
    query = node.args.get("query")
    if query is None:
        return _in_list(node)
    inner = query.this if isinstance(query, exp.Subquery) else query
    keys = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
    if _is_plain(inner) and not isinstance(node.parent, exp.Not):
        return _in_rows(node, keys, inner)
    first = inner
    while isinstance(first, exp.SetOperation):
        first = first.this
    found = [exp.column(name, "found") for name in first.named_selects]
    tests = [same(theirs, key) for theirs, key in zip(found, keys, strict=True)]
    table = exp.Subquery(
        this=inner, alias=exp.TableAlias(this=exp.to_identifier("found"))
    )
    rows = exp.select(number(1)).from_(table, copy=False)
    there: exp.Expr = exp.Exists(this=rows.where(names.conjunction(tests), copy=False))
    if isinstance(node.parent, exp.Not):
        missing = [exp.Is(this=key.copy(), expression=exp.null()) for key in keys]
        return names.disjunction([*missing, there])
    return there


def _is_plain(query: exp.Expr) -> bool:
    """Whether a query is no more than rows of tables that pass a test."""
    more = ("group", "having", "qualify", "distinct", "limit", "order", "windows")
    return (
        isinstance(query, exp.Select)
        and not any(query.args.get(name) for name in more)
        and isinstance(query.args["from_"].this, exp.Table)
        and not any(each.find(exp.AggFunc, exp.Window) for each in query.selects)
    )


def _in_rows(node: exp.In, keys: list[exp.Expr], query: exp.Select) -> exp.Expr:
    """In rows of tables: the server may begin with these, which EXISTS is never."""
    theirs = [each.unalias() for each in query.selects]
    if _is_inside(node) and not _ONE_ROW.fullmatch(query.args["from_"].alias_or_name):
        query, theirs = _each_once(query, theirs)
    found = query.select(*map(_apart, theirs), copy=False)
    ours = [*(key.copy() for key in keys), *map(_apart, keys)]
    made = exp.Subquery(this=found)
    return exp.In(this=exp.Tuple(expressions=ours), query=made)


_ONE_ROW = re.compile(r"b|j\d+")
"""What the lowering calls tables of customers, and of what is joined to an event."""


def _is_inside(node: exp.In) -> bool:
    """Whether it is asked of rows which are asked for themselves."""
    select = node.find_ancestor(exp.Select)
    around = select.parent if select is not None else None
    return isinstance(around, exp.Subquery) and isinstance(around.parent, exp.In)


def _each_once(
    query: exp.Select, keys: list[exp.Expr]
) -> tuple[exp.Select, list[exp.Expr]]:
    """Each key but once: else the server tries all rows of one set with all of the
    next, and of a third with each pair of these."""
    shown = [exp.alias_(key, f"k{n}") for n, key in enumerate(keys, 1)]
    query.set("expressions", shown)
    inner = query.group_by(*(key.copy() for key in keys), copy=False)
    once: list[exp.Expr] = [exp.column(each.alias, "d") for each in shown]
    made = exp.select(*once).from_(inner.subquery("d", copy=False), copy=False)
    return made, once


def _in_list(node: exp.In) -> exp.Expr:
    texts = all(
        isinstance(each, exp.Literal) and each.is_string for each in node.expressions
    )
    if node.meta.get(_DONE) or not texts or not isinstance(node.this, exp.Column):
        return node
    made = node.copy()
    made.meta[_DONE] = True
    really = exp.In(
        this=plain(node.this.copy()), expressions=[e.copy() for e in node.expressions]
    )
    return exp.And(this=made, expression=really)


def _group(node: exp.Group) -> exp.Expr:
    if not node.meta.get(_DONE):
        node.meta[_DONE] = True
        node.set("expressions", _kept_apart(node.expressions))
    return node


def _kept_apart(parts: list[exp.Expr]) -> list[exp.Expr]:
    return [*parts, *(_apart(each) for each in parts if _is_key(each))]


def _window(node: exp.Window) -> exp.Expr:
    if not node.meta.get(_DONE):
        node.meta[_DONE] = True
        parts = list(node.args.get("partition_by") or ())
        if parts:
            node.set("partition_by", _kept_apart(parts))
    return node


def _count(node: exp.Count) -> exp.Expr:
    distinct = node.this
    if isinstance(distinct, exp.Distinct) and not node.meta.get(_DONE):
        node.meta[_DONE] = True
        distinct.set("expressions", _kept_apart(distinct.expressions))
    return node


def _in_order(node: portable.InOrder) -> exp.Expr:
    """Numbers as texts of one length, which sort as they do."""
    raw = node.this
    moved = exp.Add(this=cast(raw.copy(), "DECIMAL(38, 9)"), expression=number(10**28))
    shown = cast(call("LPAD", moved, number(39), text("0")), "BINARY")
    return call("IF", _is_number(raw), shown, _bytes(raw))


# ---- queries


def _select(node: exp.Select) -> exp.Expr:
    """There is no QUALIFY: it is asked of a query around this one."""
    qualify, distinct = node.args.get("qualify"), node.args.get("distinct")
    if qualify is not None:
        node.set("qualify", None)
        shown = [exp.column(each.alias_or_name, "w") for each in node.selects]
        node.select(exp.alias_(qualify.this, "w"), copy=False)
        inner = node.copy().subquery("w", copy=False)
        made = exp.select(*shown).from_(inner, copy=False)
        return made.where(exp.column("w", "w"))
    if distinct is not None and any(_is_key(each.unalias()) for each in node.selects):
        node.set("distinct", None)
        shown = [exp.column(each.alias_or_name, "d") for each in node.selects]
        inner = node.copy().subquery("d", copy=False)
        made = exp.select(*shown).from_(inner, copy=False)
        return made.group_by(*(each.copy() for each in shown), copy=False)
    return node


def _filter(node: exp.Filter) -> exp.Expr:
    """There is no FILTER: other rows are NULL, which aggregates skip."""
    aggregate: exp.Expr = node.this
    test = node.expression.this

    def only(value: exp.Expr) -> exp.Expr:
        return exp.Case(ifs=[exp.If(this=test.copy(), true=value)])

    inside = aggregate.this
    if isinstance(inside, exp.Distinct):
        inside.set("expressions", [only(each) for each in inside.expressions])
    elif isinstance(inside, exp.Star):
        aggregate.set("this", only(number(1)))
    else:
        aggregate.set("this", only(inside))
    return aggregate


_PLANNED = 1400
"""So many queries are planned in some hundred megabytes; half more take gigabytes."""


def computed_once(query: exp.Query) -> exp.Query:
    """A shared query that MariaDB computes once, however often it is named.

    It would do so anew for each name, and a chain of them doubles with each link. One
    that is recursive is kept: so each names itself, and takes no row of it. But that
    takes room: a chain that is too long for it is computed anew.
    """
    used = Counter(table.name for table in query.find_all(exp.Table) if not table.db)
    if planned(query, used) > _PLANNED:
        return query
    for with_ in query.find_all(exp.With):
        for shared in with_.expressions:
            name, inner = shared.alias, shared.this
            if used[name] < 2:
                continue
            first = inner
            while isinstance(first, exp.SetOperation):
                first = first.this
            again = exp.select(*(exp.column(each) for each in first.named_selects))
            again = again.from_(exp.to_identifier(name)).where(exp.false())
            made = exp.Union(this=inner, expression=again, distinct=False)
            shared.set("this", made)
            with_.set("recursive", True)
    return query


_RESERVED = frozenset(
    """
    accessible add all alter analyze and as asc asensitive before between bigint binary
    blob both by call cascade case change char character check collate column condition
    constraint continue convert create cross cube cume_dist current_date current_role
    current_time current_timestamp current_user cursor databases day_hour
    day_microsecond day_minute day_second dec decimal declare default delayed delete
    delete_domain_id dense_rank desc describe deterministic distinct distinctrow div
    do_domain_ids double drop dual each else elseif empty enclosed escaped except exists
    exit explain false fetch first_value float float4 float8 for force foreign from
    fulltext function generated get grant group grouping groups having high_priority
    hour_microsecond hour_minute hour_second if ignore ignore_domain_ids in index infile
    inner inout insensitive insert int int1 int2 int3 int4 int8 integer intersect
    interval into io_after_gtids io_before_gtids is iterate join json_table key keys
    kill lag last_value lateral lead leading leave left like limit linear lines load
    localtime localtimestamp lock long longblob longtext loop low_priority manual
    master_bind master_demote_to_replica master_demote_to_slave
    master_ssl_verify_server_cert match maxvalue mediumblob mediumint mediumtext
    middleint minute_microsecond minute_second mod modifies natural no_write_to_binlog
    not nth_value ntile null numeric of offset on optimize optimizer_costs option
    optionally or order out outer outfile over page_checksum parallel parse_vcol_expr
    partition percent_rank portion precision primary procedure purge qualify range rank
    read read_write reads real recursive ref_system_id references regexp release rename
    repeat replace require resignal restrict return returning revoke right rlike rollup
    row row_number rows schema schemas second_microsecond select sensitive separator set
    show signal smallint spatial specific sql sql_big_result sql_calc_found_rows
    sql_small_result sqlexception sqlstate sqlwarning ssl starting stats_auto_recalc
    stats_persistent stats_sample_pages stored straight_join system table tablesample
    terminated then tinyblob tinyint tinytext to trailing trigger true undo union unique
    unlock unsigned update usage use using utc_date utc_time utc_timestamp values
    varbinary varchar varcharacter varying vector virtual when where while window with
    write xor year_month zerofill
    """.split()
)


NODES: dict[type[exp.Expr], Maker] = {
    portable.InOrder: _in_order,
    exp.EQ: _equal,
    exp.In: _in,
    exp.Group: _group,
    exp.Window: _window,
    exp.Count: _count,
    exp.Select: _select,
    exp.Filter: _filter,
    exp.Identifier: rewrites.quoting(_RESERVED),
}
