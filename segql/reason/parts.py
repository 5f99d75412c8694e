"""The rules of a partition's parts in, notes on parts that nobody can be in out."""

from collections.abc import Sequence
from dataclasses import dataclass

from segql.diagnostics import Report
from segql.messages import meaning
from segql.model import nodes as mdl
from segql.model.world import World
from segql.reason.mind import Mind
from segql.source import Span


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it is written: `rule` is None of the last, which takes all others."""

    name: str
    rule: mdl.Rule | None
    span: Span


def unreached(parts: Sequence[Part], world: World, report: Report) -> None:
    """Adds which parts are taken whole by those above them."""
    rules = [part.rule for part in parts if part.rule is not None]
    mind = Mind(rules, world)
    above: list[tuple[str, mdl.Rule]] = []
    for part in parts:
        if isinstance(part.rule, mdl.Always):
            continue
        outside = [(rule, False) for _, rule in above]
        if part.rule is None:
            if outside and mind.impossible(*outside):
                report.add(meaning.unreachable_rest(part.name, part.span))
            continue
        own = (part.rule, True)
        if mind.impossible(own):
            continue  # that nobody meets it is said of the rule itself
        if outside and mind.impossible(own, *outside):
            by = next(
                (name for name, rule in above if mind.impossible(own, (rule, False))),
                None,
            )
            report.add(meaning.unreachable(part.name, by, part.span))
        above.append((part.name, part.rule))


def shared_members(
    rule: mdl.Rule, others: Sequence[tuple[str, mdl.Rule, Span]], world: World
) -> list[tuple[str, Span]]:
    """With which of some segments a rule may have members in common."""
    found = []
    for name, other, span in others:
        if not Mind([rule, other], world).impossible((rule, True), (other, True)):
            found.append((name, span))
    return found
