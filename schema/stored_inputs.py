"""Inputs that are kept: as the JSON that a caller would send, and made of it again.

What an input of today does not know any more, a field or a value of an enum, is left out.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import strawberry
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

Input = TypeVar("Input")


class Unreadable(Exception):
    """A kept value is none of its type."""


def stored(value: Any) -> Any:
    """An input, or a value in one, as JSON; fields that were left out, or null, are left out."""
    if isinstance(value, strawberry.Some):
        return stored(value.value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [stored(one) for one in value]
    if hasattr(value, "__strawberry_definition__"):
        told = {name_of(field): getattr(value, field.python_name) for field in fields_of(value)}
        return {
            name: stored(one)
            for name, one in told.items()
            if one is not None and one is not strawberry.UNSET
        }
    return value


def restored(type: type[Input], kept: Any) -> Input:
    """The input of a type that was kept. Raises Unreadable where it cannot be made any more."""
    if not isinstance(kept, dict):
        raise Unreadable(type.__name__)
    values = {}
    for field in fields_of(type):
        if name_of(field) in kept:
            try:
                values[field.python_name] = _restored(field.type, kept[name_of(field)])
            except (Unreadable, ValueError, TypeError):
                continue
    try:
        return type(**values)
    except TypeError:
        raise Unreadable(type.__name__) from None


def _restored(type: Any, kept: Any) -> Any:
    if isinstance(type, StrawberryMaybe):
        return strawberry.Some(_restored(type.of_type, kept))
    if isinstance(type, StrawberryOptional):
        return None if kept is None else _restored(type.of_type, kept)
    if isinstance(type, StrawberryList):
        if not isinstance(kept, list):
            raise Unreadable("a list")
        return [_restored(type.of_type, one) for one in kept]
    if isinstance(type, StrawberryEnumDefinition):
        return type.wrapped_cls(kept)
    if type in (date, datetime):
        return type.fromisoformat(kept)
    if hasattr(type, "__strawberry_definition__"):
        return restored(type, kept)
    return kept


def fields_of(type: Any) -> list[StrawberryField]:
    """The fields of an input type, or of an input."""
    found: list[StrawberryField] = type.__strawberry_definition__.fields
    return found


def name_of(field: StrawberryField) -> str:
    """What a field is called by callers."""
    return field.graphql_name or to_camel_case(field.python_name)
