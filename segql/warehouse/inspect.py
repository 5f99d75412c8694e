"""A connection in, what its tables look like out: columns, keys, few values.

Of the cells only the values of text columns with few different ones are read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from segql.catalog.nodes import Path
from segql.diagnostics import SegqlError
from segql.engines import Connection
from segql.engines.shape import Shape
from segql.sql import counts as sql
from segql.warehouse.questions import whole
from segql.warehouse.words import names_person

FEW = 30
_LONGEST = 40
_DEPTH = 4
_FORMAT = re.compile(r"(?i)\b(date|timestamp)format\s*=\s*'([^']+)'")
_PART = re.compile("%[A-Za-z]")
_PARTS = {"%d": "day", "%m": "month", "%Y": "year", "%y": "year"}
KEY = re.compile(
    r"(?i)(.*[_ -])?(id|key|no|nr|uuid|guid|code|number|upc|sku)"
    r"|.*(nummer|number)|.*(?-i:[a-z](I[dD]|N[ro]))|[a-z]{3,}id|[a-z]{2,}nr"
)


@dataclass(frozen=True, slots=True)
class Field:
    """A column, or a field inside one.

    `known` counts the rows that have it, `different` about how many values there
    are, exactly for what looks like a key; `unique` says that such a key has each
    value once. `cents`
    says that a double never has more than two digits after the point, `empty` that
    some texts are empty, `written` how a file has its dates if not as ISO.
    """

    path: Path
    shape: Shape
    known: int = 0
    different: int = 0
    unique: bool = False
    cents: bool = False
    empty: bool = False
    values: tuple[str, ...] = ()
    written: str = ""

    @property
    def name(self) -> str:
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    rows: int
    fields: tuple[Field, ...]

    @property
    def stem(self) -> str:
        """The table's name without its schema."""
        return self.name.rsplit(".", 1)[-1].lower()

    def field(self, name: str) -> Field | None:
        """The column of a name."""
        wanted = name.lower()
        for field in self.fields:
            if len(field.path) == 1 and field.name.lower() == wanted:
                return field
        return None


def look(connection: Connection) -> tuple[Table, ...]:
    """All tables, each read once or twice."""
    written = _written(connection)
    return tuple(
        _table(connection, name, columns, written.get(name, {}))
        for name, columns in connection.tables().items()
    )


def _written(connection: Connection) -> dict[str, dict[str, str]]:
    """How the dates and the times of CSV files are read, which is said in their views,
    where that is not as ISO has it."""
    found: dict[str, dict[str, str]] = {}
    if connection.dialect != "duckdb":
        return found
    for schema, view, query in connection.rows(
        "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal"
    ):
        name = f"{view}" if schema == "main" else f"{schema}.{view}"
        for what, form in _FORMAT.findall(str(query)):
            kind = "date" if what.lower() == "date" else "clock"
            if not form.startswith("%Y-%m-%d"):
                found.setdefault(name, {})[kind] = _PART.sub(_part, form)
    return found


def _part(sign: re.Match[str]) -> str:
    return _PARTS.get(sign[0], sign[0])


def share_unknown(
    connection: Connection, rows: tuple[str, str], keys: tuple[str, str]
) -> float:
    """How many of the values of one column don't occur in another, 0 to 1.

    All of them, where the two can't be compared.
    """
    (table, column), (other, key) = rows, keys
    pair = sql.place((key,), "o"), sql.place(("k0",), "t")
    values = sql.different_in(table, (column,))
    query = sql.with_known(values, sql.rows(other, "o"), [pair])
    asked = [sql.number(), sql.number_where(sql.missing(sql.KNOWN))]
    try:
        [answer] = connection.rows(sql.counted(query, asked, connection.dialect))
    except SegqlError as error:
        if all(each.code in ("E518", "E525", "E542") for each in error.diagnostics):
            return 1.0
        raise
    all_, unknown = map(whole, answer)
    return unknown / max(all_, 1)


def _table(
    connection: Connection,
    name: str,
    columns: Mapping[str, str],
    written: Mapping[str, str],
) -> Table:
    fields = [
        field
        for column, stored in columns.items()
        for field in _fields((column,), connection.shape(stored))
    ]
    dialect, nothing = connection.dialect, sql.number_where(sql.NEVER)
    counts = [sql.number()]
    for field in fields:
        x, kind = sql.place(field.path, "t"), field.shape.kind
        plain = kind not in ("list", "struct", "json", "other")
        counts += [
            sql.known(x),
            sql.about_different(x, dialect) if plain else nothing,
            sql.different(x) if _maybe_key(field) else nothing,
            sql.number_where(sql.is_no_amount(x)) if kind == "double" else nothing,
            sql.number_where(sql.is_empty(x)) if kind == "text" else nothing,
        ]
    query = sql.counted(sql.rows(name, "t"), counts, dialect)
    [answer] = connection.rows(query)
    rows = whole(answer[0])
    found = []
    for index, field in enumerate(fields):
        known, about, exact, odd, empty = map(whole, answer[1 + 5 * index :][:5])
        found.append(
            replace(
                field,
                known=known,
                different=exact or about,
                unique=bool(exact) and known == exact,
                cents=field.shape.kind == "double" and bool(known) and not odd,
                empty=bool(empty),
                written=written.get(field.shape.kind, ""),
            )
        )
    return Table(name, rows, tuple(_with_values(connection, name, found)))


def _with_values(
    connection: Connection, table: str, fields: list[Field]
) -> Iterator[Field]:
    """The fields, those of few texts with these."""
    for field in fields:
        if not _has_few(field):
            yield field
            continue
        part, rows = sql.place(field.path, "t"), sql.rows(table, "t")
        query = sql.first_values(rows, part, FEW + 1, connection.dialect)
        texts = sorted(str(text) for (text,) in connection.rows(query))
        usable = len(texts) <= FEW and all(len(text) <= _LONGEST for text in texts)
        yield replace(field, values=tuple(texts)) if usable else field


def _fields(path: Path, shape: Shape) -> Iterator[Field]:
    if shape.kind == "struct" and len(path) < _DEPTH:
        for name, inner in shape.fields.items():
            yield from _fields((*path, name), inner)
    else:
        yield Field(path, shape)


def _maybe_key(field: Field) -> bool:
    return (
        len(field.path) == 1
        and field.shape.kind in ("exact", "text", "other")
        and field.shape.scale == 0
        and (bool(KEY.fullmatch(field.name)) or names_person(field.name))
    )


def _has_few(field: Field) -> bool:
    return field.shape.kind == "text" and 0 < field.different <= min(
        FEW + 3, field.known // 2
    )
