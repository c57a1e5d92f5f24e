"""Customer views: saved columns, filter and order of the table of customers."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.base import WorkspaceModel, reference


class CustomerView(WorkspaceModel):
    """A saved view, of one user or API key, or shared with all."""

    name = fields.CharField(max_length=200)
    columns = ArrayField(element_type="text", default=list)
    shared = fields.BooleanField(default=False)
    owner_id = reference("users", null=True)
    api_key_id = reference("api_keys", null=True)
    """The key that has made it, where no user has."""
    filter_criteria: fields.JSONField[Any] = fields.JSONField(null=True)
    """The filter as the API takes it, with its names."""
    order_by: fields.JSONField[Any] = fields.JSONField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "customer_views"
