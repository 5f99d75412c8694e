"""A plan of many segments to an engine that writes by itself, on many machines."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from segql.diagnostics import SegqlError
from segql.engines import Connection
from segql.engines.folders import Distributed, is_url, rows_in, written_folder
from segql.messages import server, usage
from segql.plan.nodes import Plan
from segql.sql.compile import text
from segql.sql.dialects import facts
from segql.sql.streams import SEGMENT, memberships

TOGETHER = 100
"""So many segments make a job: more of them make a plan that takes long to optimise."""


def write_distributed(
    plan: Plan, connection: Connection, place: str
) -> dict[str, int] | None:
    """Writes all segments, each into a folder `segment=NAME`; how many members."""
    if not isinstance(connection, Distributed):
        reason = f"{connection.engine} doesn't write by itself"
        raise SegqlError([usage.cannot_write(place, reason)])
    names = [each.name for each in plan.segments]
    with ExitStack() as stack:
        base = place.rstrip("/")
        if not is_url(base):
            base = str(stack.enter_context(written_folder(Path(base))))
        total = 0
        for start in range(0, len(names), TOGETHER):
            few = replace(plan, segments=plan.segments[start : start + TOGETHER])
            query = memberships(few, facts(connection.dialect))
            sql = text(query, connection.dialect, False)
            total += connection.write_parts(sql, base, SEGMENT)
        if is_url(base):
            return None
        found = {name: rows_in(Path(base) / f"segment={name}") for name in names}
        if sum(found.values()) != total:
            written = sum(found.values())
            raise SegqlError([server.not_shared(connection.engine, total, written)])
        return found
