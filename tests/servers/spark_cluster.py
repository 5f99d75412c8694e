"""A standalone cluster of Spark on this machine: a master, workers, perhaps a server
of Spark Connect on it, each a process of its own.

    python tests/servers/spark_cluster.py --workers 2 --connect

prints where they are, and ends them all with Ctrl-C. All listen on 127.0.0.1 alone,
and none outlives the process that started it, however that ends.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

_OPENED = ("java.lang", "java.lang.invoke", "java.nio", "java.util", "sun.nio.ch")
_LIGHT = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
"""One thread collects garbage, and none compiles what might pay in an hour."""
_JAVA = [
    "java",
    *_LIGHT.split(),
    "-Dspark.master.rest.enabled=false",
    *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED),
]
DRIVER = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": f"{_LIGHT} -Xss4m",
    "spark.driver.memory": "600m",
    "spark.executor.cores": "1",
    "spark.executor.extraJavaOptions": _LIGHT,
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "8",
}
"""Settings of a driver that suit these workers."""
_WATCH = (
    'while kill -0 "$1" 2>/dev/null; do kill -0 "$2" 2>/dev/null || exit; sleep 1; done'
    '; kill -9 "$2"'
)
"""Ends a process with another; what a worker started ends with the worker."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def spark_home() -> Path:
    import pyspark

    return Path(str(pyspark.__file__)).parent


class Daemon:
    """A Java process of Spark's, in a folder that has its log."""

    def __init__(self, folder: Path, name: str, command: list[str]) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env={
                    **os.environ,
                    "PYSPARK_PYTHON": sys.executable,
                    "SPARK_HOME": str(spark_home()),
                    "SPARK_LOCAL_DIRS": str(folder / "local"),
                    "SPARK_LOCAL_IP": "127.0.0.1",
                    "SPARK_SCALA_VERSION": "2.13",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        pids = [str(os.getpid()), str(self.process.pid)]
        self.watcher = subprocess.Popen(
            ["sh", "-c", _WATCH, "watch", *pids],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> list[int]:
        """SIGKILL to it and to what it started: the executors of a worker."""
        children = children_of(self.process.pid) if self.runs else []
        self.process.kill()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.watcher.kill()
        for own in (self.process, self.watcher):
            own.wait()
        return children


class Cluster:
    """A master and workers with one core and `memory` each."""

    def __init__(
        self, folder: Path, workers: int = 2, memory: str = "700m", seconds: float = 120
    ) -> None:
        self.folder = folder
        self.memory = memory
        self.until = time.monotonic() + seconds
        self.port, self.web = free_port(), free_port()
        self.url = f"spark://127.0.0.1:{self.port}"
        self.workers: list[Daemon] = []
        self.others: list[Daemon] = []
        try:
            ports = ["--port", str(self.port), "--webui-port", str(self.web)]
            master = ["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1"]
            self.others.append(self._daemon("master", [*master, *ports]))
            self._await(lambda: "ALIVE" in self._status(), "the master")
            for _ in range(workers):
                self.add_worker()
            self._await(lambda: self.alive() == workers, "the workers")
        except BaseException:
            self.close()
            raise

    def add_worker(self) -> None:
        number = len(self.workers) + 1
        command = ["org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1"]
        command += ["--cores", "1", "--memory", self.memory]
        command += ["--work-dir", str(self.folder / f"work{number}")]
        command += ["--webui-port", str(free_port()), self.url]
        self.workers.append(self._daemon(f"worker{number}", command))

    def alive(self) -> int:
        """How many workers the master knows to be there."""
        return self._status().count('"state" : "ALIVE"')

    def kill_worker(self, number: int) -> list[int]:
        """SIGKILL to a worker and to the executors that it started: these."""
        return self.workers[number].kill()

    def connect_server(self, settings: Sequence[str] = ()) -> str:
        """Starts a server of Spark Connect on the cluster: its address."""
        server, url = start_connect(self.folder, self.url, settings)
        self.others.append(server)
        return url

    def close(self) -> None:
        for each in (*self.others[::-1], *self.workers):
            each.kill()

    def _status(self) -> str:
        """What the master says of itself: its status as JSON, and of each worker."""
        try:
            address = f"http://127.0.0.1:{self.web}/json/"
            with urllib.request.urlopen(address, timeout=5) as page:
                text = str(page.read().decode())
        except OSError:
            return ""
        return text.replace('"state":"', '"state" : "')

    def _daemon(self, name: str, command: list[str]) -> Daemon:
        home = spark_home()
        java = [*_JAVA, "-Xmx200m", "-cp", f"{home}/jars/*:{home}/conf"]
        return Daemon(self.folder, name, [*java, *command])

    def _await(self, ready: Callable[[], bool], what: str) -> None:
        await_(ready, what, self.until, [*self.others, *self.workers])


def start_connect(
    folder: Path, master: str, settings: Sequence[str] = (), seconds: float = 120
) -> tuple[Daemon, str]:
    """A server of Spark Connect on some master, and its address."""
    port = free_port()
    own = [
        "spark.connect.grpc.binding.address=127.0.0.1",
        f"spark.connect.grpc.binding.port={port}",
        "spark.ui.enabled=false",
        *(f"{name}={value}" for name, value in DRIVER.items()),
        *settings,
    ]
    command = [str(spark_home() / "bin/spark-submit"), "--master", master]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    command += [part for each in own for part in ("--conf", each)]
    server = Daemon(folder, "connect", [*command, "spark-internal"])

    def ready() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    try:
        await_(ready, "the server", time.monotonic() + seconds, [server])
    except BaseException:
        server.kill()
        raise
    return server, f"sc://127.0.0.1:{port}"


def await_(
    ready: Callable[[], bool],
    what: str,
    until: float,
    daemons: Sequence[Daemon],
) -> None:
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not start in time")
        if not all(each.runs for each in daemons):
            raise RuntimeError(f"{what} did not start: see the logs")
        time.sleep(0.1)


def children_of(process: int) -> list[int]:
    """The processes that one has started itself."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == process:
            found.append(int(entry.name))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", default="700m", help="of each worker")
    parser.add_argument("--connect", action="store_true", help="and Spark Connect")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="segql-spark-") as name:
        folder = Path(name)
        cluster = Cluster(folder, asked.workers, asked.memory)
        try:
            pids = ", ".join(str(each.process.pid) for each in cluster.workers)
            print(f"{cluster.url}   workers: {pids}   logs: {folder}", flush=True)
            if asked.connect:
                print(cluster.connect_server(), flush=True)
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        finally:
            cluster.close()


if __name__ == "__main__":
    main()
