"""Webhooks: addresses of partners that hear of events, and each delivery to them."""

from enum import StrEnum

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.base import WorkspaceModel, reference


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    PENDING = "PENDING"
    """No attempt has been made since it was asked for."""
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    """The latest attempt has failed; another one follows."""
    DEAD = "DEAD"
    """The last attempt has failed; none follows."""


class WebhookEndpoint(WorkspaceModel):
    """An address that hears of events."""

    url = fields.TextField()
    types = ArrayField(element_type="text", default=list)
    enabled = fields.BooleanField(default=True)
    description = fields.TextField(null=True)
    secret = fields.TextField()
    previous_secret = fields.TextField(null=True)
    """Signs beside `secret` until `previous_secret_until`, while a receiver changes over."""
    previous_secret_until = fields.DatetimeField(null=True)
    disabled_reason = fields.TextField(null=True)
    """Why we have disabled it; null where a person has."""
    failing_since = fields.DatetimeField(null=True)
    """When the first attempt failed since one succeeded, or since it was enabled."""
    paused_until = fields.DatetimeField(null=True)
    """No attempt is made before: the receiver has asked for it (`Retry-After`)."""
    next_seq = fields.BigIntField(default=1)
    """The number of the first event for which no delivery was made yet."""
    created_by_id = reference("users", null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    deleted_at = fields.DatetimeField(null=True)
    """Nobody sees it any more, and a job removes its deliveries."""

    class Meta:
        table = "webhook_endpoints"


class WebhookDelivery(WorkspaceModel):
    """One event on its way to one endpoint."""

    endpoint_id = reference("webhook_endpoints")
    event_id = reference("events")
    status = fields.CharEnumField(DeliveryStatus, max_length=16)
    attempt_count = fields.IntField(default=0)
    """Attempts since it was made, or since it was asked for again."""
    next_attempt_at = fields.DatetimeField(null=True)
    """Null once it has ended."""
    lease_until = fields.DatetimeField(null=True)
    """Until then a worker is on it; a worker that was killed never ends its lease itself."""
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "webhook_deliveries"


class WebhookAttempt(WorkspaceModel):
    """One try of a delivery."""

    delivery_id = reference("webhook_deliveries")
    attempted_at = fields.DatetimeField()
    status_code = fields.IntField(null=True)
    error = fields.TextField(null=True)
    duration_ms = fields.IntField()

    class Meta:
        table = "webhook_attempts"
