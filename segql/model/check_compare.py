"""One value against another: which types can be compared, and what it then means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, assert_never

from segql.fold import fold
from segql.messages import lints, names, plan, types
from segql.model import nodes as mdl
from segql.model.check_values import as_double, numeric
from segql.syntax import nodes as syn
from segql.types import (
    MAX_DIGITS,
    TEXT,
    Boolean,
    Date,
    Double,
    Exact,
    ListOf,
    Point,
    Text,
    Timestamp,
    Type,
)

if TYPE_CHECKING:
    from segql.model.check import Checker


def compared(
    c: Checker,
    operator: mdl.Comparison,
    left: mdl.Value,
    right: mdl.Value,
    node: syn.Node,
    folded: bool = False,
    noted: bool = True,
) -> mdl.Rule | None:
    """A comparison; a constant on the left is turned to the right.

    Values that the catalog does not list are noted unless the caller does so.
    """
    fixed = mdl.Constant | mdl.Today
    if isinstance(left, fixed) and not isinstance(right, fixed):
        left, right, operator = right, left, _TURNED[operator]
    if days := _whole_day(operator, left, right, node):
        return days
    if not comparable(c, left, right, node):
        return None
    if noted and operator in ("=", "!="):
        declared_values(c, left, (right,), folded)
    elif noted:
        _by_letters(c, operator, left, node)
    if isinstance(left.type, Boolean) and operator not in ("=", "!="):
        c.report.add(
            types.needs_type(f"`{operator}`", "an order", "true and false", node.span)
        )
        return None
    if isinstance(left.type, Double) or isinstance(right.type, Double):
        left, right = as_double(left), as_double(right)
    if folded:
        left, right = folded_text(left), folded_text(right)
    return mdl.Compare(operator, left, right, span=node.span)


_TURNED: dict[mdl.Comparison, mdl.Comparison] = {
    "=": "=",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}


def _whole_day(
    operator: mdl.Comparison, left: mdl.Value, right: mdl.Value, node: syn.Node
) -> mdl.Rule | None:
    """A date literal compared with a timestamp is its whole local day."""
    if not (isinstance(left.type, Timestamp) and isinstance(right.type, Date)):
        return None
    window: mdl.Window
    match right:
        case mdl.Today(offset):
            window = beside_today(operator, offset)
        case mdl.Constant(date() as day):
            window = _beside_day(operator, day)
        case _:
            return None
    inside = mdl.Within(left, window, span=node.span)
    return mdl.Not(inside, span=node.span) if operator == "!=" else inside


def _beside_day(operator: mdl.Comparison, day: date) -> mdl.Days:
    after = next_day(day)
    return {
        "=": mdl.Days(day, after),
        "!=": mdl.Days(day, after),
        "<": mdl.Days(None, day),
        "<=": mdl.Days(None, after),
        ">": mdl.Days(after, None) if after else mdl.Days(day, day),
        ">=": mdl.Days(day, None),
    }[operator]


def beside_today(operator: mdl.Comparison, offset: int) -> mdl.Window:
    """What lies so beside a day that is counted from today."""
    day = mdl.Day(offset)
    match operator:
        case "=" | "!=":
            return day
        case "<":
            return mdl.FromTo(None, mdl.Day(offset - 1))
        case "<=":
            return mdl.FromTo(None, day)
        case ">":
            return mdl.FromTo(mdl.Day(offset + 1), None)
        case ">=":
            return mdl.FromTo(day, None)
        case _:
            assert_never(operator)


def next_day(day: date) -> date | None:
    """The day after; None where the calendar ends."""
    return day + timedelta(days=1) if day < date.max else None


def comparable(c: Checker, left: mdl.Value, right: mdl.Value, node: syn.Node) -> bool:
    """Whether two values can be compared; reported if not."""
    a, b = left.type, right.type
    if isinstance(a, ListOf) or isinstance(b, ListOf):
        items = left if isinstance(a, ListOf) else right
        shown = (
            items.name if isinstance(items, mdl.Attribute | mdl.Property) else "list"
        )
        help_ = f"write `{shown} has …`, or `size({shown}) …`"
        c.report.add(types.list_as_value(node.span, help_))
        return False
    if isinstance(a, Point) or isinstance(b, Point):
        help_ = "of a point is said `within 25 km of …`, `is missing` or `is known`"
        c.report.add(types.not_in_this_place("a point", node.span, help_))
        return False
    if not same_family(a, b):
        c.report.add(
            types.type_mismatch(
                described(left), described(right), node.span, _help(left, right)
            )
        )
        return False
    constants = isinstance(left, mdl.Constant) or isinstance(right, mdl.Constant)
    if isinstance(a, Exact) and isinstance(b, Exact) and not constants:
        digits = max(a.whole, b.whole) + max(a.scale, b.scale)
        if digits > MAX_DIGITS:
            c.report.add(plan.too_wide(digits, node.span))
            return False
    return True


def same_family(a: Type, b: Type) -> bool:
    return (numeric(a) and numeric(b)) or type(a) is type(b)


def declared_values(
    c: Checker, left: mdl.Value, options: Sequence[mdl.Value], folded: bool = False
) -> None:
    """Notes constants that the catalog does not list for what is tested."""
    name, values = _listed(c, left)
    known = [value for value in values if isinstance(value, str)]
    folds = {fold(value) for value in known} if folded else set()
    strange = [
        each
        for each in options
        if values and isinstance(each, mdl.Constant) and each.value not in values
        if not (isinstance(each.value, str) and fold(each.value) in folds)
    ]
    more = max(0, len(strange) - lints.MAX_UNDECLARED)
    for each in strange[: lints.MAX_UNDECLARED]:
        last = each is strange[lints.MAX_UNDECLARED - 1] if more else False
        shown = str(each.value)
        close = names.similar(shown, known)
        c.report.add(
            lints.undeclared_value(
                shown, name, close, known, more if last else 0, each.span
            )
        )


def _by_letters(
    c: Checker, operator: mdl.Comparison, left: mdl.Value, node: syn.Node
) -> None:
    """Notes an order of texts that the catalog lists, such as `tier > "gold"`."""
    name, values = _listed(c, left)
    if values and isinstance(left.type, Text):
        what = "a range" if isinstance(node, syn.Range | syn.In) else f"`{operator}`"
        c.report.add(lints.by_letters(what, name, node.span))


def _listed(c: Checker, value: mdl.Value) -> tuple[str, tuple[object, ...]]:
    """The name of a value and what the catalog lists for it."""
    match value:
        case mdl.Attribute(name):
            return name, c.catalog.attributes[name].values
        case mdl.Property(name) if c.scope.event is not None:
            return name, c.scope.event.properties[name].values
        case mdl.Element() if c.scope.items is not None:
            return _listed(c, c.scope.items)
        case mdl.Pick(which, selection, mdl.Property(name)):
            values = c.catalog.events[selection.event].properties[name].values
            return f"{which}({selection.event}).{name}", values
        case _:
            return "", ()


def folded_text(value: mdl.Value) -> mdl.Value:
    """Text without its case; a constant is folded here."""
    match value:
        case mdl.Constant(str() as text):
            return mdl.Constant(fold(text), TEXT, span=value.span)
        case _:
            return mdl.Fold(value, span=value.span)


def described(value: mdl.Value) -> str:
    """A value as a message speaks of it."""
    kind = str(value.type)
    match value:
        case mdl.Attribute(name) | mdl.Property(name) if name:
            return f"`{name}`, {'an' if kind[0] in 'aeiou' else 'a'} {kind},"
        case mdl.Constant():
            return f"a plain {kind}"
        case mdl.Aggregate("count"):
            return "a count"
        case _:
            return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _help(left: mdl.Value, right: mdl.Value) -> str | None:
    a, b = left.type, right.type
    if isinstance(right, mdl.Constant):
        if isinstance(a, Date | Timestamp) and isinstance(right.value, int):
            year = right.value
            if 1000 <= year <= 9999:
                return f"for that year write `in {year}`"
            name = left.name if isinstance(left, mdl.Attribute | mdl.Property) else ""
            name = "time" if isinstance(left, mdl.EventTime) else name or "…"
            ago = f"`{name} more than {abs(year)} days ago`"
            return f"write `{name} in last {abs(year)} days`, {ago} or a date"
        if isinstance(a, Date) and isinstance(b, Timestamp):
            return "a date has no time of day: compare it with a date, `2025-03-01`"
        if isinstance(a, Date | Timestamp) and isinstance(b, Text):
            return "dates stand bare, without quotes: `2025-03-01`"
        if numeric(a) and isinstance(b, Text):
            return "numbers stand without quotes; text never becomes a number"
        if isinstance(a, Text) and numeric(b):
            return f'text stands in quotes: `"{right.value}"`'
        if isinstance(a, Boolean):
            return "compare with `true` or `false`, or write the name alone"
    elif isinstance(a, Date | Timestamp) and numeric(b):
        return "dates are written as year, month and day: `2025-01-31`"
    if {type(a), type(b)} == {Date, Timestamp}:
        return "of an event `.day` is the local date, `.time` the instant"
    return None
