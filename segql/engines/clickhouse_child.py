"""chdb in a process of its own: queries in over sockets, streams of Arrow out.

Run as a script with the number of a socket to its parent and the folder of the
database (none: in memory). Through that socket comes one end of a new pair of sockets
for each query; on it comes `{"setup": [statements], "query": text}` as one line, and
frames go back: a letter, the length of what follows, and that.

    A   the query has come
    D   a whole stream of Arrow with the next rows
    Z   the end of the answer
    E   the engine's error, as its text

A query ends early when its parent closes its end, or says so with a shutdown of it.
Nothing of segql is imported here.
"""

import contextlib
import json
import os
import signal
import socket
import struct
import sys
import threading
from typing import Any

HEAD = struct.Struct(">cQ")
_AGAIN = 0.05


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    place = ":memory:"
    if len(sys.argv) > 2:
        # chdb reads signs such as ? in a path, and takes files of the working folder
        # for tables.
        os.chdir(os.environ["TMPDIR"])
        os.symlink(sys.argv[2], "database")
        place = "database"
    try:
        from chdb import _chdb

        driver: Any = _chdb
        home = driver.connect(place)
        _send(control, b"Z", b"")
    except ImportError:
        _send(control, b"M", b"")
        return
    except Exception as error:
        _send(control, b"E", str(error).encode())
        return
    while True:
        _, handles, _, _ = socket.recv_fds(control, 1, 1)
        if not handles:  # the parent has closed its end, or is gone
            break
        end = socket.socket(fileno=handles[0])
        threading.Thread(target=_serve, args=(driver, place, end), daemon=True).start()
    with contextlib.suppress(Exception):
        home.query("KILL QUERY WHERE true ASYNC", "Null")
        home.close()
    os._exit(0)


def _serve(driver: Any, place: str, end: socket.socket) -> None:
    with end:
        try:
            request = json.loads(end.makefile("rb").readline())
            _send(end, b"A", b"")
            connection = driver.connect(place)
            try:
                _answer(driver, place, end, connection, request)
            finally:
                connection.close()
        except OSError:  # nobody listens any more
            pass
        except Exception as error:
            with contextlib.suppress(OSError):
                _send(end, b"E", str(error).encode())


def _answer(
    driver: Any, place: str, end: socket.socket, connection: Any, request: Any
) -> None:
    for statement in request["setup"]:
        connection.query(statement, "Null")
    text = request["query"]
    kind = connection.classify_query(text)
    reads = kind["query_class"].name == "READ_ONLY" and kind["statement_count"] == 1
    if kind["statement_count"] and not reads:  # of none it says why, when it is run
        raise RuntimeError("Code: 164. (READONLY)")
    done = threading.Event()
    mark = f"/* {threading.get_ident()} */"
    watch = threading.Thread(target=_watch, args=(driver, place, end, mark, done))
    watch.start()
    try:
        result = connection.send_query(mark + text, "ArrowStream")
        while True:
            chunk = connection.streaming_fetch_result(result)
            if chunk.size():
                held = chunk.get_memview()
                try:
                    _send(end, b"D", held.view())
                except OSError:
                    connection.streaming_cancel_query(result)
                    raise
            if chunk.rows_read() == 0:
                break
    finally:
        done.set()
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RD)  # wakes the watch
        watch.join()
    _send(end, b"Z", b"")


def _watch(
    driver: Any, place: str, end: socket.socket, mark: str, done: threading.Event
) -> None:
    """Kills the query once the parent wants no more of it."""
    with contextlib.suppress(OSError):
        end.recv(1)
    if done.is_set():
        return
    connection = driver.connect(place)
    try:
        while not done.is_set():
            connection.query(
                f"KILL QUERY WHERE startsWith(query, '{mark}') ASYNC", "Null"
            )
            done.wait(_AGAIN)
    finally:
        connection.close()


def _send(end: socket.socket, letter: bytes, content: Any) -> None:
    end.sendall(HEAD.pack(letter, len(content)))
    if len(content):
        end.sendall(content)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
