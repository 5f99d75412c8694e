"""Dialects that nothing here executes: what they write reads well in the dialect.

Every rule of the manual is compiled, and the text parsed back. What a dialect refuses
must stand in `servers/refused.json`. One rule in twelve; `SEGQL_PROFILE=engines` takes
all.
"""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from engine_lab import Tally, refusal, watched
from engine_table import compiled, is_run
from markdown import cases, pages
from sqlglot import ErrorLevel, parse
from test_on_engines import ALL, as_known
from test_spec import Grounds, check
from test_spec import compiled as planned

from segql.diagnostics import SegqlError
from segql.sql.compile import members
from segql.sql.dialects import speech

SHARE = 1 if ALL else 12


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Any:
    grounds = Grounds(tmp_path_factory.mktemp("compiled"))
    yield grounds
    grounds.close()


@pytest.mark.parametrize("page", [page.stem for page in pages()])
@pytest.mark.parametrize("dialect", compiled())
def test_every_rule_of_a_page(
    dialect: str,
    page: str,
    grounds: Grounds,
    record_property: Callable[[str, Any], None],
) -> None:
    [path] = [path for path in pages() if path.stem == page]
    runs = [case for case in cases(path) if is_run(case)]
    tally = Tally()
    for case in runs[int(page[:2]) % SHARE :: SHARE]:
        ground = grounds.of(case.world)
        checked = check(case, ground)
        for part in checked.parts or (checked,):
            plan = planned(part, case, ground).plan
            try:
                with watched():
                    sql = members(plan, plan.segments[0], dialect)
            except SegqlError as error:
                why = refusal(error)
                assert why is not None, case
                tally.refused[why] += 1
                break
            assert reads_well(sql, dialect), sql
    record_property("dialect", dialect)
    record_property("refused", {page: dict(tally.refused)})
    as_known(dialect, tally, page, exact=ALL)


def reads_well(sql: str, dialect: str) -> bool:
    """Whether sqlglot reads one query in it, of which it understands every word.

    The deepest rules take more of Python's stack to read than to write.
    """
    name = speech(dialect).sqlglot
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(10 * usual)
    try:
        found = parse(sql, dialect=name, error_level=ErrorLevel.RAISE)
    finally:
        sys.setrecursionlimit(usual)
    return len(found) == 1 and found[0] is not None and found[0].key != "command"
