"""Segments: customers who meet criteria, kept up to date."""

from typing import Any

from tortoise import fields

from models.base import WorkspaceModel, reference


class Segment(WorkspaceModel):
    """Criteria with a name."""

    name = fields.CharField(max_length=200)
    search_text = fields.TextField()
    criteria: fields.JSONField[Any] = fields.JSONField()
    created_by_id = reference("users", null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    refreshed_at = fields.DatetimeField(null=True)
    lease_until = fields.DatetimeField(null=True)

    class Meta:
        table = "segments"


class CustomerSegment(WorkspaceModel):
    """A customer meets a segment's criteria, as of its last refresh."""

    customer_id = reference("customers")
    segment_id = reference("segments")
    entered_at = fields.DatetimeField()

    class Meta:
        table = "customer_segments"
