"""A ClickHouse server by URL in, answers out: HTTP, in Arrow.

The way of `clickhouse_chdb`, with a server at its end. Closing the way of an answer
makes the server give the query up, as it only reads; where nothing has come yet, a
second request kills it by its id.
"""

import contextlib
import logging
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines import Address, Limits
from segql.engines.clickhouse_way import Lost, NotInstalled, Refused
from segql.messages import server as messages

ENGINE = "ClickHouse"
OLDEST = (26, 9)
"""Older ones have fewer years, and work a shared query out again for each use."""
_SECURE = {"http": False, "https": True, "clickhouse": False, "clickhouses": True}
_OPTIONS = (
    "ca_cert",
    "client_cert",
    "client_cert_key",
    "connect_timeout",
    "http_proxy",
    "https_proxy",
    "server_host_name",
    "verify",
)
_TRIES = (0.2, 1.0, None)
_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""The last bytes of a whole stream of Arrow."""


class Server:
    def __init__(self, address: Address, limits: Limits) -> None:
        parts = urlsplit(address.url)
        options = {**dict(parse_qsl(parts.query)), **address.options}
        for name in options:
            if name not in _OPTIONS:
                known = ", ".join(f"`{each}`" for each in _OPTIONS)
                self._fail(messages.option_unknown(ENGINE, name, known))
        secure = _SECURE.get(parts.scheme, False)
        self.where = parts.netloc
        self.user = address.user
        self.home = address.schema or unquote(parts.path.strip("/")) or "default"
        logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
        try:
            import clickhouse_connect
        except ImportError:
            raise NotInstalled("clickhouse-connect") from None
        wanted: dict[str, Any] = {
            "host": parts.hostname or "localhost",
            "port": parts.port or (8443 if secure else 8123),
            "interface": "https" if secure else "http",
            "username": address.user or "default",
            "password": address.password or "",
            "database": self.home,
            "compress": False,  # Arrow compresses its own columns
            "autogenerate_session_id": False,  # queries run side by side
            "query_retries": 1,
            "send_receive_timeout": int(limits.seconds or 0) + 600,
            "client_name": "segql",
            **options,
        }
        self.client = self._connected(clickhouse_connect.get_client, wanted)
        self.version = str(self.client.server_version)
        digits = tuple(int(part) for part in self.version.split(".")[:2])
        if digits < OLDEST:
            needed = ".".join(map(str, OLDEST))
            self._fail(messages.server_too_old(f"{ENGINE} {self.version}", needed))

    def _connected(self, connect: Any, wanted: Mapping[str, Any]) -> Any:
        fault: Diagnostic | None = None
        for pause in _TRIES:
            try:
                return connect(**wanted)
            except Exception as error:
                if (refused := _refusal(error)) is not None:
                    raise refused from None
                fault = messages.server_not_reached(ENGINE, self.where, _why(error))
            if pause is not None:
                time.sleep(pause)
        assert fault is not None
        self._fail(fault)

    @staticmethod
    def _fail(fault: Diagnostic) -> Any:
        raise SegqlError([fault])

    def allowed(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Of the settings, those that have to be sent.

        Raises:
            SegqlError: this user may not change one that differs.
        """
        known = self.client.server_settings
        sent, kept = {}, []
        locked = getattr(known.get("readonly"), "value", "0") == "1"
        for name, value in settings.items():
            there = known.get(name)
            if there is None:  # an older server that doesn't know it
                continue
            if name == "readonly" and there.value != "0":
                continue
            if there.value in (value, _as_word(value)):
                continue
            if locked or there.readonly:
                kept.append(name)
            else:
                sent[name] = value
        needed = [each for each in kept if not each.startswith("output_format")]
        if needed:
            self._fail(messages.settings_refused(ENGINE, needed))
        return sent

    def call(self, query: str, settings: Mapping[str, str]) -> "Call":
        return Call(self, query, self.allowed(settings))

    def close(self) -> None:
        self.client.close()


class Call:
    def __init__(self, way: Server, query: str, settings: Mapping[str, str]) -> None:
        self._client = way.client
        self._query = query
        self._id = f"segql-{uuid.uuid4()}"
        self._settings = {**settings, "query_id": self._id}
        self._tail: _Tail | None = None
        self._batches: Any = None
        self.schema: Any = None

    def open(self) -> "Call":
        import pyarrow as pa

        try:
            answer = self._client.raw_stream(
                self._query, settings=self._settings, fmt="ArrowStream"
            )
        except Exception as error:
            raise (_refusal(error) or Lost()) from None
        self._tail = tail = _Tail(answer)
        self._batches = tail.guarded(lambda: pa.ipc.open_stream(tail))
        self.schema = self._batches.schema
        return self

    def read_next_batch(self) -> Any:
        assert self._tail is not None
        return self._tail.guarded(self._batches.read_next_batch)

    def cancel(self) -> None:
        kill = f"KILL QUERY WHERE query_id = '{self._id}' ASYNC"
        with contextlib.suppress(Exception):
            self._client.command(kill)

    def close(self) -> None:
        if self._tail is not None:
            self._tail.close()


class _Tail:
    """The bytes of an answer, of which the last are kept: an error may stand there."""

    closed = False

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        found: bytes = self._answer.read(None if size < 0 else size)
        self._last = (self._last + found[-4096:])[-8192:]
        return found

    def readable(self) -> bool:
        return True

    def guarded(self, work: Any) -> Any:
        """Reads on; an answer that ends must have ended as a whole."""
        try:
            return work()
        except StopIteration:
            whole = False
            with contextlib.suppress(Exception):
                whole = self._last.endswith(_END) and not self.read()
            if whole:
                raise
        except Exception:
            with contextlib.suppress(Exception):
                self.read()
        text = self._last.decode(errors="replace")
        if "DB::Exception" in text:
            raise Refused(text[text.rindex("Code:") :])
        raise Lost

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._answer.close()
            self._answer.release_conn()


def _as_word(value: str) -> str:
    return {"0": "false", "1": "true"}.get(value, value)


def _refusal(error: Exception) -> Refused | None:
    """The server's own word, if the error is one."""
    text, code = str(error), getattr(error, "code", None)
    if code or "Code: " in text:
        return Refused(text, code)
    return None


def _why(error: BaseException) -> str:
    """In a few words of ours; the driver's own may hold the password."""
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < 8:
        chain.append(f"{type(cause).__name__} {cause}")
        cause = cause.__cause__ or cause.__context__
    text = " ".join(chain)
    for sign, words in {
        "NameResolution": "there is no such host",
        "Name or service": "there is no such host",
        "CERTIFICATE_VERIFY": "its certificate is not to be trusted",
        "SSL": "it doesn't speak TLS there",
        "refused": "connection refused",
        "imed out": "no answer in time",
        "imeout": "no answer in time",
        "unreachable": "no way to that network",
    }.items():
        if sign in text:
            return words
    return "what answers there is no ClickHouse"
