"""The events of a query: one grouped subquery per kind of event, or who has any."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never

from sqlglot import exp

from segql.catalog.nodes import Event, Place
from segql.model import nodes as mdl
from segql.model.world import World
from segql.plan.build import values_of
from segql.plan.nodes import Measure
from segql.sql import names, numbers, read
from segql.sql.customers import Customers, aliased
from segql.sql.formula import Row, disjunction, instants, rule, value_of
from segql.types import Double, ListOf, Point

KEY = "k"


def grouped(
    world: World,
    as_of: datetime,
    measures: Sequence[Measure],
    columns: Sequence[str],
    among: exp.Expr | None,
) -> exp.Select:
    """Customers with events of one kind, and a column for each measure of them."""
    source = _Source(world, measures[0].selection.event, as_of)
    tests = [source.condition(m.selection) for m in measures]
    shared = len(set(tests)) == 1
    values = [source.value(m) for m in measures]
    if source.event.unique is not None:
        return _over_unique(source, measures, columns, tests, values, among)
    query = source.query(among)
    hull = source.hull([m.selection for m in measures])
    if shared:
        query = held(query, [source.window(measures[0].selection), tests[0]])
    else:
        query = held(query, [hull])
        if all(m.selection.test for m in measures):
            query = held(query, [disjunction([test for test in tests if test])])
    query = query.select(exp.alias_(source.customer, KEY))
    for measure, column, value in zip(measures, columns, values, strict=True):
        only = None
        if not shared:
            only = source.within(measure.selection, hull)
        made = _aggregate(measure, value, source.order(), only)
        query = query.select(exp.alias_(made, column))
    return query.group_by(source.customer)


def holders(
    world: World,
    as_of: datetime,
    count: mdl.Aggregate,
    among: exp.Expr | None,
) -> exp.Select:
    """The keys of all customers with at least one event of the selection."""
    source = _Source(world, count.selection.event, as_of)
    test = source.condition(count.selection)
    if source.event.unique is not None:
        inner = _rows(source, among, [("b1", test or exp.true())])
        return (
            exp.select(exp.column(KEY, "u"))
            .from_(inner.subquery("u"))
            .where(exp.column("b1", "u"))
        )
    query = source.query(among)
    query = held(query, [source.window(count.selection), source.test(count.selection)])
    return query.select(source.customer)


def _over_unique(
    source: "_Source",
    measures: Sequence[Measure],
    columns: Sequence[str],
    tests: Sequence[exp.Expr | None],
    values: Sequence[exp.Expr | None],
    among: exp.Expr | None,
) -> exp.Select:
    """Repeated deliveries are dropped before anything is tested or counted."""
    parts: list[tuple[str, exp.Expr]] = []
    for number, (test, value) in enumerate(zip(tests, values, strict=True), 1):
        parts.append((f"b{number}", test or exp.true()))
        if value is not None:
            parts.append((f"v{number}", value))
    order = source.order() if any(isinstance(m, mdl.Pick) for m in measures) else []
    parts += [(f"o{number}", each) for number, each in enumerate(order, 1)]
    outer = exp.select(exp.alias_(exp.column(KEY, "u"), KEY)).from_(
        _rows(source, among, parts).subquery("u")
    )
    ordered = [exp.column(f"o{number}", "u") for number in range(1, len(order) + 1)]
    for number, (measure, column) in enumerate(zip(measures, columns, strict=True), 1):
        value = None if values[number - 1] is None else exp.column(f"v{number}", "u")
        made = _aggregate(measure, value, ordered, exp.column(f"b{number}", "u"))
        outer = outer.select(exp.alias_(made, column))
    return outer.group_by(exp.column(KEY, "u"))


def _rows(
    source: "_Source",
    among: exp.Expr | None,
    parts: Sequence[tuple[str, exp.Expr]],
) -> exp.Select:
    """Events without their repetitions: the first of each customer and id."""
    assert source.event.unique is not None
    unique = source.place(source.event.unique)
    first = exp.Window(
        this=exp.RowNumber(),
        partition_by=[source.customer, unique],
        order=exp.Order(
            expressions=[exp.Ordered(this=each, desc=False) for each in source.order()]
        ),
    )
    query = source.query(among).select(exp.alias_(source.customer, KEY))
    for name, part in parts:
        query = query.select(exp.alias_(part, name))
    query = held(query, [source.time(mdl.Instants(None, source.as_of))])
    kept = exp.or_(
        exp.Is(this=unique.copy(), expression=exp.null()),
        exp.EQ(this=first, expression=exp.Literal.number(1)),
    )
    return query.qualify(kept)


def held(query: exp.Select, tests: Iterable[exp.Expr | None]) -> exp.Select:
    """The query held to more tests, beside those that it has."""
    found = [] if query.args.get("where") is None else [query.args["where"].this]
    found += [test.copy() for test in tests if test is not None]
    if found:
        query.set("where", exp.Where(this=names.conjunction(found)))
    return query


def _aggregate(
    measure: Measure,
    value: exp.Expr | None,
    order: Sequence[exp.Expr],
    only: exp.Expr | None,
) -> exp.Expr:
    made: exp.Expr
    match measure:
        case mdl.Aggregate("count"):
            made = exp.Count(this=exp.Star())
        case mdl.Aggregate(function):
            assert value is not None
            made = _function(function, measure, value, only)
            if function == "avg":
                return made
        case mdl.Pick(which, _, subject):
            assert value is not None
            first = which == "first"
            if isinstance(subject, mdl.EventTime | mdl.EventDay):
                made = exp.Min(this=value) if first else exp.Max(this=value)
            else:
                return _picked(first, value, order, only)
        case _:
            assert_never(measure)
    return _filtered(made, only)


def _filtered(made: exp.Expr, only: exp.Expr | None) -> exp.Expr:
    if only is None:
        return made
    return exp.Filter(this=made, expression=exp.Where(this=only.copy()))


def _function(
    function: str,
    measure: mdl.Aggregate,
    value: exp.Expr,
    only: exp.Expr | None,
) -> exp.Expr:
    match function:
        case "sum":
            return exp.Sum(this=value)
        case "min":
            return exp.Min(this=value)
        case "max":
            return exp.Max(this=value)
        case "distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]))
        case _:
            assert measure.value is not None
            total = _filtered(exp.Sum(this=value), only)
            count = _filtered(exp.Count(this=value.copy()), only)
            made = numbers.quotient(exp.cast(total, "DOUBLE"), count)
            double = isinstance(measure.value.type, Double)
            return read.known_number(made) if double else made


def _picked(
    first: bool,
    value: exp.Expr,
    order: Sequence[exp.Expr],
    only: exp.Expr | None,
) -> exp.Expr:
    """The value at the first or last event, NULL included: hence the wrapping."""
    wrapped = _struct({"v": value})
    key = _struct({f"o{number}": each for number, each in enumerate(order, 1)})
    kind = exp.ArgMin if first else exp.ArgMax
    made = _filtered(kind(this=wrapped, expression=key), only)
    return exp.Anonymous(
        this="STRUCT_EXTRACT", expressions=[made, exp.Literal.string("v")]
    )


def _struct(parts: dict[str, exp.Expr]) -> exp.Expr:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=part.copy())
            for name, part in parts.items()
        ]
    )


class _Source:
    """One kind of event: its table, the joins that are needed, its customers."""

    def __init__(self, world: World, event_name: str, as_of: datetime) -> None:
        self.world = world
        self.as_of = as_of
        self.catalog = world.catalog
        self.event: Event = world.catalog.events[event_name]
        self.aliases: dict[str | None, str] = {None: "e"}
        for number, name in enumerate(self.event.joins, 1):
            self.aliases[name] = f"j{number}"
        self.customers = Customers(self.catalog, "x")
        self.needs_customers = False
        self.joined: dict[str, None] = {}
        self.row = Row(
            world, self._attribute, {}, _no_presence, self.event, self.aliases
        )
        self.filter = world.filters.get(event_name)
        self._need(self.event.customer)
        self._need(self.event.time)
        if self.filter is not None:
            self._need_rule(self.filter)

    # ---- what is needed

    def _attribute(self, name: str) -> exp.Expr:
        self.needs_customers = True
        return self.customers.attribute(name)

    def _need(self, place: Place) -> None:
        if place.join is None or place.join in self.joined:
            return
        for _, other in self.event.joins[place.join].on:
            self._need(other)
        self.joined[place.join] = None

    def _need_rule(self, node: mdl.Rule) -> None:
        for value in values_of(node):
            self._need_value(value)

    def _need_value(self, node: mdl.Value | None) -> None:
        match node:
            case mdl.Property(name):
                self._need(self.event.properties[name].column)
            case mdl.Arithmetic(_, left, right):
                self._need_value(left)
                self._need_value(right)
            case mdl.Negative(inner) | mdl.Fold(inner) | mdl.Size(inner):
                self._need_value(inner)
            case _:
                pass

    # ---- the parts of the query

    @property
    def customer(self) -> exp.Expr:
        return self.place(self.event.customer)

    def place(self, place: Place) -> exp.Expr:
        self._need(place)
        return names.column(place.path, self.aliases[place.join])

    def test(self, selection: mdl.Selection) -> exp.Expr | None:
        if selection.test is None:
            return None
        self._need_rule(selection.test)
        return rule(selection.test, self.row)

    def window(self, selection: mdl.Selection) -> exp.Expr:
        (window,) = selection.windows
        assert isinstance(window, mdl.Instants)
        return self.time(window)

    def time(self, window: mdl.Instants) -> exp.Expr:
        column = self.event.time
        alias = self.aliases[column.join]
        if read.plain(column):
            raw = read.stored(column, alias)
            zone = self.catalog.entity.zone
            return instants(column, raw, window.start, window.end, zone)
        return rule(mdl.Within(mdl.EventTime(), window), self.row)

    def condition(self, selection: mdl.Selection) -> exp.Expr | None:
        """The window and the test of a selection."""
        test = self.test(selection)
        window = self.window(selection)
        return window if test is None else names.conjunction([window, test])

    def within(self, selection: mdl.Selection, hull: exp.Expr) -> exp.Expr | None:
        """What is left to test of a selection in a query that is held to a hull."""
        window = self.window(selection)
        if window == hull:
            return self.test(selection)
        return self.condition(selection)

    def hull(self, selections: Sequence[mdl.Selection]) -> exp.Expr:
        """The stretch of time in which all the selections lie."""
        windows = [
            w for s in selections for w in s.windows if isinstance(w, mdl.Instants)
        ]
        starts = [w.start for w in windows]
        ends = [w.end for w in windows if w.end is not None]
        known = [start for start in starts if start is not None]
        start = min(known) if len(known) == len(starts) else None
        return self.time(mdl.Instants(start, max(ends)))

    def value(self, measure: Measure) -> exp.Expr | None:
        node = measure.value
        if node is None:
            return None
        self._need_value(node)
        if isinstance(measure, mdl.Pick) and isinstance(node, mdl.EventDay):
            return value_of(mdl.EventTime(), self.row)
        return value_of(node, self.row)

    def order(self) -> list[exp.Expr]:
        """What events are ordered by: time, tie-break, then every plain property.

        Missing comes first, so each part that can be missing is two columns.
        """
        parts = [value_of(mdl.EventTime(), self.row)]
        rest: list[exp.Expr] = []
        if self.event.tie_break is not None:
            rest.append(self.place(self.event.tie_break))
        for name in sorted(self.event.properties):
            column = self.event.properties[name].column
            if not isinstance(column.type, ListOf | Point):
                self._need(column)
                rest.append(value_of(mdl.Property(name, column.type), self.row))
        for each in rest:
            known = exp.Not(this=exp.Is(this=each.copy(), expression=exp.null()))
            parts += [known, each]
        return parts

    def query(self, among: exp.Expr | None) -> exp.Select:
        """The events with their joins, filtered; nothing is selected yet."""
        fixed = rule(self.filter, self.row) if self.filter is not None else None
        customer = self.customer
        query = exp.Select().from_(aliased(names.table(self.event.table), "e"))
        for name in self.joined:
            join = self.event.joins[name]
            alias = self.aliases[name]
            on = [
                exp.EQ(this=names.column((theirs,), alias), expression=self.place(ours))
                for theirs, ours in join.on
            ]
            query = query.join(
                exp.Join(
                    this=aliased(names.table(join.table), alias),
                    side="LEFT",
                    on=names.conjunction(on),
                )
            )
        if self.needs_customers:
            query = query.join(
                exp.Join(
                    this=self.customers.table(),
                    on=exp.EQ(this=self.customers.key, expression=customer.copy()),
                )
            )
            for related in self.customers.joins():
                query = query.join(related)
        known: exp.Expr
        if among is not None:
            known = exp.In(this=customer, query=exp.Subquery(this=among.copy()))
        else:
            known = exp.Not(this=exp.Is(this=customer, expression=exp.null()))
        return held(query, [fixed, known])


def _no_presence(count: mdl.Aggregate, present: bool) -> exp.Expr:
    raise ValueError("events inside the test of an event")
