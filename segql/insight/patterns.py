"""A pattern in, a text that matches it out: a short and plain one."""

from typing import assert_never

from segql.model.regex.nodes import Chars, Choice, Expression, Repeat, Sequence

_LONGEST = 200
_PLAIN = "a0A1b x-_.@"
"""Characters to take where a pattern leaves it open, the first that fits."""


def fitting_text(tree: Expression) -> str:
    """A text that matches; empty if it would be long."""
    found = _text(tree)
    return found if len(found) <= _LONGEST else ""


def _text(tree: Expression) -> str:
    match tree:
        case Chars():
            return _character(tree)
        case Sequence(parts):
            return "".join(map(_text, parts))
        case Choice(options):
            return _text(options[0]) if options else ""
        case Repeat(item, least, most):
            many = least or (1 if most is None or most > 0 else 0)
            return _text(item) * min(many, _LONGEST + 1)
        case _:
            assert_never(tree)


def _character(chars: Chars) -> str:
    def fits(code: int) -> bool:
        inside = any(first <= code <= last for first, last in chars.ranges)
        return inside is not chars.negated

    for each in _PLAIN:
        if fits(ord(each)):
            return each
    if not chars.negated and chars.ranges:
        return chr(chars.ranges[0][0])
    return next((chr(code) for code in range(33, 0x3000) if fits(code)), "")
