"""Erasing deleted customers once their workspace has kept them for as long as it wants to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.batches import Clock, Proceed
from services.erasing.customers import erase_customer
from services.errors import Refusal
from services.transactions import Transaction, retrying, workspace_transaction

DUE = """
    SELECT id FROM customers
    WHERE workspace_id = $1 AND deleted_at <= $2 AND deleted_at IS NOT NULL AND erased_at IS NULL
        AND merged_into_id IS NULL
    ORDER BY deleted_at, id LIMIT 1"""


@dataclass
class PurgeRun:
    """What a run over one workspace has done."""

    erased: int = 0
    finished: bool = True
    """False where `proceed` said to stop before all were erased."""


def deleted_until(days: int, now: datetime) -> datetime:
    """Who was deleted at this instant or before is erased at `now`, after so many whole days."""
    return now - timedelta(days=days)


async def purge_deleted_customers(
    workspace_id: UUID, *, clock: Clock, proceed: Proceed
) -> PurgeRun:
    """Erase the customers of a workspace whose retention after deletion is over, oldest first.

    One a transaction; `proceed` is asked before each. Run again, or by several at once, each is
    erased once. Nothing is due where the workspace keeps deleted customers.
    """
    run = PurgeRun()
    while proceed():
        if not await retrying(lambda: _erase_next(workspace_id, clock())):
            return run
        run.erased += 1
    run.finished = False
    return run


async def _erase_next(workspace_id: UUID, now: datetime) -> bool:
    """Erase the one who is due longest; False where nobody is due."""
    async with workspace_transaction(workspace_id, now=now) as tx:
        id = await _due(tx)
        if id is None:
            return False
        try:
            async with tx.attempt():
                await erase_customer(tx, id)
        except Refusal:
            # Another worker has erased them, or somebody has brought them back, at this instant.
            return await _due(tx) != id
    return True


async def _due(tx: Transaction) -> UUID | None:
    days = tx.workspace.deleted_retention_days
    if days is None:
        return None
    rows = await tx.fetch(DUE, tx.workspace_id, deleted_until(days, tx.now))
    return rows[0]["id"] if rows else None
