"""Tests of a text as rules say them in, as machines read them out."""

from collections.abc import Iterable
from dataclasses import dataclass

from segql.model import nodes as mdl
from segql.reason.nodes import Absent, Bound, Plain, Said, Test
from segql.reason.probe import Probe
from segql.reason.texts import TextTestAtom


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
    match rule:
        case mdl.Compare("=", value, right):
            return _compared("=", value, right, of, probe)
        case mdl.Compare("<" | ">=", value, right):
            return _compared("<", value, right, of, probe)
        case mdl.Compare("<=" | ">", value, right):
            return _compared("<=", value, right, of, probe)
        case mdl.OneOf(value, options):
            texts = frozenset(str(each.value) for each in options)
            folded = _folded(value, of)
            return None if folded is None else TextTestAtom(folded, "in", texts)
        case mdl.TextTest(kind, value, part):
            return _compared(kind, value, part, of, probe)
        case mdl.Matches(value, pattern):
            folded = _folded(value, of)
            return None if folded is None else TextTestAtom(folded, "matches", pattern)
        case _:
            return None


def _compared(
    kind: str, value: mdl.Value, right: mdl.Value, of: mdl.Value, probe: Probe
) -> TextTestAtom | None:
    text = probe.value_of(right, {})
    folded = _folded(value, of)
    if folded is None or not isinstance(text, str):
        return None
    return TextTestAtom(folded, kind, text)  # type: ignore[arg-type]


def _folded(value: mdl.Value, of: mdl.Value) -> bool | None:
    """Whether the text is folded first; None if more is done to it."""
    if value == of:
        return False
    if isinstance(value, mdl.Fold):
        return None if _folded(value.text, of) is None else True
    return None
