"""Exact and inexact numbers in SQL: how arithmetic and comparison stay exact."""

from decimal import ROUND_FLOOR, Decimal

from sqlglot import exp

from segql.model import nodes as mdl
from segql.sql import literals, names, portable
from segql.sql.read import any_number, known_number
from segql.types import MAX_DIGITS, Double, Exact, Type


def to_double(node: exp.Expr, type_: Type) -> exp.Expr:
    """The double nearest to an exact number."""
    if not isinstance(type_, Exact):
        return node
    return portable.ToDouble(this=node, type=type_)


def quotient(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """A double through a double that is never zero, or NULL."""
    return portable.Quotient(this=left, expression=right)


def arithmetic(
    operator: mdl.Operator,
    left: exp.Expr,
    left_type: Type,
    right: exp.Expr,
    right_type: Type,
    result: Type,
) -> exp.Expr:
    """One operation; NULL where an operand is, or where the divisor is zero."""
    left, right = any_number(left), any_number(right)
    if operator == "/":
        divisor = exp.Nullif(
            this=to_double(right, right_type),
            expression=literals.double(0.0),
        )
        made = quotient(to_double(left, left_type), divisor)
        exact = isinstance(left_type, Exact) and isinstance(right_type, Exact)
        return made if exact else known_number(made)
    if isinstance(result, Double):
        return known_number(
            portable.Doubles(
                this=to_double(left, left_type),
                expression=to_double(right, right_type),
                operator=operator,
            )
        )
    assert isinstance(left_type, Exact)
    assert isinstance(right_type, Exact)
    assert isinstance(result, Exact)
    return portable.Calculated(
        this=left,
        expression=right,
        operator=operator,
        left=left_type,
        right=right_type,
        type=result,
    )


def negative(operand: exp.Expr) -> exp.Expr:
    inner = any_number(operand)
    made = exp.Neg(this=exp.Paren(this=inner))
    return made if inner is operand else known_number(made)


def _group(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.Binary) else node


def compared(
    operator: mdl.Comparison,
    left: exp.Expr,
    left_type: Type,
    right: mdl.Value,
    right_sql: exp.Expr,
) -> exp.Expr:
    """A comparison of two numbers; TRUE only where it holds."""
    right_type = right.type
    if isinstance(left_type, Exact) and isinstance(right, mdl.Constant):
        value = right.value
        if isinstance(value, int | Decimal):
            return against(operator, left, left_type, value)
    if isinstance(left_type, Exact) and isinstance(right_type, Exact):
        if left_type.scale or right_type.scale:
            scale = max(left_type.scale, right_type.scale)
            whole = max(left_type.whole, right_type.whole)
            wide = Exact(min(whole + scale, MAX_DIGITS), scale)
            left = portable.ToExact(this=left, source=left_type, type=wide)
            right_sql = portable.ToExact(this=right_sql, source=right_type, type=wide)
    elif isinstance(left_type, Exact) or isinstance(right_type, Exact):
        left, right_sql = to_double(left, left_type), to_double(right_sql, right_type)
    return OPERATORS[operator](this=_group(left), expression=_group(right_sql))


def against(
    operator: mdl.Comparison, left: exp.Expr, type_: Exact, value: int | Decimal
) -> exp.Expr:
    """An exact number against a literal, which is brought to the number's scale.

    Between two neighbours of that scale nothing is equal, and `<` and `<=` are one.
    """
    exact = Decimal(value)
    step = Decimal(1).scaleb(-type_.scale)
    if exact.copy_abs() >= Decimal(10) ** (MAX_DIGITS - type_.scale):
        below = exact > 0
        holds = {"<": below, "<=": below, ">": not below, ">=": not below}
        if holds.get(operator, operator == "!="):
            return names.known(left)
        return exp.false()
    floor = quantized(exact, step)
    if floor != exact:
        match operator:
            case "=":
                return exp.false()
            case "!=":
                return names.known(left)
            case "<" | "<=":
                operator = "<="
            case ">" | ">=":
                operator = ">"
    shown = int(floor) if type_.scale == 0 else floor
    literal = literals.exact(shown, type_)
    return OPERATORS[operator](this=_group(left), expression=literal)


def holds(type_: Type, value: mdl.Scalar) -> bool:
    """Whether a type has a value that is equal to one; else nothing is."""
    if not isinstance(type_, Exact) or not isinstance(value, int | Decimal):
        return True
    exact = Decimal(value)
    if exact.copy_abs() >= Decimal(10) ** type_.whole:
        return False
    return quantized(exact, Decimal(1).scaleb(-type_.scale)) == exact


def quantized(value: Decimal, step: Decimal) -> Decimal:
    """The multiple of a power of ten at or below a number."""
    from decimal import Context

    return value.quantize(step, rounding=ROUND_FLOOR, context=Context(prec=120))


OPERATORS: dict[mdl.Comparison, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
