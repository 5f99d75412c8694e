"""A condition in; the values of attributes and properties at which it turns, out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import TypeAlias, TypeVar

from segql.catalog.nodes import Attribute, Property
from segql.catalog.values import fit
from segql.insight.patterns import fitting_text
from segql.model import nodes as mdl
from segql.model import regex
from segql.model.examples import Value
from segql.model.windows import Clock, day_bounds, instant_bounds, shifted
from segql.types import (
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

Named: TypeAlias = mdl.Attribute | mdl.Property
Edge: TypeAlias = tuple[Named, Value | None]
"""A value to look at; None is missing."""

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_DEGREE = 111.2
"""Kilometres, roughly, from one degree of latitude to the next."""


def edges(rule: mdl.Rule, clock: Clock) -> Iterator[Edge]:
    """The values right before and right after a condition turns, and a missing one.

    Of what has no such place some value that fits, and some that does not. What the
    type can't hold is no such value.
    """
    for named, value in _edges(rule, clock):
        if holds(value, named.type):
            yield named, value


def holds(value: Value | None, type_: Type) -> bool:
    """Whether a type can have a value; each can be missing."""
    match type_, value:
        case _, None:
            return True
        case Exact(_, scale), _:
            whole = isinstance(value, int) is (scale == 0)
            return whole and fit(value, type_) is not None
        case ListOf(element), tuple():
            return all(holds(each, element) for each in value)
        case Text(), str():
            return True
        case Boolean(), bool():
            return True
        case Double(), float():
            return isfinite(value)
        case Timestamp(), datetime():
            return True
        case Date(), date():
            return not isinstance(value, datetime)
        case Point(), (float(), float()):
            return True
        case _:
            return False


def _edges(rule: mdl.Rule, clock: Clock) -> Iterator[Edge]:
    match rule:
        case mdl.Compare(operator, left, right):
            yield from _compared(operator, left, right, clock)
        case mdl.OneOf(value, options):
            for option in options[:1]:
                yield from _around("=", value, option.value, clock)
        case mdl.Within(value, window):
            for each in _named(value):
                days = isinstance(each.type, Date)
                yield from ((each, when) for when in ends(window, clock, days=days))
        case mdl.Anniversary(value, window):
            for each in _named(value):
                for when in ends(window, clock, days=True):
                    yield each, _birthday(when, each.type)
        case mdl.OnDays(value, ranges):
            for each in _named(value):
                for first, last in ranges[:2]:
                    for day in (first, last):
                        when = date(2000, day // 100, min(day % 100, 28))
                        yield each, _birthday(when, each.type)
                        yield each, _birthday(when + timedelta(days=40), each.type)
        case mdl.Anchored(value, anchor, back, ahead, unit):
            yield from _anchored(value, anchor, back, ahead, unit, clock)
        case mdl.Near(value, points, km):
            for each in _named(value):
                for latitude, longitude in points[:2]:
                    yield each, (latitude, longitude)
                    yield each, (_moved(latitude, km * 1.01 + 0.1), longitude)
        case mdl.TextTest(_, value, mdl.Constant(str() as part)):
            for each in _named(value):
                yield each, part
                yield each, f"x{part}"
                yield each, f"{part}x"
                yield each, "x"
        case mdl.HasAny(value, options) | mdl.HasAll(value, options):
            some = tuple(option.value for option in options)
            for each in _named(value):
                yield each, some
                yield each, some[:1]
                yield each, ()
        case mdl.HasSome(value, test):
            yield from _lists(value, test, clock)
        case mdl.Matches(value, pattern):
            text = fitting_text(regex.parse(pattern))
            for each in _named(value):
                yield each, text
                yield each, f"{text}x" if text else "x"
        case mdl.IsMissing(value):
            for each in _named(value):
                yield each, some_value(each.type)
        case mdl.Holds(value):
            for each in _named(value):
                yield each, True
                yield each, False
        case mdl.Not(term) | mdl.InSegment(_, term):
            yield from edges(term, clock)
        case mdl.And(terms) | mdl.Or(terms) | mdl.AtLeast(_, _, terms):
            for term in terms:
                yield from edges(term, clock)
        case mdl.Ranked(by=by, among=among):
            yield from ((each, some_value(each.type)) for each in _named(by))
            if among is not None:
                yield from edges(among, clock)
        case _:
            pass
    for value in _values(rule):
        yield from ((each, None) for each in _named(value))


def ends(window: mdl.Window, clock: Clock, *, days: bool) -> Iterator[date]:
    """Right before a window, at its start, at its end and right after it."""
    if days:
        bounds = day_bounds(window, clock)
        some, step = (bounds.start, bounds.end), _DAY
    else:
        moments = instant_bounds(window, clock)
        some, step = (moments.start, moments.end), _MINUTE
    for edge in some:
        if edge is not None:
            yield edge
            yield _plus(edge, -step)


_When = TypeVar("_When", date, datetime)


def _plus(when: _When, step: timedelta) -> _When:
    """So much later; where the calendar ends, no later."""
    try:
        return when + step
    except OverflowError:
        return when


def some_value(type_: Type) -> Value:
    """Some value of a type."""
    match type_:
        case Text():
            return "x"
        case Boolean():
            return True
        case Exact(_, scale):
            return Decimal(1).quantize(Decimal(1).scaleb(-scale)) if scale else 1
        case Double():
            return 1.0
        case Date():
            return date(2000, 1, 15)
        case Timestamp():
            return datetime.fromisoformat("2000-01-15T11:00+00:00")
        case Point():
            return (0.0, 0.0)
        case ListOf(element):
            return (some_value(element),)  # type: ignore[return-value]


def other(value: Value, named: Attribute | Property | None) -> Value:
    """Another value of the same kind, one that the catalog lists if it lists any."""
    if isinstance(value, str):
        listed = [each for each in named.values if named] if named else []
        for each in listed:
            if each != value and isinstance(each, str):
                return each
        return "x" if value != "x" else "y"
    if isinstance(value, bool):
        return not value
    return value


def _compared(
    operator: mdl.Comparison, left: mdl.Value, right: mdl.Value, clock: Clock
) -> Iterator[Edge]:
    flipped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    match left, right:
        case _, mdl.Constant(value):
            yield from _around(operator, left, value, clock)
        case mdl.Constant(value), _:
            turned: mdl.Comparison = flipped.get(operator, operator)  # type: ignore[assignment]
            yield from _around(turned, right, value, clock)
        case _:
            for side in (left, right):
                for each in _named(side):
                    one = some_value(each.type)
                    yield each, one
                    if not isinstance(one, tuple):
                        yield from ((each, v) for v in beside(">", one, each.type))


def _around(
    operator: mdl.Comparison, value: mdl.Value, limit: mdl.Scalar, clock: Clock
) -> Iterator[Edge]:
    """The values next to a limit of a value, and on both sides of it."""
    match value:
        case mdl.Attribute() | mdl.Property():
            for near in beside(operator, limit, value.type):
                yield value, near
        case mdl.Fold(text):
            yield from _around(operator, text, limit, clock)
        case mdl.Elapsed(unit, inner) if _is_small(limit):
            first = int(limit) + (operator in (">", "<="))  # type: ignore[arg-type]
            for each in _named(inner):
                yield from ((each, t) for t in _ago(first, unit, each.type, clock))
                if operator in ("=", "!="):
                    late = _ago(first + 1, unit, each.type, clock)
                    yield from ((each, t) for t in late)
        case mdl.PartOf(part, inner) if isinstance(limit, int | Decimal):
            for each in _named(inner):
                for number in range(int(limit) - 1, int(limit) + 2):
                    when = _with_part(part, number)
                    if when is not None:
                        yield each, _birthday(when, each.type)
        case mdl.Size(inner) if isinstance(limit, int | Decimal):
            for each in _named(inner):
                one = some_value(each.type)
                for number in range(max(int(limit) - 1, 0), min(int(limit) + 2, 20)):
                    yield each, one * number if isinstance(one, tuple) else one
        case mdl.Arithmetic() | mdl.Negative() | mdl.Choice():
            for each in _named(value):
                some = (*beside(operator, limit, each.type), 0, 1, 10)
                if isinstance(each.type, Exact | Double):
                    yield from ((each, fitted(some_, each.type)) for some_ in some)
        case _:
            pass


def _is_small(limit: mdl.Scalar) -> bool:
    """Whether the calendar can hold so many of whatever unit."""
    number = isinstance(limit, int | Decimal | float)
    return number and abs(Decimal(limit)) < 100_000  # type: ignore[arg-type]


def beside(
    operator: mdl.Comparison, limit: mdl.Scalar, type_: Type
) -> tuple[Value, ...]:
    """The values next to a limit, where a comparison turns."""
    below, above = _next(limit, type_, -1), _next(limit, type_, 1)
    here = fitted(limit, type_)
    match operator:
        case ">=" | "<":
            return (below, here)
        case ">" | "<=":
            return (here, above)
        case "=" | "!=":
            return (here, above)


def fitted(value: Value, type_: Type) -> Value:
    """A number as a type has it."""
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if isinstance(type_, Exact) and number:
        exact = round(Decimal(value), type_.scale)  # type: ignore[arg-type]
        return exact if type_.scale else int(exact)
    if isinstance(type_, Double) and number:
        return float(value)  # type: ignore[arg-type]
    return value


def _next(limit: mdl.Scalar, type_: Type, way: int) -> Value:
    match type_, limit:
        case Exact(_, scale), int() | Decimal() | float():
            step = Decimal(1).scaleb(-scale)
            return fitted(Decimal(fitted(limit, type_)) + way * step, type_)  # type: ignore[arg-type]
        case Double(), int() | Decimal() | float():
            return round(float(limit) + way * 0.1, 6)
        case Date(), date():
            return _plus(limit, way * _DAY)
        case Timestamp(), datetime():
            return _plus(limit, way * _MINUTE)
        case Text(), str():
            return other(limit, None)
        case Boolean(), bool():
            return not limit
        case _:
            return limit


def _ago(units: int, unit: mdl.Unit, type_: Type, clock: Clock) -> Iterator[Value]:
    """The last day or instant that is so many units ago, and the one after it."""
    if isinstance(type_, Date):
        day = shifted(clock.today, -units, unit)
        if day is not None:
            yield day
            yield _plus(day, _DAY)
        return
    edge = instant_bounds(mdl.Rolling(None, -units, unit), clock).end
    if edge is not None:
        yield edge
        yield _plus(edge, _MINUTE)


def _anchored(
    value: mdl.Value,
    anchor: mdl.Value,
    back: int,
    ahead: int,
    unit: mdl.Unit,
    clock: Clock,
) -> Iterator[Edge]:
    """Both sides right at the edges of each other, some time ago."""
    middle = shifted(clock.today, -60, "day") or clock.today
    for each in _named(anchor):
        yield each, _birthday(middle, each.type)
    for each in _named(value):
        small = unit in ("second", "minute", "hour")
        for steps in {0, -1, 1} if small else {0, -back, ahead, -back - 1, ahead + 1}:
            moved = shifted(middle, steps, "day" if small else unit)
            if moved is not None:
                yield each, _birthday(moved, each.type)


def _lists(value: mdl.Value, test: mdl.Rule, clock: Clock) -> Iterator[Edge]:
    """Lists of one element, next to where a test of elements turns."""
    for each in _named(value):
        element = each.type.element if isinstance(each.type, ListOf) else each.type
        inner = replace(each, type=element)
        yield each, ()
        for _, found in edges(_of_element(test, inner), clock):
            if found is not None and not isinstance(found, tuple):
                yield each, (found,)


def _of_element(rule: mdl.Rule, named: Named) -> mdl.Rule:
    """A test of an element, said of a value."""
    match rule:
        case mdl.Compare(operator, mdl.Element(), right):
            return replace(rule, operator=operator, left=named, right=right)
        case mdl.OneOf(mdl.Element()) | mdl.TextTest(_, mdl.Element()):
            return replace(rule, value=named)
        case mdl.And(terms) | mdl.Or(terms):
            return replace(rule, terms=tuple(_of_element(t, named) for t in terms))
        case mdl.Not(term):
            return _of_element(term, named)
        case _:
            return rule


def _birthday(day: date, type_: Type) -> Value:
    """A day as a date, or as an instant in its middle."""
    if isinstance(day, datetime) or isinstance(type_, Date):
        return day
    return datetime.fromisoformat(f"{day.isoformat()}T11:00+00:00")


def _with_part(part: mdl.Part, number: int) -> date | None:
    """A day with a part of it so; None if there is none."""
    try:
        match part:
            case "year":
                return date(number, 7, 1)
            case "quarter":
                return date(2000, number * 3 - 1, 15)
            case "month":
                return date(2000, number, 15)
            case "day":
                return date(2000, 1, number)
            case "weekday":
                return date(2001, 1, number) if 1 <= number <= 7 else None
            case "hour" | "minute":
                hour, minute = (number, 0) if part == "hour" else (11, number)
                at = f"2000-01-15T{hour:02}:{minute:02}+00:00"
                return datetime.fromisoformat(at)
    except (ValueError, OverflowError):
        return None


def _moved(latitude: float, km: float) -> float:
    """So far to the north or, near the pole, to the south."""
    step = km / _DEGREE
    found = latitude + step if latitude + step <= 90 else latitude - step
    return round(max(found, -90.0), 4)


def _values(rule: mdl.Rule) -> Sequence[mdl.Value]:
    match rule:
        case mdl.Compare(_, left, right):
            return (left, right)
        case mdl.Anchored(value, anchor):
            return (value, anchor)
        case (
            mdl.OneOf(value)
            | mdl.Within(value)
            | mdl.Anniversary(value)
            | mdl.OnDays(value)
            | mdl.Near(value)
            | mdl.TextTest(_, value)
            | mdl.Matches(value)
            | mdl.IsMissing(value)
            | mdl.Holds(value)
            | mdl.HasAny(value)
            | mdl.HasAll(value)
            | mdl.HasSome(value)
        ):
            return (value,)
        case _:
            return ()


def _named(value: mdl.Value) -> Iterator[Named]:
    """The attributes and properties that a value is made of."""
    match value:
        case mdl.Attribute() | mdl.Property():
            yield value
        case mdl.Fold(inner) | mdl.Size(inner) | mdl.Negative(inner):
            yield from _named(inner)
        case mdl.Elapsed(_, inner) | mdl.PartOf(_, inner) | mdl.Position(_, inner):
            yield from _named(inner)
        case mdl.Arithmetic(_, left, right) | mdl.Choice(_, left, right):
            yield from _named(left)
            yield from _named(right)
        case _:
            pass
