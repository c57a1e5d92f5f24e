"""Monitoring: how many customers a workspace had on days gone by."""

from tortoise import fields

from models.base import WorkspaceModel


class MonitoringDay(WorkspaceModel):
    """The counts at the end of a day, in the workspace's time zone."""

    date = fields.DateField()
    total = fields.IntField()
    passive = fields.IntField()
    active = fields.IntField()
    productive = fields.IntField()

    class Meta:
        table = "monitoring_days"
