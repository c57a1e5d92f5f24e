"""Monitoring: how many customers a workspace has, kept so that nobody has to count them."""

from enum import StrEnum

from tortoise import fields

from models.base import WorkspaceModel


class AudienceKind(StrEnum):
    """What has a size that is kept."""

    GROUP = "GROUP"
    SEGMENT = "SEGMENT"


class MonitoringDay(WorkspaceModel):
    """By how much the counts changed on a day of the workspace's time zone.

    Those at a day's end are the sums up to it. Of a window that closed, `active` changed on the day
    on which it closed, whenever a job has seen it.
    """

    date = fields.DateField()
    total = fields.IntField()
    active = fields.IntField()
    productive = fields.IntField()

    class Meta:
        table = "monitoring_days"


class AudienceSize(WorkspaceModel):
    """How many shown customers are in a group or segment."""

    kind = fields.CharEnumField(AudienceKind, max_length=16)
    audience_id = fields.UUIDField()
    """The group's or the segment's id."""
    customers = fields.BigIntField()

    class Meta:
        table = "audience_sizes"
