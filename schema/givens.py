"""Optional fields of inputs: given, given as null, or left out.

Inputs mark what was left out with Strawberry's UNSET, services with their own.
"""

from typing import Any, TypeVar
from uuid import UUID

import strawberry

from models.base import WorkspaceModel
from resolvers.ids import parse_id
from services.given import UNSET, Given

Value = TypeVar("Value")

LEFT_OUT: Any = strawberry.UNSET
"""The default of an input's field whose being left out means another thing than null."""


def given(value: Value | None) -> Given[Value | None]:
    """A field where left out is unchanged, and null clears."""
    return UNSET if value is LEFT_OUT else value


def given_value(value: Value | None) -> Given[Value]:
    """A field that cannot be cleared: null is as good as left out."""
    return UNSET if value is LEFT_OUT or value is None else value


def given_or_none(value: Value | None) -> Value | None:
    """A field where left out is as good as null."""
    return None if value is LEFT_OUT else value


def given_id(
    value: strawberry.ID | None, model: type[WorkspaceModel], *field: str
) -> Given[UUID | None]:
    """The row that an optional id names; a Refusal (INVALID) where it is none of `model`."""
    if value is LEFT_OUT:
        return UNSET
    return None if value is None else parse_id(value, model, *field)


def given_id_or_none(
    value: strawberry.ID | None, model: type[WorkspaceModel], *field: str
) -> UUID | None:
    """Like `given_id`, where left out is as good as null."""
    found = given_id(value, model, *field)
    return None if found is UNSET else found


def given_ids(
    value: list[strawberry.ID] | None, model: type[WorkspaceModel], *field: str
) -> Given[list[UUID] | None]:
    """The rows that an optional list of ids names; a Refusal (INVALID) at the index of a bad id."""
    if value is LEFT_OUT:
        return UNSET
    if value is None:
        return None
    return [parse_id(id, model, *field, str(index)) for index, id in enumerate(value)]
