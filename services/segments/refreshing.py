"""Refreshing segments whole: after their criteria change, and at midnight where days are counted.

One statement over all customers finds who is in a segment and should not be, or the other way
round; they are then held and looked at again, in batches of their own transactions. What a batch
has committed the next statement does not find, so whoever comes after a kill goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models import Segment
from services.batches import Clock, Proceed
from services.periods import start_of_day
from services.rows import update_row
from services.segments.criteria import Criteria, is_timed
from services.segments.membership import look_again, readable, who_differs
from services.segments.reading import definitions
from services.transactions import Transaction, retrying, workspace_transaction
from services.workspaces import time_zone

LEASE = timedelta(seconds=60)
"""How long after its last batch a worker counts as dead: longer than a statement may take."""
SETTLING = timedelta(seconds=90)
"""Criteria are looked at once more so long after they were saved: a change that was under way then
may not have known of them, and is over by now."""
BATCH = 500
ROUND = 20_000
"""How many customers who differ one statement finds at most."""
SMALL = 5_000
"""In a workspace of so many customers, a segment is right as soon as it is saved."""

HAS_MORE = """
    SELECT count(*) > $2::int AS has_more FROM (
        SELECT 1 FROM customers WHERE workspace_id = $1 LIMIT $2::int + 1) first"""
WAITING = """
    SELECT id, customer_id FROM segment_refreshes WHERE workspace_id = $1
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED"""
DONE = "DELETE FROM segment_refreshes WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
ALL = "SELECT * FROM segments WHERE workspace_id = $1 ORDER BY id"
CLAIM = """
    UPDATE segments SET lease_until = $3::timestamptz
    WHERE workspace_id = $1 AND id = (
        SELECT id FROM segments
        WHERE workspace_id = $1 AND next_refresh_at <= $2::timestamptz
            AND (lease_until IS NULL OR lease_until <= $2::timestamptz)
        ORDER BY next_refresh_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING *"""
KEEP = """
    UPDATE segments SET lease_until = $4
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 AND updated_at = $5
    RETURNING *"""
FINISH = """
    UPDATE segments SET refreshed_at = $4, next_refresh_at = $5, lease_until = NULL
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3"""
NAMING = """
    SELECT * FROM segments WHERE workspace_id = $1 AND mentions && $2::uuid[]
    ORDER BY id FOR NO KEY UPDATE"""
PUT_OFF = """
    UPDATE segments SET next_refresh_at = $4, lease_until = NULL
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3"""


@dataclass
class RefreshRun:
    """What a run over one workspace has done."""

    looked_at: int = 0
    """Customers who were looked at after a change."""
    segments: int = 0
    """Segments that were refreshed whole."""
    moved: int = 0
    """How often a customer entered or left."""


async def refresh_segments(workspace_id: UUID, *, clock: Clock, proceed: Proceed) -> RefreshRun:
    """Look at the customers who wait for it, then refresh the segments that are due.

    In batches of their own transactions; `proceed` is asked before each. Several may run at once:
    each takes what the others do not hold.
    """
    run = RefreshRun()
    while proceed():
        if not await retrying(lambda: _look_at_waiting(workspace_id, clock, run)):
            break
    while proceed():
        if not await _refresh_next(workspace_id, clock, proceed, run):
            break
    return run


async def _look_at_waiting(workspace_id: UUID, clock: Clock, run: RefreshRun) -> bool:
    """Look at some of those who wait; whether there may be more."""
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        rows = await tx.fetch(WAITING, tx.workspace_id, BATCH)
        moved = 0
        if rows:
            segments = [Segment._init_from_db(**row) for row in await tx.fetch(ALL, workspace_id)]
            known = readable(tx, segments, await definitions(tx))
            moved = await look_again(tx, known, {row["customer_id"] for row in rows})
            await tx.execute(DONE, tx.workspace_id, [row["id"] for row in rows])
    run.looked_at += len(rows)
    run.moved += moved
    return len(rows) == BATCH


async def _refresh_next(
    workspace_id: UUID, clock: Clock, proceed: Proceed, run: RefreshRun
) -> bool:
    """Refresh the segment that is due for longest; False where there is none, or no time left."""
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        rows = await tx.fetch(CLAIM, tx.workspace_id, tx.now, tx.now + LEASE)
    if not rows:
        return False
    segment: Segment | None = Segment._init_from_db(**rows[0])
    while segment is not None:
        if not proceed():
            return False
        found = await _differing(segment, clock)
        if not found:
            run.segments += 1
            return True
        before = run.moved
        for first in range(0, len(found), BATCH):
            if segment is None or not proceed():
                break
            segment = await _look_at(segment, found[first : first + BATCH], clock, run)
        if segment is not None and run.moved == before and proceed():
            # Who differed was changed meanwhile, and looked at by who changed them.
            await _finish(segment, clock)
            run.segments += 1
            return True
    return True


async def _differing(segment: Segment, clock: Clock) -> list[UUID]:
    """Some of those who differ; where nobody does, the segment is refreshed as of before that."""
    async with workspace_transaction(segment.workspace_id, now=clock()) as tx:
        known = readable(tx, [segment], await definitions(tx))
        if not known:
            await tx.execute(PUT_OFF, tx.workspace_id, segment.id, segment.lease_until, None)
            return []
        found = await who_differs(tx, segment, known[0][1], ROUND)
        if not found:
            await _end(tx, segment, known[0][1])
    return found


async def _look_at(
    segment: Segment, ids: Sequence[UUID], clock: Clock, run: RefreshRun
) -> Segment | None:
    """Look at a batch of those who differ; None where the segment was saved anew, deleted, or
    taken by another worker."""

    async def attempt() -> tuple[Segment | None, int]:
        async with workspace_transaction(segment.workspace_id, now=clock()) as tx:
            rows = await tx.fetch(
                KEEP,
                tx.workspace_id,
                segment.id,
                segment.lease_until,
                tx.now + LEASE,
                segment.updated_at,
            )
            if not rows:
                return None, 0
            held = Segment._init_from_db(**rows[0])
            known = readable(tx, [held], await definitions(tx))
            return held, await look_again(tx, known, ids)

    held, moved = await retrying(attempt)
    run.moved += moved
    return held


async def _finish(segment: Segment, clock: Clock) -> None:
    async with workspace_transaction(segment.workspace_id, now=clock()) as tx:
        for _, criteria in readable(tx, [segment], await definitions(tx)):
            await _end(tx, segment, criteria)


async def _end(tx: Transaction, segment: Segment, criteria: Criteria) -> None:
    due = next_refresh(tx, criteria)
    settled = segment.updated_at + SETTLING
    if settled > tx.now:
        due = settled
    place = (tx.workspace_id, segment.id, segment.lease_until)
    await tx.execute(FINISH, *place, tx.now, due)


def next_refresh(tx: Transaction, criteria: Criteria) -> datetime | None:
    """When a segment that is right now is to be refreshed again: at the next midnight of the
    workspace where days are counted, else never."""
    if not is_timed(criteria):
        return None
    zone = time_zone(tx.workspace)
    return start_of_day(tx.now.astimezone(zone).date() + timedelta(days=1), zone)


async def fill(tx: Transaction, segment: Segment, criteria: Criteria) -> None:
    """Have a segment that was just saved be filled: now in a small workspace, else by the job."""
    [row] = await tx.fetch(HAS_MORE, tx.workspace_id, SMALL)
    if row["has_more"]:
        segment.next_refresh_at = tx.now
        return
    for _ in range(2):
        found = await who_differs(tx, segment, criteria, SMALL)
        if not found:
            break
        await look_again(tx, [(segment, criteria)], found)
    segment.refreshed_at = tx.now
    segment.next_refresh_at = tx.now + SETTLING


async def refill_named(tx: Transaction, *ids: UUID) -> None:
    """Have the segments filled anew that name a tag, group, campaign or property of which something
    has changed that may move many: its range, its type, or that it is there at all."""
    rows = await tx.fetch(NAMING, tx.workspace_id, list(ids))
    if not rows:
        return
    segments = [Segment._init_from_db(**row) for row in rows]
    for segment, criteria in readable(tx, segments, await definitions(tx)):
        await fill(tx, segment, criteria)
        await update_row(tx, segment, ["refreshed_at", "next_refresh_at"])
