"""Examples that were tried, and an open warehouse in; what its engine says of them out.

The engine reads none of the warehouse's tables: the customers are written into the
query, so nothing is created there either.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines import Connection
from segql.insight.trial import Trial, Tried
from segql.library import Library
from segql.messages import trials as messages
from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.reference.made import made_up
from segql.sql.made import members_of


@dataclass(frozen=True, slots=True)
class OnEngine:
    """What an engine says of a file's examples: `found` is as that of their trials.

    Where it can't be asked, `refused` says why, and nothing was found.
    """

    name: str
    engine: str
    found: tuple[str, ...] = ()
    differences: tuple[Diagnostic, ...] = ()
    refused: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.differences


def on_engine(found: Tried, library: Library, connection: Connection) -> OnEngine:
    """Runs the examples of a file on an engine too.

    Raises:
        SegqlError: the warehouse can't be asked, for another reason than what its
            engine has no exact way to say.
    """
    engine = connection.engine
    checked = found.checked
    assert checked is not None
    rules = dict(checked.meaning.parts)
    if checked.rule is not None:
        rules = {"in": checked.rule}
    try:
        there = _found(found, rules, library, connection)
    except SegqlError as error:
        codes = {each.code for each in error.diagnostics}
        if codes <= {"E405"}:
            return OnEngine(found.name, engine, refused=error.diagnostics)
        raise
    differences = tuple(
        messages.engine_differs(
            each.title, engine, each.found, said, each.example.span
        ).at(found.source)
        for each, said in zip(found.trials, there, strict=True)
        if each.found != said
    )
    return OnEngine(found.name, engine, there, differences)


def _found(
    found: Tried,
    rules: dict[str, mdl.Rule],
    library: Library,
    connection: Connection,
) -> tuple[str, ...]:
    """Where each example is, by the engine."""
    nodes = (node for rule in rules.values() for node in walk(rule))
    lonely = any(
        isinstance(node, mdl.Ranked | mdl.Position | mdl.Sampled) for node in nodes
    )
    groups = [(each,) for each in found.trials] if lonely else [found.trials]
    there: list[str] = []
    for group in groups if found.trials else ():
        there += _asked(group, found, rules, library, connection)
    return tuple(there)


def _asked(
    trials: Sequence[Trial],
    found: Tried,
    rules: dict[str, mdl.Rule],
    library: Library,
    connection: Connection,
) -> list[str]:
    examples = [each.example for each in trials]
    made = made_up(library.world, examples, found.as_of)
    there = ["out"] * len(trials)
    for name, rule in rules.items():
        sql = members_of(rule, made.world, made.tables, found.as_of, connection.dialect)
        for (key,) in connection.rows(sql):
            there[int(str(key)) - 1] = name
    return there
