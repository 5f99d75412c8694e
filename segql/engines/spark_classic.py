"""Classic Spark: a master such as `local[2]` or `spark://host:7077` in, a session out.

The driver, a Java process, is started here and lives until the last session is closed.
"""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines import Address, Limits
from segql.engines.spark_faults import ENGINE, is_lost, listen, parts, silently
from segql.engines.spark_reach import reach
from segql.engines.spark_spool import Spool
from segql.messages import engine as messages
from segql.messages import server

_PORT = 7077
_MASTER = re.compile(r"(local(-cluster)?(\[[^\]]*\])?|(spark|k8s|mesos)://.*|yarn)")
_SETTINGS = {
    "spark.app.name": "segql",
    "spark.ui.enabled": "false",
    "spark.driver.maxResultSize": "0",  # what comes is spooled to disk
}
_lock = threading.Lock()
_open: list["ClassicDriver"] = []
"""The sessions on a Spark that was started here, not found."""


class ClassicDriver:
    """A session of one's own: views and settings are not those of others."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def batches(self, frame: Any) -> Spool:
        from pyspark.errors.exceptions.captured import unwrap_spark_exception

        port, secret, sending = frame._jdf.collectAsArrowToPython()
        try:
            return Spool.of_socket((port, secret))
        finally:
            with unwrap_spark_exception():
                sending.getResult()

    # A session's own tags are those of the thread that set them, and of no other.

    def tag(self, tag: str) -> None:
        self.session.sparkContext.addJobTag(tag)

    def untag(self, tag: str) -> None:
        self.session.sparkContext.removeJobTag(tag)

    def interrupt(self, tag: str) -> None:
        self.session.sparkContext.cancelJobsWithTag(tag)

    def close(self) -> None:
        with _lock, silently():
            if self in _open:
                _open.remove(self)
                if not _open:
                    _stop(self.session.sparkContext)


def is_master(url: str) -> bool:
    return _MASTER.fullmatch(url) is not None


def open_session(
    address: Address, more: Mapping[str, str], own: Mapping[str, str], limits: Limits
) -> ClassicDriver:
    """Opens a session; `more` is set where Spark is yet to start, `own` in each."""
    try:
        from pyspark import SparkContext
        from pyspark.sql import SparkSession
        from pyspark.util import is_remote_only
    except ImportError:
        fault = messages.driver_missing("pyspark")
    else:
        if not is_remote_only():
            listen()
            with _lock, silently():
                context = SparkContext._active_spark_context
                if context is None:
                    context = _start(SparkContext, address, {**more, **own}, limits)
                    return _opened(SparkSession, context, own, started=True)
                if context.master == address.url:
                    return _opened(SparkSession, context, own, started=False)
                fault = server.another_spark(context.master, address.url)
                raise SegqlError([fault])
        fault = server.full_spark_missing(address.url)
    raise SegqlError([fault])


def _opened(
    sessions: Any, context: Any, own: Mapping[str, str], *, started: bool
) -> ClassicDriver:
    fault: Diagnostic | None = None
    try:
        driver = ClassicDriver(sessions(context).newSession())
        for name, value in own.items():
            driver.session.conf.set(name, value)
    except Exception as error:
        condition, facts, _ = parts(error)
        fault = messages.engine_failed(ENGINE, condition or "no session")
        if condition.startswith("CANNOT_MODIFY"):
            name = str(facts.get("key", "")).strip("\"'`")
            fault = server.setting_refused(ENGINE, name)
    if fault is not None:
        if started:
            _stop(context)
        raise SegqlError([fault])
    if started or _open:
        _open.append(driver)
    return driver


def _start(
    contexts: Any, address: Address, settings: Mapping[str, str], limits: Limits
) -> Any:
    """The driver's Java process and its context."""
    from pyspark import SparkConf
    from pyspark.java_gateway import launch_gateway

    where = address.url.removeprefix("spark://")
    if where != address.url:
        reach(where, _PORT)
    conf = SparkConf(loadDefaults=False).setMaster(address.url)
    for name, value in {**_SETTINGS, **_sized(address.url, limits), **settings}.items():
        conf.set(name, value)
    context = None
    gateway = contexts._gateway
    try:
        with _handler_kept():
            if gateway is None:
                # what Java writes to its standard error may quote cells
                quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
                gateway = launch_gateway(conf, popen_kwargs=quiet)
            if address.password:  # which stays out of the command line
                conf.set("spark.authenticate", "true")
                conf.set("spark.authenticate.secret", address.password)
            context = contexts(gateway=gateway, conf=conf)
            context.setLogLevel("OFF")
            return context
    except Exception as error:
        lost = context is not None or is_lost(error)
        why = "it gave no answer; is its version another?"
        fault = (
            server.server_not_reached(ENGINE, where, why)
            if lost and where != address.url
            else server.java_missing(ENGINE)
        )
    raise SegqlError([fault])


def _sized(master: str, limits: Limits) -> dict[str, str]:
    """What `Limits` mean to a Spark that is yet to start."""
    local = master.startswith("local")
    found = {}
    if limits.memory is not None:
        size = re.sub("i?b", "", limits.memory.lower().replace(" ", ""))
        number, unit = float(size[:-1]), size[-1]
        mega = int(number * {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024**2}[unit])
        found[f"spark.{'driver' if local else 'executor'}.memory"] = f"{mega}m"
    if limits.threads is not None and not local:
        found["spark.cores.max"] = str(limits.threads)
    return found


@contextmanager
def _handler_kept() -> Any:
    """Starting a context puts a handler of its own for Ctrl-C in place of Python's."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if main else None
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGINT, before)


def _stop(context: Any) -> None:
    """Ends the context and its Java process."""
    from pyspark import SparkContext

    gateway = context._gateway
    try:
        context.stop()
    finally:
        process = getattr(gateway, "proc", None)
        if process is not None:
            gateway.shutdown()
            SparkContext._gateway = SparkContext._jvm = None
            os.environ.pop("PYSPARK_GATEWAY_PORT", None)
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
