"""A rule in; what it speaks of out: rules that share nothing can't meet each other."""

from functools import lru_cache

from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.model.world import World


def topics_of(rule: mdl.Rule, world: World) -> frozenset[object]:
    """The attributes, events, samples and ranks that a rule speaks of."""
    found = set(_own(rule))
    for topic in list(found):
        # The filter of an event may speak of the customer, too.
        if isinstance(topic, tuple) and topic[0] == "event":
            condition = world.filters.get(topic[1])
            if condition is not None:
                found |= {t for t in _own(condition) if t[0] == "attribute"}
    return frozenset(found)


@lru_cache(maxsize=4096)
def _own(rule: mdl.Rule) -> frozenset[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for node in walk(rule):
        match node:
            case mdl.Attribute(name):
                found.add(("attribute", name))
            case mdl.Selection(event):
                found.add(("event", event))
            case mdl.Sampled(_, _, seed):
                found.add(("sample", seed))
            case _:
                pass
    return frozenset(found)
