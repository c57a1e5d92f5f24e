"""The scalars, each with the one form in which it is written."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import strawberry
from graphql import FloatValueNode, IntValueNode, StringValueNode, ValueNode
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from services.instants import written

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
"""RFC 3339, and without seconds. Digits behind the microsecond are dropped."""


def read_datetime(value: Any) -> datetime:
    """An RFC 3339 instant with an offset. Raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError('Write an instant as a string, such as "2026-11-22T09:00:00+07:00".')
    try:
        if not INSTANT.fullmatch(value):
            raise ValueError
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"“{value[:40]}” is no instant with an offset, such as 2026-11-22T09:00:00+07:00."
        ) from None


def read_date(value: Any) -> date:
    """An ISO 8601 date. Raises ValueError where there is no such day."""
    try:
        if not isinstance(value, str) or not DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"“{str(value)[:40]}” is no date, such as 2026-11-22.") from None


def read_decimal(value: Any) -> Decimal:
    """A finite decimal number. Raises ValueError for a float, NaN or infinity."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError('Write a decimal as a string, such as "29.33": a float would lose digits.')
    try:
        found = Decimal(value)
        if not found.is_finite() or abs(found.adjusted()) > 40:
            raise InvalidOperation
        return found
    except InvalidOperation:
        raise ValueError(f"“{str(value)[:40]}” is no decimal number, such as 29.33.") from None


def read_decimal_literal(node: ValueNode, _variables: Any = None) -> Decimal:
    """A decimal written in a document: as a string or, exactly, as a number."""
    if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
        return read_decimal(node.value)
    raise ValueError('Write a decimal as a string, such as "29.33".')


def write_decimal(value: Decimal) -> str:
    """A decimal without an exponent; of money, with both digits behind the point."""
    return format(value, "f")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant: RFC 3339 with an offset. Written in UTC, to the microsecond.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=written,
        parse_value=read_datetime,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day: ISO 8601, such as 2026-11-22.",
        serialize=date.isoformat,
        parse_value=read_date,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="An exact decimal number, as a string: money never passes through a float.",
        serialize=write_decimal,
        parse_value=read_decimal,
        parse_literal=read_decimal_literal,
    ),
}

__all__ = ["JSON", "SCALARS"]
