"""One query on a connection of its own in, its answer out, while it is computed."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines.mariadb_faults import LOST, number_of
from segql.engines.mariadb_link import Link
from segql.engines.query import Query
from segql.messages import engine as messages

_AGAIN = LOST | {1412}
"""Numbers of errors after which a query that gave nothing yet is asked once more."""
_TOKEN = re.compile(
    r"""(?sx)
    '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`]|``)*`
    | (?P<special>/\*M?!) | /\*.*?\*/ | --[\s][^\n]* | \#[^\n]*
    | (?P<word>[A-Za-z_0-9$@\u0080-\uffff]+) | \s+ | (?P<other>.)
    """
)


class Links(Protocol):
    """Where a query takes its link from."""

    def take(self, wanted: Callable[[], bool], fresh: bool = False) -> Link: ...

    def give_back(self, link: Link) -> None: ...

    def stop(self, link: Link) -> None: ...

    def fault(self, error: Exception, sql: str) -> Diagnostic | None: ...


class MariaDBQuery(Query):
    """One query and the link that it runs on."""

    def __init__(
        self, sql: str, pool: ThreadPoolExecutor, seconds: float | None, links: Links
    ) -> None:
        super().__init__(pool, seconds)
        self._sql = sql
        self._links = links
        self._link: Link | None = None
        self._answer: Answer | None = None
        self._complete = False
        self._cancelled = False

    def answer(self) -> "Answer":
        """Runs the query, in the thread."""
        if not is_one_query(self._sql):
            raise SegqlError([messages.access_refused()])
        self._link = self._links.take(self._is_wanted)
        try:
            return self._asked(self._link)
        except Exception as error:
            if self._stopped or number_of(error) not in _AGAIN:
                self._complete = _leaves_sound(error)
                raise
        self._link.close()
        self._link = self._links.take(self._is_wanted, fresh=True)
        return self._asked(self._link)

    def _asked(self, link: Link) -> "Answer":
        self._answer = Answer(self, link.ask(self._sql))
        return self._answer

    def _is_wanted(self) -> bool:
        return not self._stopped

    def completed(self) -> None:
        """Nothing of the answer is left on the way."""
        self._complete = True

    def cancel(self) -> None:
        self._cancelled = True
        if self._link is not None:
            self._links.stop(self._link)

    def explain(self, error: Exception) -> Diagnostic | None:
        return self._links.fault(error, self._sql)

    def release(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        if self._complete and not self._cancelled:
            self._links.give_back(link)
            return
        if not self._complete:
            self._links.stop(link)
            link.cut()
            if self._answer is not None:
                self._answer.forget()
        link.close()


class Answer:
    """A cursor whose rows come one part at a time."""

    def __init__(self, query: MariaDBQuery, cursor: Any) -> None:
        self._query = query
        self._cursor = cursor

    @property
    def columns(self) -> list[tuple[Any, ...]]:
        """Name, number of the type, …, as the DB API has it."""
        return list(self._cursor.description or ())

    def next_rows(self, count: int) -> Any:
        rows = self._cursor.fetchmany(count)
        if not rows:
            self._cursor.close()
            self._query.completed()
        return rows

    def forget(self) -> None:
        """Keeps PyMySQL from reading on, of a link that was cut off."""
        result: Any = getattr(self._cursor, "_result", None)
        if getattr(result, "unbuffered_active", False):
            result.unbuffered_active = False

    def unsigned(self, column: int) -> bool:
        flags = getattr(self._cursor, "description_flags", None)
        if flags is None:
            return bool(self._cursor._result.fields[column].flags & 32)
        return bool(flags[column] & 32)


def _leaves_sound(error: Exception) -> bool:
    """Whether the link may be used again after an error."""
    number = number_of(error)
    return bool(number) and number not in LOST and number not in (1317, 1927)


def is_one_query(sql: str) -> bool:
    """Whether a text is one SELECT, or asks for its plan, and writes to no file either.

    The server is told not to write, and not to take two statements at once; but a
    user with the right to do so could still write a file.
    """
    words = []
    ended = False
    for token in _TOKEN.finditer(sql):
        if token["special"]:
            return False
        word = token["word"] or token["other"]
        if word == ";":
            ended = True
        elif word:
            if ended or word in "'\"`":
                return False
            words.append(word.upper())
    if words[:4] == ["EXPLAIN", "FORMAT", "=", "JSON"]:
        del words[:4]
    first = next((word for word in words if word != "("), "")
    return first in ("SELECT", "WITH") and not {"INTO", "PROCEDURE"} & set(words)
