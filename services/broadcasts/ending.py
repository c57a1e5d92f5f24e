"""What becomes of a broadcast: its time comes, its last message has been sent, it is cancelled."""

from uuid import UUID

from models import Campaign, CampaignStatus, EventType
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.ids import global_id
from services.instants import written
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.transactions import Transaction

DELETED = "The customer was deleted before it was sent."
MERGED = "The customer was merged with one who gets it already."
CANCELLED = "The broadcast was cancelled before it was sent."
SOME = 2_000
"""Messages of a cancelled broadcast that are taken out of its queue in one transaction."""

BEGIN = """
    UPDATE campaigns SET status = 'SENDING', updated_at = $3
    WHERE workspace_id = $1 AND id = $2 AND status = 'SCHEDULED'"""
UNDELIVERABLE = """
    SELECT i.id FROM campaign_interactions i
    JOIN customers c ON c.workspace_id = $1 AND c.id = i.customer_id
    WHERE i.workspace_id = $1 AND i.campaign_id = $2 AND i.status = 'QUEUED'
        AND (c.deleted_at IS NOT NULL OR i.identity_id IS NULL)"""
TWICE = """
    SELECT q.id FROM (
        SELECT i.id, row_number() OVER (PARTITION BY i.customer_id
            ORDER BY coalesce(i.identity_id = c.main_identity_id, false) DESC, i.created_at, i.id)
            AS place
        FROM campaign_interactions i
        JOIN customers c ON c.workspace_id = $1 AND c.id = i.customer_id
        WHERE i.workspace_id = $1 AND i.campaign_id = $2 AND i.status = 'QUEUED'
    ) AS q WHERE q.place > 1"""
QUEUED = """
    SELECT i.id FROM campaign_interactions i
    WHERE i.workspace_id = $1 AND i.campaign_id = $2 AND i.status = 'QUEUED'
    ORDER BY i.created_at, i.id LIMIT $3"""
FAIL = """
    UPDATE campaign_interactions SET status = 'FAILED', failure_reason = $3, updated_at = $4
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND status = 'QUEUED'
    RETURNING customer_id"""
# A message to one who is deleted is not waited for: the customer may never come back.
SENT = """
    UPDATE campaigns SET status = 'SENT', sent_at = $3::timestamptz, updated_at = $3::timestamptz
    WHERE workspace_id = $1 AND id = $2 AND status = 'SENDING' AND waiting_count = 0
        AND NOT EXISTS (
            SELECT 1 FROM campaign_interactions i
            JOIN customers c ON c.workspace_id = $1 AND c.id = i.customer_id
            WHERE i.workspace_id = $1 AND i.campaign_id = $2 AND i.status = 'QUEUED'
                AND i.identity_id IS NOT NULL AND c.deleted_at IS NULL)"""
HOLD = "SELECT * FROM campaigns WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE"
CANCEL = """
    UPDATE campaigns SET status = 'CANCELLED', left_out_count = left_out_count + waiting_count,
        waiting_count = 0, updated_at = $3
    WHERE workspace_id = $1 AND id = $2"""
DROP_BATCHES = "DELETE FROM broadcast_batches WHERE workspace_id = $1 AND campaign_id = $2"


async def begin(tx: Transaction, campaign: Campaign) -> None:
    """Open the queue of a scheduled broadcast whose time has come.

    Who was deleted since it was frozen gets nothing, and two who were merged get one message: their
    others are FAILED, with the reason.
    """
    for statement, reason in ((UNDELIVERABLE, DELETED), (TWICE, MERGED)):
        rows = await tx.fetch(statement, tx.workspace_id, campaign.id)
        await _fail(tx, [row["id"] for row in rows], reason)
    await tx.execute(BEGIN, tx.workspace_id, campaign.id, tx.now)
    tell_queued(tx, campaign)


def tell_queued(tx: Transaction, campaign: Campaign) -> None:
    """Record that all messages of a broadcast wait to be sent."""
    tx.record(
        EventType.BROADCAST_QUEUED,
        payload={
            "campaignId": global_id(Campaign, campaign.id),
            "name": campaign.name,
            "channel": campaign.channel.value,
            "scheduledAt": written(campaign.scheduled_at),
        },
    )


async def close_sent(tx: Transaction, campaign_id: UUID) -> bool:
    """Have a broadcast be SENT where no message of it waits to be sent; whether it is by this.

    Two reports of its last messages at the same instant each see the other's waiting: a job asks
    again each minute.
    """
    if not await tx.execute(SENT, tx.workspace_id, campaign_id, tx.now):
        return False
    rows = await tx.fetch(UNDELIVERABLE, tx.workspace_id, campaign_id)
    await _fail(tx, [row["id"] for row in rows], DELETED)
    return True


async def clear_queue(tx: Transaction, campaign_id: UUID) -> bool:
    """Take some messages of a cancelled broadcast out of its queue; whether there may be more."""
    rows = await tx.fetch(QUEUED, tx.workspace_id, campaign_id, SOME)
    await _fail(tx, [row["id"] for row in rows], CANCELLED)
    return len(rows) == SOME


async def cancel_broadcast(tx: Transaction, campaign_id: UUID) -> Campaign:
    """Send nothing more of a broadcast: what is QUEUED becomes FAILED, with the reason.

    A few messages at once, many by a worker; none of them is in the queue from this commit on. One
    that is cancelled already stays as it is. Raises a Refusal at `campaignId`: NOT_FOUND, INVALID
    for a campaign that another system sends, CONFLICT where all of it has been sent.
    """
    rows = await tx.fetch(HOLD, tx.workspace_id, campaign_id)
    if not rows:
        raise not_found("campaign", "campaignId")
    campaign = Campaign._init_from_db(**rows[0])
    if campaign.waiting_count is None:
        raise invalid(
            "This campaign is no broadcast of this workspace: cancel it where it is sent.",
            "campaignId",
        )
    if campaign.status is CampaignStatus.SENT:
        raise Refusal(
            ErrorCode.CONFLICT, "All of this broadcast has been sent already.", ("campaignId",)
        )
    if campaign.status is not CampaignStatus.CANCELLED:
        await tx.execute(CANCEL, tx.workspace_id, campaign.id, tx.now)
        await tx.execute(DROP_BATCHES, tx.workspace_id, campaign.id)
        await clear_queue(tx, campaign.id)
    return Campaign._init_from_db(**(await tx.fetch(HOLD, tx.workspace_id, campaign_id))[0])


async def _fail(tx: Transaction, ids: list[UUID], reason: str) -> None:
    if ids:
        rows = await tx.fetch(FAIL, tx.workspace_id, ids, reason, tx.now)
        note_change(tx, {row["customer_id"] for row in rows}, Concern.CAMPAIGNS, later=True)
