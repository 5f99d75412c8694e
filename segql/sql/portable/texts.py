"""Keys, texts, and truth."""

from typing import ClassVar

from segql.sql.portable.base import Portable, sql

# ---- keys


class InOrder(Portable):
    """A column of a type that only the warehouse knows, to order rows by it.

    Texts are in the order of their code points, whatever the column's own is.
    """

    construct = "order of keys"
    arg_types: ClassVar = sql("this")


# ---- text


class TextOf(Portable):
    """A text from a column: from here on compared by code point, nothing folded."""

    construct = "text"
    arg_types: ClassVar = sql("this")


class Folded(Portable):
    """A text with its case taken out, exactly as `segql.fold` does it."""

    construct = "ignoring case"
    arg_types: ClassVar = sql("this")


class FullMatch(Portable):
    """Whether all of a text matches `pattern`, one of `segql.model.regex`.

    `expression` has the pattern as a literal in the form that RE2 reads.
    """

    construct = "matches"
    arg_types: ClassVar = sql("this", "expression", "pattern")

    @property
    def pattern(self) -> str:
        return str(self.args["pattern"])


class AsText(Portable):
    """A key as text: of a number its decimal digits."""

    construct = "sample"
    arg_types: ClassVar = sql("this")


class Md5(Portable):
    """The MD5 of a text's UTF-8, as 32 hexadecimal digits in small letters."""

    construct = "sample"
    arg_types: ClassVar = sql("this")


# ---- truth


class IsTrue(Portable):
    """A boolean value as a test."""

    construct = "booleans"
    arg_types: ClassVar = sql("this")


class Flag(Portable):
    """A test as a value, to be selected or ordered by; NULL may stand for FALSE."""

    construct = "booleans"
    arg_types: ClassVar = sql("this")


class PlaceAmong(Portable):
    """Which of `texts`, all different, a text `value` is: 1 for the first.

    0 for none of them, and for NULL. `this` is a CASE that finds it one by one.
    """

    construct = "texts told apart"
    arg_types: ClassVar = sql("this", "value", "texts")

    @property
    def texts(self) -> tuple[str, ...]:
        found: tuple[str, ...] = self.args["texts"]
        return found


class NotTrue(Portable):
    """Whether a test is false or NULL."""

    construct = "not"
    arg_types: ClassVar = sql("this")


class Guarded(Portable):
    """`expression`, a test, where `this` is true; elsewhere it is not looked at."""

    construct = "places"
    arg_types: ClassVar = sql("this", "expression")
