"""Campaigns, and what became of them with each customer."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.base import WorkspaceModel, reference
from models.channels import ChannelKind


class CampaignStatus(StrEnum):
    """Where a campaign stands."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    SENDING = "SENDING"
    SENT = "SENT"
    CANCELLED = "CANCELLED"


class CampaignInteractionStatus(StrEnum):
    """What became of a campaign's message to one customer."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    REPLIED = "REPLIED"
    FAILED = "FAILED"


class Campaign(WorkspaceModel):
    """A message sent to many customers."""

    external_id = fields.CharField(max_length=255, null=True)
    name = fields.CharField(max_length=200)
    channel = fields.CharEnumField(ChannelKind, max_length=32)
    template = fields.TextField(null=True)
    status = fields.CharEnumField(CampaignStatus, max_length=16)
    audience: fields.JSONField[Any] = fields.JSONField(null=True)
    """Of a broadcast: how its audience came to its recipients (`services.audiences`)."""
    scheduled_at = fields.DatetimeField(null=True)
    sent_at = fields.DatetimeField(null=True)
    search_text = fields.TextField()
    created_by_id = reference("users", null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    waiting_count = fields.IntField(null=True)
    """Frozen recipients of a broadcast whose message is not queued yet; null: it is no broadcast,
    but a campaign that a connected system has reported."""
    left_out_count = fields.IntField(null=True)
    """Frozen recipients of a broadcast whom nothing was queued for, because they were gone."""
    lease_until = fields.DatetimeField(null=True)
    """Until when a worker has the broadcast to itself."""

    class Meta:
        table = "campaigns"


class BroadcastBatch(WorkspaceModel):
    """Recipients of a broadcast whose messages are queued in one transaction, as the identities
    that they are reached by. Then it leaves this table."""

    campaign_id = reference("campaigns")
    position = fields.IntField()
    identity_ids = ArrayField(element_type="uuid", default=list)

    class Meta:
        table = "broadcast_batches"


class CampaignInteraction(WorkspaceModel):
    """A campaign's message to one customer, and what became of it."""

    external_id = fields.CharField(max_length=255, null=True)
    campaign_id = reference("campaigns")
    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    identity_id = reference("channel_identities", null=True)
    status = fields.CharEnumField(CampaignInteractionStatus, max_length=16)
    sent_at = fields.DatetimeField()
    delivered_at = fields.DatetimeField(null=True)
    read_at = fields.DatetimeField(null=True)
    replied_at = fields.DatetimeField(null=True)
    failure_reason = fields.TextField(null=True)
    visible_until = fields.DatetimeField()
    """The instant at which reads no longer show it: `services.visibility.visible_until`."""
    expired_at = fields.DatetimeField(null=True)
    """When the nightly job has marked it as expired."""
    queued_at = fields.DatetimeField(null=True)
    """When a broadcast has queued it; null where a connected system has reported it first."""
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "campaign_interactions"
