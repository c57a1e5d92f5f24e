"""Bulk changes: one change of many customers, frozen when it was asked for."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.base import WorkspaceModel, reference


class BulkChangeKind(StrEnum):
    """What is done to each of the customers."""

    UPDATE = "UPDATE"
    DELETE = "DELETE"
    TAG = "TAG"
    UNTAG = "UNTAG"
    ADD_TO_GROUP = "ADD_TO_GROUP"
    REMOVE_FROM_GROUP = "REMOVE_FROM_GROUP"


class BulkChangeStatus(StrEnum):
    """Where a bulk change stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"


class BulkChange(WorkspaceModel):
    """A change of many customers. `done` of them are committed: it goes on behind them."""

    kind = fields.CharEnumField(BulkChangeKind, max_length=32)
    status = fields.CharEnumField(BulkChangeStatus, max_length=16)
    options: fields.JSONField[Any] = fields.JSONField(default=dict)
    """What is changed: the tag or group, or the new values by column."""
    total = fields.IntField()
    done = fields.IntField(default=0)
    failed = fields.IntField(default=0)
    lease_until = fields.DatetimeField(null=True)
    user_id = reference("users", null=True)
    api_key_id = reference("api_keys", null=True)
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "bulk_changes"


class BulkChangeBatch(WorkspaceModel):
    """Customers of a bulk change who are changed in one transaction, and then leave this table."""

    bulk_change_id = reference("bulk_changes")
    position = fields.IntField()
    customer_ids = ArrayField(element_type="uuid", default=list)

    class Meta:
        table = "bulk_change_batches"


class BulkChangeFailure(WorkspaceModel):
    """A customer whom a bulk change did not change, and why."""

    bulk_change_id = reference("bulk_changes")
    customer_id = fields.UUIDField()
    code = fields.CharField(max_length=16)
    message = fields.TextField()

    class Meta:
        table = "bulk_change_failures"
