"""Duplicate suggestions: pairs of customers who may be one person."""

from enum import StrEnum
from typing import Any

from tortoise import fields

from models.base import WorkspaceModel, reference


class DuplicateStatus(StrEnum):
    """What became of a suggestion. A dismissed one is never made again."""

    OPEN = "OPEN"
    DISMISSED = "DISMISSED"


class DuplicateSuggestion(WorkspaceModel):
    """A pair of customers, the one with the lower id first."""

    first_customer_id = reference("customers")
    second_customer_id = reference("customers")
    score = fields.FloatField()
    reasons: fields.JSONField[Any] = fields.JSONField(default=list)
    status = fields.CharEnumField(DuplicateStatus, max_length=16, default=DuplicateStatus.OPEN)
    dismissed_by_id = reference("users", null=True)
    dismissed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "duplicate_suggestions"
