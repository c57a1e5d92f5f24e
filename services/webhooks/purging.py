"""What is kept of deliveries, and for how long: those that ended are removed after the retention.

The log of events is no part of it: what was purged here can be replayed from there.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.batches import Batches, Clock, Guard, Proceed, in_batches
from services.transactions import Transaction, workspace_transaction

ENDED = """
    SELECT id FROM webhook_deliveries
    WHERE workspace_id = $1 AND next_attempt_at IS NULL AND updated_at <= $2
    ORDER BY updated_at LIMIT $3 FOR UPDATE SKIP LOCKED"""
OF_DELETED = """
    SELECT d.id FROM webhook_deliveries d
    WHERE d.workspace_id = $1 AND d.endpoint_id = ANY($2::uuid[])
        AND (d.lease_until IS NULL OR d.lease_until <= $4)
    LIMIT $3 FOR UPDATE OF d SKIP LOCKED"""
DELETED = "SELECT id FROM webhook_endpoints WHERE workspace_id = $1 AND deleted_at IS NOT NULL"
DROP_ATTEMPTS = """
    DELETE FROM webhook_attempts WHERE workspace_id = $1 AND delivery_id = ANY($2::uuid[])"""
DROP_DELIVERIES = """
    DELETE FROM webhook_deliveries WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""
DROP_ENDPOINTS = """
    DELETE FROM webhook_endpoints e
    WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) AND e.deleted_at IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM webhook_deliveries d
            WHERE d.workspace_id = $1 AND d.endpoint_id = e.id)"""


@dataclass
class Purge:
    """One run over one workspace, and what it has removed so far."""

    workspace_id: UUID
    until: datetime
    clock: Clock
    deliveries: int = 0
    endpoints: int = 0
    finished: bool = True
    """False where `proceed` said to stop before all was removed."""
    # A purge that a crash of the server undoes is done again.
    batches: Batches = field(default_factory=lambda: Batches(waits_for_disk=False))

    async def ended(self, limit: int, guard: Guard) -> bool:
        """Remove up to `limit` deliveries that ended before `until`; whether there may be more."""
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            await guard(tx)
            rows = await tx.fetch(ENDED, self.workspace_id, self.until, limit)
            await self._drop(tx, [row["id"] for row in rows])
        return len(rows) == limit

    async def of_deleted(self, limit: int, guard: Guard) -> bool:
        """Remove up to `limit` deliveries of deleted endpoints, and those that have none left."""
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            await guard(tx)
            gone = [row["id"] for row in await tx.fetch(DELETED, self.workspace_id)]
            if not gone:
                return False
            rows = await tx.fetch(OF_DELETED, self.workspace_id, gone, limit, tx.now)
            await self._drop(tx, [row["id"] for row in rows])
            self.endpoints += await tx.execute(DROP_ENDPOINTS, self.workspace_id, gone)
        return len(rows) == limit

    async def _drop(self, tx: Transaction, ids: list[UUID]) -> None:
        if not ids:
            return
        await tx.execute(DROP_ATTEMPTS, self.workspace_id, ids)
        self.deliveries += await tx.execute(DROP_DELIVERIES, self.workspace_id, ids)


async def purge_deliveries(
    workspace_id: UUID, until: datetime, *, clock: Clock, proceed: Proceed
) -> Purge:
    """Remove a workspace's deliveries that ended before `until`, and all of deleted endpoints.

    In batches of their own transactions; `proceed` is asked before each.
    """
    purge = Purge(workspace_id, until, clock)
    purge.finished = await in_batches(purge.ended, purge.batches, proceed) and await in_batches(
        purge.of_deleted, purge.batches, proceed
    )
    return purge
