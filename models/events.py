"""Events: the log of all that changed, in the order of commits."""

from enum import StrEnum
from typing import Any

from tortoise import fields

from models.base import WorkspaceModel, reference


class EventType(StrEnum):
    """What happened."""

    CUSTOMER_ADDED = "CUSTOMER_ADDED"
    CUSTOMER_UPDATED = "CUSTOMER_UPDATED"
    CUSTOMER_DELETED = "CUSTOMER_DELETED"
    CUSTOMER_RESTORED = "CUSTOMER_RESTORED"
    CUSTOMER_ERASED = "CUSTOMER_ERASED"
    CUSTOMER_MERGED = "CUSTOMER_MERGED"
    CUSTOMER_UNMERGED = "CUSTOMER_UNMERGED"
    MAIN_IDENTITY_CHANGED = "MAIN_IDENTITY_CHANGED"
    IDENTITY_CONNECTED = "IDENTITY_CONNECTED"
    WINDOW_OPENED = "WINDOW_OPENED"
    WINDOW_CLOSED = "WINDOW_CLOSED"
    CAMPAIGN_EXPIRED = "CAMPAIGN_EXPIRED"
    SEGMENT_ENTERED = "SEGMENT_ENTERED"
    SEGMENT_LEFT = "SEGMENT_LEFT"
    IMPORT_FINISHED = "IMPORT_FINISHED"
    BROADCAST_QUEUED = "BROADCAST_QUEUED"


class Event(WorkspaceModel):
    """Something that happened. It outlives what it tells of, so it has no foreign key to it."""

    seq = fields.BigIntField()
    """Its number in the workspace, without gaps, in the order of commits."""
    type = fields.CharEnumField(EventType, max_length=32)
    occurred_at = fields.DatetimeField()
    customer_id = fields.UUIDField(null=True)
    user_id = reference("users", null=True)
    api_key_id = reference("api_keys", null=True)
    payload: fields.JSONField[Any] = fields.JSONField(default=dict)

    class Meta:
        table = "events"
