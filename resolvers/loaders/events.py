"""The log of events, in the order in which they were committed."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of

EVENTS = Collection(
    name="events",
    model=models.Event,
    filters={"types": one_of("type")},
    orders={"SEQ": Order("r.seq", "bigint", "seq")},
    default=OrderBy("SEQ", descending=False),
)
