"""What can be wrong with a warehouse: E501 to E549, and W501 to W549.

None of these quotes a cell: they name tables, columns, files and counts.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from segql.diagnostics import Diagnostic
from segql.messages.words import listed
from segql.source import NOWHERE, Span

_DOCTOR = "`segql doctor` shows which columns it is"


# Opening a database file.


def database_missing(path: str) -> Diagnostic:
    """E501"""
    return Diagnostic(
        "E501",
        f"there is no database file `{path}`",
        help="`database` is seen from the project file's folder",
    )


def not_a_database(
    path: str, found: str, help: str | None = None, engine: str = "DuckDB"
) -> Diagnostic:
    """E502. `found` says what the file is instead."""
    return Diagnostic(
        "E502",
        f"`{path}` is not a {engine} database: {found}",
        help=help or f"name a file that {engine} wrote",
    )


def database_locked(path: str, process: str | None) -> Diagnostic:
    """E503. `process` is the id of the process that writes, where it is known."""
    holder = f"process {process}" if process else "another process"
    return Diagnostic(
        "E503",
        f"`{path}` is open for writing in {holder}",
        help="wait until it is closed there, or read a copy of the file",
    )


def database_open_here(path: str) -> Diagnostic:
    """E504"""
    return Diagnostic(
        "E504",
        f"`{path}` is open for writing in this very process",
        help="close that connection, or open it with `read_only=True`",
    )


def database_too_new(path: str, version: str) -> Diagnostic:
    """E505. `version` is that of the DuckDB that tried to read it."""
    return Diagnostic(
        "E505",
        f"`{path}` was written by another DuckDB, in a format that"
        f" DuckDB {version} can't read",
        help="install the DuckDB that wrote it, or write it again with"
        " `ATTACH … (STORAGE_VERSION 'v1.5.0')`",
    )


def database_damaged(path: str) -> Diagnostic:
    """E506"""
    return Diagnostic(
        "E506",
        f"`{path}` is damaged or cut off",
        help="copy it again, or restore it",
    )


def database_encrypted(path: str) -> Diagnostic:
    """E507"""
    return Diagnostic(
        "E507",
        f"`{path}` is encrypted",
        help="segql keeps no keys: name an unencrypted copy",
    )


def no_permission(path: str) -> Diagnostic:
    """E508"""
    return Diagnostic("E508", f"there is no permission to read `{path}`")


def connection_closed() -> Diagnostic:
    """E509"""
    return Diagnostic(
        "E509",
        "the connection is closed",
        help="open another one: `project.connect()`",
    )


# Opening a folder of files.


def folder_missing(path: str) -> Diagnostic:
    """E510"""
    return Diagnostic(
        "E510",
        f"there is no folder `{path}`",
        help="`files` names a folder, seen from the project file's folder",
    )


def folder_without_tables(path: str) -> Diagnostic:
    """E511"""
    return Diagnostic(
        "E511",
        f"the folder `{path}` holds no tables",
        help="each `<name>.parquet`, `<name>.csv` or `<name>.json` in it, or each"
        " folder `<name>` of such files, is a table",
    )


def two_files(table: str, first: str, second: str) -> Diagnostic:
    """E512"""
    return Diagnostic(
        "E512",
        f"`{first}` and `{second}` would both be the table `{table}`",
        help="rename one, or move it out of the folder; capital letters make no"
        " difference",
    )


def link_outside(path: str) -> Diagnostic:
    """E513"""
    return Diagnostic(
        "E513",
        f"`{path}` is a link that leads out of the folder of tables",
        help="only files inside the folder are read: put the file itself there, or"
        " name its folder in `files`",
    )


def file_unreadable(path: str, kind: str) -> Diagnostic:
    """E514. `kind` is the format that the file should have."""
    help = {
        "CSV": "each row needs as many cells as the first line has names; the text must"
        " be UTF-8, with `,` `;` `|` or a tab between cells",
        "JSON": "it needs to be one array of objects, or objects one after the other,"
        " whole and in UTF-8",
    }
    return Diagnostic(
        "E514",
        f"`{path}` can't be read as {kind}",
        help=help.get(kind, "write the file again"),
    )


def package_missing(package: str) -> Diagnostic:
    """E515"""
    return Diagnostic(
        "E515",
        f"the Python package `{package}` is not installed",
        help=f"install it where segql runs: `pip install {package}`",
    )


def driver_missing(package: str) -> Diagnostic:
    """E516"""
    return Diagnostic(
        "E516",
        f"the Python package `{package}` is needed for this and is not installed",
        help=f"`pip install {package}`",
    )


# Running a query.


def access_refused() -> Diagnostic:
    """E517"""
    return Diagnostic(
        "E517",
        "the query wanted more than to read the tables of the connection",
        help="no other files, no network, no settings, no writing; a view over files"
        " can't be read from a database either: make it a table",
    )


def unreadable_cell(engine: str) -> Diagnostic:
    """E518"""
    return Diagnostic(
        "E518",
        f"{engine} met a cell that can't be read as its column's type",
        help=f"{_DOCTOR}; `unreadable: missing` in the catalog counts such cells as"
        " missing",
    )


def overflow(engine: str) -> Diagnostic:
    """E519"""
    return Diagnostic(
        "E519",
        f"{engine} met a number that is too large for its type",
        help="declare the column with as many digits as its values have",
    )


def out_of_memory(engine: str) -> Diagnostic:
    """E520"""
    return Diagnostic(
        "E520",
        f"{engine} has not enough memory for this",
        help="give it more, or ask for less at a time",
    )


def out_of_disk(engine: str) -> Diagnostic:
    """E521"""
    return Diagnostic(
        "E521",
        f"{engine} has not enough room on disk for what doesn't fit into memory",
        help="free some, or let TMPDIR name a larger place",
    )


def interrupted() -> Diagnostic:
    """E522"""
    return Diagnostic("E522", "the query was stopped before its end")


def out_of_time(seconds: float) -> Diagnostic:
    """E523"""
    return Diagnostic(
        "E523",
        f"the query was stopped: it took longer than {seconds:g} seconds",
        help="allow more time, or look at `segql compile` for what it does",
    )


def read_failed(engine: str) -> Diagnostic:
    """E524"""
    return Diagnostic(
        "E524",
        f"{engine} could not read a file of the tables",
        help="was it moved, cut off or written to meanwhile?",
    )


def engine_failed(engine: str, kind: str) -> Diagnostic:
    """E525. `kind` is the driver's word for the error, without its text."""
    return Diagnostic(
        "E525",
        f"{engine} refused the query ({kind})",
        help="this is likely a mistake in segql: please report the rule and the"
        " catalog, without data",
    )


def query_too_large(engine: str) -> Diagnostic:
    """E542"""
    return Diagnostic(
        "E542",
        f"{engine} takes no query as large as this one",
        help="split the segment: let one part be a segment of its own, or ask of fewer"
        " things at a time",
    )


def cells_unlike(table: str, column: str, declared: str, rows: int) -> Diagnostic:
    """E543. `declared` is the type of a column that its engine doesn't hold it to."""
    return Diagnostic(
        "E543",
        f"`{column}` of `{table}` is declared {declared}, and holds something else in"
        f" {_rows(rows)}",
        help="mend these cells, or name a view that does; the page of this code says"
        " what each type holds",
    )


def no_plan(engine: str) -> Diagnostic:
    """E539"""
    return Diagnostic(
        "E539",
        f"segql can't ask {engine} for its plan",
        help="`segql compile` prints the query: put the engine's own `EXPLAIN` before",
    )


# What the catalog says against what is there.


def table_missing(
    table: str, known: Iterable[str] = (), span: Span = NOWHERE
) -> Diagnostic:
    """E530"""
    tables = list(known)
    near = _near(table, tables)
    there = f"it has {listed(tables)}" if tables else None
    return Diagnostic(
        "E530",
        f"the warehouse has no table `{table}`",
        span,
        f"did you mean `{near}`?" if near else there,
    )


def column_missing(
    table: str, path: str, known: Iterable[str] = (), span: Span = NOWHERE
) -> Diagnostic:
    """E531. `path` has a dot before each field; `known` are the names beside it."""
    near = _near(path.rsplit(".", 1)[-1], known)
    where = f"the table `{table}`" if table else "the warehouse"
    return Diagnostic(
        "E531",
        f"{where} has no column `{path}`",
        span,
        f"did you mean `{near}`?" if near else None,
    )


def type_unfit(
    table: str, path: str, stored: str, declared: str, better: str | None, span: Span
) -> Diagnostic:
    """E532. `stored` is the engine's type, `better` what the catalog could say."""
    verb = "add" if better and better.startswith("stored:") else "declare it as"
    return Diagnostic(
        "E532",
        f"`{path}` of `{table}` is {stored}, which can't be read as {declared}",
        span,
        f"{verb} `{better}`" if better else "name another column, or a view",
    )


def zone_missing(table: str, path: str, stored: str, span: Span) -> Diagnostic:
    """E533"""
    return Diagnostic(
        "E533",
        f"`{path}` of `{table}` is {stored}: it doesn't say in which time zone",
        span,
        "add `zone`: the zone whose clock it shows, such as `zone: UTC`",
    )


def zone_superfluous(table: str, path: str, stored: str, span: Span) -> Diagnostic:
    """E534"""
    return Diagnostic(
        "E534",
        f"`{path}` of `{table}` is {stored}: its values are instants already",
        span,
        "remove `zone`",
    )


def keys_differ(
    place: str, stored: str, other: str, other_stored: str, span: Span
) -> Diagnostic:
    """E535. Both places are written `table.column`."""
    return Diagnostic(
        "E535",
        f"`{place}` ({stored}) can't be matched with `{other}` ({other_stored})",
        span,
        "both need the same kind of type; cast one in a view",
    )


# Keys, without which an answer would be wrong.


def key_missing(table: str, key: str, rows: int, span: Span) -> Diagnostic:
    """E540"""
    return Diagnostic(
        "E540",
        f"{_rows(rows)} of `{table}` without the key `{key}`",
        span,
        "each row of this table is a customer and needs a key of its own",
    )


def key_repeated(
    table: str, key: str, rows: int, keys: int, role: str, span: Span
) -> Diagnostic:
    """E541. `rows` have the key at all, with `keys` different ones."""
    return Diagnostic(
        "E541",
        f"`{key}` is not unique in `{table}`: {rows:,} rows, {keys:,} different keys",
        span,
        role,
    )


# Findings that change no answer's correctness, but perhaps what it is about.


def unreadable_cells(
    table: str, path: str, rows: int, type: str, missing: bool, span: Span
) -> Diagnostic:
    """E545, or W545 where the catalog says `unreadable: missing`."""
    message = f"`{path}` of `{table}` can't be read as {type} in {_rows(rows)}"
    if missing:
        return Diagnostic("W545", message, span, "they count as missing, as declared")
    return Diagnostic(
        "E545",
        message,
        span,
        "a rule that uses it stops with an error; `unreadable: missing` counts such"
        " cells as missing",
    )


def unknown_customers(event: str, rows: int, customers: int, span: Span) -> Diagnostic:
    """W501"""
    return Diagnostic(
        "W501",
        f"`{event}`: {_rows(rows)} of {customers:,} unknown"
        f" {'customer' if customers == 1 else 'customers'}",
        span,
        "they count for nobody",
    )


def without_customer(event: str, rows: int, span: Span) -> Diagnostic:
    """W502"""
    return Diagnostic(
        "W502",
        f"`{event}`: {_rows(rows)} without a customer",
        span,
        "they count for nobody",
    )


def without_time(event: str, rows: int, span: Span) -> Diagnostic:
    """W503"""
    return Diagnostic(
        "W503",
        f"`{event}`: {_rows(rows)} without a time",
        span,
        "they count for nobody",
    )


def partitions_untrue(
    event: str, column: str, wrong: int, values: int, span: Span
) -> Diagnostic:
    """E546"""
    return Diagnostic(
        "E546",
        f"`{event}`: {wrong:,} of {values:,} values of `{column}` stand beside events"
        " of other times",
        span,
        "a rule with a window would not see these events: is the `zone` right? else"
        " remove `partitioned_by`",
    )


def in_future(event: str, rows: int, as_of: str, span: Span) -> Diagnostic:
    """W504"""
    return Diagnostic(
        "W504",
        f"`{event}`: {_rows(rows)} at or after {as_of}",
        span,
        "as of then they don't exist yet; is the zone right?",
    )


def undeclared_values(
    table: str, path: str, rows: int, values: int, span: Span
) -> Diagnostic:
    """W505"""
    return Diagnostic(
        "W505",
        f"`{path}` of `{table}` has {values:,}"
        f" {'value' if values == 1 else 'values'} not among its `values`,"
        f" in {_rows(rows)}",
        span,
        "no rule can name them; add them, or leave `values` out",
    )


def table_empty(table: str, span: Span) -> Diagnostic:
    """W506"""
    return Diagnostic("W506", f"the table `{table}` is empty", span)


def not_a_number(table: str, path: str, rows: int, span: Span) -> Diagnostic:
    """W507"""
    return Diagnostic(
        "W507",
        f"`{path}` of `{table}` is NaN in {_rows(rows)}",
        span,
        "they count as missing",
    )


def without_joined(event: str, join: str, rows: int, span: Span) -> Diagnostic:
    """W508"""
    return Diagnostic(
        "W508",
        f"`{event}`: {_rows(rows)} whose `{join}` is not there",
        span,
        "all that comes from there is missing for them",
    )


def rows_without_parent(rows: str, event: str, count: int, span: Span) -> Diagnostic:
    """W510. `event` is the event or fact that the rows belong to."""
    return Diagnostic(
        "W510",
        f"`{rows}`: {_rows(count)} without the `{event}` that they belong to",
        span,
        "they count nowhere",
    )


def not_looked_at(what: str, fault: Diagnostic, span: Span) -> Diagnostic:
    """W511. `fault` is why the engine could not answer."""
    return Diagnostic(
        "W511",
        f"`{what}` was not looked at ({fault.code}): {fault.message}",
        span,
        "what else there may be to know about it is not known",
    )


def related_without_key(table: str, key: str, rows: int, span: Span) -> Diagnostic:
    """W509"""
    return Diagnostic(
        "W509",
        f"{_rows(rows)} of `{table}` without the key `{key}`",
        span,
        "nothing can be matched with them",
    )


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _near(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.7)
    return near[0] if near else None
