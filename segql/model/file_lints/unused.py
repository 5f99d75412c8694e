"""W313 and W314: a `let` or a `param` that no rule of its text needs."""

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.messages import upkeep
from segql.model.file_lints.seen import Seen
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn


def unused_names(seen: Seen) -> Iterator[Diagnostic]:
    """Also what only another unused name needs; not the `let`s that a file shares,
    which may be for rules that stand in no file."""
    definition = seen.definition
    if not definition.declarations or not seen.rules:
        return
    values = {
        each.name.name: each.value
        for each in definition.declarations
        if isinstance(each, defs.Let)
    }
    rules = [stage.rule for stage in definition.parts if stage.rule is not None]
    left = [definition.rule, *rules] if definition.rule is not None else rules
    used: set[str] = set()
    while left:
        for node in syn.walk(left.pop()):
            if isinstance(node, syn.Name) and node.name not in used:
                used.add(node.name)
                if node.name in values:
                    left.append(values[node.name])
    for each in definition.declarations:
        if each.name.name not in used:
            found = upkeep.unused_let
            if isinstance(each, defs.Param):
                found = upkeep.unused_param
            yield found(each.name.name, each.name.span)
