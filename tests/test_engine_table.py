"""The manual's page of engines says what the tests know of them."""

import servers
from engine_table import EMULATED, PAGE, compiled, filled

from segql.sql.dialects import PROVEN


def test_the_tables_are_up_to_date() -> None:
    """`python tests/engine_table.py` makes them so."""
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text) == text


def test_what_is_executed_has_an_engine() -> None:
    """A dialect is proven by an engine that the tests start, and by nothing else."""
    executed = {dialect for _, dialect in servers.NAMES.values()}
    assert set(PROVEN) <= executed
    assert not executed & set(compiled())
    assert set(EMULATED) <= set(compiled())
    assert set(EMULATED.values()) <= set(servers.NAMES)
