"""Segments."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, through

ORDERS = {"NAME": Order("r.name", "text", "name")}
BY_NAME = OrderBy("NAME", descending=False)

SEGMENTS = Collection(
    name="segments", model=models.Segment, orders=ORDERS, default=BY_NAME, searchable=True
)
OF_CUSTOMER = Collection(
    name="customer.segments",
    model=models.Segment,
    parent=through("customer_segments", "customer_id", "segment_id"),
    orders=ORDERS,
    default=BY_NAME,
)
