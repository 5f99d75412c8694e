"""Aggregates that SQLite lacks, as functions of ours on a connection.

A number may be wide: then it is a text that sorts as it does.
"""

from typing import Any

from segql.engines.sqlite_wide import Number, shown_wide, whole_of


class Total:
    """The sum of wide numbers."""

    def __init__(self) -> None:
        self.total: int | None = None

    def step(self, number: Number) -> None:
        if number is not None:
            self.total = (self.total or 0) + whole_of(number)

    def finalize(self) -> str | None:
        return None if self.total is None else shown_wide(self.total)


class _Values:
    """The values that are there."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def step(self, value: Any) -> None:
        if value is not None:
            self.values.append(value)


class Median(_Values):
    """The mean of the middle two doubles, as one rounding of its exact value."""

    def finalize(self) -> float | None:
        count = len(self.values)
        if not count:
            return None
        self.values.sort()
        low, high = self.values[(count - 1) // 2], self.values[count // 2]
        return float((low + high) / 2)


class Lower(_Values):
    """The middle value, or the lower of the middle two."""

    def finalize(self) -> Any:
        self.values.sort()
        return self.values[(len(self.values) - 1) // 2] if self.values else None


class Upper(_Values):
    """The middle value, or the upper of the middle two."""

    def finalize(self) -> Any:
        self.values.sort()
        return self.values[len(self.values) // 2] if self.values else None


class First:
    """A value, NULL too, of the first row by the columns that follow it."""

    def __init__(self) -> None:
        self.order: tuple[Any, ...] | None = None
        self.value: Any = None

    def step(self, value: Any, *order: Any) -> None:
        if self.order is None or order < self.order:
            self.order, self.value = order, value

    def finalize(self) -> Any:
        return self.value


class Last(First):
    """The same of the last row."""

    def step(self, value: Any, *order: Any) -> None:
        if self.order is None or order > self.order:
            self.order, self.value = order, value


class Commonest:
    """The value of the greatest count, of those the least."""

    def __init__(self) -> None:
        self.count: int | None = None
        self.value: Any = None

    def step(self, value: Any, count: int | None) -> None:
        if value is None or count is None:
            return
        if self.count is None or count > self.count:
            self.count, self.value = count, value
        elif count == self.count and value < self.value:
            self.value = value

    def finalize(self) -> Any:
        return self.value


AGGREGATES: tuple[tuple[str, int, type[Any]], ...] = (
    ("total", 1, Total),
    ("median", 1, Median),
    ("lower", 1, Lower),
    ("upper", 1, Upper),
    ("first", -1, First),
    ("last", -1, Last),
    ("commonest", 2, Commonest),
)
