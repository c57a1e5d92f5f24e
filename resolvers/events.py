"""Events: the place of each in the log."""

import models
from resolvers.loaders.events import EVENTS
from resolvers.loaders.paging import Place, encode_cursor


def event_cursor(event: models.Event) -> str:
    """The cursor behind which the log goes on after this event."""
    place = Place(EVENTS.orders[EVENTS.default.name].key(event), event.id)
    return encode_cursor(EVENTS, EVENTS.default, place)
