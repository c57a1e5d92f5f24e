"""Segments: customers who meet criteria, kept up to date."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

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
    concerns = ArrayField(element_type="text", default=list)
    """What its conditions look at: a change of anything else leaves its members as they are."""
    mentions = ArrayField(element_type="uuid", default=list)
    """The tags, groups, campaigns and properties that its conditions name."""
    next_refresh_at = fields.DatetimeField(null=True)
    """When all of it is to be looked at again; null: never, changes alone move its members."""

    class Meta:
        table = "segments"


class CustomerSegment(WorkspaceModel):
    """A customer meets a segment's criteria, as of its last refresh."""

    customer_id = reference("customers")
    segment_id = reference("segments")
    entered_at = fields.DatetimeField()

    class Meta:
        table = "customer_segments"


class SegmentRefresh(WorkspaceModel):
    """A customer who has changed, and whose segments are still to be looked at.

    Written in the transaction that changed them, where that changed too many to look at them all.
    """

    customer_id = fields.UUIDField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "segment_refreshes"
