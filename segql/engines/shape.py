"""An engine's type as text in, a small tree out: what a column can hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "text",
    "boolean",
    "exact",
    "double",
    "date",
    "clock",
    "instant",
    "json",
    "list",
    "struct",
    "other",
]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a column holds.

    `digits` and `scale` are those of exact numbers; `clock` is a timestamp without a
    time zone, `instant` one with. A list has an `element`, a struct `fields`.
    """

    kind: Kind
    name: str
    digits: int = 0
    scale: int = 0
    element: "Shape | None" = None
    fields: Mapping[str, "Shape"] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


_WHOLE = {
    "TINYINT": 3,
    "UTINYINT": 3,
    "SMALLINT": 5,
    "USMALLINT": 5,
    "INTEGER": 10,
    "UINTEGER": 10,
    "BIGINT": 19,
    "UBIGINT": 20,
    "HUGEINT": 38,
    "UHUGEINT": 39,
}
_KINDS: Mapping[str, Kind] = {
    "VARCHAR": "text",
    "ENUM": "text",
    "BOOLEAN": "boolean",
    "FLOAT": "double",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "clock",
    "TIMESTAMP_S": "clock",
    "TIMESTAMP_MS": "clock",
    "TIMESTAMP_NS": "clock",
    "TIMESTAMP WITH TIME ZONE": "instant",
    "TIMESTAMPTZ": "instant",
    "JSON": "json",
}
_TOKEN = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|[(),\[\]]|[^\s(),\[\]"\']+')


def read_shape(text: str) -> Shape:
    """DuckDB's name of a type, such as `STRUCT(a INTEGER, b VARCHAR[])`."""
    reader = _Reader(_TOKEN.findall(text))
    shape = reader.type()
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
        token = self.token
        self.next += 1
        return token

    def type(self) -> Shape:
        shape = self.base()
        while self.token == "[":
            while not self.at_end and self.take() != "]":
                pass
            shape = Shape("list", f"{shape.name}[]", element=shape)
        return shape

    def base(self) -> Shape:
        words = [self.take()]
        while not self.at_end and self.token not in "()[],":
            words.append(self.take())
        name = " ".join(words)
        if self.token != "(":
            return _plain(name)
        self.take()
        if name == "STRUCT":
            return self.struct()
        inner = self.skip()
        if name == "DECIMAL" and len(inner) == 3:
            digits, scale = int(inner[0]), int(inner[2])
            return Shape("exact", f"DECIMAL({digits}, {scale})", digits, scale)
        return _plain(name)

    def struct(self) -> Shape:
        fields = {}
        while not self.at_end and self.token != ")":
            name = self.take()
            if name.startswith('"'):
                name = name[1:-1].replace('""', '"')
            fields[name] = self.type()
            if self.token == ",":
                self.take()
        self.take()
        return Shape("struct", "STRUCT", fields=fields)

    def skip(self) -> list[str]:
        """The tokens up to the bracket that closes, which is passed."""
        depth, inner = 1, []
        while not self.at_end:
            token = self.take()
            depth += (token == "(") - (token == ")")
            if depth == 0:
                break
            inner.append(token)
        return inner


def _plain(name: str) -> Shape:
    if name in _WHOLE:
        return Shape("exact", name, _WHOLE[name])
    return Shape(_KINDS.get(name, "other"), name)
