"""Spark Connect: an address `sc://host:port` in, a session on that server out."""

import re
import time
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from segql.diagnostics import SegqlError
from segql.engines import Address
from segql.engines.spark_faults import ENGINE, is_lost, listen, parts, silently
from segql.engines.spark_reach import reach
from segql.messages import engine as messages
from segql.messages import server

_PORT = 15002
_PATIENCE = 20.0
"""For so many seconds a server that went away may come back."""


class ConnectDriver:
    """A session of one's own on a server of Spark Connect."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def batches(self, frame: Any) -> "Batches":
        client = self.session.client
        plan = frame._plan
        return Batches(client.to_table_as_iterator(plan.to_proto(client), {}))

    def tag(self, tag: str) -> None:
        self.session.addTag(tag)

    def untag(self, tag: str) -> None:
        self.session.removeTag(tag)

    def interrupt(self, tag: str) -> None:
        self.session.interruptTag(tag)

    def close(self) -> None:
        self.session.client.set_retry_policies([])
        self.session.stop()


class Batches:
    """What the server sends, as a `pyarrow.RecordBatchReader`."""

    def __init__(self, answer: Iterator[Any]) -> None:
        self._tables = (each for each in answer if hasattr(each, "to_batches"))
        self._answer: Any = answer
        first = next(self._tables)
        self.schema = first.schema
        self._waiting = first.to_batches()[::-1]

    def read_next_batch(self) -> Any:
        with silently():
            while not self._waiting:
                self._waiting = next(self._tables).to_batches()[::-1]
        return self._waiting.pop()

    def close(self) -> None:
        """Lets go of the answer; a server that computes it stops."""
        with silently():
            self._answer.close()


def open_session(address: Address, settings: Mapping[str, str]) -> ConnectDriver:
    """Opens a session; limits of memory and threads are the server's own affair."""
    try:
        listen("pyspark.sql.connect.session")
        from pyspark.sql.connect.client import DefaultChannelBuilder
        from pyspark.sql.connect.session import SparkSession
    except ImportError:
        missing = messages.driver_missing("pyspark-client")
    else:
        where = host_of(address.url)
        reach(where, _PORT)
        fault = server.server_not_reached(ENGINE, where, "it gave no answer")
        with silently():
            session = None
            try:
                builder = DefaultChannelBuilder(remote(address))
                session = SparkSession(connection=builder)
                session.client.set_retry_policies([_policy()])
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # some are old, and needed
                    for name, value in settings.items():
                        session.conf.set(name, value)
                return ConnectDriver(session)
            except Exception as error:
                condition, facts, text = parts(error)
                if re.search(r"UNAUTHENTICATED|Invalid token|PERMISSION_DENIED", text):
                    fault = server.login_refused(ENGINE, where, address.user)
                elif condition.startswith("CANNOT_MODIFY"):
                    name = str(facts.get("key", "")).strip("\"'`")
                    fault = server.setting_refused(ENGINE, name)
                elif "SSL" in text or "Handshake" in text:
                    fault = server.not_encrypted(ENGINE, where)
                elif not is_lost(error) and condition:
                    fault = messages.engine_failed(ENGINE, condition)
            if session is not None:
                session.client.set_retry_policies([])
                session.stop()
        raise SegqlError([fault])
    raise SegqlError([missing])


def remote(address: Address) -> str:
    """The address as the client reads it, with user and token."""
    url = address.url if "/;" in address.url else address.url.rstrip("/") + "/"
    found = {"user_id": address.user, "token": address.password}
    more = "".join(f";{key}={value}" for key, value in found.items() if value)
    return (url.rstrip(";") + more) if more or "/;" in url else url.rstrip("/")


def host_of(url: str) -> str:
    """Host and port, without what follows them, which may be a secret."""
    return re.sub(r"^[a-z0-9]+://", "", url).partition("/")[0].partition(";")[0]


def _policy() -> Any:
    """Tries again what is safe to try again, and not for ten minutes."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    class Policy(DefaultPolicy):  # type: ignore[misc]
        """Gives up by itself, as the client's own way of it warns aloud."""

        def __init__(self) -> None:
            super().__init__(max_retries=None, max_backoff=2000)
            self.begun = self.last = 0.0

        def can_retry(self, error: BaseException) -> bool:
            now = time.monotonic()
            if now - self.last > _PATIENCE:
                self.begun = now
            self.last = now
            return super().can_retry(error) and now - self.begun < _PATIENCE

    return Policy()
