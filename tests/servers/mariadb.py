"""MariaDB: a server in a folder of the tests, on a free port of this machine."""

import contextlib
import fcntl
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa

from segql.engines import NO_LIMITS, Address, Connection, Limits
from segql.engines.mariadb import MariaDB as Opened
from segql.engines.mariadb import open_server
from servers import Holds

HOLDS = Holds(lists="none", structs=False, instants=False, nan=False, infinity=False)
"""Its one type for instants ends in 2038: `test_engine_mariadb` has it."""

_INSTALL = ("mariadb-install-db", "--no-defaults", "--skip-test-db")
_SERVER = (
    "--no-defaults",
    "--bind-address=127.0.0.1",
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--innodb-file-per-table=0",
    "--innodb-buffer-pool-size=256M",
    "--max-allowed-packet=256M",
    "--local-infile=1",
    # A query that runs away shall not take the machine with it.
    "--max-statement-time=20",
    "--max-session-mem-used=1G",
    "--character-set-server=utf8mb4",
    # What people have: a collation for which 'a', 'A' and 'á' are the same.
    "--collation-server=utf8mb4_general_ci",
)


_MEMORY = 4 << 30


def missing() -> str | None:
    if _binary("mariadbd") is None or shutil.which("mariadb-install-db") is None:
        return "not installed: apt-get install mariadb-server"
    if find_spec("pymysql") is None and find_spec("MySQLdb") is None:
        return "not installed: pip install pymysql"
    return None


def start(folder: Path) -> "MariaDB":
    return MariaDB(folder)


class MariaDB:
    dialect = "mariadb"

    def __init__(self, folder: Path, *options: str) -> None:
        self.options = options
        self.user = "mysql" if os.getuid() == 0 else None
        # The user `mysql` gets into no folder of pytest's.
        place = None if self.user else folder
        self.data = Path(tempfile.mkdtemp(prefix="segql-mariadb-", dir=place))
        self.process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.shapes: dict[str, tuple[str, ...]] = {}
        self.opened: Opened | None = None
        try:
            self._install()
            self.run()
            for statement in (
                "CREATE DATABASE shop",
                "CREATE USER reader IDENTIFIED BY 'secret-word'",
                "GRANT SELECT ON *.* TO reader",
            ):
                self.write(statement)
        except BaseException:
            self.close()
            raise

    # The server.

    def run(self) -> None:
        """Starts it, and waits until it answers."""
        name = _binary("mariadbd")
        assert name is not None
        whole = [
            name,
            *_SERVER,
            f"--datadir={self.data}",
            f"--port={self.port}",
            f"--socket={self.data}/s",
            f"--pid-file={self.data}/pid",
            *self.options,
        ]
        with (self.data / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*whole, *([f"--user={self.user}"] if self.user else [])],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_bounded,
            )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.socket() as probe:
                probe.connect(("127.0.0.1", self.port))
                if probe.recv(4):
                    self.root = self._connected()
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError((self.data / "log").read_text()[-2000:])

    def kill(self) -> None:
        """As when the machine loses its power."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()
            self.opened = None
        self.kill()
        shutil.rmtree(self.data, ignore_errors=True)

    def _install(self) -> None:
        if self.user:
            shutil.chown(self.data, self.user)
        name = shutil.which(_INSTALL[0])
        assert name is not None
        with open(name, "rb") as script:
            # It fails, now and then, while another one runs.
            fcntl.flock(script, fcntl.LOCK_EX)
            done = subprocess.run(
                [
                    *_INSTALL,
                    f"--datadir={self.data}",
                    "--auth-root-authentication-method=normal",
                    *([f"--user={self.user}"] if self.user else []),
                ],
                capture_output=True,
                text=True,
            )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def _connected(self) -> Any:
        import pymysql

        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user="root",
            charset="utf8mb4",
            autocommit=True,
            local_infile=True,
        )

    # What the tests use.

    def write(self, sql: str) -> Any:
        """As the server's owner."""
        with self.root.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def address(self, **changed: Any) -> Address:
        known = {
            "url": f"mariadb://127.0.0.1:{self.port}/shop",
            "user": "reader",
            "password": "secret-word",
        }
        return Address(**{**known, **changed})

    def open(self, limits: Limits = NO_LIMITS, **changed: Any) -> Opened:
        return open_server(self.address(**changed), limits)

    @property
    def connection(self) -> Connection:
        if self.opened is None:
            self.opened = self.open()
        return self.opened

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        if self.opened is not None:
            self.opened.close()
            self.opened = None
        self.root.select_db("shop")
        for name, content in tables.items():
            self._replace(name, content)

    def _replace(self, name: str, content: pa.Table) -> None:
        quoted = ".".join(_quoted(part) for part in name.split("."))
        shape = tuple(
            f"{_quoted(field.name)} {_type(field.type)}" for field in content.schema
        )
        if self.shapes.get(name) == shape:
            self.write(f"DELETE FROM {quoted}")
        else:
            if "." in name:
                schema = _quoted(name.split(".")[0])
                self.write(f"CREATE DATABASE IF NOT EXISTS {schema}")
            self.write(f"CREATE OR REPLACE TABLE {quoted} ({', '.join(shape)})")
            self.shapes[name] = shape
        columns = [
            [_cell(value) for value in column.to_pylist()] for column in content.columns
        ]
        rows = [f"({','.join(row)})" for row in zip(*columns, strict=True)]
        for start in range(0, len(rows), 20_000):
            part = ",".join(rows[start : start + 20_000])
            self.write(f"INSERT INTO {quoted} VALUES {part}")


def _bounded() -> None:
    """Else one query could take the machine with it, in its optimizer already."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _binary(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _type(type_: pa.DataType) -> str:
    if pa.types.is_decimal(type_):
        return f"DECIMAL({type_.precision},{type_.scale})"
    if pa.types.is_timestamp(type_):
        # A TIMESTAMP holds only the years 1970 to 2037.
        return "DATETIME(6)"
    if pa.types.is_string(type_):
        return "LONGTEXT"
    return {
        "bool": "BOOLEAN",
        "int8": "TINYINT",
        "uint8": "TINYINT UNSIGNED",
        "int16": "SMALLINT",
        "int32": "INT",
        "int64": "BIGINT",
        "double": "DOUBLE",
        "date32[day]": "DATE",
        "null": "BIGINT",
    }[str(type_)]


def _cell(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return f"_utf8mb4 X'{value.encode().hex()}'" if value else "''"
    if isinstance(value, float):
        return repr(value)
    if hasattr(value, "tzinfo") and hasattr(value, "replace"):
        return f"'{value.replace(tzinfo=None)}'"
    return f"'{value}'"
