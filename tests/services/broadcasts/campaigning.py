"""What tests of broadcasts begin with: people in a group, a broadcast to it, what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import models
from models import Campaign, CampaignInteractionStatus, Workspace
from services.audiences import Audience
from services.batches import always
from services.broadcasts.creating import NewBroadcast, create_broadcast
from services.broadcasts.queueing import BroadcastRun, run_broadcast
from services.campaign_interactions import InteractionReport, record_campaign_interaction
from tests.records import Records
from tests.services.writing import NOW, change, rows

STATUSES = """
    SELECT status, count(*) AS count FROM campaign_interactions
    WHERE workspace_id = $1 AND campaign_id = $2 GROUP BY status"""
MESSAGES = """
    SELECT * FROM campaign_interactions
    WHERE workspace_id = $1 AND campaign_id = $2 ORDER BY created_at, id"""


async def people(
    workspace: Workspace, count: int, name: str = "Pelanggan"
) -> tuple[UUID, list[models.Customer]]:
    """A group, and customers in it whom WhatsApp reaches."""
    records = Records(workspace, NOW)
    channel, group = records.channel(), records.group(name)
    made = []
    for number in range(count):
        one = records.customer(f"{name} {number}", external_id=None)
        records.identity(one, channel, f"+62813{number:08}", main=True)
        records.associate(one, group)
        made.append(one)
    await records.save()
    return group.id, made


def to_group(group_id: UUID, **values: Any) -> NewBroadcast:
    """A broadcast to a group."""
    told = {"name": "Promo Lebaran", "template": "Halo", **values}
    return NewBroadcast(audience=Audience(group_ids=[group_id]), **told)


async def created(workspace: Workspace, new: NewBroadcast, now: datetime = NOW) -> Campaign:
    """A broadcast that nothing is queued of yet."""
    return await change(workspace, create_broadcast, new, now=now)


async def ran(campaign: Campaign, now: datetime = NOW) -> BroadcastRun:
    """What a worker does for a broadcast at an instant."""
    return await run_broadcast(
        campaign.workspace_id, campaign.id, clock=lambda: now, proceed=always
    )


async def sent(workspace: Workspace, group_id: UUID) -> Campaign:
    """A broadcast to a group, all of it queued."""
    campaign = await created(workspace, to_group(group_id))
    assert (await ran(campaign)).finished
    return await again(campaign)


async def again(campaign: Campaign) -> Campaign:
    """The campaign as it is now."""
    [row] = await rows_of(campaign, "SELECT * FROM campaigns WHERE workspace_id = $1 AND id = $2")
    return Campaign._init_from_db(**row)


async def rows_of(campaign: Campaign, sql: str, *values: Any) -> list[dict[str, Any]]:
    """What a statement returns; its $2 is the campaign."""
    workspace = Workspace(id=campaign.workspace_id)
    return await rows(workspace, sql, campaign.id, *values)


async def messages(campaign: Campaign) -> list[dict[str, Any]]:
    """All its messages."""
    return await rows_of(campaign, MESSAGES)


async def statuses(campaign: Campaign) -> dict[str, int]:
    """How many of its messages came how far."""
    return {row["status"]: row["count"] for row in await rows_of(campaign, STATUSES)}


def report(
    campaign: Campaign,
    customer_id: UUID,
    external_id: str,
    status: CampaignInteractionStatus = CampaignInteractionStatus.SENT,
    **values: Any,
) -> InteractionReport:
    """What a connected system reports of a message."""
    return InteractionReport(
        external_id=external_id,
        campaign_id=campaign.id,
        customer_id=customer_id,
        status=status,
        sent_at=NOW + timedelta(minutes=1),
        **values,
    )


async def reported(
    workspace: Workspace, *reports: InteractionReport, now: datetime = NOW
) -> Sequence[models.CampaignInteraction]:
    """What is written of reports, one after another."""
    return [await change(workspace, record_campaign_interaction, one, now=now) for one in reports]
