"""Users of the workspace."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy

USERS = Collection(
    name="users",
    model=models.User,
    orders={"NAME": Order("r.name", "text", "name")},
    default=OrderBy("NAME", descending=False),
    searchable=True,
)
