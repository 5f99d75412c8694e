"""An Iceberg table's metadata in, its files and columns out, by the package
`pyiceberg`.

There is no catalog to ask which metadata is the newest: `version-hint.text` says it,
else the number that a name begins with.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from segql.diagnostics import SegqlError
from segql.engines.duckdb_text import quote
from segql.engines.files import TableFiles
from segql.engines.lakes import (
    Declared,
    LakeFiles,
    Version,
    broken,
    driver_missing,
    no_version,
    part_of,
    unsupported,
)

_NUMBER = re.compile(r"v?0*(\d+)([-.].*)?[.]metadata[.]json")
_TYPES = {
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "string": "VARCHAR",
    "uuid": "UUID",
    "binary": "BLOB",
}
_PRUNED = {"date", "int", "long", "string", "boolean"}
"""Types of partitions whose values are written the same everywhere."""


def read_iceberg(table: TableFiles, version: Version) -> TableFiles:
    """Raises `SegqlError`."""
    try:
        import pyiceberg  # noqa: F401
    except ImportError:
        raise driver_missing("pyiceberg") from None
    try:
        lake = _opened(table)
    except SegqlError:
        raise
    except Exception:  # its errors have no base of their own
        raise broken(table) from None
    if lake.metadata.format_version > 2:
        what = f"is of version {lake.metadata.format_version} of the format"
        raise unsupported(table, what, "versions 1 and 2 can be read")
    if version is not None and lake.snapshot_by_id(version) is None:
        raise no_version(table, version)
    try:
        return _files(table, lake, version)
    except SegqlError:
        raise
    except Exception:
        raise broken(table) from None


def _opened(table: TableFiles) -> Any:
    from pyiceberg.io.pyarrow import PyArrowFileIO
    from pyiceberg.serializers import FromInputFile
    from pyiceberg.table import StaticTable

    assert table.folder is not None
    newest = _newest(table, table.folder / "metadata")
    io = _io(table, PyArrowFileIO)
    metadata = FromInputFile.table_metadata(PyArrowFileIO().new_input(str(newest)))
    io.location = metadata.location.rstrip("/") + "/"
    from pyiceberg.catalog.noop import NoopCatalog

    return StaticTable(
        identifier=("static", table.name),
        metadata_location=str(newest),
        metadata=metadata,
        io=io,
        catalog=NoopCatalog("static"),
    )


def _newest(table: TableFiles, folder: Path) -> Path:
    hint = folder / "version-hint.text"
    names = [each.name for each in folder.iterdir() if _NUMBER.fullmatch(each.name)]
    numbers = {name: int(_number(name)) for name in names}
    last = int(hint.read_text()) if hint.exists() else max(numbers.values(), default=0)
    found = [name for name, number in numbers.items() if number == last]
    if len(found) != 1:
        what = f"has {len(found)} metadata files that could be the newest"
        raise unsupported(table, what, "say which in `metadata/version-hint.text`")
    return folder / found[0]


def _number(name: str) -> str:
    found = _NUMBER.fullmatch(name)
    assert found
    return found[1]


def _io(table: TableFiles, base: Any) -> Any:
    """What opens files for the package: those in the table's folder and no other,
    wherever the metadata says that they lie."""

    class Inside(base):  # type: ignore[misc]
        location = ""

        def new_input(self, location: str) -> Any:
            path = _inside(location, self.location)
            return super().new_input(str(part_of(table, path, ()).path))

    return Inside()


def _inside(path: str, location: str) -> str:
    """A path of the metadata, seen from the table's folder."""
    if path.startswith(location):
        return path.removeprefix(location)
    found = urlsplit(path)
    return unquote(found.path) if found.scheme == "file" else path


def _files(table: TableFiles, lake: Any, version: Version) -> TableFiles:
    scan = lake.scan(snapshot_id=version)
    schema = scan.projection()
    tasks = list(scan.plan_files())
    values = []
    for task in tasks:
        if task.delete_files:
            what = "marks rows as deleted outside of its files (delete files)"
            raise unsupported(table, what, "rewrite its data files first")
        if task.file.file_format != "PARQUET":
            what = "has files of another format than Parquet"
            raise unsupported(table, what, "write it again, as Parquet")
        values.append(_values(lake, schema, task.file))
    shared = set.intersection(*(set(each) for each in values)) if values else set()
    parts = tuple(
        part_of(
            table,
            _inside(task.file.file_path, lake.io.location),
            tuple((key, each[key]) for key in sorted(shared)),
        )
        for task, each in zip(tasks, values, strict=True)
    )
    types = {each.name: _type(table, each.field_type) for each in schema.fields}
    declared = Declared(
        types,
        {key: types[key] for key in sorted(shared)},
        {each.name: each.field_id for each in schema.fields},
        dict(each for field in schema.fields for each in _inner(field.field_type)),
    )
    return LakeFiles(
        table.name, table.kind, table.shown, parts, None, table.folder, declared
    )


def _values(lake: Any, schema: Any, file: Any) -> dict[str, str | None]:
    """The columns that have one value in a whole file."""
    found: dict[str, str | None] = {}
    spec = lake.specs()[file.spec_id]
    for index, each in enumerate(spec.fields):
        column = schema.find_column_name(each.source_id)
        if str(each.transform) != "identity" or column is None or "." in column:
            continue
        type = schema.find_type(each.source_id)
        value = file.partition[index]
        if str(type) in _PRUNED:
            text = None
            if value is not None:
                text = str(each.transform.to_human_string(type, value))
            found[column] = text
    return found


def _inner(type: Any) -> Iterator[tuple[int, str]]:
    """The numbers and names of all fields inside a column."""
    from pyiceberg.types import ListType, MapType, StructType

    match type:
        case StructType():
            for each in type.fields:
                yield each.field_id, each.name
                yield from _inner(each.field_type)
        case ListType():
            yield from _inner(type.element_type)
        case MapType():
            yield from _inner(type.key_type)
            yield from _inner(type.value_type)
        case _:
            pass


def _type(table: TableFiles, type: Any) -> str:
    """A type of Iceberg's, as DuckDB names it."""
    from pyiceberg.types import DecimalType, ListType, MapType, StructType

    match type:
        case DecimalType():
            return f"DECIMAL({type.precision},{type.scale})"
        case ListType():
            return f"{_type(table, type.element_type)}[]"
        case MapType():
            key, value = _type(table, type.key_type), _type(table, type.value_type)
            return f"MAP({key}, {value})"
        case StructType():
            inner = ", ".join(
                f"{quote(each.name)} {_type(table, each.field_type)}"
                for each in type.fields
            )
            return f"STRUCT({inner})"
        case _ if str(type) in _TYPES:
            return _TYPES[str(type)]
        case _:
            what = "has columns of a type that segql doesn't know"
            raise unsupported(table, what, "leave them out, in a table of its own")
