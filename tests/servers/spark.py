"""Spark, classic, in this process and a Java process of its own: `local[2]`."""

import importlib.util
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from segql.engines import NO_LIMITS, Address, Connection
from segql.engines.spark import Spark as Session
from segql.engines.spark import open_server, quote, quote_table
from servers import Holds

HOLDS = Holds()
SMALL = {
    "spark.buffer.pageSize": "1m",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss4m",
    "spark.default.parallelism": "1",
    "spark.memory.fraction": "0.2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.parser.manageParserCaches": "true",
    "spark.sql.parser.parserDfaCacheFlushThreshold": "20000",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.ui.retainedExecutions": "5",
    "spark.ui.retainedJobs": "5",
    "spark.ui.retainedStages": "5",
}
"""Settings for many small queries: they change how fast it is, and no answer."""


def missing() -> str | None:
    spec = importlib.util.find_spec("pyspark")
    if spec is None or not (Path(str(spec.origin)).parent / "jars").is_dir():
        return "not installed: pip install 'segql[spark-local]'"
    return None if shutil.which("java") else "it needs Java 17"


def start(folder: Path) -> "Spark":
    return Spark(folder)


class Spark:
    dialect = "spark"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        places = {
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.local.dir": str(folder / "local"),
        }
        address = Address("local[2]", options=SMALL | places)
        self.opened: Session = open_server(address, NO_LIMITS)
        self.count = 0

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        for name, content in tables.items():
            content = readable(content)
            if "." in name:
                self._view(name, content)
            else:
                load_view(self.opened, name, content)
        self.opened.forget()

    def _view(self, name: str, content: pa.Table) -> None:
        """Of another schema, which a session's own views have none of."""
        self.count += 1
        path = self.folder / f"{self.count}.parquet"
        pq.write_table(content, path)
        session = self.opened.session
        session.sql(f"CREATE SCHEMA IF NOT EXISTS {quote(name.split('.')[0])}")
        session.sql(f"DROP VIEW IF EXISTS {quote_table(name)}")
        session.sql(
            f"CREATE VIEW {quote_table(name)} AS SELECT * FROM parquet.`file://{path}`"
        )

    @property
    def connection(self) -> Connection:
        return self.opened

    def close(self) -> None:
        self.opened.close()


def readable(content: pa.Table) -> pa.Table:
    """Without unsigned numbers, which Spark doesn't take."""
    fields = [
        field.with_type(pa.int16()) if field.type == pa.uint8() else field
        for field in content.schema
    ]
    return content.cast(pa.schema(fields))


def load_view(opened: Session, name: str, content: pa.Table) -> None:
    """A view of the session over rows that are sent to it."""
    from pyspark.sql.pandas.types import from_arrow_schema

    schema = from_arrow_schema(content.schema, prefer_timestamp_ntz=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = opened.session.createDataFrame(content, schema)
    frame.createOrReplaceTempView(quote(name))
