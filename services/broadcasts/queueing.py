"""Queueing a broadcast: batch by batch, each in a transaction that also says that it is done.

A worker that is killed leaves the batches that it committed; whoever comes next goes on behind
them. A batch leaves its table in the transaction that queues it, so each is queued once; that a
person is queued once stands in a unique key besides (campaign_interactions_queued_key).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models import Campaign, CampaignStatus
from models.base import new_id
from services.batches import Clock, Proceed
from services.broadcasts.ending import begin, clear_queue, close_sent, tell_queued
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.statistics import refresh_statistics
from services.transactions import (
    RetryTransaction,
    Transaction,
    retrying,
    workspace_transaction,
)
from services.visibility import visible_until
from services.workspaces import time_zone

LEASE = timedelta(seconds=30)
"""How long after its last batch a worker counts as dead."""
AT_ONCE = 1_000
"""A broadcast to so many is queued before it is answered; a larger one by a worker."""

CLAIM = """
    UPDATE campaigns SET lease_until = $3::timestamptz
    WHERE workspace_id = $1 AND id = $2 AND waiting_count IS NOT NULL
        AND status IN ('SCHEDULED', 'SENDING', 'CANCELLED')
        AND (lease_until IS NULL OR lease_until <= $4::timestamptz)
    RETURNING lease_until"""
HELD = """
    SELECT * FROM campaigns
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3 FOR NO KEY UPDATE"""
MOVE = """
    UPDATE campaigns SET waiting_count = waiting_count - $3, left_out_count = left_out_count + $4,
        lease_until = $5
    WHERE workspace_id = $1 AND id = $2"""
RELEASE = """
    UPDATE campaigns SET lease_until = NULL
    WHERE workspace_id = $1 AND id = $2 AND lease_until = $3"""
NEXT_BATCH = """
    SELECT id, identity_ids FROM broadcast_batches
    WHERE workspace_id = $1 AND campaign_id = $2 ORDER BY position LIMIT 1"""
DROP_BATCH = "DELETE FROM broadcast_batches WHERE workspace_id = $1 AND id = $2"
IDENTITIES = """
    SELECT id, customer_id, origin_customer_id FROM channel_identities
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) ORDER BY id"""
# SHARE keeps merging out, which moves identities, and deleting.
HOLD = """
    SELECT id, deleted_at FROM customers
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR SHARE"""
# Compared as text, the campaign is no key of an index: it is the customers' few rows that are
# looked through, not the campaign's many, whatever the planner takes a new campaign for.
ADDRESSED = """
    SELECT DISTINCT i.customer_id FROM campaign_interactions i
    WHERE i.workspace_id = $1 AND i.customer_id = ANY($2::uuid[]) AND i.campaign_id::text = $3"""
QUEUE = """
    INSERT INTO campaign_interactions (workspace_id, id, campaign_id, customer_id,
        origin_customer_id, identity_id, status, sent_at, visible_until, queued_at, created_at,
        updated_at)
    SELECT $1, q.id, $2, q.customer_id, q.origin_id, q.identity_id, 'QUEUED', $3, $4, $5, $5, $5
    FROM unnest($6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[])
        AS q(id, customer_id, origin_id, identity_id)
    ON CONFLICT (workspace_id, campaign_id, origin_customer_id) WHERE queued_at IS NOT NULL
    DO NOTHING RETURNING id"""


class LeaseLost(Exception):
    """Another worker has taken the broadcast over: roll back."""


@dataclass
class BroadcastRun:
    """What a run has done."""

    queued: int = 0
    batches: int = 0
    finished: bool = False


@dataclass
class _Work:
    """A broadcast that this worker holds."""

    workspace_id: UUID
    campaign_id: UUID
    lease_until: datetime
    clock: Clock
    run: BroadcastRun

    async def step(self) -> bool:
        """Do what is next in one transaction; whether there may be more. Raises LeaseLost."""
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            rows = await tx.fetch(HELD, tx.workspace_id, self.campaign_id, self.lease_until)
            if not rows:
                raise LeaseLost
            campaign = Campaign._init_from_db(**rows[0])
            until = tx.now + LEASE
            queued = 0
            if campaign.status is CampaignStatus.CANCELLED:
                more = await clear_queue(tx, campaign.id)
                await tx.execute(MOVE, tx.workspace_id, campaign.id, 0, 0, until)
            elif campaign.waiting_count:
                queued = await _queue_batch(tx, campaign, until)
                more = True
            elif _is_due(campaign, tx.now):
                await begin(tx, campaign)
                await tx.execute(MOVE, tx.workspace_id, campaign.id, 0, 0, until)
                more = True
            else:
                await close_sent(tx, campaign.id)
                return False
        self.lease_until = until
        self.run.queued += queued
        self.run.batches += 1
        return more


async def run_broadcast(
    workspace_id: UUID, campaign_id: UUID, *, clock: Clock, proceed: Proceed
) -> BroadcastRun:
    """Do what a broadcast waits for: queue its messages, begin when its time has come, clear the
    queue of a cancelled one. Nothing where nothing is due, or another worker is on it.

    Call it as often as you like: each recipient is queued once.
    """
    run = BroadcastRun()
    now = clock()
    async with workspace_transaction(workspace_id, now=now) as tx:
        rows = await tx.fetch(CLAIM, workspace_id, campaign_id, now + LEASE, now)
    if not rows:
        return run
    work = _Work(workspace_id, campaign_id, rows[0]["lease_until"], clock, run)
    try:
        while proceed():
            if not await retrying(work.step):
                run.finished = True
                break
    except LeaseLost:
        return run
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        await tx.execute(RELEASE, workspace_id, campaign_id, work.lease_until)
    await refresh_statistics(run.queued, ("campaign_interactions",))
    return run


def _is_due(campaign: Campaign, now: datetime) -> bool:
    at = campaign.scheduled_at
    return campaign.status is CampaignStatus.SCHEDULED and at is not None and at <= now


async def _queue_batch(tx: Transaction, campaign: Campaign, lease_until: datetime) -> int:
    """Queue the next batch; how many messages that was.

    Who stands behind an identity now is who gets it, with the identity's own customer as the
    origin: unmerged, the message goes with the identity. Nothing is queued for one who is deleted,
    whose identity is gone, or who has been addressed already, because two recipients were merged.
    """
    [batch] = await tx.fetch(NEXT_BATCH, tx.workspace_id, campaign.id)
    ids = batch["identity_ids"]
    chosen = await _to_queue(tx, campaign, ids)
    sent_at = campaign.scheduled_at or campaign.created_at
    until = visible_until(sent_at, tx.workspace.campaign_months, time_zone(tx.workspace))
    rows = await tx.fetch(
        QUEUE,
        tx.workspace_id,
        campaign.id,
        sent_at,
        until,
        tx.now,
        [new_id() for _ in chosen],
        [row["customer_id"] for row in chosen],
        [row["origin_customer_id"] for row in chosen],
        [row["id"] for row in chosen],
    )
    queued = [row["customer_id"] for row in chosen]
    note_change(tx, queued, Concern.CAMPAIGNS, later=True)
    await tx.execute(DROP_BATCH, tx.workspace_id, batch["id"])
    left_out = len(ids) - len(rows)
    await tx.execute(MOVE, tx.workspace_id, campaign.id, len(ids), left_out, lease_until)
    if campaign.waiting_count == len(ids) and campaign.status is CampaignStatus.SENDING:
        tell_queued(tx, campaign)
    return len(rows)


async def _to_queue(
    tx: Transaction, campaign: Campaign, ids: Sequence[UUID]
) -> list[dict[str, Any]]:
    """The identities of a batch that a message is queued for, one a person, who are held."""
    identities, there = await _held(tx, ids)
    rows = await tx.fetch(ADDRESSED, tx.workspace_id, sorted(there), str(campaign.id))
    addressed = {row["customer_id"] for row in rows}
    chosen = []
    for row in identities:
        if row["customer_id"] in there - addressed:
            addressed.add(row["customer_id"])
            chosen.append(row)
    return chosen


async def _held(tx: Transaction, ids: Sequence[UUID]) -> tuple[list[dict[str, Any]], set[UUID]]:
    """The identities that are still there, and those of their customers who are not deleted.

    All the customers are held until the transaction's end. Raises RetryTransaction where merges
    keep overtaking.
    """
    for _ in range(5):
        before = await tx.fetch(IDENTITIES, tx.workspace_id, list(ids))
        owners = sorted({row["customer_id"] for row in before})
        held = await tx.fetch(HOLD, tx.workspace_id, owners)
        if await tx.fetch(IDENTITIES, tx.workspace_id, list(ids)) == before:
            return before, {row["id"] for row in held if row["deleted_at"] is None}
    raise RetryTransaction
