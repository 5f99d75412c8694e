"""Aggregates that need more than a sum."""

from typing import ClassVar

from segql.sql.portable.base import Portable, sql

# ---- aggregates


class Median(Portable):
    """Aggregates doubles: the mean of the middle two, one rounding of the exact."""

    construct = "median"
    arg_types: ClassVar = sql("this")


class Middle(Portable):
    """Aggregates values: the middle one; of an even number the lower, or `upper`."""

    construct = "median"
    arg_types: ClassVar = {**sql("this"), "upper": False}

    @property
    def upper(self) -> bool:
        return bool(self.args.get("upper"))


class AtEnd(Portable):
    """Aggregates rows: `this` of the first by `expressions`, or the last; NULL too.

    Of a part of the order that is NULL, the part before it says so.
    """

    construct = "first, last"
    arg_types: ClassVar = {**sql("this", "expressions"), "last": False}

    @property
    def last(self) -> bool:
        return bool(self.args.get("last"))


class Commonest(Portable):
    """Aggregates rows: `this` of that with the greatest `expression`.

    Of those, the least. Nothing is NULL.
    """

    construct = "most_common"
    arg_types: ClassVar = sql("this", "expression")


class Single(Portable):
    """Aggregates values of which at most one is not NULL: that one."""

    construct = "first, last"
    arg_types: ClassVar = sql("this")


class AnyTrue(Portable):
    """Aggregates tests: whether one is true."""

    construct = "min, max against a bound"
    arg_types: ClassVar = sql("this")
