"""Profile changes: who changed which field of a customer, and when."""

from typing import Any

from tortoise import fields

from models.base import WorkspaceModel, reference
from models.contact_logs import LogSource


class ProfileChange(WorkspaceModel):
    """One edit of a customer."""

    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    changes: fields.JSONField[Any] = fields.JSONField()
    """A list of {"field", "old", "new"}, in the order of the customer's fields."""
    source = fields.CharEnumField(LogSource, max_length=32)
    user_id = reference("users", null=True)
    api_key_id = reference("api_keys", null=True)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "profile_changes"
