"""A server's address in, connections of a driver to it out, set up and read-only.

PyMySQL goes everywhere; where mysqlclient is installed, which needs a C library, it
is taken, as it is several times as quick. Both are the same people's, with one
interface. Cells come as text; what they mean is `mariadb_cells`' matter.
"""

import contextlib
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines import Address
from segql.engines.mariadb_faults import PASSING, login_fault, number_of
from segql.messages import connections, engine, server

DRIVERS = ("MySQLdb", "pymysql")
"""The packages mysqlclient and PyMySQL: the first that is there is taken."""
_EXAMPLE = "mariadb://db.example.com/shop"
_OPTIONS = ("ssl_mode", "ssl_ca", "ssl_cert", "ssl_key", "unix_socket")
_SSL_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_TRIES = (0.2, 0.8)
"""How long to wait before a second and a third try to connect, in seconds."""
_PATIENCE = 10
_FOR_READER = 3600
"""What the server gives a query beyond its time limit: its reader's time counts
there, and it is only for when nobody can stop the query any more. Seconds."""
_DAY = 86_400
_MODES = "STRICT_ALL_TABLES,NO_UNSIGNED_SUBTRACTION,NO_ENGINE_SUBSTITUTION"
_MEMORY = 2 << 30
"""What a query may take; large ones would else take that of others, to be planned."""
_ROOM = {
    # Else two tables without an index are compared row by row.
    "join_cache_level": "4",
    "join_buffer_size": str(32 << 20),
    "join_buffer_space_limit": str(128 << 20),
    "max_session_mem_used": f"LEAST(@@max_session_mem_used, {_MEMORY})",
}
_LEAST_TABLE, _MOST_TABLE = 16 << 20, 256 << 20
"""How large tables of a query get in memory. On disk, groups of texts for each
customer are ten times as slow; but of each, an eighth is taken at once."""
_NEEDED = {False: (10, 11), True: (8, 0)}
"""The oldest MariaDB, and MySQL, that knows all of our SQL."""


@dataclass(frozen=True, slots=True)
class _Way:
    """What an address says."""

    host: str
    port: int
    database: str
    user: str | None
    password: str | None = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        return self.options.get("unix_socket") or f"{self.host}:{self.port}"

    @property
    def encrypted(self) -> bool:
        return self.options["ssl_mode"] not in ("DISABLED", "PREFERRED")

    def obstacle(self) -> str:
        """Why nothing answers, as the system says it; drivers differ in their words."""
        if "unix_socket" in self.options:
            there = os.path.exists(self.options["unix_socket"])
            return "connection refused" if there else "there is no such socket"
        try:
            socket.create_connection((self.host, self.port), 3).close()
        except socket.gaierror:
            return "its name is not known"
        except TimeoutError:
            return "no answer in time"
        except ConnectionRefusedError:
            return "connection refused"
        except OSError:
            return "there is no way to it"
        return "something answers, but not as MariaDB does"


class Link:
    """One connection to a server."""

    def __init__(self, raw: Any, driver: Any, database: str) -> None:
        self.raw = raw
        self.driver = driver
        self.database = database
        self.number = int(raw.thread_id())
        # mysqlclient lets no other thread ask for it later.
        number = raw.fileno() if hasattr(raw, "fileno") else raw._sock.fileno()
        self._socket = socket.socket(fileno=os.dup(number))
        self.version = str(raw.get_server_info())
        self.is_mysql = "mariadb" not in self.version.lower()
        name = "MySQL" if self.is_mysql else "MariaDB"
        numbers = re.findall(r"\d+\.\d+\.\d+", self.version)
        # Old MariaDB introduces itself as `5.5.5-10.11.2-MariaDB`.
        plain = numbers[-1] if numbers else self.version
        self.engine = f"{name} {plain}"
        self.release = tuple(int(part) for part in plain.split(".")[:2])
        self._table = 0

    def ask(self, sql: str) -> Any:
        """A cursor over the answer, which stays on the server until it is read."""
        self._make_room(sql.count("SELECT"))
        cursors = import_module(f"{self.driver.__name__}.cursors")
        cursor = self.raw.cursor(cursors.SSCursor)
        cursor.execute(sql)
        return cursor

    def _make_room(self, queries: int) -> None:
        """For the tables of so many queries inside each other."""
        share = (_MEMORY // max(queries, 1)) & -(1 << 20)  # it takes no odd sizes
        table = min(max(share, _LEAST_TABLE), _MOST_TABLE)
        if table != self._table and not self.is_mysql:
            names = ("max_heap_table_size", "tmp_memory_table_size")
            self.tell("SET " + ", ".join(f"SESSION {name} = {table}" for name in names))
            self._table = table

    def tell(self, sql: str) -> None:
        with contextlib.closing(self.raw.cursor()) as cursor:
            cursor.execute(sql)

    def cipher(self) -> str:
        """What the connection is encrypted with, or nothing."""
        with contextlib.closing(self.raw.cursor()) as cursor:
            cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
            found = cursor.fetchone()
        return str(found[1].decode() if isinstance(found[1], bytes) else found[1])

    def cut(self) -> None:
        """Breaks off from any thread, whatever another one waits for."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.raw.close()
        self._socket.close()


class Server:
    """Where connections come from, and who may stop what they do."""

    def __init__(self, way: _Way, driver: Any, seconds: float | None) -> None:
        self._way = way
        self._driver = driver
        self._seconds = seconds
        self._killer: Link | None = None
        self._guard = threading.Lock()

    @classmethod
    def at(cls, address: Address, seconds: float | None) -> Self:
        return cls(_way(address), _driver(), seconds)

    def connected(self, wanted: Callable[[], bool] = lambda: True) -> Link:
        """A new link, set up; `wanted` tells whether it still makes sense.

        Raises:
            SegqlError: there is none, after a few tries where another may help.
        """
        pauses = [*_TRIES, 0.0]
        while True:
            try:
                return self._connect()
            except Exception as error:
                pause = pauses.pop(0) if number_of(error) in PASSING else 0.0
                fault = self._fault(error)
                if fault is None:
                    raise
            if not pause or not wanted():
                raise SegqlError([fault])
            time.sleep(pause)

    def kill(self, link: Link) -> bool:
        """Stops the query that runs on a link; whether the server heard it."""
        with self._guard:
            for _ in range(2):
                try:
                    if self._killer is None:
                        self._killer = self._plain(2, 2)
                    self._killer.tell(f"KILL QUERY {link.number}")
                    return True
                except Exception as error:
                    if number_of(error) == 1094:  # no such thread: it ended
                        return True
                    if self._killer is not None:
                        self._killer.close()
                    self._killer = None
        return False

    def close(self) -> None:
        with self._guard:
            if self._killer is not None:
                self._killer.close()
            self._killer = None

    def _fault(self, error: Exception) -> Diagnostic | None:
        way = self._way
        why = way.obstacle()
        return login_fault(error, "MariaDB", way.shown, way.user, way.database, why)

    def _connect(self) -> Link:
        link = self._plain(_PATIENCE, None)
        try:
            if link.release < _NEEDED[link.is_mysql]:
                needed = ".".join(map(str, _NEEDED[link.is_mysql]))
                raise SegqlError([server.server_too_old(link.engine, needed)])
            if self._way.encrypted and not link.cipher():
                # Some versions of the C library go on without.
                raise SegqlError([server.not_encrypted("MariaDB", self._way.shown)])
            for statement in self._settings(link):
                link.tell(statement)
        except BaseException:
            link.close()
            raise
        return link

    def _settings(self, link: Link) -> list[str]:
        seconds = None if self._seconds is None else self._seconds + _FOR_READER
        values = {
            "sql_mode": f"'{_MODES}'",
            "time_zone": "'+00:00'",
            "sql_select_limit": str(2**64 - 1),
            "group_concat_max_len": str(2**32 - 1),
            "net_write_timeout": str(_DAY),  # a reader may take its time
        }
        if link.is_mysql:
            collation = "utf8mb4_0900_bin"
            if seconds is not None:
                values["max_execution_time"] = str(round(seconds * 1000))
        else:
            collation = "utf8mb4_nopad_bin"
            # Else what is grouped once is grouped anew for each key that is looked up.
            values["optimizer_switch"] = "'split_materialized=off'"
            if seconds is not None:
                values["max_statement_time"] = f"{seconds:.3f}"
            values |= _ROOM
        pairs = ", ".join(f"SESSION {name} = {value}" for name, value in values.items())
        return [
            f"SET NAMES utf8mb4 COLLATE {collation}",
            f"SET {pairs}",
            "SET SESSION TRANSACTION READ ONLY",
        ]

    def _plain(self, patience: int, answer_in: int | None) -> Link:
        way = self._way
        wanted: dict[str, Any] = {
            # The C library takes `localhost` for a socket file.
            "host": "127.0.0.1" if way.host == "localhost" else way.host,
            "port": way.port,
            "database": way.database,
            "charset": "utf8mb4",
            "connect_timeout": patience,
            "autocommit": True,
            "local_infile": False,
        }
        if way.user is not None:
            wanted["user"] = way.user
        if way.password is not None:
            wanted["password"] = way.password
        if "unix_socket" in way.options:
            wanted["unix_socket"] = way.options["unix_socket"]
        if self._driver.__name__ == "MySQLdb":
            wanted |= {"conv": {}, "multi_statements": False, **_ssl_of_c(way)}
        else:
            known = import_module("pymysql.converters").encoders
            wanted |= {"conv": known, "read_timeout": patience, **_ssl_of_python(way)}
        if answer_in is not None:
            wanted |= {"read_timeout": answer_in, "write_timeout": answer_in}
        raw = self._driver.connect(**wanted)
        if answer_in is None and hasattr(raw, "_read_timeout"):
            raw._read_timeout = None  # its handshake knows no other limit
        return Link(raw, self._driver, way.database)


def _way(address: Address) -> _Way:
    """Raises `SegqlError` where the URL has what this engine doesn't know."""
    try:
        parts = urlsplit(address.url)
        options = {**dict(parse_qsl(parts.query)), **address.options}
        options = {name.replace("-", "_").lower(): v for name, v in options.items()}
        mode = options.get("ssl_mode", "PREFERRED").upper()
        way = _Way(
            parts.hostname or "localhost",
            parts.port or 3306,
            unquote(parts.path.strip("/")) or address.schema or "",
            address.user,
            address.password,
            {**options, "ssl_mode": mode},
        )
    except ValueError:
        way = None
    if (
        way is None
        or not way.database
        or "/" in way.database
        or mode not in _SSL_MODES
        or not set(way.options) <= set(_OPTIONS)
    ):
        raise SegqlError([connections.url_unreadable("mariadb", _EXAMPLE)])
    return way


def _driver() -> Any:
    for name in DRIVERS:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise SegqlError([engine.driver_missing("pymysql")])


def _ssl_of_c(way: _Way) -> dict[str, Any]:
    files = {
        name: way.options[f"ssl_{name}"]
        for name in ("ca", "cert", "key")
        if f"ssl_{name}" in way.options
    }
    return {"ssl_mode": way.options["ssl_mode"], **({"ssl": files} if files else {})}


def _ssl_of_python(way: _Way) -> dict[str, Any]:
    mode, options = way.options["ssl_mode"], way.options
    if mode == "DISABLED":
        return {"ssl_disabled": True}
    if mode == "PREFERRED" and "ssl_ca" not in options:
        return {}
    context = ssl.create_default_context(cafile=options.get("ssl_ca"))
    context.check_hostname = mode == "VERIFY_IDENTITY"
    if not mode.startswith("VERIFY"):
        context.verify_mode = ssl.CERT_NONE
    if "ssl_cert" in options:
        context.load_cert_chain(options["ssl_cert"], options.get("ssl_key"))
    return {"ssl": context}
