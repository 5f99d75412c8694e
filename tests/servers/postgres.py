"""PostgreSQL, started in a folder of its own, with awkward settings on purpose.

Its texts sort and fold as in a dictionary (ICU), its sessions begin in New York, with
German dates and short numbers: what segql needs it must ask for.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from segql.engines import NO_LIMITS, Address, Limits
from segql.engines.postgres import Postgres, open_server, run
from servers import Holds

HOLDS = Holds()
NOT_INSTALLED = "not installed: apt-get install postgresql"
AWKWARD = """
timezone = 'America/New_York'
datestyle = 'German, DMY'
intervalstyle = 'sql_standard'
extra_float_digits = -5
standard_conforming_strings = off
bytea_output = 'escape'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_wal_size = 4GB
shared_buffers = 256MB
max_connections = 50
log_min_messages = fatal
"""
OWNER = "segql"
_OWN_USER = "postgres"
_MANY = 1000


def missing() -> str | None:
    if _binaries() is None:
        return NOT_INSTALLED
    if os.getuid() == 0 and not _has_own_user():
        return "it doesn't run as root, and there is no user postgres"
    try:
        import adbc_driver_postgresql  # noqa: F401
    except ImportError:
        return "not installed: pip install segql[postgres]"
    return None


def start(folder: Path) -> "Warehouse":
    return Warehouse(Server(folder))


def _binaries() -> Path | None:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    if found:
        return found[-1].parent
    other = shutil.which("postgres")
    return Path(other).resolve().parent if other else None


def _has_own_user() -> bool:
    try:
        pwd.getpwnam(_OWN_USER)
    except KeyError:
        return False
    return True


class Server:
    """A server's process; `folder` is only kept tidy, as its user may not enter it."""

    def __init__(self, folder: Path) -> None:
        binaries = _binaries()
        assert binaries is not None, NOT_INSTALLED
        self.binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="segql-postgres-", dir="/tmp"))
        self.folder.chmod(0o755)
        if os.getuid() == 0:
            shutil.chown(self.folder, _OWN_USER)
        self.data = self.folder / "data"
        self._call("initdb", "-D", str(self.data), "-U", OWNER, *_CLUSTER)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(AWKWARD)
        (self.data / "pg_hba.conf").write_text(
            f"local all {OWNER} trust\nhost all {OWNER} 127.0.0.1/32 trust\n"
            "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        self.port = 0
        self.up()
        self.watcher = subprocess.Popen(
            ["sh", "-c", _WATCH, "watch", str(os.getpid()), str(self.folder)],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def up(self) -> None:
        """Starts it, or starts it again at the same port."""
        for last in (False, False, True):
            port = self.port or _free_port()
            options = f"-p {port} -k {self.folder} -c listen_addresses=127.0.0.1"
            log = str(self.folder / "log")
            try:
                self._call(
                    *("pg_ctl", "-D", str(self.data), "-l", log, "-w", "start"),
                    *("-o", options),
                )
            except subprocess.CalledProcessError:
                if last:
                    raise
            else:
                self.port = port
                return

    def down(self, mode: str = "immediate") -> None:
        self._call("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    @property
    def url(self) -> str:
        return f"postgresql://127.0.0.1:{self.port}/postgres"

    @property
    def address(self) -> Address:
        url = f"postgresql:///postgres?host={self.folder}&port={self.port}"
        return Address(url, OWNER)

    def close(self) -> None:
        self.watcher.kill()
        self.watcher.wait()
        if (self.data / "postmaster.pid").exists():
            self.down()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _call(self, program: str, *arguments: str) -> None:
        line = [str(self.binaries / program), *arguments]
        if os.getuid() == 0:
            line = ["runuser", "-u", _OWN_USER, "--", *line]
        subprocess.run(
            line,
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )


_CLUSTER = (
    *("-A", "trust", "--no-sync", "--no-instructions", "-E", "UTF8"),
    *("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"),
)


_WATCH = """
while kill -0 "$1"; do sleep 2; done
kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"
sleep 1
rm -rf "$2"
"""
"""Stops the server of tests that were killed themselves."""


def _free_port() -> int:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return int(own.getsockname()[1])


class Owner:
    """The owner's connection, which may write."""

    def __init__(self, server: Server) -> None:
        import adbc_driver_postgresql
        from adbc_driver_manager import AdbcConnection

        options = f"user={OWNER}&host={server.folder}&port={server.port}"
        url = f"postgresql:///postgres?{options}&client_encoding=UTF8"
        self._database: Any = adbc_driver_postgresql.connect(url)
        self._connection: Any = AdbcConnection(self._database)
        self.run("SET standard_conforming_strings = on")
        self.run("SET DateStyle = 'ISO, YMD'")
        self.run("SET TimeZone = 'UTC'")

    def run(self, *statements: str) -> None:
        for statement in statements:
            run(self._connection, statement)

    def together(self, statements: list[str]) -> None:
        """Many statements in one round."""
        body = "".join(f"{statement};\n" for statement in statements)
        self.run(f"DO $segql$ BEGIN\n{body}END $segql$")

    def close(self) -> None:
        self._connection.close()
        self._database.close()


class Warehouse:
    dialect = "postgres"

    def __init__(self, server: Server, limits: Limits = NO_LIMITS) -> None:
        self.server = server
        self.owner = Owner(server)
        self.opened: Postgres | None = None
        self.limits = limits
        self.known: dict[str, tuple[pa.Schema, int]] = {}  # rows, deleted ones too
        self.files = Path(tempfile.mkdtemp(prefix="load-", dir=server.folder))
        self.files.chmod(0o755)

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        statements: list[str] = []
        for number, (name, content) in enumerate(tables.items()):
            statements += self._place(name, content)
            file = self.files / f"{number}.csv"
            flat = [_cells(column) for column in content.columns]
            names = [str(place) for place in range(len(flat))]
            options = pa.csv.WriteOptions(
                include_header=False, quoting_style="all_valid"
            )
            pa.csv.write_csv(pa.table(flat, names), file, options)
            columns = ", ".join(map(_quoted, content.column_names))
            statements.append(
                f"COPY {quoted(name)} ({columns}) FROM '{file}' (FORMAT csv)"
            )
        self.owner.together(statements)
        if self.opened is not None:
            self.opened.forget()

    def _place(self, name: str, content: pa.Table) -> Iterator[str]:
        """What makes an empty table, of what may be there already."""
        schema, rows = self.known.get(name, (None, 0))
        if schema == content.schema:
            full = rows > _MANY
            self.known[name] = schema, content.num_rows + (0 if full else rows)
            yield f"{'TRUNCATE' if full else 'DELETE FROM'} {quoted(name)}"
            return
        self.known[name] = content.schema, content.num_rows
        if "." in name:
            yield f"CREATE SCHEMA IF NOT EXISTS {_quoted(name.split('.')[0])}"
        yield f"DROP TABLE IF EXISTS {quoted(name)}"
        columns = []
        for field in content.schema:
            stem = f"{name.replace('.', '/')}/{field.name}"
            type_ = yield from _type(field.type, stem)
            columns.append(f"{_quoted(field.name)} {type_}")
        yield f"CREATE UNLOGGED TABLE {quoted(name)} ({', '.join(columns)})"

    @property
    def connection(self) -> Postgres:
        if self.opened is None:
            self.opened = open_server(self.server.address, self.limits)
        return self.opened

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()
        self.owner.close()
        self.server.close()


def quoted(name: str) -> str:
    return ".".join(map(_quoted, name.split(".")))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# Types and cells.


def _type(type_: pa.DataType, stem: str) -> Iterator[str]:
    """The type of a column; yields what must be made before it."""
    if pa.types.is_list(type_):
        inner = yield from _type(type_.value_type, stem)
        return f"{inner}[]"
    if pa.types.is_struct(type_):
        fields = []
        for field in type_:
            inner = yield from _type(field.type, f"{stem}/{field.name}")
            fields.append(f"{_quoted(field.name)} {inner}")
        yield f"DROP TYPE IF EXISTS {_quoted(stem)} CASCADE"
        yield f"CREATE TYPE {_quoted(stem)} AS ({', '.join(fields)})"
        return _quoted(stem)
    if pa.types.is_decimal(type_):
        return f"numeric({type_.precision}, {type_.scale})"
    if pa.types.is_timestamp(type_):
        return "timestamptz" if type_.tz else "timestamp"
    return _PLAIN[str(type_)]


_PLAIN = {
    "string": "text",
    "bool": "boolean",
    "int8": "smallint",
    "uint8": "smallint",
    "int16": "smallint",
    "int32": "integer",
    "int64": "bigint",
    "float": "real",
    "double": "double precision",
    "date32[day]": "date",
    "null": "text",
}


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as a CSV file can have it."""
    if not pa.types.is_nested(column.type):
        return column
    texts = [_text(cell, column.type) for cell in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _text(cell: Any, type_: pa.DataType) -> str | None:
    """A cell as PostgreSQL reads it."""
    if cell is None:
        return None
    if pa.types.is_list(type_):
        inner = [_inner(_text(each, type_.value_type), "NULL") for each in cell]
        return "{" + ",".join(inner) + "}"
    if pa.types.is_struct(type_):
        inner = [_inner(_text(cell[f.name], f.type), "") for f in type_]
        return "(" + ",".join(inner) + ")"
    if pa.types.is_boolean(type_):
        return "t" if cell else "f"
    return str(cell)


def _inner(text: str | None, missing: str) -> str:
    if text is None:
        return missing
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
