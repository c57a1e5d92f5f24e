"""Users: the people who work in a workspace."""

from enum import StrEnum

from tortoise import fields

from models.base import WorkspaceModel


class Role(StrEnum):
    """What someone may do in a workspace."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    AGENT = "AGENT"
    PARTNER = "PARTNER"


class User(WorkspaceModel):
    """A person who works in the workspace."""

    name = fields.CharField(max_length=200)
    email = fields.CharField(max_length=320)
    role = fields.CharEnumField(Role, max_length=16)
    subject = fields.CharField(max_length=255, null=True)
    """The `sub` claim of the identity provider's tokens."""
    search_text = fields.TextField()
    disabled_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "users"
