"""The workspace's connected accounts."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy

CHANNELS = Collection(
    name="channels",
    model=models.Channel,
    orders={"NAME": Order("r.name", "text", "name")},
    default=OrderBy("NAME", descending=False),
)
