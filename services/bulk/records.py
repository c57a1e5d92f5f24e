"""A bulk change as rows: made with its customers, taken up under a lease, moved batch by batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models import BulkChange, BulkChangeKind, BulkChangeStatus
from models.base import new_id
from services.bulk.choices import Choice, batches_of
from services.errors import ErrorCode, Refusal, not_found
from services.transactions import Transaction

LEASE = timedelta(seconds=60)
"""How long after its last batch a worker counts as dead."""

INSERT_BATCHES = """
    INSERT INTO bulk_change_batches (workspace_id, id, bulk_change_id, position, customer_ids)
    SELECT $1, b.id, $2, b.position, b.customer_ids::uuid[]
    FROM unnest($3::uuid[], $4::int[], $5::text[]) AS b(id, position, customer_ids)
    ON CONFLICT (workspace_id, bulk_change_id, position) DO NOTHING"""
CLAIM = """
    UPDATE bulk_changes SET status = 'RUNNING', lease_until = $3::timestamptz,
        started_at = coalesce(started_at, $4::timestamptz)
    WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL
        AND (lease_until IS NULL OR lease_until <= $4::timestamptz)
    RETURNING *"""
NEXT_BATCH = """
    SELECT id, customer_ids FROM bulk_change_batches
    WHERE workspace_id = $1 AND bulk_change_id = $2 ORDER BY position LIMIT 1 FOR UPDATE"""
DROP_BATCH = "DELETE FROM bulk_change_batches WHERE workspace_id = $1 AND id = $2"
DROP_BATCHES = "DELETE FROM bulk_change_batches WHERE workspace_id = $1 AND bulk_change_id = $2"
MOVE = """
    UPDATE bulk_changes SET done = done + $4, failed = failed + $5, lease_until = $6
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND finished_at IS NULL"""
RELEASE = """
    UPDATE bulk_changes SET lease_until = NULL
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND finished_at IS NULL"""
END = """
    UPDATE bulk_changes SET status = $4, finished_at = $3, lease_until = NULL
    WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL"""
KEEP_FAILURES = """
    INSERT INTO bulk_change_failures
        (workspace_id, id, bulk_change_id, customer_id, code, message)
    SELECT $1, f.id, $2, f.customer_id, f.code, f.message
    FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[])
        AS f(id, customer_id, code, message)
    ON CONFLICT (workspace_id, id) DO NOTHING"""
FIND = "SELECT * FROM bulk_changes WHERE workspace_id = $1 AND id = $2"

FAILURES = """
    SELECT customer_id, code, message FROM bulk_change_failures
    WHERE workspace_id = $1 AND bulk_change_id = $2 ORDER BY customer_id LIMIT 1000"""


class LeaseLost(Exception):
    """Another worker has taken the bulk change over, or it was cancelled: roll back."""


@dataclass(frozen=True)
class Failure:
    """A customer who was not changed, and why."""

    customer_id: UUID
    code: ErrorCode
    message: str


async def freeze(
    tx: Transaction, kind: BulkChangeKind, options: dict[str, Any], choice: Choice
) -> BulkChange:
    """Write down a change and whom it is of: who matches later is not among them.

    Raises a Refusal (INVALID) at `customerIds` where nobody is named, or too many.
    """
    change = BulkChange(
        id=new_id(),
        workspace_id=tx.workspace_id,
        kind=kind,
        status=BulkChangeStatus.QUEUED,
        options=options,
        total=0,
        user_id=tx.actor.user_id if tx.actor else None,
        api_key_id=tx.actor.api_key_id if tx.actor else None,
        created_at=tx.now,
    )
    await change.save(using_db=tx.connection, force_create=True)
    position = 0
    async for batches in batches_of(tx, choice):
        await tx.execute(
            INSERT_BATCHES,
            tx.workspace_id,
            change.id,
            [new_id() for _ in batches],
            list(range(position, position + len(batches))),
            ["{" + ",".join(map(str, batch)) + "}" for batch in batches],
        )
        position += len(batches)
        change.total += sum(map(len, batches))
    await tx.execute(
        "UPDATE bulk_changes SET total = $3 WHERE workspace_id = $1 AND id = $2",
        tx.workspace_id,
        change.id,
        change.total,
    )
    return change


async def claim(tx: Transaction, change_id: UUID) -> BulkChange | None:
    """Take up an unfinished change; None where it is finished, or another worker holds it."""
    rows = await tx.fetch(CLAIM, tx.workspace_id, change_id, tx.now + LEASE, tx.now)
    return BulkChange._init_from_db(**rows[0]) if rows else None


async def next_batch(tx: Transaction, change: BulkChange) -> tuple[UUID, list[UUID]] | None:
    """The next batch's id and customers, held; None where none is left."""
    rows = await tx.fetch(NEXT_BATCH, tx.workspace_id, change.id)
    return (rows[0]["id"], list(rows[0]["customer_ids"])) if rows else None


async def move(
    tx: Transaction, change: BulkChange, batch_id: UUID, done: int, failures: Sequence[Failure]
) -> datetime:
    """Note in the batch's own transaction that it is done, and hold the change for another LEASE.

    Returns the new end of the lease, which is the change's once this is committed. Raises LeaseLost
    where the change is another's by now, or was cancelled.
    """
    until = tx.now + LEASE
    numbers = (done, len(failures))
    held = await tx.execute(MOVE, tx.workspace_id, change.id, change.lease_until, *numbers, until)
    if held == 0:
        raise LeaseLost
    await tx.execute(DROP_BATCH, tx.workspace_id, batch_id)
    await keep_failures(tx, change.id, failures)
    return until


async def keep_failures(tx: Transaction, change_id: UUID, failures: Sequence[Failure]) -> None:
    """Write down who was not changed."""
    if not failures:
        return
    await tx.execute(
        KEEP_FAILURES,
        tx.workspace_id,
        change_id,
        [new_id() for _ in failures],
        [failure.customer_id for failure in failures],
        [failure.code.value for failure in failures],
        [failure.message for failure in failures],
    )


async def release(tx: Transaction, change: BulkChange) -> None:
    """Leave an unfinished change to whoever comes next, at once."""
    await tx.execute(RELEASE, tx.workspace_id, change.id, change.lease_until)


async def finish(tx: Transaction, change_id: UUID) -> None:
    """End a change whose batches are all done."""
    await tx.execute(END, tx.workspace_id, change_id, tx.now, BulkChangeStatus.FINISHED.value)


async def cancel_bulk_change(tx: Transaction, change_id: UUID) -> BulkChange:
    """Stop a change: what is done stays, the rest is left. One that has ended stays as it is.

    Raises a Refusal (NOT_FOUND) at `bulkChangeId`.
    """
    cancelled = BulkChangeStatus.CANCELLED.value
    if await tx.execute(END, tx.workspace_id, change_id, tx.now, cancelled):
        await tx.execute(DROP_BATCHES, tx.workspace_id, change_id)
    return await find_bulk_change(tx, change_id)


async def find_bulk_change(tx: Transaction, change_id: UUID) -> BulkChange:
    """A bulk change as it stands. Raises a Refusal (NOT_FOUND) at `bulkChangeId`."""
    rows = await tx.fetch(FIND, tx.workspace_id, change_id)
    if not rows:
        raise not_found("bulk change", "bulkChangeId")
    return BulkChange._init_from_db(**rows[0])


def refusal_of(customer_id: UUID, refusal: Refusal) -> Failure:
    """Why a customer was refused, as it is kept."""
    return Failure(customer_id, refusal.code, refusal.message)


async def failures_of(tx: Transaction, change_id: UUID) -> list[Failure]:
    """Whom a bulk change has not changed, and why; of a list of ids, which is short."""
    rows = await tx.fetch(FAILURES, tx.workspace_id, change_id)
    return [Failure(row["customer_id"], ErrorCode(row["code"]), row["message"]) for row in rows]
