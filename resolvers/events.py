"""Events: the place of each in the log, and what of the log a caller is shown."""

from typing import Any
from uuid import UUID

import models
from resolvers.access import seen_events
from resolvers.context import Context
from resolvers.customers import standing_for
from resolvers.loaders.events import EVENTS
from resolvers.loaders.paging import Place, decode_cursor, encode_cursor
from services.errors import not_found
from services.ids import decode_id

BEHIND_ALL = UUID(int=2**128 - 1)
"""In the place of an event's id, a place behind whatever event has the number."""


def event_cursor(event: models.Event) -> str:
    """The cursor behind which the log goes on after this event."""
    place = Place(EVENTS.orders[EVENTS.default.name].key(event), event.id)
    return encode_cursor(EVENTS, EVENTS.default, place)


def cursor_at(number: int) -> str:
    """The cursor behind which the log goes on after its event of this number."""
    return encode_cursor(EVENTS, EVENTS.default, Place(str(number), BEHIND_ALL))


def number_of(cursor: str) -> int:
    """The number of the event that a cursor was printed with.

    Raises a Refusal (INVALID) where it is no cursor of the log.
    """
    return int(decode_cursor(EVENTS, EVENTS.default, cursor, "after").key or 0)


def shown_events(context: Context, criteria: dict[str, Any]) -> dict[str, Any]:
    """A filter of the log, narrowed to what the caller may see."""
    seen = seen_events(context.actor)
    if len(seen) == len(models.EventType):
        return criteria
    return {**criteria, "types": [type for type in criteria.get("types", seen) if type in seen]}


def shown_deliveries(context: Context, criteria: dict[str, Any]) -> dict[str, Any]:
    """A filter of deliveries, narrowed to those of events that the caller may see."""
    seen = seen_events(context.actor)
    if len(seen) == len(models.EventType):
        return criteria
    return {**criteria, "seen": sorted(seen)}


async def main_of(context: Context, event: models.Event) -> models.Customer:
    """The main customer of a merge's or unmerge's event, whatever became of them since.

    Raises a Refusal (NOT_FOUND) where they were erased.
    """
    named = decode_id(str(event.payload.get("mainId")))
    found = await standing_for(context, named[1] if named is not None else event.customer_id)
    if found is None:
        raise not_found("customer")
    return found
