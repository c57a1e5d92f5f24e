"""What became of a campaign's message to each customer, as connected systems report it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models import Campaign, CampaignInteraction, CampaignInteractionStatus
from models.base import new_id
from services.broadcasts.ending import close_sent
from services.customers import HELD
from services.errors import ErrorCode, Refusal
from services.given import UNSET, Given, given_or
from services.instants import checked_instant, given_instant
from services.lookups import find_row
from services.ownership import Owner, hold_owner, kept_origin
from services.rows import insert_row, update_row
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.texts import clean_line, clean_text
from services.transactions import RetryTransaction, Transaction
from services.visibility import visible_until
from services.workspaces import time_zone

STAGES = (
    CampaignInteractionStatus.QUEUED,
    CampaignInteractionStatus.SENT,
    CampaignInteractionStatus.FAILED,
    CampaignInteractionStatus.DELIVERED,
    CampaignInteractionStatus.READ,
    CampaignInteractionStatus.REPLIED,
)
"""From the least to the most that is known: a report never takes back what is known."""

BY_EXTERNAL_ID = "SELECT * FROM campaign_interactions WHERE workspace_id = $1 AND external_id = $2"
ADDRESSED = """
    SELECT * FROM campaign_interactions
    WHERE workspace_id = $1 AND customer_id = $2 AND campaign_id = $3
        AND queued_at IS NOT NULL AND external_id IS NULL
    ORDER BY (origin_customer_id = $4) DESC, created_at, id LIMIT 1 FOR NO KEY UPDATE"""
IDENTITY = """
    SELECT id FROM channel_identities
    WHERE workspace_id = $1 AND customer_id = $2 AND origin_customer_id = $4 AND kind = $3
    ORDER BY connected_at, id LIMIT 1"""
UPDATED = (
    "external_id",
    "campaign_id",
    "customer_id",
    "origin_customer_id",
    "identity_id",
    "status",
    "sent_at",
    "delivered_at",
    "read_at",
    "replied_at",
    "failure_reason",
    "visible_until",
    "expired_at",
    "updated_at",
)


@dataclass(frozen=True, kw_only=True)
class InteractionReport:
    """A campaign's message to a customer. What is left out stays as it is."""

    external_id: str
    campaign_id: UUID
    customer_id: UUID
    status: CampaignInteractionStatus
    sent_at: datetime
    delivered_at: Given[datetime | None] = UNSET
    read_at: Given[datetime | None] = UNSET
    replied_at: Given[datetime | None] = UNSET
    failure_reason: Given[str | None] = UNSET


async def record_campaign_interaction(
    tx: Transaction, report: InteractionReport
) -> CampaignInteraction:
    """Write what is reported of a campaign's message, by its external id.

    - The latest report wins, but for the status, which only moves on (`STAGES`): receipts arrive in
      any order. A message that failed may yet be delivered; its reason of failure then goes.
    - It belongs to the customer that the id stands for now, a deleted one too.
    - It is shown for the workspace's months from `sent_at` (`visible_until`).
    - The first report of a broadcast's message to a customer is of the one that the broadcast has
      queued for them: it gets the external id, and stays theirs and the broadcast's. With the last
      one that leaves the queue the broadcast is SENT.

    Raises a Refusal: INVALID for texts and times that are none, NOT_FOUND for a campaign or
    customer of nobody here, CONFLICT at `externalId` for that of a broadcast's message to another
    customer. Raises RetryTransaction where another transaction has got in first.
    """
    report = _checked(report)
    known = await _find(tx, report.external_id)
    before = [known.customer_id] if known else []
    campaign = await find_row(tx, Campaign, report.campaign_id, "campaign", "campaignId")
    owner = await hold_owner(tx, report.customer_id, "customerId", lock=HELD, before=before)
    note_change(tx, {owner.customer.id, *before}, Concern.CAMPAIGNS)
    interaction = await _find(tx, report.external_id, " FOR NO KEY UPDATE")
    if ([interaction.customer_id] if interaction else []) != before:
        raise RetryTransaction
    if interaction is None:
        interaction = await _addressed(tx, campaign, owner)
    if interaction is not None and interaction.queued_at is not None:
        await _report_queued(tx, interaction, report, campaign, owner)
        return interaction
    if interaction is None:
        interaction = _new(tx, report, owner)
        await _fill(tx, interaction, report, campaign, owner)
        if not await insert_row(tx, interaction):
            raise RetryTransaction
        return interaction
    await _fill(tx, interaction, report, campaign, owner)
    await update_row(tx, interaction, UPDATED)
    return interaction


def _checked(report: InteractionReport) -> InteractionReport:
    """The report in normal form; else a Refusal (INVALID)."""
    reason = report.failure_reason
    return replace(
        report,
        external_id=clean_line(report.external_id, "externalId", most=255),
        sent_at=checked_instant(report.sent_at, "sentAt"),
        failure_reason=reason
        if reason is UNSET
        else clean_text(reason, "failureReason", most=2_000),
        delivered_at=given_instant(report.delivered_at, "deliveredAt"),
        read_at=given_instant(report.read_at, "readAt"),
        replied_at=given_instant(report.replied_at, "repliedAt"),
    )


async def _find(tx: Transaction, external_id: str, lock: str = "") -> CampaignInteraction | None:
    rows = await tx.fetch(BY_EXTERNAL_ID + lock, tx.workspace_id, external_id)
    return CampaignInteraction._init_from_db(**rows[0]) if rows else None


async def _addressed(
    tx: Transaction, campaign: Campaign, owner: Owner
) -> CampaignInteraction | None:
    """What a broadcast has queued for a customer, and nothing has been reported of yet."""
    if campaign.waiting_count is None:
        return None
    place = (tx.workspace_id, owner.customer.id, campaign.id, owner.origin_id)
    rows = await tx.fetch(ADDRESSED, *place)
    return CampaignInteraction._init_from_db(**rows[0]) if rows else None


async def _report_queued(
    tx: Transaction,
    interaction: CampaignInteraction,
    report: InteractionReport,
    campaign: Campaign,
    owner: Owner,
) -> None:
    """Write what is reported of a message that a broadcast has queued."""
    if (campaign.id, owner.customer.id) != (interaction.campaign_id, interaction.customer_id):
        raise Refusal(
            ErrorCode.CONFLICT,
            "This externalId is that of a broadcast's message to another customer.",
            ("externalId",),
        )
    waited = interaction.status is CampaignInteractionStatus.QUEUED
    interaction.external_id = report.external_id
    _report(tx, interaction, report)
    try:
        await update_row(tx, interaction, UPDATED)
    except IntegrityError:
        # Another transaction has just written the external id: the next try finds it.
        raise RetryTransaction from None
    if waited and interaction.status is not CampaignInteractionStatus.QUEUED:
        await close_sent(tx, campaign.id)


def _new(tx: Transaction, report: InteractionReport, owner: Owner) -> CampaignInteraction:
    return CampaignInteraction(
        id=new_id(),
        workspace_id=tx.workspace_id,
        external_id=report.external_id,
        customer_id=owner.customer.id,
        origin_customer_id=owner.origin_id,
        status=report.status,
        created_at=tx.now,
    )


async def _fill(
    tx: Transaction,
    interaction: CampaignInteraction,
    report: InteractionReport,
    campaign: Campaign,
    owner: Owner,
) -> None:
    """Bring an interaction to what a checked report says."""
    origin_id = kept_origin(owner, interaction.customer_id, interaction.origin_customer_id)
    place = (campaign.id, owner.customer.id, origin_id)
    if place != (interaction.campaign_id, interaction.customer_id, interaction.origin_customer_id):
        interaction.identity_id = await _identity(tx, campaign, owner.customer.id, origin_id)
    interaction.campaign_id, interaction.customer_id, interaction.origin_customer_id = place
    _report(tx, interaction, report)


def _report(tx: Transaction, interaction: CampaignInteraction, report: InteractionReport) -> None:
    """Bring what became of an interaction to what a checked report says."""
    interaction.status = max(interaction.status, report.status, key=STAGES.index)
    interaction.delivered_at = given_or(report.delivered_at, interaction.delivered_at)
    interaction.read_at = given_or(report.read_at, interaction.read_at)
    interaction.replied_at = given_or(report.replied_at, interaction.replied_at)
    failed = interaction.status is CampaignInteractionStatus.FAILED
    reason = given_or(report.failure_reason, interaction.failure_reason)
    # Tortoise types a text that may be null as str.
    interaction.failure_reason = reason if failed else None  # type: ignore[assignment]
    interaction.sent_at = report.sent_at
    interaction.visible_until = visible_until(
        report.sent_at, tx.workspace.campaign_months, time_zone(tx.workspace)
    )
    if interaction.visible_until > tx.now:
        interaction.expired_at = None
    interaction.updated_at = tx.now


async def _identity(
    tx: Transaction, campaign: Campaign, customer_id: UUID, origin_id: UUID
) -> UUID | None:
    """The identity that the campaign's message went to: the origin's first on its channel.

    Never another's who is merged with them: the interaction goes where its origin goes.
    """
    rows = await tx.fetch(IDENTITY, tx.workspace_id, customer_id, campaign.channel, origin_id)
    return rows[0]["id"] if rows else None
