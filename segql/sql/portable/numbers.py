"""Literals and numbers."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from segql.sql.portable.base import Portable, sql
from segql.types import Exact, Type


class _Exact(Portable):
    """A node whose `type` is that of an exact number."""

    @property
    def exact(self) -> Exact:
        found = self.args["type"]
        assert isinstance(found, Exact)
        return found


# ---- literals


class Day(Portable):
    """A date, as a day."""

    construct = "dates"
    arg_types: ClassVar = sql("value")

    @property
    def value(self) -> date:
        found = self.args["value"]
        assert isinstance(found, date)
        return found


class Wall(Portable):
    """A wall time: a `datetime` without a zone."""

    construct = "timestamps"
    arg_types: ClassVar = sql("value")

    @property
    def value(self) -> datetime:
        found = self.args["value"]
        assert isinstance(found, datetime)
        return found


class Instant(Portable):
    """An instant, to compare a column that stores instants with; a UTC `datetime`."""

    construct = "timestamps stored as instants"
    arg_types: ClassVar = sql("value")

    @property
    def value(self) -> datetime:
        found = self.args["value"]
        assert isinstance(found, datetime)
        return found


class Real(Portable):
    """A finite double: a `float`."""

    construct = "doubles"
    arg_types: ClassVar = sql("value")

    @property
    def value(self) -> float:
        return float(self.args["value"])


class Number(_Exact):
    """An exact number: an `int` or `Decimal` that `type` (an `Exact`) holds.

    `type` is that of what it is compared or calculated with.
    """

    construct = "exact numbers"
    arg_types: ClassVar = sql("value", "type")

    @property
    def value(self) -> int | Decimal:
        found = self.args["value"]
        assert isinstance(found, int | Decimal)
        return found


class Shown(Portable):
    """A value that the query yields to its reader, of type `type`."""

    construct = "columns of the answer"
    arg_types: ClassVar = sql("this", "type")

    @property
    def kind(self) -> Type:
        found: Type = self.args["type"]
        return found


# ---- numbers


class Stored(_Exact):
    """An exact number as a column of the warehouse has it, of type `type`."""

    construct = "exact numbers"
    arg_types: ClassVar = sql("this", "type")


class ToDouble(_Exact):
    """The double nearest to an exact number of type `type`."""

    construct = "exact numbers beside doubles"
    arg_types: ClassVar = sql("this", "type")


class ToExact(_Exact):
    """An exact number of type `source` in type `type`, which loses nothing of it.

    Where it does not fit, the engine stops with an error.
    """

    construct = "exact numbers of two types"
    arg_types: ClassVar = sql("this", "source", "type")

    @property
    def source(self) -> Exact:
        found = self.args["source"]
        assert isinstance(found, Exact)
        return found


class ToWhole(Portable):
    """A whole number of any width as one of 64 bits."""

    construct = "whole numbers"
    arg_types: ClassVar = sql("this")


class Calculated(Portable):
    """`this operator expression` of exact numbers of types `left` and `right`.

    `operator` is one of + - *; the result has the type `type`, and is exact.
    """

    construct = "arithmetic of exact numbers"
    arg_types: ClassVar = sql("this", "expression", "operator", "left", "right", "type")

    @property
    def operator(self) -> str:
        return str(self.args["operator"])

    @property
    def sides(self) -> tuple[Exact, Exact, Exact]:
        """The types: left, right, result."""
        left, right, result = (self.args[each] for each in ("left", "right", "type"))
        assert isinstance(left, Exact)
        assert isinstance(right, Exact)
        assert isinstance(result, Exact)
        return left, right, result


class Nearest(_Exact):
    """The exact number of type `type` that is nearest to a number of any kind.

    Ties go away from zero; NULL for NaN; of infinity, or what does not fit, an error.
    """

    construct = "doubles with a scale"
    arg_types: ClassVar = sql("this", "type")


class Shifted(_Exact):
    """An exact number of type `type`, times ten to its scale: a whole number."""

    construct = "medians"
    arg_types: ClassVar = sql("this", "type")


class Float(Portable):
    """A number of any SQL type as a double."""

    construct = "doubles"
    arg_types: ClassVar = sql("this")


class KnownNumber(Portable):
    """A double, NULL for NaN."""

    construct = "NaN"
    arg_types: ClassVar = sql("this")


class IsNumber(Portable):
    """Whether a double is no NaN."""

    construct = "NaN"
    arg_types: ClassVar = sql("this")


class Quotient(Portable):
    """A double through a double that is never zero."""

    construct = "division"
    arg_types: ClassVar = sql("this", "expression")


class WholeQuotient(Portable):
    """How often a positive whole number goes into one that is not negative."""

    construct = "whole division"
    arg_types: ClassVar = sql("this", "expression")


class Floored(Portable):
    """A whole number through `by`, a positive `int`: the floor, negative ones too."""

    construct = "whole division"
    arg_types: ClassVar = sql("this", "by")

    @property
    def by(self) -> int:
        return int(self.args["by"])


class Doubles(Portable):
    """`this operator expression` of doubles, as IEEE has it; `operator` is + - or *.

    What is too large is infinity, what is too small is zero: no error.
    """

    construct = "arithmetic of doubles"
    arg_types: ClassVar = sql("this", "expression", "operator")

    @property
    def operator(self) -> str:
        return str(self.args["operator"])
