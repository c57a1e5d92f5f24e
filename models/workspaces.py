"""Workspaces: one business, its settings, and the counters that number its events and tickets."""

from tortoise import fields
from tortoise.models import Model

from models.base import WorkspaceModel, new_id


class Workspace(Model):
    """A business. All else belongs to one; its key column is `workspace_id`, as in every table."""

    id = fields.UUIDField(primary_key=True, default=new_id, source_field="workspace_id")
    name = fields.CharField(max_length=200)
    timezone = fields.CharField(max_length=64, default="Asia/Jakarta")
    default_country = fields.CharField(max_length=2, default="ID")
    currency = fields.CharField(max_length=3, null=True)
    """ISO 4217. Null until told or until the first order comes, whose currency it then takes."""
    window_hours = fields.IntField(default=24)
    campaign_months = fields.IntField(default=12)
    campaign_retention_months = fields.IntField(null=True)
    """Months after their expiry at which campaign interactions are deleted; null keeps them."""
    deleted_retention_days = fields.IntField(null=True)
    """Days after which a deleted customer is erased for good; null keeps them."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "workspaces"


class Counter(WorkspaceModel):
    """A number that grows by one for each thing that it numbers, in the order of commits."""

    name = fields.CharField(max_length=32)
    value = fields.BigIntField(default=0)

    class Meta:
        table = "counters"
