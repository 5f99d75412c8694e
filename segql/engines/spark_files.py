"""A folder of Parquet in, a view in Spark's session for each of its tables out."""

from pathlib import Path
from typing import Any

from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.engines.files import TableFiles, fold, tables_in
from segql.messages import engine as messages


def create_views(session: Any, folder: Path, shown: str) -> dict[str, Diagnostic]:
    """Creates the views; what is wrong with tables that can't be read is returned.

    Raises:
        SegqlError: there is no such folder, or what is in it is no set of tables.
    """
    report = Report()
    if not folder.is_dir():
        raise SegqlError([messages.folder_missing(shown)])
    tables = tables_in(folder, shown, report)
    if not report.ok:
        raise SegqlError(report.errors)
    unreadable = {}
    for table in tables:
        if (fault := _create_view(session, folder.resolve(), table)) is not None:
            unreadable[fold(table.name)] = fault
    return unreadable


def _create_view(session: Any, folder: Path, table: TableFiles) -> Diagnostic | None:
    if table.fault is not None:
        return table.fault
    if not table.files and table.folder is None:
        return messages.no_permission(table.shown)
    if table.kind != "Parquet" or "." in table.name:
        return messages.file_unreadable(table.shown, "Parquet")
    path = folder / Path(table.shown).name
    reader = session.read.option("mergeSchema", "true").option("__globPaths__", "false")
    if not table.hive and path.is_dir():
        reader = reader.option("recursiveFileLookup", "true")
    try:
        reader.parquet(f"file://{path}").createTempView(f"`{table.name}`")
    except Exception:
        return messages.file_unreadable(table.shown, "Parquet")
    return None
