"""Engines for the tests, each started once in a process, and a line about each."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import servers
from engine_table import REFUSED
from servers.running import Engines


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """A running engine by its name; all that were asked for end with the tests."""
    engines = Engines(tmp_path_factory.mktemp)
    try:
        yield engines
    finally:
        engines.close()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What is asked of Spark runs in one process; all else wherever there is room.

    It goes by the names of tests: groups that are marked are lost with pytest 9.2.
    """
    from xdist.scheduler import LoadGroupScheduling

    class OneForSpark(LoadGroupScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "spark" if "spark" in re.split(r"[\W_]+", nodeid) else nodeid

    return OneForSpark(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was asked of each engine; one that is not here was not run."""
    tests: dict[str, Counter[str]] = {name: Counter() for name in servers.NAMES}
    versions: dict[str, str] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            said = dict(getattr(report, "user_properties", ()))
            if "engine" in said:
                name = said["engine"]
                versions[name] = said["version"]
                tests[name][outcome] += 1
                tests[name]["agreed"] += said["agreed"]
                for reasons in said["refused"].values():
                    tests[name]["refused"] += sum(reasons.values())
    if not versions:
        return
    terminalreporter.section("engines")
    for name, counts in tests.items():
        if name not in versions:
            chosen = name in servers.present()
            reason = "failed" if chosen else servers.missing(name) or "not chosen"
            called = servers.NAMES[name][0]
            terminalreporter.write_line(f"{called}: not run ({reason})")
            continue
        parts = [f"{counts['agreed']:,} answers agree"]
        parts += [f"{counts['refused']:,} rules refused"] if counts["refused"] else []
        parts += [f"{counts['failed']:,} tests FAILED"] if counts["failed"] else []
        terminalreporter.write_line(f"{versions[name]}: {', '.join(parts)}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """`SEGQL_REFUSED=write` takes what was refused for what is known to be."""
    if os.environ.get("SEGQL_REFUSED") != "write" or _is_worker(session.config):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    known = json.loads(REFUSED.read_text(encoding="utf-8"))
    for report in (each for found in reporter.stats.values() for each in found):
        said = dict(getattr(report, "user_properties", ()))
        for place, reasons in said.get("refused", {}).items():
            places = known.setdefault(said.get("engine") or said["dialect"], {})
            if place == "random":
                reasons = places.get(place, {}) | dict.fromkeys(reasons, 1)
            places.pop(place, None)
            if reasons:
                places[place] = reasons
    text = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False)
    REFUSED.write_text(text + "\n", encoding="utf-8")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
