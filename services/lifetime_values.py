"""Lifetime values: what each customer has paid for, computed from their orders."""

from collections.abc import Collection
from uuid import UUID

import asyncpg
from tortoise.exceptions import OperationalError

from services.errors import ErrorCode, Refusal
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.standing import count_productive
from services.transactions import Transaction

REFRESH = """
    UPDATE customers SET lifetime_value = p.total, paid_order_count = p.count
    FROM (
        SELECT c.id, b.paid_order_count AS before, count(o.id) AS count,
            coalesce(sum(o.total) FILTER (WHERE o.currency = $3), 0) AS total
        FROM unnest($2::uuid[]) AS c(id)
        JOIN customers b ON b.workspace_id = $1 AND b.id = c.id
        LEFT JOIN orders o
            ON o.workspace_id = $1 AND o.customer_id = c.id AND o.status = 'PAID'
        GROUP BY c.id, b.paid_order_count
    ) AS p
    WHERE customers.workspace_id = $1 AND customers.id = p.id
        AND (customers.lifetime_value, customers.paid_order_count)
            IS DISTINCT FROM (p.total, p.count)
    RETURNING customers.deleted_at IS NULL AND customers.merged_into_id IS NULL AS shown,
        (p.count > 0)::int - (p.before > 0)::int AS productive"""


async def refresh_lifetime_value(tx: Transaction, customer_ids: Collection[UUID]) -> int:
    """Compute the customers' lifetime values anew; the number of customers whose value changed.

    The value is the sum of their paid orders in the workspace's currency; the count is of all paid
    orders. A refunded order is no longer paid. Hold the customers for changing before their orders
    are written, in the order of ids: then no other order can come between. Raises a Refusal
    (LIMIT_EXCEEDED) where a sum has more than 18 digits before the point.
    """
    if not customer_ids:
        return 0
    ids = sorted(set(customer_ids))
    note_change(tx, ids, Concern.ORDERS)
    try:
        rows = await tx.fetch(REFRESH, tx.workspace_id, ids, tx.workspace.currency)
    except OperationalError as error:
        if not isinstance(error.__cause__, asyncpg.NumericValueOutOfRangeError):
            raise
        raise Refusal(
            ErrorCode.LIMIT_EXCEEDED,
            "The sum of this customer's paid orders has more than 18 digits before the point.",
            ("total",),
        ) from error
    count_productive(tx, sum(row["productive"] for row in rows if row["shown"]))
    return len(rows)
