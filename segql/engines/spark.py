"""Apache Spark: an address in, a connection out.

`local[2]` and `spark://host:7077` make this process the driver (all of pyspark is
needed then); `sc://host:15002` is a server of Spark Connect. The tables are those of
the session's catalog, and the folders of Parquet that the option `files` names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines import Address, Limits, Tables
from segql.engines.session import Session
from segql.engines.shape import Shape
from segql.engines.spark_faults import ENGINE, parts, query_fault
from segql.engines.spark_files import create_views
from segql.engines.spark_query import Driver, SparkQuery
from segql.engines.spark_shape import shape_of
from segql.engines.spark_write import write_files, write_parts, write_table
from segql.messages import connections, server

_Result = TypeVar("_Result")

FILES = "files"
_SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.analyzer.maxIterations": "1000",  # each goes a little deeper
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",
    "spark.sql.caseSensitive": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.parser.quotedRegexColumnNames": "false",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.variable.substitute": "false",
}
"""What the SQL relies on, whatever a server's administrator prefers."""
_BATCH = {"spark.sql.execution.arrow.maxRecordsPerBatch": "100000"}


def open_server(address: Address, limits: Limits) -> "Spark":
    """Opens a session of one's own, on a Spark that is there or is started.

    Options whose names begin with `spark.` are settings of Spark. The option `files`
    is a folder that this machine and all of Spark's see under the same path.

    Raises:
        SegqlError: it can't be opened.
    """
    from segql.engines import spark_classic, spark_connect

    for name in address.options:
        if name != FILES and not name.startswith("spark."):
            known = "`files`, and settings of Spark, which begin with `spark.`"
            raise SegqlError([server.option_unknown(ENGINE, name, known)])
    more = {k: v for k, v in address.options.items() if k != FILES}
    driver: Driver
    if address.url.startswith("sc://"):
        driver = spark_connect.open_session(address, more | _SESSION)
    elif spark_classic.is_master(address.url):
        own = _SESSION | _BATCH
        driver = spark_classic.open_session(address, more, own, limits)
    else:
        raise SegqlError([connections.url_unreadable("spark", "sc://host:15002")])
    opened = Spark(driver, limits)
    try:
        opened.begin(address)
    except BaseException:
        opened.close()
        raise
    return opened


class Spark(Session[SparkQuery]):
    """An open warehouse: a session of Spark's."""

    def __init__(self, driver: Driver, limits: Limits) -> None:
        super().__init__(limits)
        self._driver = driver
        self._engine = ENGINE
        self._tables = _Tables(self)
        self._shapes: dict[str, Shape] = {}
        self._unreadable: dict[str, Diagnostic] = {}

    def begin(self, address: Address) -> None:
        """Looks who answers, and goes to where the tables are."""
        version = self._do("SELECT version()", lambda: self._driver.session.version)
        self._engine = f"{ENGINE} {version}"
        if tuple(map(int, version.split(".")[:1])) < (4,):
            raise SegqlError([server.server_too_old(self._engine, f"{ENGINE} 4.0")])
        if address.schema is not None:
            self._use(address.schema)
        if (folder := address.options.get(FILES)) is not None:
            session = self._driver.session
            self._unreadable = self._do(
                "", lambda: create_views(session, address.folder / folder, folder)
            )

    def _use(self, schema: str) -> None:
        sql = f"USE {quote_table(schema)}"
        fault = server.schema_unknown(ENGINE, schema)
        try:
            self._do(sql, lambda: self._driver.session.sql(sql))
        except SegqlError as error:
            if error.diagnostics[0].code != "E525":
                raise
        else:
            return
        raise SegqlError([fault])

    @property
    def session(self) -> Any:
        """The `SparkSession` itself."""
        return self._driver.session

    @property
    def engine(self) -> str:
        return self._engine

    @property
    def dialect(self) -> str:
        return "spark"

    @property
    def unreadable(self) -> Mapping[str, Diagnostic]:
        return self._unreadable

    def tables(self) -> Tables:
        return self._tables

    def shape(self, engine_type: str) -> Shape:
        return self._shapes.get(engine_type) or Shape("other", engine_type)

    def unique(self, table: str) -> Sequence[frozenset[str]]:
        """None: where a catalog has keys at all, Spark doesn't enforce them."""
        return ()

    def forget(self) -> None:
        """Forgets what was found out about the tables, as they have changed."""
        self._tables = _Tables(self)
        self._notes.clear()

    def names(self) -> list[str]:
        """The tables and views of the schema, and of the session."""
        sql = "SHOW TABLES"
        found = self._do(sql, lambda: self._driver.session.sql(sql).collect())
        return sorted({row["tableName"] for row in found})

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Names and types of a table's columns; None if there is no such table."""
        quoted = quote_table(table)

        def look() -> Any:
            try:
                return self._driver.session.table(quoted).schema
            except Exception as error:
                if parts(error)[0].startswith("TABLE_OR_VIEW_NOT_FOUND"):
                    return None
                raise

        schema = self._do(f"TABLE {quoted}", look)
        if schema is None:
            return None
        shapes = {field.name: shape_of(field.dataType) for field in schema.fields}
        self._shapes.update({shape.name: shape for shape in shapes.values()})
        return {name: shape.name for name, shape in shapes.items()}

    # What is written, the executors write.

    def write(self, sql: str, place: str) -> int:
        """Writes a query's answer as Parquet into a folder; how many rows it was.

        The folder is one on this machine that is empty, or a URL of one that isn't
        there yet.
        """
        query = self._query(sql)
        try:
            work = lambda: write_files(query.frame(), place)  # noqa: E731
            return query.run(lambda: query.tagged(work))
        finally:
            query.close()

    def write_parts(self, sql: str, place: str, column: str) -> int:
        """Adds a query's answer to a folder or a URL, in a folder for each value of
        a column; how many rows it was.
        """
        query = self._query(sql)
        try:
            work = lambda: write_parts(query.frame(), place, column)  # noqa: E731
            return query.run(lambda: query.tagged(work))
        finally:
            query.close()

    def write_table(self, sql: str, table: str) -> int:
        """Writes a query's answer as a new table; how many rows it was."""
        if self.columns(table) is not None:
            raise SegqlError([server.table_there(ENGINE, table)])
        query = self._query(sql)
        try:
            quoted = quote_table(table)
            work = lambda: write_table(query.frame(), quoted)  # noqa: E731
            return query.run(lambda: query.tagged(work))
        finally:
            query.close()

    def plan(self, sql: str) -> str:
        shown = f"EXPLAIN FORMATTED SELECT * FROM (\n{sql}\n)"
        found = self._do(shown, lambda: self._driver.session.sql(shown).collect())
        return str(found[0][0]).strip()

    def _do(self, sql: str, work: Callable[[], _Result]) -> _Result:
        """Some work that is no query, with its faults told as those of one."""
        query = self._query(sql)
        try:
            return query.run(lambda: query.tagged(work))
        finally:
            query.close()

    def _asked(self, sql: str) -> SparkQuery:
        seconds = self._limits.seconds
        return SparkQuery(self._driver, sql, self._pool, seconds, self._fault)

    def _reader(self, query: SparkQuery) -> Any:
        return query.answer()

    def _release(self) -> None:
        self._driver.close()

    def _fault(self, error: Exception, sql: str) -> Diagnostic:
        return query_fault(error, sql, self._tables.seen)


class _Tables(Mapping[str, Mapping[str, str]]):
    """The tables, each looked at when it is first asked for: there may be thousands."""

    def __init__(self, spark: Spark) -> None:
        self._spark = spark
        self._names: list[str] | None = None
        self._known: dict[str, Mapping[str, str] | None] = {}

    @property
    def seen(self) -> list[str]:
        return [name for name, columns in self._known.items() if columns is not None]

    def __getitem__(self, table: str) -> Mapping[str, str]:
        if table not in self._known:
            self._known[table] = self._spark.columns(table)
        columns = self._known[table]
        if columns is None:
            raise KeyError(table)
        return columns

    def __iter__(self) -> Iterator[str]:
        if self._names is None:
            self._names = self._spark.names()
        return iter(self._names)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def quote(name: str) -> str:
    """An identifier as Spark reads it."""
    return "`" + name.replace("`", "``") + "`"


def quote_table(name: str) -> str:
    """`table`, `schema.table` or `catalog.schema.table`."""
    return ".".join(map(quote, name.split(".")))
