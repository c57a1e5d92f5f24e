"""Duplicate suggestions: pairs of customers who may be one person, and how they are found."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.base import WorkspaceModel, reference


class DuplicateStatus(StrEnum):
    """What became of a suggestion. A dismissed one is never made again."""

    OPEN = "OPEN"
    DISMISSED = "DISMISSED"


class DuplicateSuggestion(WorkspaceModel):
    """A pair of customers, the one with the lower id first."""

    first_customer_id = reference("customers")
    second_customer_id = reference("customers")
    score = fields.DecimalField(max_digits=5, decimal_places=4)
    """How sure it is that they are one person, from 0 to 1."""
    reasons: fields.JSONField[Any] = fields.JSONField(default=list)
    """What the score is made of: `field`, `kind` (SAME, SIMILAR) and `weight` of each."""
    status = fields.CharEnumField(DuplicateStatus, max_length=16, default=DuplicateStatus.OPEN)
    dismissed_by_id = reference("users", null=True)
    dismissed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "duplicate_suggestions"


class DuplicateKey(Model):
    """A key of a customer: who shares one is compared. Many rows a customer, so they are narrow.

    Derived from the customer, rewritten whole by the job, and held against the customer whenever it
    is read: it has no foreign key. The database's primary key is (workspace_id, key, customer_id).
    """

    workspace_id = fields.UUIDField()
    key = fields.BigIntField(primary_key=True, generated=False)
    customer_id = fields.UUIDField()

    class Meta:
        table = "duplicate_keys"


class DuplicateComparison(WorkspaceModel):
    """How far a workspace's customers have been compared, and what is known of their values."""

    events_seen = fields.BigIntField(default=0)
    """The number of the last event whose customers were compared."""
    added = fields.IntField(default=0)
    """Customers who were added since `rarity` was counted."""
    rarity: fields.JSONField[Any] = fields.JSONField(null=True)
    """How often the more common values are met: `services.duplicates.rarity`. Null: not counted."""
    counted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "duplicate_comparisons"
