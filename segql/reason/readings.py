"""Tests of a text as rules say them in, as machines read them out."""

from collections.abc import Iterable
from dataclasses import dataclass

from segql.model import nodes as mdl
from segql.reason.nodes import Absent, Bound, Plain, Said, Test
from segql.reason.probe import Probe
from segql.reason.text_tests import TextTestAtom, text_test


@dataclass(frozen=True, slots=True)
class Readings:
    """`complete` is false where a test says something that no machine reads."""

    tests: tuple[TextTestAtom, ...]
    complete: bool


def readings(tests: Iterable[Test], probe: Probe) -> Readings:
    found: dict[TextTestAtom, None] = {}
    complete = True
    for test in tests:
        match test:
            case Said(rule, of):
                one = _reading(rule, of, probe)
                if one is None:
                    complete = False
                else:
                    found[one] = None
            case Absent():
                pass
            case Bound() | Plain():
                complete = False
    return Readings(tuple(found), complete)


def _reading(rule: mdl.Rule, of: mdl.Value, probe: Probe) -> TextTestAtom | None:
    """The one test of a text; None if more is done to it than taking its case out."""
    found = text_test(rule, lambda fixed: probe.value_of(fixed, {}))
    return found[1] if found is not None and found[0] == of else None
