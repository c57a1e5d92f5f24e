"""Payloads: what a mutation answers with. A business refusal is data, never a top-level error."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import strawberry

from resolvers.access import require
from resolvers.context import Context
from resolvers.ids import global_id
from services.errors import ErrorCode, Refusal
from services.transactions import Transaction, retrying

PayloadType = TypeVar("PayloadType")


@strawberry.type(description="Why a part of the input was refused, and how to mend it.")
class UserError:
    """A refusal as clients see it."""

    code: ErrorCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason and the way to mend it, for people.")
    field: list[str] | None = strawberry.field(
        description="The path into the input of what was refused."
    )
    conflicting_id: strawberry.ID | None = strawberry.field(
        description="The id of what stands in the way."
    )


@strawberry.interface(description="What every mutation answers with.")
class Payload:
    """Errors, beside what was changed."""

    errors: list[UserError] = strawberry.field(
        description="Why nothing was changed; empty where it was."
    )


@strawberry.type(description="What a deletion answers with.")
class DeletePayload(Payload):
    """What is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(description="The id of what was deleted.")


def user_error(refusal: Refusal) -> UserError:
    """A refusal as an error of a payload."""
    return UserError(
        code=refusal.code,
        message=refusal.message,
        field=list(refusal.field) or None,
        conflicting_id=strawberry.ID(global_id(*refusal.conflicting))
        if refusal.conflicting
        else None,
    )


async def change(
    info: strawberry.Info[Any, Any],
    payload: Callable[..., PayloadType],
    verb: Callable[[Context, Transaction], Awaitable[dict[str, Any]]],
    *,
    before: Callable[[Context], Awaitable[None]] | None = None,
    **nothing: Any,
) -> PayloadType:
    """Run a verb in a transaction of its own, and answer with the payload of what it changed.

    `verb` is called with the context and the transaction, as often as it loses a race against
    others, and returns the payload's fields. `before` is awaited once, while no transaction is
    open, for what takes its time. A Refusal from either, or for want of the right to call the
    mutation, becomes the payload's errors, beside `nothing`: the fields' values then (None unless
    told).
    """
    context: Context = info.context

    async def attempt() -> dict[str, Any]:
        async with context.changing() as transaction:
            return await verb(context, transaction)

    try:
        require(context.actor, info.field_name)
        if before is not None:
            await before(context)
        changed = await retrying(attempt)
    except Refusal as refusal:
        return payload(**nothing, errors=[user_error(refusal)])
    return payload(**changed, errors=[])
