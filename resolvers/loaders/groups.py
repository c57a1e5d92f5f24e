"""Groups."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, through

ORDERS = {"NAME": Order("r.name", "text", "name")}
BY_NAME = OrderBy("NAME", descending=False)

GROUPS = Collection(
    name="groups", model=models.Group, orders=ORDERS, default=BY_NAME, searchable=True
)
OF_CUSTOMER = Collection(
    name="customer.groups",
    model=models.Group,
    parent=through("customer_groups", "customer_id", "group_id"),
    orders=ORDERS,
    default=BY_NAME,
)
