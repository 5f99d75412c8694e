"""Sets of customers that have a quicker way than a figure for each of them."""

from typing import TYPE_CHECKING

from sqlglot import exp

from segql.model import nodes as mdl
from segql.plan.keys import Ended
from segql.sql import aggregates, names
from segql.sql.source import KEY, Source, named
from segql.types import COUNT

if TYPE_CHECKING:
    from segql.sql.events import Events


def ended(events: "Events", node: Ended, among: exp.Query | None) -> exp.Query:
    """Among the events that pass, each customer's last; then none after it.

    Of the nth event the time is found first, and then what passes at it. Where one that
    fails has the same time, the whole order of that customer's events decides. So no
    figure is made for customers without an event that passes.
    """
    event = events.world.catalog.events[node.pick.selection.event]
    if event.unique is None and events.facts.extremes and node.pick.which != "nth":
        return _by_extremes(events, node, among)
    if event.unique is not None or not events.facts.times_first:
        return events.having(event.name, [node.whole], among)
    if node.pick.which == "nth":
        if not events.facts.least_of:
            return events.having(event.name, [node.whole], among)
        last = events.share(_at_nth(events, node, among))
    else:
        last = events.share(_without_later(events, node, _ends(events, node, among)))
    tied = events.share(_with_tied(events, node, last))
    sure = exp.select(exp.column(KEY, last)).from_(last)
    away = exp.In(this=exp.column(KEY, last), query=_keys(tied))
    sure = sure.where(exp.Not(this=away))
    rest = events.having(event.name, [node.whole], exp.select(KEY).from_(tied))
    return exp.union(sure, rest, distinct=False, copy=False)


def _by_extremes(events: "Events", node: Ended, among: exp.Query | None) -> exp.Query:
    """The last time of an event that passes is after that of all that fail."""
    event = node.pick.selection.event
    source = Source(events, event)
    tests = source.selected(node.pick.selection)
    first = node.pick.which == "first"
    extreme = exp.Min if first else exp.Max
    found = [exp.alias_(source.customer, KEY)]
    for name, test in ("g", node.test), ("f", node.other):
        time = extreme(this=source.value(mdl.EventTime()))
        found.append(exp.alias_(aggregates.filtered(time, source.test(test)), name))
    query = source.query(among, tests).select(*found, copy=False)
    both = events.share(query.group_by(source.customer))
    good, bad = exp.column("g", both), exp.column("f", both)
    side = exp.LT if first else exp.GT
    better = side(this=good.copy(), expression=bad.copy())
    alone = exp.Is(this=bad.copy(), expression=exp.null())
    keys = exp.select(exp.column(KEY, both)).from_(both)
    sure = keys.where(names.known(good.copy()), names.disjunction([alone, better]))
    tied = keys.where(exp.EQ(this=good, expression=bad))
    rest = events.having(event, [node.whole], tied)
    return exp.union(sure, rest, distinct=False, copy=False)


def _ends(events: "Events", node: Ended, among: exp.Query | None) -> exp.Select:
    """The time of each customer's last event that passes, or of the first."""
    source = Source(events, node.pick.selection.event)
    tests = [*source.selected(node.pick.selection), source.test(node.test)]
    time = source.value(mdl.EventTime())
    extreme = (exp.Min if node.pick.which == "first" else exp.Max)(this=time)
    query = source.query(among, tests).select(
        exp.alias_(source.customer, KEY), exp.alias_(extreme, "t"), copy=False
    )
    return query.group_by(source.customer)


def _at_nth(events: "Events", node: Ended, among: exp.Query | None) -> exp.Select:
    """The events that pass at each customer's nth time."""
    selection, n = node.pick.selection, exp.Literal.number(node.pick.n)
    source = Source(events, selection.event)
    tests = source.selected(selection)
    time = source.value(mdl.EventTime())
    least = exp.Anonymous(this="MIN", expressions=[time, n])
    nth = exp.Anonymous(this="LIST_EXTRACT", expressions=[least, n.copy()])
    query = source.query(among, tests).select(
        exp.alias_(source.customer, KEY), exp.alias_(nth, "t"), copy=False
    )
    enough = exp.GTE(this=exp.Count(this=exp.Star()), expression=n.copy())
    times = query.group_by(source.customer).having(enough, copy=False)
    own = events.alias()
    source = Source(events, selection.event)
    tests = [*source.selected(selection), source.test(node.test)]
    time = source.value(mdl.EventTime())
    query = source.query(None, tests)
    same = exp.EQ(this=exp.column(KEY, own), expression=source.customer)
    on = exp.And(
        this=same, expression=exp.EQ(this=exp.column("t", own), expression=time)
    )
    query = query.join(exp.Join(this=times.subquery(own), on=on), copy=False)
    return query.select(exp.column(KEY, own), exp.column("t", own), copy=False)


def _without_later(events: "Events", node: Ended, ends: exp.Query) -> exp.Select:
    """The ends after which no event of the selection lies."""
    source = Source(events, node.pick.selection.event)
    tests = source.selected(node.pick.selection)
    time = source.value(mdl.EventTime())
    every = source.query(None, tests).select(source.customer, time, copy=False)
    own, other = events.alias(), events.alias()
    side = exp.LT if node.pick.which == "first" else exp.GT
    same = exp.EQ(this=exp.column(KEY, other), expression=exp.column(KEY, own))
    later = side(this=exp.column("t", other), expression=exp.column("t", own))
    on = exp.And(this=same, expression=later)
    query = exp.select(exp.column(KEY, own), exp.column("t", own))
    query = query.from_(named(ends, own, "t"))
    table = named(every, other, "t")
    if events.facts.anti_join:
        return query.join(exp.Join(this=table, kind="ANTI", on=on), copy=False)
    found = exp.select(exp.Literal.number(1)).from_(table).where(on)
    return query.where(exp.Not(this=exp.Exists(this=found)), copy=False)


def _with_tied(events: "Events", node: Ended, last: str) -> exp.Select:
    """The ends beside which an event that fails has the same time."""
    source = Source(events, node.pick.selection.event)
    tests = [*source.selected(node.pick.selection), source.test(node.other)]
    time = source.value(mdl.EventTime())
    query = source.query(None, tests).select(exp.column(KEY, last), copy=False)
    same = exp.EQ(this=exp.column(KEY, last), expression=source.customer.copy())
    beside = exp.EQ(this=exp.column("t", last), expression=time)
    on = exp.And(this=same, expression=beside)
    return query.join(exp.Join(this=exp.to_table(last), on=on), copy=False)


def _keys(name: str) -> exp.Subquery:
    return exp.Subquery(this=exp.select(KEY).from_(name))


def various(
    events: "Events", measure: mdl.Aggregate, least: int, among: exp.Query | None
) -> exp.Query:
    """Different values, counted exactly only where a sketch leaves it open.

    Each value sets one of some bits: as many bits, at least as many values. Whoever has
    fewer events than that has fewer values.
    """
    event = measure.selection.event
    enough = mdl.Compare(">=", measure, mdl.Constant(least, COUNT))
    if events.world.catalog.events[event].unique:
        return events.having(event, [enough], among)
    assert measure.value is not None
    if events.facts.distinct_first:
        return _different(events, measure, least, among)
    if not events.facts.sketches:
        return events.having(event, [enough], among)
    source = Source(events, event)
    tests = source.selected(measure.selection)
    value = source.value(measure.value)
    known = names.known(value.copy())
    every = exp.Anonymous(this="BIT_OR", expressions=[_bit(value, least)])
    bits = exp.Anonymous(this="BIT_COUNT", expressions=[every])
    query = source.query(among, [*tests, known]).select(
        exp.alias_(source.customer, KEY), exp.alias_(bits, "n"), copy=False
    )
    number = exp.Literal.number(least)
    having = exp.GTE(this=exp.Count(this=exp.Star()), expression=number)
    grouped = query.group_by(source.customer).having(having, copy=False)
    sketch = events.share(grouped)
    keys = exp.select(exp.column(KEY, sketch)).from_(sketch)
    bound = exp.column("n", sketch)
    sure = keys.where(exp.GTE(this=bound, expression=number.copy()))
    unsure = keys.where(exp.LT(this=bound.copy(), expression=number.copy()))
    rest = events.having(event, [enough], unsure)
    return exp.union(sure, rest, distinct=False, copy=False)


def _different(
    events: "Events", measure: mdl.Aggregate, least: int, among: exp.Query | None
) -> exp.Query:
    """Different values as rows, which are then counted."""
    assert measure.value is not None
    source = Source(events, measure.selection.event)
    tests = source.selected(measure.selection)
    value = exp.alias_(source.value(measure.value), "v")
    rows = source.query(among, tests).select(
        exp.alias_(source.customer, KEY), value, copy=False
    )
    own = events.alias()
    key = exp.column(KEY, own)
    table = named(rows.distinct(copy=False), own, "v")
    query = exp.select(key).from_(table).group_by(key.copy())
    count = exp.Count(this=exp.column("v", own))
    return query.having(exp.GTE(this=count, expression=exp.Literal.number(least)))


def _bit(value: exp.Expr, least: int) -> exp.Expr:
    """A number with one bit set, chosen by a value's hash.

    Of 63 bits, or of 126 where more have to be told apart: a wider number is slower.
    """
    bits, kind = (63, "BIGINT") if least <= 20 else (126, "HUGEINT")
    hashed = exp.Anonymous(this="HASH", expressions=[value.copy()])
    place = names.cast(exp.Mod(this=hashed, expression=exp.Literal.number(bits)), "INT")
    one = names.cast(exp.Literal.number(1), kind)
    return exp.BitwiseLeftShift(this=one, expression=place)
