"""Orders, their items, and what a customer bought with them."""

import models
from resolvers.loaders.batches import Grouped
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of
from resolvers.loaders.statements import WORKSPACE, instant

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
PURCHASED = f"""SELECT i.product, i.sku, count(DISTINCT o.id) AS times_bought,
        sum(i.quantity) AS quantity, coalesce(sum(i.quantity * i.unit_price)
            FILTER (WHERE w.currency IS NULL OR o.currency = w.currency), 0.00) AS spent,
        max(o.ordered_at) AS last_bought_at
    FROM orders o JOIN order_items i ON i.workspace_id = {WORKSPACE} AND i.order_id = o.id
    JOIN workspaces w ON w.workspace_id = {WORKSPACE}
    WHERE o.workspace_id = {WORKSPACE} AND o.customer_id = p.id AND o.status = 'PAID'
    GROUP BY i.product, i.sku
    ORDER BY times_bought DESC, spent DESC, i.product, i.sku"""
"""What customer `p` bought with paid orders."""

PURCHASE = {
    "product": "r.product",
    "sku": "r.sku",
    "times_bought": "r.times_bought",
    "quantity": "r.quantity::int",
    "spent": "r.spent::text",
    "last_bought_at": instant("r.last_bought_at"),
}
"""How a product's sums are written. What does not fit GraphQL's Int is an error, not a number."""

PURCHASES = Grouped(
    "customer.purchases",
    "SELECT p.id AS parent__id, r.* FROM unnest($2::uuid[]) AS p(id) "
    f"CROSS JOIN LATERAL ({PURCHASED}) r",
)
