"""A host and a port in; whether anything answers there."""

import socket
import time

from segql.diagnostics import SegqlError
from segql.engines.spark_faults import ENGINE
from segql.messages import server

_WAITS = (0.2, 0.8, 2.0)
_TIMEOUT = 5.0


def reach(where: str, default_port: int) -> None:
    """Returns once one of some hosts, parted by commas, takes a connection.

    Spark's own clients wait for minutes, or for ever, for a server that isn't there.

    Raises:
        SegqlError: none does, after a few tries.
    """
    why = ""
    for wait in (*_WAITS, None):
        for each in where.split(","):
            host, _, port = each.rpartition(":") if ":" in each else (each, "", "")
            why = _fault(host.strip("[]"), int(port) if port else default_port)
            if not why:
                return
        if wait is None or why == "there is no such host":
            break
        time.sleep(wait)
    raise SegqlError([server.server_not_reached(ENGINE, where, why)])


def _fault(host: str, port: int) -> str:
    try:
        socket.create_connection((host, port), _TIMEOUT).close()
    except ConnectionRefusedError:
        return "connection refused"
    except TimeoutError:
        return "no answer in time"
    except socket.gaierror:
        return "there is no such host"
    except (OSError, OverflowError):
        return "the network doesn't lead there"
    return ""
