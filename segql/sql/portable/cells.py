"""What stands in cells: text that is read, JSON, lists, places."""

from typing import ClassVar

from sqlglot import exp

from segql.sql.portable.base import Portable, sql
from segql.types import Type

# ---- what a table would hold


class Cell(Portable):
    """What a column of `type` without a zone holds; `value` is None where nothing does.

    Lists are JSON texts, and instants are walls in UTC.
    """

    construct = "made-up customers"
    arg_types: ClassVar = {**sql("type"), "value": False}

    @property
    def kind(self) -> Type:
        found: Type = self.args["type"]
        return found

    @property
    def value(self) -> object:
        found: object = self.args.get("value")
        return found


# ---- text that is read as something else


class Parsed(Portable):
    """A text as a value of `type`, NULL where there is none such: 30 February.

    The text is known to have the type's form (`segql.model.formats`); of timestamps,
    the form without an offset.
    """

    construct = "columns stored as text"
    arg_types: ClassVar = sql("this", "type")

    @property
    def kind(self) -> Type:
        found: Type = self.args["type"]
        return found


class ParsedInstant(Portable):
    """A text with an offset as a UTC wall; NULL if outside of the years 1 to 9999."""

    construct = "columns stored as text"
    arg_types: ClassVar = sql("this")


class Fault(Portable):
    """Stops the query where it is evaluated; it has the SQL type of `type`.

    The engine's error contains `segql: unreadable cell`.
    """

    construct = "unreadable cells"
    arg_types: ClassVar = sql("type")

    @property
    def kind(self) -> Type:
        found: Type = self.args["type"]
        return found


class _Json(Portable):
    """Something of what the names `path` lead to inside a document.

    A document is text, or the engine's JSON; where it is no JSON, an error, or NULL
    if `lenient`. The names are keys of objects; `path` is empty for the whole.
    """

    arg_types: ClassVar = sql("this", "path", "lenient")

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.args["path"])

    @property
    def lenient(self) -> bool:
        return bool(self.args["lenient"])


class JsonText(_Json):
    """A text, or a number or boolean as it is written; NULL for null and nothing."""

    construct = "columns stored as JSON"


class JsonKind(_Json):
    """'OBJECT', 'ARRAY', 'NULL', another text for what else there is; else NULL."""

    construct = "columns stored as JSON"


class JsonTexts(_Json):
    """An array's elements as a list, each as `JsonText` has it."""

    construct = "lists stored as JSON"


class JsonNests(_Json):
    """Whether some element of an array is an object or an array."""

    construct = "lists stored as JSON"


# ---- lists


class Each(Portable):
    """The list of `expression` for each element of `this`, named `item`."""

    construct = "lists"
    arg_types: ClassVar = sql("this", "expression")


class HasSome(Portable):
    """Whether `expression`, a test about `item`, is true of an element."""

    construct = "lists"
    arg_types: ClassVar = sql("this", "expression")


class HasOne(Portable):
    """Whether a list has one of `expressions`, or, with `every`, all of them."""

    construct = "lists"
    arg_types: ClassVar = {**sql("this", "expressions"), "every": False}

    @property
    def every(self) -> bool:
        return bool(self.args.get("every"))


class Size(Portable):
    """How many elements are not NULL; NaN is counted. Of a NULL, NULL or 0."""

    construct = "lists"
    arg_types: ClassVar = sql("this")


class SizeOfKnown(Portable):
    """How many elements, which are doubles, are neither NULL nor NaN."""

    construct = "lists"
    arg_types: ClassVar = sql("this")


ITEM = exp.Column(this=exp.Identifier(this="item", quoted=False))
"""The element of a list, in what is said of each."""


# ---- places


class PointOf(Portable):
    """Latitude `this` and longitude `expression` as one; NULL if either is, or NaN."""

    construct = "places"
    arg_types: ClassVar = sql("this", "expression")


class Coordinate(Portable):
    """The `name` of a point: `latitude` or `longitude`."""

    construct = "places"
    arg_types: ClassVar = sql("this", "name")

    @property
    def name(self) -> str:
        return str(self.args["name"])
