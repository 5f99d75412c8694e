"""What a lint of a whole text can look at."""

from collections.abc import Mapping
from dataclasses import dataclass

from segql.catalog.nodes import Catalog, Kept, Named
from segql.model import nodes as mdl
from segql.source import Source
from segql.syntax import definitions as defs


@dataclass(frozen=True, slots=True)
class Seen:
    """A text without errors: as it was written, and what its rules mean.

    `file` says that it is a definition file, and no rule of a call. `rules` has the
    rule, or those of a partition's parts.
    """

    source: Source
    definition: defs.Definition
    rules: tuple[mdl.Rule, ...]
    known: "Known"
    file: bool

    @property
    def word(self) -> str:
        return "partition" if self.definition.parts else "segment"


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalog says that these lints ask for, taken out of it once.

    `guarded` has what is not for every purpose, each with the purposes that it is for;
    a key is where a name stands, the customer (empty) or an event, and the name.
    `kept` says how far back the rows of events go.
    """

    catalog: Catalog
    guarded: Mapping[tuple[str, str], tuple[str, ...]]
    kept: Mapping[str, Kept]

    @classmethod
    def of(cls, catalog: Catalog) -> "Known":
        guarded: dict[tuple[str, str], tuple[str, ...]] = {}

        def look(where: str, name: str, each: Named) -> None:
            if each.purposes or SENSITIVE in each.labels:
                guarded[where, name] = each.purposes or catalog.purposes

        for attribute in catalog.attributes.values():
            look("", attribute.name, attribute)
        for event in catalog.events.values():
            look(event.name, event.call_name, event)
            for property_ in event.properties.values():
                look(event.name, property_.name, property_)
        events = catalog.events.items()
        kept = {name: each.history for name, each in events if each.history}
        return cls(catalog, guarded, kept)


SENSITIVE = "sensitive"
