"""Finding a batch's records by their external ids."""

from collections.abc import Collection
from uuid import UUID

from services.arrays import array_of, joined
from services.transactions import Transaction

# As in `services.importing.contact_holders`: a form that only the right index serves.
FIND = f"""
    SELECT found.external_id, found.id FROM unnest({array_of(2)}) AS asked(external_id)
    CROSS JOIN LATERAL (
        SELECT external_id, id FROM {{table}}
        WHERE workspace_id = $1
            AND external_id >= asked.external_id AND external_id <= asked.external_id
        ORDER BY external_id LIMIT 1
    ) AS found"""


async def find_customers(tx: Transaction, external_ids: Collection[str]) -> dict[str, UUID]:
    """The ids of the customers with these external ids, merged and deleted ones included."""
    return await _find(tx, "customers", external_ids)


async def find_orders(tx: Transaction, external_ids: Collection[str]) -> dict[str, UUID]:
    """The ids of the orders with these external ids."""
    return await _find(tx, "orders", external_ids)


async def _find(tx: Transaction, table: str, external_ids: Collection[str]) -> dict[str, UUID]:
    if not external_ids:
        return {}
    rows = await tx.fetch(FIND.format(table=table), tx.workspace_id, joined(list(external_ids)))
    return {row["external_id"]: row["id"] for row in rows}
