"""Orders, their items, and what a customer bought with them."""

import models
from resolvers.loaders.batches import Grouped
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of
from resolvers.loaders.statements import WORKSPACE

OF_CUSTOMER = Collection(
    name="customer.orders",
    model=models.Order,
    parent="r.customer_id = p.id",
    filters={"status": one_of("status")},
    orders={"ORDERED_AT": Order("r.ordered_at", "timestamptz", "ordered_at")},
    default=OrderBy("ORDERED_AT"),
)
ITEMS = Collection(
    name="order.items",
    model=models.OrderItem,
    parent="r.order_id = p.id",
    orders={"POSITION": Order("r.position", "int", "position")},
    default=OrderBy("POSITION", descending=False),
)
PURCHASES = Grouped(
    "customer.purchases",
    f"""SELECT o.customer_id AS parent__id, i.product, i.sku,
        count(DISTINCT o.id) AS times_bought, sum(i.quantity) AS quantity,
        sum(i.quantity * i.unit_price) AS spent, max(o.ordered_at) AS last_bought_at
    FROM orders o JOIN order_items i ON i.workspace_id = {WORKSPACE} AND i.order_id = o.id
    WHERE o.workspace_id = {WORKSPACE} AND o.customer_id = ANY($2::uuid[]) AND o.status = 'PAID'
    GROUP BY o.customer_id, i.product, i.sku
    ORDER BY times_bought DESC, spent DESC, i.product, i.sku""",
)
