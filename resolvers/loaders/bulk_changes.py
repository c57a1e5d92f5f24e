"""Bulk changes, and whom each has not changed."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy

BULK_CHANGES = Collection(
    name="bulkChanges",
    model=models.BulkChange,
    orders={"CREATED_AT": Order("r.created_at", "timestamptz", "created_at")},
    default=OrderBy("CREATED_AT"),
)
FAILURES = Collection(
    name="bulkChange.failures",
    model=models.BulkChangeFailure,
    parent="r.bulk_change_id = p.id",
    orders={"CUSTOMER": Order("r.customer_id::text", "text", "customer_id")},
    default=OrderBy("CUSTOMER", descending=False),
)
