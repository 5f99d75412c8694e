"""Two of DuckDB's types in, the type that holds the values of both exactly out."""

from segql.engines.duckdb_text import quote
from segql.engines.shape import Shape, read_shape

_WIDE = 38
_CLOCKS = ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS")


def wider(first: str, second: str) -> str | None:
    """A type that all values of two types have in it, unchanged; None if there is
    none."""
    if first == second:
        return first
    return _wider(read_shape(first), read_shape(second))


def _wider(first: Shape, second: Shape) -> str | None:
    one, other = _text(first), _text(second)
    if one == other and one is not None:
        return one
    if first.kind != second.kind:
        return None
    match first.kind:
        case "exact":
            return _exact(first, second)
        case "double":
            return "DOUBLE"
        case "text":
            return "VARCHAR"
        case "clock":
            return max(first.name, second.name, key=_CLOCKS.index)
        case "list" if first.element and second.element:
            element = _wider(first.element, second.element)
            return None if element is None else f"{element}[]"
        case "struct":
            return _struct(first, second)
        case _:
            return None


def _exact(first: Shape, second: Shape) -> str | None:
    scale = max(first.scale, second.scale)
    whole = max(first.digits - first.scale, second.digits - second.scale)
    if not first.name.startswith("DEC") and not second.name.startswith("DEC"):
        return "BIGINT" if whole <= 19 else "HUGEINT" if whole <= _WIDE else None
    return f"DECIMAL({whole + scale},{scale})" if whole + scale <= _WIDE else None


def _struct(first: Shape, second: Shape) -> str | None:
    """The fields of both; one that is in a single struct may be missing."""
    fields: list[str] = []
    for name in {**first.fields, **second.fields}:
        one, other = first.fields.get(name), second.fields.get(name)
        known = one or other
        assert known is not None
        type = _wider(one, other) if one and other else _text(known)
        if type is None:
            return None
        fields.append(f"{quote(name)} {type}")
    return f"STRUCT({', '.join(fields)})"


def _text(shape: Shape) -> str | None:
    """A type as it is written in SQL; None if a shape doesn't tell all of it."""
    match shape.kind:
        case "exact":
            if shape.name.startswith("DECIMAL"):
                return f"DECIMAL({shape.digits},{shape.scale})"
            return shape.name
        case "list" if shape.element:
            element = _text(shape.element)
            return None if element is None else f"{element}[]"
        case "struct":
            return _struct(shape, shape) if shape.fields else None
        case "text":
            return shape.name if shape.name == "VARCHAR" else None
        case "other" | "list":
            return None
        case _:
            return shape.name
