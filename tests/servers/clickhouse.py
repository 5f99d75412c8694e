"""ClickHouse as chdb, in memory, behind the process that segql itself starts."""

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from segql.engines import NO_LIMITS, Connection
from segql.engines.clickhouse import ClickHouse, literal
from segql.engines.clickhouse_chdb import Call, Embedded
from servers import Holds

HOLDS = Holds(lists="known")


def missing() -> str | None:
    if importlib.util.find_spec("chdb") is None:
        return "not installed: pip install 'segql[chdb]'"
    return None


def start(folder: Path) -> "Chdb":
    return Chdb(folder)


class Chdb:
    dialect = "clickhouse"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.way = Embedded(None)
        self.there: dict[str, str] = {}
        self.opened: ClickHouse | None = None

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        run(self.way, *self.statements(tables))
        self.opened = None

    def statements(self, tables: Mapping[str, pa.Table]) -> Iterator[str]:
        for number, (name, content) in enumerate(tables.items()):
            structure = ", ".join(
                f"{quoted(field.name)} {column_type(field.type)}"
                for field in content.schema
            )
            table = ".".join(quoted(part) for part in name.split("."))
            if self.there.get(name) == structure:
                yield f"TRUNCATE TABLE {table}"
            else:
                if "." in name:
                    schema = quoted(name.split(".")[0])
                    yield f"CREATE DATABASE IF NOT EXISTS {schema}"
                yield f"DROP TABLE IF EXISTS {table}"
                yield f"CREATE TABLE {table} ({structure}) ENGINE = Memory"
                self.there[name] = structure
            if content.num_rows:
                file = self.folder / f"load{number}.arrows"
                with pa.ipc.new_stream(file, content.schema) as writer:
                    writer.write_table(content)
                source = f"file({literal(str(file))}, ArrowStream"
                yield (
                    f"INSERT INTO {table} SELECT * FROM {source}, {literal(structure)})"
                )

    @property
    def connection(self) -> Connection:
        """A new one costs nothing: the process stays."""
        if self.opened is None:
            self.opened = ClickHouse(_Lasting(self.way), "default", NO_LIMITS, "26.9")
        return self.opened

    def close(self) -> None:
        self.way.close()


class _Lasting:
    """The process stays when a connection to it is closed."""

    def __init__(self, way: Embedded) -> None:
        self.call = way.call

    def close(self) -> None: ...


def run(way: Embedded, *statements: str) -> None:
    """What segql's own connection never does: it writes."""
    with_nothing = Call(way, "SELECT 1", statements)
    try:
        with_nothing.open()
    finally:
        with_nothing.close()


def column_type(type_: pa.DataType) -> str:
    if pa.types.is_list(type_):
        return f"Array({column_type(type_.value_type)})"
    if pa.types.is_struct(type_):
        fields = ", ".join(f"{quoted(f.name)} {column_type(f.type)}" for f in type_)
        return f"Tuple({fields})"
    if pa.types.is_decimal(type_):
        return f"Nullable(Decimal({type_.precision}, {type_.scale}))"
    if pa.types.is_timestamp(type_):
        return "Nullable(DateTime64(6" + (", 'UTC'))" if type_.tz else "))")
    return f"Nullable({_TYPES[str(type_)]})"


_TYPES = {
    "string": "String",
    "bool": "Bool",
    "int8": "Int8",
    "int16": "Int16",
    "int32": "Int32",
    "int64": "Int64",
    "uint8": "UInt8",
    "double": "Float64",
    "date32[day]": "Date32",
}


def quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
