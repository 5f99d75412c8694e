"""The text of a pattern to its tree, or to what is wrong with it."""

from dataclasses import replace
from functools import lru_cache
from typing import Final

from segql.model.regex.nodes import (
    Chars,
    Choice,
    Expression,
    Problem,
    Repeat,
    Sequence,
    merged,
    size,
)

MAX_REPEAT: Final = 255
"""The greatest bound of a quantifier (PostgreSQL's limit; RE2's is 1000)."""
MAX_SIZE: Final = 1000
"""How many characters and classes a pattern has, its repeats written out."""
MAX_DEPTH: Final = 50
"""How deep groups may nest."""


class _Bad(Exception):
    def __init__(self, start: int, end: int, message: str, help: str) -> None:
        self.problem = Problem(start, end, message, help)


@lru_cache(maxsize=256)
def read(pattern: str) -> Expression | Problem:
    """The tree of a pattern, or what is wrong with it."""
    try:
        reader = _Reader(pattern)
        tree = reader.choice()
        if reader.here() == ")":
            raise _Bad(
                reader.at,
                reader.at + 1,
                "this `)` closes no group",
                "write `\\)` for the character",
            )
        if size(tree) > MAX_SIZE:
            raise _Bad(
                0,
                len(pattern),
                f"this pattern is longer than {MAX_SIZE} characters, repeats counted",
                "make the counts in braces smaller",
            )
    except _Bad as bad:
        return replace(bad.problem, end=min(bad.problem.end, len(pattern)))
    return tree


SPECIAL: Final = frozenset("\\.^$*+?()[]{}|")
_NAMED: Final = {"n": "\n", "r": "\r", "t": "\t"}
_SHORTHAND: Final = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[A-Za-z0-9_]",
    "W": "[^A-Za-z0-9_]",
    "s": "[ \\t\\r\\n]",
    "S": "[^ \\t\\r\\n]",
}


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0

    def here(self, length: int = 1) -> str:
        return self.pattern[self.at : self.at + length]

    def bad(self, start: int, message: str, help: str) -> _Bad:
        return _Bad(start, max(self.at, start + 1), message, help)

    def choice(self) -> Expression:
        options = [self.sequence()]
        while self.here() == "|":
            self.at += 1
            options.append(self.sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self) -> Expression:
        start = self.at
        parts = []
        while self.here() not in ("", "|", ")"):
            parts.append(self.repeat())
        if not parts:
            if not self.pattern:
                raise _Bad(0, 0, "the pattern is empty", 'write `= ""` for empty text')
            raise self.bad(
                start,
                "nothing stands on this side of `|` or between the parentheses",
                "write `(…)?` for something that may be left out",
            )
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def repeat(self) -> Expression:
        item = self.item()
        start = self.at
        bounds = self.quantifier()
        if bounds is None:
            return item
        again = self.at
        if self.here() == "?":
            self.at += 1
            raise self.bad(
                again,
                "a lazy quantifier makes no difference to a match of the whole value",
                "leave the second `?` out",
            )
        if self.quantifier() is not None:
            raise self.bad(
                start,
                "one quantifier follows another",
                "keep one of them, or put a group around the first",
            )
        return Repeat(item, *bounds)

    def quantifier(self) -> tuple[int, int | None] | None:
        start = self.at
        simple: dict[str, tuple[int, int | None]] = {
            "*": (0, None),
            "+": (1, None),
            "?": (0, 1),
        }
        if self.here() in simple:
            self.at += 1
            return simple[self.pattern[start]]
        if self.here() != "{":
            return None
        close = self.pattern.find("}", start)
        inside = self.pattern[start + 1 : close] if close > 0 else ""
        least, comma, most = inside.partition(",")
        self.at = close + 1 if close > 0 else start + 1
        if not _whole(least) or not (most == "" or _whole(most)):
            raise self.bad(
                start,
                "a quantifier in braces is `{m}`, `{m,}` or `{m,n}`",
                "write `{0,n}` for at most n, or `\\{` for the character",
            )
        bounds = int(least), int(most) if most else None if comma else int(least)
        if max(bounds[0], bounds[1] or 0) > MAX_REPEAT:
            raise self.bad(
                start,
                f"a count in braces may be at most {MAX_REPEAT}",
                "write the repeat as two",
            )
        if bounds[1] is not None and (bounds[1] < bounds[0] or bounds[1] == 0):
            raise self.bad(
                start,
                "this quantifier allows nothing",
                "write the smaller count first, and the greater above 0",
            )
        return bounds

    def item(self) -> Expression:
        start, character = self.at, self.here()
        self.at += 1
        match character:
            case ".":
                return Chars(((10, 10),), negated=True)
            case "(":
                return self.group(start)
            case "[":
                return self.char_class(start)
            case "\\":
                return _one(self.escaped(start))
            case "^" | "$":
                raise self.bad(
                    start,
                    f"`{character}` has no use: a pattern matches the whole value",
                    f"leave it out, or write `\\{character}` for the character",
                )
            case "*" | "+" | "?" | "{":
                raise self.bad(
                    start,
                    f"there is nothing before `{character}` to repeat",
                    f"write `\\{character}` for the character",
                )
            case "]" | "}":
                raise self.bad(
                    start,
                    f"this `{character}` closes nothing",
                    f"write `\\{character}` for the character",
                )
            case _:
                return _one(character)

    def group(self, start: int) -> Expression:
        if self.here() == "?":
            if self.here(2) != "?:":
                self.at += 2
                raise self.bad(
                    start,
                    f"not all engines understand `{self.pattern[start : self.at]}`",
                    "groups are `(…)`; flags, names and lookaround are not there",
                )
            self.at += 2
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.bad(
                start,
                f"groups nest deeper than {MAX_DEPTH}",
                "leave out parentheses that group nothing",
            )
        inside = self.choice()
        self.depth -= 1
        if self.here() != ")":
            raise _Bad(
                start,
                start + 1,
                "this group is not closed",
                "add `)`, or write `\\(` for the character",
            )
        self.at += 1
        return inside

    def escaped(self, start: int) -> str:
        """The character behind a backslash."""
        character = self.here()
        self.at += 1
        shown = f"`\\{character}`"
        if character in _NAMED:
            return _NAMED[character]
        if character in _SHORTHAND:
            raise self.bad(
                start,
                f"{shown} means different characters on different engines",
                f"write `{_SHORTHAND[character]}`",
            )
        if character == "":
            raise self.bad(start, "nothing follows the `\\`", "write `\\\\` for itself")
        if character in "bBAzZG<>":
            raise self.bad(
                start,
                f"{shown} has no use: a pattern matches the whole value",
                "leave it out",
            )
        if character.isdigit():
            raise self.bad(
                start,
                f"{shown} refers back to a group, which not all engines can do",
                "write out what is repeated",
            )
        if character.isascii() and character.isprintable() and not character.isalnum():
            if character not in " _":
                return character
            raise self.bad(start, f"{shown} needs no backslash", "leave it out")
        raise self.bad(
            start,
            f"{shown} is not understood by all engines",
            "write the characters themselves, in a class `[…]` if they are several",
        )

    def char_class(self, start: int) -> Expression:
        negated = self.here() == "^"
        self.at += negated
        ranges: list[tuple[int, int]] = []
        while self.here() != "]":
            at = self.at
            first = self.member(start)
            last = first
            if self.here() == "-" and self.here(2) not in ("-", "-]"):
                self.at += 1
                last = self.member(start)
            if first > last:
                raise self.bad(
                    at,
                    f"the range `{self.pattern[at : self.at]}` runs backwards",
                    "write the smaller character first",
                )
            ranges.append((ord(first), ord(last)))
        self.at += 1
        if not ranges:
            raise self.bad(
                start, "this class is empty", "write `\\]` for the character"
            )
        return Chars(merged(ranges), negated)

    def member(self, start: int) -> str:
        """One character of a class."""
        at, character = self.at, self.here()
        self.at += 1
        if character == "":
            raise _Bad(
                start,
                start + 1,
                "this class is not closed",
                "add `]`, or write `\\[` for the character",
            )
        if character == "\\":
            return self.escaped(at)
        if character == "[" or self.pattern[at : at + 2] in ("&&", "--", "~~", "||"):
            raise self.bad(
                at,
                "a class inside a class is not understood by all engines",
                f"write `\\{character}` for the character",
            )
        return character


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _one(character: str) -> Chars:
    return Chars(((ord(character), ord(character)),))
