"""The contact log: who was added, connected, deleted or merged, and when."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of, within

CONTACT_LOGS = Collection(
    name="contactLog",
    model=models.ContactLog,
    filters={"kinds": one_of("kind"), "created": within("created_at")},
    orders={"CREATED_AT": Order("r.created_at", "timestamptz", "created_at")},
    default=OrderBy("CREATED_AT"),
)
