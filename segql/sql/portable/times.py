"""Walls and days: zones, steps, parts."""

from typing import ClassVar

from segql.sql.portable.base import Portable, sql

# ---- time


class Local(Portable):
    """A UTC wall as the wall of `zone`."""

    construct = "time zones"
    arg_types: ClassVar = sql("this", "zone")

    @property
    def zone(self) -> str:
        return str(self.args["zone"])


class Utc(Portable):
    """A wall of `zone` as a UTC wall.

    Where the zone sets its clock back, the earlier of two instants; where it sets it
    forward, times that it skips are read with the offset of before.
    """

    construct = "time zones"
    arg_types: ClassVar = sql("this", "zone")

    @property
    def zone(self) -> str:
        return str(self.args["zone"])


class OfInstant(Portable):
    """The UTC wall of a column's instant."""

    construct = "timestamps stored as instants"
    arg_types: ClassVar = sql("this")


class DayOf(Portable):
    """The day of a wall."""

    construct = "dates"
    arg_types: ClassVar = sql("this")


class Midnight(Portable):
    """The wall with which a day begins."""

    construct = "dates"
    arg_types: ClassVar = sql("this")


class _Moved(Portable):
    arg_types: ClassVar = sql("this", "count", "unit")

    @property
    def count(self) -> int:
        return int(self.args["count"])

    @property
    def unit(self) -> str:
        return str(self.args["unit"])


class MovedWall(_Moved):
    """A wall `count` units on, back if negative.

    `unit` is MICROSECOND, SECOND, MINUTE, HOUR, DAY or MONTH; a day too many for a
    month becomes its last.
    """

    construct = "windows"


class MovedDay(_Moved):
    """A day `count` units on, back if negative; `unit` is DAY or MONTH."""

    construct = "windows"


class DaysBetween(Portable):
    """How many days from the day `this` to the day `expression`."""

    construct = "elapsed time"
    arg_types: ClassVar = sql("this", "expression")


class UnitsBetween(Portable):
    """How many seconds, minutes or hours begin after one wall, up to another.

    `unit` is SECOND, MINUTE or HOUR; the wall `expression` begins one of them.
    """

    construct = "elapsed time"
    arg_types: ClassVar = sql("this", "expression", "unit")

    @property
    def unit(self) -> str:
        return str(self.args["unit"])


class Part(Portable):
    """YEAR, QUARTER, MONTH, DAY, HOUR or MINUTE of a wall, or of a day (`day`)."""

    construct = "parts of dates"
    arg_types: ClassVar = sql("this", "part", "day")

    @property
    def part(self) -> str:
        return str(self.args["part"])

    @property
    def day(self) -> bool:
        """Whether `this` is a day."""
        return bool(self.args["day"])


class Weekday(Portable):
    """The day of the week of a day: Monday is 1, Sunday is 7."""

    construct = "parts of dates"
    arg_types: ClassVar = sql("this")
