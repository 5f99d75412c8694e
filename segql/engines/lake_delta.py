"""A Delta table's log in, its files and columns out, by the package `deltalake`."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

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

_KNOWN = {"timestampNtz", "vacuumProtocolCheck", "v2Checkpoint", "deletionVectors"}
_TYPES = {
    "string": "VARCHAR",
    "long": "BIGINT",
    "integer": "INTEGER",
    "short": "SMALLINT",
    "byte": "TINYINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "binary": "BLOB",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ntz": "TIMESTAMP",
}


def read_delta(table: TableFiles, version: Version) -> TableFiles:
    """Raises `SegqlError`."""
    try:
        import deltalake
    except ImportError:
        raise driver_missing("deltalake") from None
    try:
        log = deltalake.DeltaTable(str(table.folder))
    except Exception:  # its errors have no base of their own
        raise broken(table) from None
    if version is not None:
        try:
            log.load_as_version(version)
        except Exception:
            raise no_version(table, version) from None
    try:
        _check(table, log)
        schema = json.loads(log.schema().to_json())
        keys = log.metadata().partition_columns
        actions = log.get_add_actions(flatten=True)
        columns = {n: list(actions[n].to_pylist()) for n in actions.schema.names}
    except SegqlError:
        raise
    except Exception:
        raise broken(table) from None
    values = [
        tuple((key, _text(value)) for key, value in zip(keys, row, strict=True))
        for row in _rows(columns, keys)
    ]
    parts = [
        part_of(table, unquote(path), each)
        for path, each in zip(columns["path"], values, strict=True)
    ]
    types = {each["name"]: _type(table, each["type"]) for each in schema["fields"]}
    declared = Declared(types, {key: types[key] for key in keys})
    return LakeFiles(
        table.name, table.kind, table.shown, tuple(parts), None, table.folder, declared
    )


def _check(table: TableFiles, log: Any) -> None:
    """Raises what keeps a table from being read exactly."""
    protocol = log.protocol()
    features = set(protocol.reader_features or ())
    unknown = sorted(features - _KNOWN)
    if log.metadata().configuration.get("delta.columnMapping.mode", "none") != "none":
        unknown = ["columnMapping"]
    if unknown or protocol.min_reader_version > 3:
        what = f"needs `{unknown[0]}`" if unknown else "has too new a protocol"
        help = "write it again without that, or read it through the engine it is for"
        raise unsupported(table, what, help)
    if "deletionVectors" in features:
        for batch in log.deletion_vectors():
            if batch.num_rows:
                what = "marks rows as deleted inside its files (deletion vectors)"
                help = "write these files again: `REORG TABLE … APPLY (PURGE)`"
                raise unsupported(table, what, help)


def _rows(
    columns: dict[str, list[Any]], keys: Iterable[str]
) -> Iterable[tuple[Any, ...]]:
    found = [columns[f"partition.{key}"] for key in keys]
    return zip(*found, strict=True) if found else ((),) * len(columns["path"])


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _type(table: TableFiles, type: Any) -> str:
    """A type of Delta's, as DuckDB names it."""
    match type:
        case str() if type in _TYPES:
            return _TYPES[type]
        case str() if type.startswith("decimal("):
            return type.upper()
        case {"type": "array", "elementType": element}:
            return f"{_type(table, element)}[]"
        case {"type": "map", "keyType": key, "valueType": value}:
            return f"MAP({_type(table, key)}, {_type(table, value)})"
        case {"type": "struct", "fields": fields}:
            inner = ", ".join(
                f"{quote(each['name'])} {_type(table, each['type'])}" for each in fields
            )
            return f"STRUCT({inner})"
        case _:
            what = "has columns of a type that segql doesn't know"
            raise unsupported(table, what, "leave them out, in a table of its own")
