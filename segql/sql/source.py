"""One kind of event in a query: its table, the joins that are needed, its customers."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlglot import exp

from segql.catalog.nodes import Event, Join, Place
from segql.model import nodes as mdl
from segql.model.world import World
from segql.plan.build import values_of
from segql.sql import names, read
from segql.sql.customers import Customers, aliased
from segql.sql.formula import Row, disjunction, instants, rule, value_of
from segql.types import ListOf, Point

KEY = "k"
"""What the column of customers' keys is called in every inner query."""


_ELSEWHERE = mdl.Attribute | mdl.EventTime | mdl.EventDay | mdl.Size
"""What is not of a joined row, or known where there is none: the size of a list."""


class Source:
    """Collects what a query over events needs; `query` then builds it.

    Whatever names a property must be asked for before `query`, which joins the tables
    that were needed by then.
    """

    def __init__(self, world: World, event_name: str, as_of: datetime) -> None:
        self.world = world
        self.as_of = as_of
        self.event: Event = world.catalog.events[event_name]
        self.customers = Customers(world.catalog, "x")
        self.needs_customers = False
        self.joined: dict[str, None] = {}
        self.aliases: dict[str | None, str] = {None: "e"}
        for number, name in enumerate(self.event.joins, 1):
            self.aliases[name] = f"j{number}"
        self.row = Row(
            world, self._attribute, {}, event=self.event, aliases=self.aliases
        )
        self._need(self.event.time)
        self.customer = self.place(self.event.customer)
        fixed = world.filters.get(event_name)
        self.fixed = self.test(fixed) if fixed is not None else None

    # ---- expressions

    def place(self, place: Place) -> exp.Expr:
        self._need(place)
        return names.column(place.path, self.aliases[place.join])

    def test(self, node: mdl.Rule) -> exp.Expr:
        """A test of one event. What is said of a joined row alone asks for its key.

        That is cheaper than carrying the row's columns along.
        """
        match node:
            case mdl.And(terms):
                return names.conjunction(self.test(term) for term in terms)
            case mdl.Or(terms):
                return disjunction([self.test(term) for term in terms])
            case mdl.Not():
                pass
            case _ if join := self._one_join(node):
                return self._in_join(node, join)
        self._need_rule(node)
        return rule(node, self.row)

    def selected(self, selection: mdl.Selection) -> list[exp.Expr]:
        """The window and the test of a selection."""
        (window,) = selection.windows
        assert isinstance(window, mdl.Instants)
        tests = [self.time(window)]
        if selection.test is not None:
            tests.append(self.test(selection.test))
        return tests

    def time(self, window: mdl.Instants) -> exp.Expr:
        """The event's time in a stretch of time, on the column as it is stored."""
        column = self.event.time
        if not read.plain(column):
            return rule(mdl.Within(mdl.EventTime(), window), self.row)
        raw = read.stored(column, self.aliases[column.join])
        zone = self.world.catalog.entity.zone
        return instants(column, raw, window.start, window.end, zone)

    def until_now(self) -> exp.Expr:
        return self.time(mdl.Instants(None, self.as_of))

    def hull(self, selections: Sequence[mdl.Selection]) -> exp.Expr:
        """The stretch of time in which all the selections lie."""
        windows = [
            w for s in selections for w in s.windows if isinstance(w, mdl.Instants)
        ]
        starts = [w.start for w in windows if w.start is not None]
        ends = [w.end for w in windows if w.end is not None]
        start = min(starts) if len(starts) == len(windows) else None
        return self.time(mdl.Instants(start, max(ends)))

    def value(self, node: mdl.Value) -> exp.Expr:
        self._need_value(node)
        return value_of(node, self.row)

    def order(self) -> list[exp.Expr]:
        """What events are ordered by: time, tie-break, then every plain property.

        Missing comes first, so each part that can be missing is two columns.
        """
        parts = [self.value(mdl.EventTime())]
        rest: list[exp.Expr] = []
        if self.event.tie_break is not None:
            rest.append(self.place(self.event.tie_break))
        for name in sorted(self.event.properties):
            kind = self.event.properties[name].column.type
            if not isinstance(kind, ListOf | Point):
                rest.append(self.value(mdl.Property(name, kind)))
        for each in rest:
            known = exp.Not(this=exp.Is(this=each.copy(), expression=exp.null()))
            parts += [known, each]
        return parts

    # ---- the query

    def query(
        self, among: exp.Query | None, tests: Sequence[exp.Expr | None]
    ) -> exp.Select:
        """The events that pass, with their joins; nothing is selected yet.

        `among` is a query of keys: of other customers no event is looked at.
        """
        query = exp.Select().from_(aliased(names.table(self.event.table), "e"))
        for name in self.joined:
            query = query.join(self._join(self.event.joins[name]), copy=False)
        if self.needs_customers:
            on = exp.EQ(this=self.customers.key, expression=self.customer.copy())
            query = query.join(exp.Join(this=self.customers.table(), on=on), copy=False)
            for related in self.customers.joins():
                query = query.join(related, copy=False)
        known = None
        if among is not None:
            keys = exp.Subquery(this=among.copy())
            known = exp.In(this=self.customer.copy(), query=keys)
        return held(query, [self.fixed, *tests, known])

    def _join(self, join: Join) -> exp.Join:
        alias = self.aliases[join.name]
        on = [
            exp.EQ(this=names.column((theirs,), alias), expression=self.place(ours))
            for theirs, ours in join.on
        ]
        table = aliased(names.table(join.table), alias)
        return exp.Join(this=table, side="LEFT", on=names.conjunction(on))

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

    def _need_value(self, node: mdl.Value) -> None:
        for prop in _properties(node):
            self._need(self.event.properties[prop.name].column)

    # ---- tests of a joined row

    def _one_join(self, node: mdl.Rule) -> Join | None:
        """The one join whose row a test speaks of, if that can be asked by its key."""
        if isinstance(node, mdl.IsMissing):
            return None
        found: set[str | None] = set()
        for value in values_of(node):
            if isinstance(value, _ELSEWHERE):
                return None
            found |= {
                self.event.properties[prop.name].column.join
                for prop in _properties(value)
            }
        if len(found) != 1 or (name := found.pop()) is None:
            return None
        join = self.event.joins[name]
        needed = (
            name in self.joined or len(join.on) > 1 or join.on[0][1].join is not None
        )
        return None if needed else join

    def _in_join(self, node: mdl.Rule, join: Join) -> exp.Expr:
        theirs, ours = join.on[0]
        alias = self.aliases[join.name]
        key = names.column((theirs,), alias)
        keys = exp.select(key).from_(aliased(names.table(join.table), alias))
        known = exp.Not(this=exp.Is(this=key.copy(), expression=exp.null()))
        keys = held(keys, [rule(node, self.row), known])
        return exp.In(this=self.place(ours), query=exp.Subquery(this=keys))


def held(query: exp.Select, tests: Sequence[exp.Expr | None]) -> exp.Select:
    """The query held to more tests, beside those that it has."""
    found = [] if query.args.get("where") is None else [query.args["where"].this]
    found += [test.copy() for test in tests if test is not None and test != exp.true()]
    if found:
        query.set("where", exp.Where(this=names.conjunction(found)))
    return query


def named(query: exp.Query, alias: str, *columns: str) -> exp.Subquery:
    """A query of keys, and of more columns, as a table."""
    shown = [names.alias(column) for column in (KEY, *columns)]
    table = exp.TableAlias(this=names.alias(alias), columns=shown)
    return exp.Subquery(this=query, alias=table)


def depth(query: exp.Query) -> int:
    """How many queries stand inside each other."""
    deepest = 0
    left: list[tuple[exp.Expr, int]] = [(query, 0)]
    while left:
        node, inside = left.pop()
        inside += isinstance(node, exp.Select)
        deepest = max(deepest, inside)
        left += [(each, inside) for each in node.iter_expressions()]
    return deepest


def _properties(node: mdl.Value) -> Iterator[mdl.Property]:
    match node:
        case mdl.Property():
            yield node
        case mdl.Arithmetic(_, left, right):
            yield from _properties(left)
            yield from _properties(right)
        case mdl.Negative(inner) | mdl.Fold(inner) | mdl.Size(inner):
            yield from _properties(inner)
        case _:
            pass
