"""A connection in, the first draft of a catalog out, for a person to correct.

What rests on a guess bears a comment `# check`.
"""

import json
import re
from collections.abc import Iterable, Iterator

from segql.catalog.nodes import Path
from segql.diagnostics import Diagnostic
from segql.engines import Connection, Settings
from segql.warehouse.describe import (
    argument_of,
    declared,
    doubt,
    labels,
    refusal,
)
from segql.warehouse.guess import Deed, Guess, Joined, guess
from segql.warehouse.inspect import Field, Table, look, share_unknown
from segql.warehouse.words import identifier, singular
from segql.warehouse.yaml_text import entry, flow, listed, path, scalar

_LINE = re.compile(r"(?i)(line|position|pos|seq|sequence)(_?(no|nr|number|id))?")
_DONE = re.compile(
    r"(?i)paid|completed?|done|delivered|success|succeeded|confirmed|shipped|active"
    r"|bezahlt|abgeschlossen"
)
_EVENT_ID = re.compile(r"(?i)(event|message)_?(id|uuid)")


def draft(connection: Connection, zone: str = "UTC") -> str:
    """The catalog of a warehouse as YAML; `zone` is the business's time zone.

    Raises `SegqlError` where the engine fails.
    """

    def unknown(rows: tuple[str, str], keys: tuple[str, str]) -> float:
        return share_unknown(connection, rows, keys)

    found = _Draft(guess(look(connection), unknown), zone)
    faults = connection.unreadable.values()
    return "\n".join([*found.lines(), *_not_read(faults)]) + "\n"


def _not_read(faults: Iterable[Diagnostic]) -> Iterator[str]:
    """The tables that are there, but can't be read."""
    lines = [f"#   {_inline(fault.message)}" for fault in faults]
    yield from ["", "# Not read:", *lines] if lines else []


def draft_project_file(settings: Settings, catalog: str = "catalog.yaml") -> str:
    """The project file that belongs to a connection, as YAML."""
    lines = [f"catalog: {json.dumps(catalog)}"] if catalog != "catalog.yaml" else []
    lines += ["connection:", f"  engine: {scalar(settings.engine)}"]
    if settings.database is not None:
        lines.append(f"  database: {_file(settings.database)}")
    elif settings.files is not None:
        package: str | None = getattr(settings.files, "package", None)
        folder = _file(settings.files.folder)
        if package is not None:
            folder = flow({"package": _file(package), "folder": folder})
        lines.append(f"  files: {folder}")
    elif settings.url is not None:
        lines += _of_server(settings)
    return "\n".join(lines) + "\n"


def _of_server(settings: Settings) -> Iterator[str]:
    assert isinstance(settings.url, str)
    yield f"  url: {json.dumps(settings.url, ensure_ascii=False)}"
    if isinstance(settings.user, str):
        yield f"  user: {json.dumps(settings.user, ensure_ascii=False)}"
    if (secret := settings.password) is not None:
        kept = {"env": secret.env} if secret.env else {"file": secret.file}
        yield f"  password: {json.dumps(kept, ensure_ascii=False)}"
    if settings.schema is not None:
        yield f"  schema: {json.dumps(settings.schema, ensure_ascii=False)}"


def _file(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][\w./-]*", text)
    return text if plain else json.dumps(text, ensure_ascii=False)


class _Draft:
    def __init__(self, guess: Guess, zone: str) -> None:
        self.guess = guess
        self.zone = zone
        self.taken = {"customer"}  # what rules call the entity
        self.verbs = [self.take(deed.name, self.taken) for deed in guess.deeds]
        self.nouns = [self.take(fact.name, self.taken) for fact in guess.facts]

    def take(self, wanted: str, taken: set[str], instead: str = "") -> str:
        """A name that is free, from now on taken."""
        name = identifier(wanted)
        if name in taken and instead:
            name = identifier(instead)
        number = 2
        while name in taken:
            name, number = f"{identifier(wanted)}_{number}", number + 1
        taken.add(name)
        return name

    def lines(self) -> Iterator[str]:
        yield "# A first draft, made from the tables: look at all that says `check`."
        yield "language: 1"
        yield ""
        yield from self.entity()
        if attributes := list(self.attributes()):
            yield from ["", "attributes:", *attributes]
        if self.guess.deeds:
            yield from ["", "events:"]
        for verb, deed in zip(self.verbs, self.guess.deeds, strict=True):
            yield from self.event(verb, deed)
        if self.guess.facts:
            yield from ["", "facts:"]
        for noun, fact in zip(self.nouns, self.guess.facts, strict=True):
            yield from self.event(noun, fact)
        if self.guess.unused:
            yield from ["", "# Not used:"]
            for table, reason in self.guess.unused:
                yield _inline(f"#   {table.name}: {reason}")

    def entity(self) -> Iterator[str]:
        yield "entity:"
        customers = self.guess.customers
        if customers is None:
            yield "  table: customers  # check: no table looks like customers"
            yield "  key: customer_id  # check"
        else:
            yield f"  table: {_table(customers.table)}  # check"
            flaws = "" if customers.distinct else _flaws(customers.table, customers.key)
            yield f"  key: {path(customers.key.path)}  # check{flaws}"
        if customers and customers.distinct:
            yield "  distinct: true  # check: no table has one row per customer"
        hint = "check: the business's time zone, such as Europe/Berlin"
        yield f"  zone: {scalar(self.zone)}  # {hint}"
        if customers and customers.since:
            since = flow(_moment(customers.since.path, customers.since))
            yield f"  since: {since}  # check: who came later is not there yet"

    # Attributes.

    def attributes(self) -> Iterator[str]:
        customers = self.guess.customers
        if customers and not customers.distinct:
            yield from self.columns(customers.table, customers.key, {})
        for table, key in self.guess.related:
            yield f"  # of {_inline(table.name)}"
            related = {"table": _table(table), "key": path(key.path)}
            yield from self.columns(table, key, related)

    def columns(
        self, table: Table, key: Field, related: dict[str, str]
    ) -> Iterator[str]:
        for field in table.fields:
            if field is key:
                continue
            parts = declared(field)
            if parts is None:
                yield f"  {_inline(refusal(field))}"
                continue
            name = self.take(field.name, self.taken, _longer(field, table))
            parts |= _column(name, field.path) | related
            if marks := labels(field):
                parts["labels"] = listed(marks)
            yield from entry(name, parts, 2, doubt(field))

    # Events.

    def event(self, verb: str, deed: Deed) -> Iterator[str]:
        properties = list(self.properties(deed))
        used = {place.name for _, place, _ in properties if place}
        at = (deed.customer, deed.time) if deed.time else (deed.customer,)
        used |= {place.name for place, _ in at if place}
        yield f"  {verb}:  # check"
        yield f"    table: {_table(deed.table)}"
        if used:
            yield "    joins:"
        for join in deed.joins:
            if join.name in used:
                on = flow({scalar(join.key): path((join.column,))})
                parts = {"table": _table(join.table), "on": on}
                yield f"      {join.name}: {flow(parts)}"
        yield f"    customer: {path(_place(*deed.customer))}"
        if deed.time:
            hint = f": read as {form}" if (form := deed.time[1].written) else ""
            moment = flow(_moment(_place(*deed.time), deed.time[1]))
            yield f"    time: {moment}  # check{hint}"
        yield from self.filter(properties)
        if properties:
            yield "    properties:"
        for name, place, field in properties:
            parts = declared(field) or {}
            parts |= _column(name, _place(place, field))
            yield from entry(name, parts, 6, doubt(field))
        yield from self.rest(deed, properties)

    def properties(self, deed: Deed) -> Iterator["_Property"]:
        """The values of an event's row and of what is joined, by their names."""
        taken = {"time", "day", "customer"}
        customer = deed.customer[1].name
        for place in (None, *deed.joins):
            table = place.table if place else deed.table
            for field in table.fields:
                moment = (place, field) == deed.time
                key = field.path == (place.key,) if place else False
                if moment or key or field.path == (customer,) or not declared(field):
                    continue
                longer = (
                    f"{place.name}_{field.name}" if place else _longer(field, table)
                )
                yield self.take(field.name, taken, longer), place, field

    def filter(self, properties: list["_Property"]) -> Iterator[str]:
        for name, _, field in properties:
            if "status" in name.lower() and field.values:
                good = [value for value in field.values if _DONE.fullmatch(value)]
                value = json.dumps((good or field.values)[0], ensure_ascii=False)
                yield f"    # where: {name} = {value}  # check: do all of them count?"

    def rest(self, deed: Deed, properties: list["_Property"]) -> Iterator[str]:
        """What a bare argument means, what breaks ties, what tells repetitions."""
        texts = {name for name, _, field in properties if field.shape.kind == "text"}
        if argument := argument_of(texts):
            yield f"    argument: {argument}  # check"
        own = [field for field in deed.table.fields if len(field.path) == 1]
        lines = [field for field in own if _LINE.fullmatch(field.name)]
        lines += [field for field in own if field.unique]
        if lines and deed.time:
            yield f"    tie_break: {path(lines[0].path)}"
        for field in own:
            if _EVENT_ID.fullmatch(field.name) and not field.unique:
                yield f"    unique: {path(field.path)}  # check: some are repeated"
                break


def _flaws(table: Table, key: Field) -> str:
    """Why a key is none yet, for a comment."""
    repeated, lacking = key.known - key.different, table.rows - key.known
    found = [
        f"{_count(repeated, 'row')} repeat{'s' * (repeated == 1)} a key"
        if repeated
        else "",
        f"{_count(lacking, 'row')} {'has' if lacking == 1 else 'have'} none"
        if lacking
        else "",
    ]
    told = ", ".join(filter(None, found))
    return f": {told}" if told else ""


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


_Property = tuple[str, Joined | None, Field]


def _column(name: str, column: Path) -> dict[str, str]:
    return {} if column == (name,) else {"column": path(column)}


def _place(join: Joined | None, field: Field) -> Path:
    return (join.name, *field.path) if join else field.path


def _moment(column: Path, field: Field) -> dict[str, str]:
    parts = {"column": path(column)}
    return parts | {k: v for k, v in (declared(field) or {}).items() if k != "values"}


def _longer(field: Field, table: Table, place: Joined | None = None) -> str:
    """A name that says where the column stands."""
    parent = field.path[-2] if len(field.path) > 1 else singular(table.stem)
    if place:
        parent = place.name
    return f"{parent}_{field.name}"


def _table(table: Table) -> str:
    return path(table.name.split("."))


def _inline(text: str) -> str:
    """A name for a comment, on one line whatever it is."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
