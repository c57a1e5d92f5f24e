"""The log of events, in the order in which they were committed."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of
from resolvers.loaders.paging import fingerprint
from resolvers.loaders.statements import cursor, written_key

EVENTS = Collection(
    name="events",
    model=models.Event,
    filters={"types": one_of("type")},
    orders={"SEQ": Order("r.seq", "bigint", "seq")},
    default=OrderBy("SEQ", descending=False),
    numbered="seq",
)
CURSOR = cursor(fingerprint(EVENTS, EVENTS.default), written_key("bigint", "r.seq"), "r.id")
"""The place of event `r` in the log."""
