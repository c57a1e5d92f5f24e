"""Webhooks: what an input names, as services take it."""

from collections.abc import Sequence

from models import EventType
from resolvers.access import seen_events
from resolvers.context import Context
from resolvers.events import number_of
from services.errors import ErrorCode, Refusal
from services.webhooks.addresses import check_url


async def checked_url(context: Context, url: str) -> str:
    """An endpoint's address in its normal form: looked up, so outside of any transaction.

    Raises a Refusal (INVALID) where webhooks are not sent there.
    """
    return await check_url(url, context.outside.addresses, context.outside.resolve)


def place_in_log(after: str | None) -> int | None:
    """The number of the event that a cursor of the log tells. Raises a Refusal (INVALID)."""
    if after is None:
        return None
    return number_of(after)


def check_types(context: Context, types: Sequence[EventType]) -> None:
    """Raise a Refusal (FORBIDDEN) for a type of events that the caller may not see themselves."""
    seen = seen_events(context.actor)
    for place, type in enumerate(types):
        if type not in seen:
            raise Refusal(
                ErrorCode.FORBIDDEN,
                f"An endpoint hears of no more than who saves it may see: not {type.value}.",
                ("types", str(place)),
            )
