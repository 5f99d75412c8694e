"""The declared type of a SQLite column in, what its cells must be like out.

SQLite lets any cell into any column; a declared type is only a wish. So a column is
taken at its word, and looked at once before it is read (`unlike`).

What a column holds, by its declared type:

- INTEGER, BIGINT, … : whole numbers. REAL, DOUBLE, FLOAT, and NUMERIC without digits:
  finite doubles. BOOLEAN: 0 and 1. TEXT, VARCHAR(n), … : texts.
- DECIMAL(d, s), NUMERIC(d, s): whole numbers, and the doubles nearest to a number of
  that scale and of at most 15 digits; SQLite itself makes these of what is written
  there. DECIMAL TEXT(d, s): the digits as text, of any number.
- DATE: texts `2024-12-31`. TIMESTAMP, DATETIME: wall times `2024-12-31 23:59:59`,
  perhaps with a fraction of six digits, which is not `.000000`. TIMESTAMPTZ, TIMESTAMP
  WITH TIME ZONE: the same in UTC, with `+00:00` at the end.
- JSON: JSON as text.
"""

import re

from segql.engines.shape import Kind, Shape

_DECLARED = re.compile(r"([^(]*)(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?(.*)", re.DOTALL)
_INSTANTS = {
    "TIMESTAMPTZ",
    "DATETIMETZ",
    "TIMESTAMP WITH TIME ZONE",
    "DATETIME WITH TIME ZONE",
}
_KINDS: dict[str, Kind] = {
    "BOOLEAN": "boolean",
    "BOOL": "boolean",
    "DATE": "date",
    "TIMESTAMP": "clock",
    "TIMESTAMP WITHOUT TIME ZONE": "clock",
    "DATETIME": "clock",
    **dict.fromkeys(_INSTANTS, "instant"),
    "JSON": "json",
    "NUMERIC": "double",
    "DECIMAL": "double",
    "NUMBER": "double",
    "UUID": "text",
    "STRING": "text",
}
_DECIMALS = ("DECIMAL", "NUMERIC", "NUMBER", "DEC", "DECIMAL TEXT", "NUMERIC TEXT")
_LIKE: tuple[tuple[str, Kind], ...] = (
    ("INT", "exact"),
    ("CHAR", "text"),
    ("CLOB", "text"),
    ("TEXT", "text"),
    ("REAL", "double"),
    ("FLOA", "double"),
    ("DOUB", "double"),
)
"""What SQLite looks for in a type's name, in its order."""
_WHOLE = 19
_DOUBLE_DIGITS = 15
"""A decimal of so many digits is told from all others by the double next to it."""
_EXACT = 2**53
SAFE = ("INTEGER", "INT", "REAL", "TEXT")
"""Types that a STRICT table holds its cells to."""


def read_shape(declared: str) -> Shape:
    """What a column of a declared type is taken to hold."""
    found = _DECLARED.fullmatch(declared)
    assert found is not None
    name, digits, scale, rest = found.groups()
    base = " ".join(f"{name} {rest}".upper().split())
    if base in _DECIMALS and digits is not None:
        return Shape("exact", declared, int(digits), int(scale or 0))
    like: Kind = next((kind for part, kind in _LIKE if part in base), "other")
    kind = _KINDS.get(base, like)
    return Shape(kind, declared, _WHOLE if kind == "exact" else 0)


def quote(name: str) -> str:
    """A name in SQL; never alone, where one that isn't there would be a text."""
    return '"' + name.replace('"', '""') + '"'


def unlike(shape: Shape, cell: str) -> str | None:
    """SQL that is true of a cell that its column's type can't hold; None for any."""
    match shape.kind:
        case "text":
            return f"typeof({cell}) NOT IN ('text', 'null')"
        case "exact" if shape.scale == 0 and shape.digits == _WHOLE:
            return f"typeof({cell}) NOT IN ('integer', 'null')"
        case "exact" if "TEXT" in shape.name.upper():
            return f"NOT segql_fits({cell}, {shape.digits}, {shape.scale})"
        case "exact":
            return _no_decimal(shape, cell)
        case "double":
            whole = f"{cell} BETWEEN -{_EXACT} AND {_EXACT}"
            return (
                f"CASE typeof({cell}) WHEN 'null' THEN 0"
                f" WHEN 'real' THEN abs({cell}) = 9e999"
                f" WHEN 'integer' THEN NOT {whole} ELSE 1 END"
            )
        case "boolean":
            return f"NOT (typeof({cell}) = 'integer' AND {cell} IN (0, 1))"
        case "date":
            # Without a step, date() leaves 30 February as it is.
            return f"NOT ({cell} IS date({cell}, '+0 days') AND {cell} >= '0001-01-01')"
        case "clock":
            return f"NOT ({_wall(cell)})"
        case "instant":
            bare = f"substr({cell}, 1, length({cell}) - 6)"
            return f"NOT (substr({cell}, -6) = '+00:00' AND {_wall(bare)})"
        case "json":
            return f"NOT json_valid({cell})"
        case _:
            return None


def _no_decimal(shape: Shape, cell: str) -> str:
    power = 10**shape.scale
    most = 10 ** (shape.digits - shape.scale)
    whole = f"{cell} <= -{most} OR {cell} >= {most}" if most < _EXACT else "0"
    least = min(most, 10**_DOUBLE_DIGITS // power)
    nearest = f"CAST(round({cell} * {power}.0) AS INTEGER) / {power}.0"
    # What is written in SQL may be off by the last bit, a sum by a few.
    near = f"abs({nearest} - {cell}) <= abs({cell}) * 1e-15"
    return (
        f"CASE typeof({cell}) WHEN 'null' THEN 0 WHEN 'integer' THEN {whole}"
        f" WHEN 'real' THEN NOT (abs({cell}) < {least} AND {near}) ELSE 1 END"
    )


def _wall(cell: str) -> str:
    """Whether a text is a wall time; NULL or false if not."""
    start = f"substr({cell}, 1, 19)"
    digits = "[0-9]" * 6
    return (
        f"{cell} >= '0001-01-01' AND typeof({cell}) = 'text'"
        f" AND {start} IS datetime({start}, '+0 days') AND (length({cell}) = 19"
        f" OR ({cell} GLOB '*.{digits}' AND length({cell}) = 26"
        f" AND substr({cell}, 20) <> '.000000'))"
    )


_GUESSED = ("INTEGER", "REAL", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "TEXT")


def guess(column: str) -> str:
    """SQL for the first type that all cells of some rows fit; NULL for none."""
    tests = [
        f"WHEN coalesce(max({column} IS NOT NULL AND"
        f" ({unlike(read_shape(name), column)})), 0) = 0 THEN '{name}'"
        for name in _GUESSED
    ]
    return f"CASE WHEN count({column}) > 0 THEN CASE {' '.join(tests)} END END"
