"""What a lint of a whole text can look at."""

from dataclasses import dataclass

from segql.catalog.nodes import Catalog
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
    catalog: Catalog
    file: bool

    @property
    def word(self) -> str:
        return "partition" if self.definition.parts else "segment"
