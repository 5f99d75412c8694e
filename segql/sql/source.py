"""One kind of event in a query: its table, the joins that are needed, its customers."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from segql.catalog.nodes import Event, Join, Place
from segql.model import nodes as mdl
from segql.plan.groups import group_of
from segql.plan.nodes import Figure, Measure, selection_of
from segql.plan.rules import once
from segql.plan.values import values_of, within
from segql.sql import names, portable, read
from segql.sql.customers import Customers, aliased
from segql.sql.formula import Row, not_true, rule, value_of
from segql.sql.stretches import instants, partitions
from segql.types import ListOf, Point

if TYPE_CHECKING:
    from segql.sql.events import Events

KEY = "k"
"""What the column of customers' keys is called in every inner query."""
_PARENT = "p"


_ELSEWHERE = mdl.Attribute | mdl.EventTime | mdl.EventDay | mdl.Size | mdl.Choice
"""What is not of a joined row, or known where there is none: the size of a list."""


class Source:
    """Collects what a query over events needs; `query` then builds it.

    `customer` is the key of the customer; of rows, such as the lines of an order, it
    is that of their parent's row, and `link` has the columns that tie them to it.
    Whatever names a property, or a measure that stands beside each event, must be
    asked for before `query`, which joins the tables that were needed by then.
    """

    def __init__(self, events: "Events", event_name: str) -> None:
        world = events.world
        self.events = events
        self.world = world
        self.event: Event = world.catalog.events[event_name]
        self.customers = Customers(world.catalog, "x")
        self.needs_customers = False
        self.joined: dict[str, None] = {}
        self.aliases: dict[str | None, str] = {None: "e"}
        for number, name in enumerate(self.event.joins, 1):
            self.aliases[name] = f"j{number}"
        self.columns: dict[Measure, exp.Expr] = {}
        self.beside: dict[Hashable, tuple[str, list[Figure]]] = {}
        self.needs_parent = False
        self.stretches: dict[exp.Expr, mdl.Instants] = {}
        self.row = Row(
            world,
            self._attribute,
            self.columns,
            event=self.event,
            aliases=self.aliases,
            as_of=events.as_of,
        )
        if self.event.time is not None:
            self._need(self.event.time)
        if self.event.customer is not None:
            self._need(self.event.customer)
        self.link = [names.column((column,), "e") for column, _ in self.event.on]
        fixed = world.filters.get(event_name)
        self.fixed = self.test(fixed) if fixed is not None else None

    # ---- expressions

    @property
    def customer(self) -> exp.Expr:
        if self.event.customer is None:
            return exp.column(KEY, _PARENT)
        return self.place(self.event.customer)

    def keys(self) -> dict[str, exp.Expr]:
        """What events are grouped by: the customer; of rows what ties them to a parent.

        If rows are tested beside their customer, to a parent of that customer.
        """
        if self.event.parent is None:
            return {KEY: self.customer}
        found = {f"{KEY}{n}": each for n, each in enumerate(self.link, 1)}
        return {**found, KEY: self.customer} if self.needs_parent else found

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
                return names.disjunction([self.test(term) for term in terms])
            case mdl.Not() | mdl.AtLeast():
                pass
            case mdl.Compare() if (count := once(node)) and self._can_look_up(count):
                found = self._looked_up(count)
                return found if node.operator == ">=" else not_true(found)
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
        """The event's time in a stretch of time, on the column as it is stored.

        Of what has no time, everything passes.
        """
        column = self.event.time
        if column is None:
            return exp.true()
        if read.plain(column):
            raw = read.stored(column, self.aliases[column.join])
            zone = self.world.catalog.entity.zone
            test = instants(column, raw, window.start, window.end, zone)
        else:
            test = rule(mdl.Within(mdl.EventTime(), window), self.row)
        self.stretches[test] = window
        return test

    def partitions(self, tests: Sequence[exp.Expr | None]) -> list[exp.Expr]:
        """Bounds of the partitions that events can lie in which pass tests of time."""
        parted = self.event.partitioned_by
        windows = [self.stretches[t] for t in tests if t in self.stretches]
        if parted is None:
            return []
        raw = names.column(parted.column.path, "e")
        return [
            test
            for window in windows
            for test in partitions(parted, raw, window.start, window.end)
        ]

    def until_now(self) -> exp.Expr:
        return self.time(mdl.Instants(None, self.events.as_of))

    def hull(self, selections: Sequence[mdl.Selection]) -> exp.Expr:
        """The stretch of time in which all the selections lie."""
        windows = [
            w for s in selections for w in s.windows if isinstance(w, mdl.Instants)
        ]
        starts = [w.start for w in windows if w.start is not None]
        ends = [w.end for w in windows if w.end is not None]
        start = min(starts) if len(starts) == len(windows) else None
        return self.time(mdl.Instants(start, max(ends, default=None)))

    def value(self, node: mdl.Value) -> exp.Expr:
        self._need_value(node)
        return value_of(node, self.row)

    def order(self) -> list[exp.Expr]:
        """What events are ordered by: time, tie-break, then every plain property.

        Missing comes first, so each part that can be missing is two columns.
        """
        parts = [] if self.event.time is None else [self.value(mdl.EventTime())]
        rest: list[exp.Expr] = []
        if self.event.tie_break is not None:
            rest.append(portable.InOrder(this=self.place(self.event.tie_break)))
        for name in sorted(self.event.properties):
            kind = self.event.properties[name].column.type
            if not isinstance(kind, ListOf | Point):
                rest.append(self.value(mdl.Property(name, kind)))
        for each in rest:
            known = portable.Flag(this=names.known(each.copy()))
            parts += [known, each]
        return parts

    # ---- the query

    def query(
        self, among: exp.Query | None, tests: Sequence[exp.Expr | None]
    ) -> exp.Select:
        """The events that pass, with their joins; nothing is selected yet.

        `among` is a query of keys: of other customers no event is looked at, and no
        rows of other events.
        """
        tests = [self.fixed, *tests, self._known(among)]
        query = self._joined()
        for alias, figures in self.beside.values():
            join = self._beside(alias, figures, among, tests)
            query = query.join(join, copy=False)
        return held(query, [*self.partitions(tests), *tests])

    def _joined(self) -> exp.Select:
        """The events, and what is joined to them but figures."""
        query = exp.Select().from_(aliased(names.table(self.event.table), "e"))
        for name in self.joined:
            query = query.join(self._join(self.event.joins[name]), copy=False)
        if self.needs_parent:
            query = query.join(self._parent(), copy=False)
        if self.needs_customers:
            on = exp.EQ(this=self.customers.key, expression=self.customer)
            query = query.join(exp.Join(this=self.customers.table(), on=on), copy=False)
            for related in self.customers.joins():
                query = query.join(related, copy=False)
        return query

    def _known(self, among: exp.Query | None) -> exp.Expr | None:
        if among is None:
            return None
        keys = exp.Subquery(this=among.copy())
        if self.event.parent is None:
            return exp.In(this=self.customer, query=keys)
        link = [each.copy() for each in self.link]
        one = link[0] if len(link) == 1 else exp.Tuple(expressions=link)
        return exp.In(this=one, query=keys)

    def _parent(self) -> exp.Join:
        """Whose row each of the rows belongs to."""
        assert self.event.parent is not None
        parent = Source(self.events, self.event.parent)
        places = [parent.place(place) for _, place in self.event.on]
        customer = parent.customer
        shown = [exp.alias_(each, f"{KEY}{n}") for n, each in enumerate(places, 1)]
        query = parent.query(None, []).distinct(copy=False)
        query = query.select(*shown, exp.alias_(customer, KEY), copy=False)
        on = [
            exp.EQ(this=exp.column(f"{KEY}{n}", _PARENT), expression=each.copy())
            for n, each in enumerate(self.link, 1)
        ]
        return exp.Join(this=query.subquery(_PARENT), on=names.conjunction(on))

    def _beside(
        self,
        alias: str,
        figures: list[Figure],
        among: exp.Query | None,
        tests: Sequence[exp.Expr | None],
    ) -> exp.Join:
        """Figures of the event's customer, or of the rows of the event."""
        event = selection_of(figures[0]).event
        if self.world.catalog.events[event].parent is not None:
            among = self._parents(event, among, tests)
        elif self.event.parent is not None:
            among = None
        query = self.events.figures(event, figures, alias, self.columns, among)
        on = []
        for name in query.named_selects[: -len(figures)]:
            other = self.customer if name == KEY else self._tie(event, name)
            on.append(exp.EQ(this=exp.column(name, alias), expression=other))
        side = query.subquery(alias, copy=False)
        return exp.Join(this=side, side="LEFT", on=names.conjunction(on))

    def _parents(
        self, rows: str, among: exp.Query | None, tests: Sequence[exp.Expr | None]
    ) -> exp.Query | None:
        """What ties rows to the events that pass; None if these are nearly all."""
        apart = {alias for alias, _ in self.beside.values()}
        plain = [
            test
            for test in tests
            if test is not None
            and not any(column.table in apart for column in test.find_all(exp.Column))
        ]
        usual = (None, self.fixed, exp.true())
        if among is None and all(
            test in usual or test == self.until_now() for test in plain
        ):
            return None
        ties = [self.place(place) for _, place in self.world.catalog.events[rows].on]
        held_to = [*self.partitions(plain), *plain]
        return held(self._joined(), held_to).select(*ties, copy=False)

    def _tie(self, rows: str, name: str) -> exp.Expr:
        """The place in the event's row that a column of its rows equals."""
        _, place = self.world.catalog.events[rows].on[int(name.removeprefix(KEY)) - 1]
        return self.place(place)

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
        self.needs_parent = self.event.parent is not None
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
        for value in within(node):
            if isinstance(value, mdl.Property):
                self._need(self.event.properties[value.name].column)
            elif isinstance(value, Figure):
                self._need_figure(value)

    def _need_figure(self, figure: Figure) -> None:
        if figure in self.columns:
            return
        group = group_of(figure)
        if group not in self.beside:
            self.beside[group] = (self.events.alias(), [])
        alias, figures = self.beside[group]
        figures.append(figure)
        self.columns[figure] = exp.column(f"n{len(figures)}", alias)
        rows = self.world.catalog.events[selection_of(figure).event]
        for _, place in rows.on:
            self._need(place)
        self.needs_parent = self.event.parent is not None

    # ---- tests of a joined row

    def _one_join(self, node: mdl.Rule) -> Join | None:
        """The one join whose row a test speaks of, if that can be asked by its key."""
        if isinstance(node, mdl.IsMissing | mdl.AtLeast):
            return None
        found: set[str | None] = set()
        for value in values_of(node):
            if isinstance(value, _ELSEWHERE | Figure):
                return None
            if isinstance(value, mdl.Property):
                found.add(self.event.properties[value.name].column.join)
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
        known = names.known(key.copy())
        keys = held(keys, [rule(node, self.row), known])
        return exp.In(this=self.place(ours), query=exp.Subquery(this=keys))

    # ---- whether there is any row

    def _can_look_up(self, count: mdl.Aggregate) -> bool:
        """Whether rows of an event can be asked for by one key."""
        rows = self.world.catalog.events[count.selection.event]
        if rows.parent is None or len(rows.on) > 1:
            return False
        test = count.selection.test
        values = () if test is None else values_of(test)
        return not any(isinstance(each, mdl.Attribute | Figure) for each in values)

    def _looked_up(self, count: mdl.Aggregate) -> exp.Expr:
        """Whether the event has a row of a selection."""
        rows = Source(self.events, count.selection.event)
        (key,), ((_, place),) = rows.link, rows.event.on
        known = names.known(key.copy())
        tests = [*rows.selected(count.selection), known]
        keys = exp.Subquery(this=rows.query(None, tests).select(key, copy=False))
        return exp.In(this=self.place(place), query=keys)


def held(query: exp.Select, tests: Sequence[exp.Expr | None]) -> exp.Select:
    """The query held to more tests, beside those that it has."""
    found = [] if query.args.get("where") is None else [query.args["where"].this]
    found += [test.copy() for test in tests if test is not None and test != exp.true()]
    if found:
        query.set("where", exp.Where(this=names.conjunction(found)))
    return query


def named(query: exp.Query, alias: str, *columns: str) -> exp.Subquery:
    """A query of keys, and of more columns, as a table."""
    first = query
    while not isinstance(first, exp.Select):
        first = first.this
    shown = [
        exp.alias_(each.unalias(), column, copy=False)
        for each, column in zip(first.selects, (KEY, *columns), strict=True)
    ]
    first.set("expressions", shown)
    return query.subquery(alias, copy=False)


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
