"""Customer views: saved columns, filter and order of the table of customers."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.base import WorkspaceModel, reference


class CustomerView(WorkspaceModel):
    """A saved view, of one user or shared with all."""

    name = fields.CharField(max_length=200)
    columns = ArrayField(element_type="text", default=list)
    shared = fields.BooleanField(default=False)
    owner_id = reference("users", null=True)
    filter_criteria: fields.JSONField[Any] = fields.JSONField(null=True)
    order_by: fields.JSONField[Any] = fields.JSONField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "customer_views"
