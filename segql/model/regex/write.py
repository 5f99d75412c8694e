"""The tree of a pattern to text."""

from typing import assert_never

from segql.fold import TABLE
from segql.model.regex.nodes import (
    Chars,
    Choice,
    Expression,
    Ranges,
    Repeat,
    Sequence,
    merged,
)
from segql.model.regex.read import SPECIAL


def written(tree: Expression, tightness: int = 0) -> str:
    """The one spelling of a tree; `tightness` is 1 in a sequence, 2 if repeated."""
    match tree:
        case Chars():
            return _written_chars(tree)
        case Sequence(parts):
            text = "".join(written(part, 1) for part in parts)
            return f"({text})" if tightness > 1 else text
        case Choice(options):
            text = "|".join(written(option, 1) for option in options)
            return f"({text})" if tightness > 0 else text
        case Repeat(item, least, most):
            text = written(item, 2) + _written_bounds(least, most)
            return f"({text})" if tightness > 1 else text
        case _:
            assert_never(tree)


def _written_bounds(least: int, most: int | None) -> str:
    match least, most:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
        case _, None:
            return f"{{{least},}}"
        case _:
            return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def _written_chars(chars: Chars) -> str:
    (first, last), *others = chars.ranges
    if first == last and not others and not chars.negated:
        return _quoted(first, SPECIAL)
    return f"[{'^' if chars.negated else ''}{_members(chars.ranges)}]"


def _members(ranges: Ranges) -> str:
    special = frozenset("\\]^[-&~|")
    return "".join(
        _quoted(first, special)
        + ("-" if last > first + 1 else "")
        + (_quoted(last, special) if last > first else "")
        for first, last in ranges
    )


def _quoted(code: int, special: frozenset[str]) -> str:
    return f"\\{chr(code)}" if chr(code) in special else chr(code)


def folded_tree(tree: Expression) -> Expression:
    """A tree that folded text matches where some text that folds to it matches.

    What a negated class excludes, it excludes in either case.
    """
    match tree:
        case Chars(ranges, negated):
            lowered = [
                (low, low)
                for code, low in TABLE.items()
                if any(first <= code <= last for first, last in ranges)
            ]
            small = [each for each in ranges if not _capital(*each)]
            return Chars(merged([*small, *lowered]), negated)
        case Sequence(parts):
            return Sequence(tuple(map(folded_tree, parts)))
        case Choice(options):
            return Choice(tuple(map(folded_tree, options)))
        case Repeat(item, least, most):
            return Repeat(folded_tree(item), least, most)
        case _:
            assert_never(tree)


def _capital(first: int, last: int) -> bool:
    """Whether a range is one character that never stands in a folded value."""
    return first == last and first in TABLE
