"""Keys as an engine returns them in, texts that all engines have alike out."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from segql.sql.inputs import Key


def texts(column: Any) -> Any:
    """An Arrow column of keys as one of texts: a number in digits, without `.0`."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if types.is_string(kind):
        return column
    if types.is_integer(kind) or types.is_large_string(kind):
        return column.cast(pa.string())
    return pa.array([text(each) for each in column.to_pylist()], pa.string())


def text(key: object) -> str | None:
    """One key as text."""
    match key:
        case None:
            return None
        case bool():
            return str(int(key))
        case Decimal() | float():
            number = Decimal(str(key))
            whole = number.is_finite() and number == number.to_integral_value()
            return str(int(number)) if whole else format(number, "f")
        case bytes() if len(key) == 16:
            return str(UUID(bytes=key))
        case bytes():
            return key.hex()
        case datetime() | date():
            return key.isoformat()
        case _:
            return str(key)


def kind(type: Any) -> str:
    """An Arrow type of keys, for people."""
    from pyarrow import types

    if types.is_dictionary(type):
        return kind(type.value_type)
    if types.is_integer(type):
        return "whole numbers"
    if types.is_decimal(type) or types.is_floating(type):
        return "decimals" if types.is_decimal(type) else "doubles"
    if "string" in str(type):
        return "text"
    return str(type)


def as_asked(keys: Iterable[str], type: Any) -> list[Key]:
    """The keys as an engine with a column of that type is asked for them.

    Those that can't be such a key are left out: nobody has them there.
    """
    from pyarrow import types

    if types.is_dictionary(type):
        return as_asked(keys, type.value_type)
    if types.is_integer(type) or types.is_decimal(type) or types.is_floating(type):
        found = (_number(key) for key in keys)
        return [each for each in found if each is not None]
    return list(keys)


def _number(text: str) -> int | Decimal | None:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    if not number.is_finite():
        return None
    return int(number) if number == number.to_integral_value() else number
