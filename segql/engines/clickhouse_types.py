"""ClickHouse's name of a type in, a small tree out: what a column can hold.

A `DateTime` without a zone of its own is a clock: it shows the session's time, and the
session is in UTC. So `zone: UTC` says of it that it is an instant.
"""

import re
from collections.abc import Mapping

from segql.engines.shape import Kind, Shape

_WHOLE = {
    "Int8": 3,
    "UInt8": 3,
    "Int16": 5,
    "UInt16": 5,
    "Int32": 10,
    "UInt32": 10,
    "Int64": 19,
    "UInt64": 20,
    "Int128": 39,
    "UInt128": 39,
    "Int256": 77,
    "UInt256": 78,
}
_KINDS: Mapping[str, Kind] = {
    "String": "text",
    "Bool": "boolean",
    "Float32": "double",
    "Float64": "double",
    "Date": "date",
    "Date32": "date",
    "DateTime": "clock",
}
_DECIMALS = {"Decimal32": 9, "Decimal64": 18, "Decimal128": 38, "Decimal256": 76}
_TOKEN = re.compile(r"`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'|[(),=]|[^\s(),='`]+")


def read_shape(text: str) -> Shape:
    """A type such as `Array(Tuple(a Nullable(String), b Decimal(9, 2)))`."""
    reader = _Reader(_TOKEN.findall(text))
    try:
        shape = reader.type()
    except (IndexError, ValueError):
        return Shape("other", text)
    return shape if reader.at_end else Shape("other", text)


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.next = 0

    @property
    def at_end(self) -> bool:
        return self.next >= len(self.tokens)

    @property
    def token(self) -> str:
        return "" if self.at_end else self.tokens[self.next]

    def take(self) -> str:
        token = self.tokens[self.next]
        self.next += 1
        return token

    def type(self) -> Shape:
        name = self.take()
        if self.token != "(":
            if name in _WHOLE:
                return Shape("exact", name, _WHOLE[name])
            return Shape(_KINDS.get(name, "other"), name)
        self.take()
        match name:
            case "Nullable" | "LowCardinality":
                shape = self.type()
                self.take()
                return shape
            case "SimpleAggregateFunction":
                self.take()  # what it adds up with
                self.take()
                shape = self.type()
                self.take()
                return shape
            case "Array":
                element = self.type()
                self.take()
                return Shape("list", f"Array({element})", element=element)
            case "Tuple" | "Nested":
                return self.struct()
            case _:
                return _with_arguments(name, self.skip())

    def struct(self) -> Shape:
        fields: dict[str, Shape] = {}
        named = True
        while True:
            if self.tokens[self.next + 1] in "(),":  # a type alone
                named = False
                self.type()
            else:
                field = _unquoted(self.take())
                fields[field] = self.type()
            if self.take() == ")":
                break
        return Shape("struct", "Tuple", fields=fields) if named else _UNNAMED

    def skip(self) -> list[str]:
        """The tokens up to the bracket that closes, which is passed."""
        depth, inner = 1, []
        while depth:
            token = self.take()
            depth += (token == "(") - (token == ")")
            inner.append(token)
        return inner[:-1]


_UNNAMED = Shape("other", "Tuple")


def _with_arguments(name: str, arguments: list[str]) -> Shape:
    values = [each for each in arguments if each != ","]
    if name == "Decimal" and len(values) == 2:
        return _exact(int(values[0]), int(values[1]))
    if name in _DECIMALS and len(values) == 1:
        return _exact(_DECIMALS[name], int(values[0]))
    if name in ("DateTime", "DateTime64"):
        zoned = values[-1].startswith("'")
        return Shape("instant" if zoned else "clock", f"{name}({', '.join(values)})")
    if name in ("Enum8", "Enum16"):
        return Shape("text", name)
    return Shape("other", name)


def _exact(digits: int, scale: int) -> Shape:
    return Shape("exact", f"Decimal({digits}, {scale})", digits, scale)


def _unquoted(name: str) -> str:
    if name.startswith("`"):
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name
