"""What can be wrong with a server, and with the way to it: E551 to E569.

None of these quotes a cell, a password or a driver's text. `engine` is the name as a
person writes it, `where` the server without user and password, such as
`db.example.com:5432`.
"""

from collections.abc import Sequence

from segql.diagnostics import Diagnostic
from segql.messages.words import listed

# The way to it.


def server_not_reached(engine: str, where: str, why: str) -> Diagnostic:
    """E551. `why` is one of a few words of ours, such as "connection refused"."""
    return Diagnostic(
        "E551",
        f"no {engine} answers at `{where}`: {why}",
        help="is the server running, is the address in the project file right, and"
        " may this machine reach it?",
    )


def login_refused(engine: str, where: str, user: str | None) -> Diagnostic:
    """E552"""
    who = f"the user `{user}`" if user else "this login"
    return Diagnostic(
        "E552",
        f"{engine} at `{where}` doesn't let {who} in",
        help="check `user`, and the password in the variable or the file that the"
        " project file names",
    )


def database_unknown(engine: str, where: str, database: str) -> Diagnostic:
    """E553"""
    return Diagnostic(
        "E553",
        f"{engine} at `{where}` has no database `{database}`",
        help="correct the name after the last `/` of the address",
    )


def schema_unknown(engine: str, schema: str) -> Diagnostic:
    """E554"""
    return Diagnostic(
        "E554",
        f"{engine} has no schema `{schema}`, or this user may not use it",
        help="correct `schema` in the project file, or ask for `USAGE` on it",
    )


def not_encrypted(engine: str, where: str) -> Diagnostic:
    """E555"""
    return Diagnostic(
        "E555",
        f"{engine} at `{where}` and segql don't agree on an encrypted connection",
        help="see which certificates the server wants, and say so in the address",
    )


def server_busy(engine: str, where: str) -> Diagnostic:
    """E556"""
    return Diagnostic(
        "E556",
        f"{engine} at `{where}` takes no further connection now",
        help="it is starting, stopping, or has as many as it may: try again later",
    )


def server_too_old(engine: str, needed: str) -> Diagnostic:
    """E558. `engine` has its version with it."""
    return Diagnostic(
        "E558",
        f"{engine} is too old for the SQL that segql writes",
        help=f"{needed} or newer is needed",
    )


# While it works.


def rights_missing(engine: str, what: str | None) -> Diagnostic:
    """E559. `what` is a table, a view or a schema that the query names."""
    things = f"`{what}`" if what else "one of the tables"
    return Diagnostic(
        "E559",
        f"this user of {engine} may not read {things}",
        help="ask for the right to `SELECT` from it",
    )


def connection_lost(engine: str) -> Diagnostic:
    """E560"""
    return Diagnostic(
        "E560",
        f"the connection to {engine} broke off before the answer was complete",
        help="the server was stopped, or the network failed: run it again",
    )


def stopped_by_server(engine: str) -> Diagnostic:
    """E561. Neither the time limit of segql nor its reader."""
    return Diagnostic(
        "E561",
        f"{engine} stopped the query: a limit of the server, or its administrator",
        help="ask for more time or room for this user, or for less at a time",
    )


def in_conflict(engine: str) -> Diagnostic:
    """E562"""
    return Diagnostic(
        "E562",
        f"{engine} gave the query up because of what others wrote meanwhile",
        help="run it again",
    )


def settings_refused(engine: str, names: Sequence[str]) -> Diagnostic:
    """E568. Without these settings the SQL would mean something else."""
    return Diagnostic(
        "E568",
        f"this user of {engine} may not set {listed(names)}",
        help="give it a profile in which they can be changed, such as one with"
        " `readonly = 2`",
    )


# Spark.


def setting_refused(engine: str, name: str) -> Diagnostic:
    """E563"""
    return Diagnostic(
        "E563",
        f"{engine} doesn't let its setting `{name}` be changed",
        help="take it out of `options`; what segql itself needs is set for a session"
        " alone, and the server has to allow that",
    )


def another_spark(here: str, wanted: str) -> Diagnostic:
    """E564. Both are masters, such as `local[2]`."""
    return Diagnostic(
        "E564",
        f"this process already has a Spark at `{here}`, and can have no other at"
        f" `{wanted}`",
        help="close that one first, or reach the other by Spark Connect: `sc://…`",
    )


def java_missing(engine: str) -> Diagnostic:
    """E565"""
    return Diagnostic(
        "E565",
        f"{engine} could not be started here",
        help="it needs Java 17 or 21: `java -version` shows whether it is there, and"
        " JAVA_HOME may name it; or reach a server by Spark Connect: `sc://…`",
    )


def full_spark_missing(url: str) -> Diagnostic:
    """E566"""
    return Diagnostic(
        "E566",
        f"`{url}` needs all of Spark, and only its client for `sc://…` is installed",
        help="`pip uninstall pyspark-client`, then `pip install 'segql[spark-local]'`;"
        " or reach a server by Spark Connect: `sc://…`",
    )


def option_unknown(engine: str, name: str, known: str) -> Diagnostic:
    """E567. `known` names those that there are."""
    return Diagnostic(
        "E567",
        f"{engine} has no option `{name}`",
        help=f"options are {known}",
    )


def not_shared(engine: str, rows: int, found: int) -> Diagnostic:
    """E569. `found` are the rows that are there, of all that were written."""
    return Diagnostic(
        "E569",
        f"{engine} wrote {rows:,} members, and {found:,} are in the folder",
        help="its executors write on machines of their own: name a folder that all of"
        " them and this machine share, or a URL such as `s3a://…`",
    )


def table_there(engine: str, table: str) -> Diagnostic:
    """E557"""
    return Diagnostic(
        "E557",
        f"{engine} already has the table `{table}`",
        help="name another one, or drop it first: segql replaces no table",
    )
