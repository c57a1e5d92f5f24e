"""API keys: how other systems, and people's scripts, say who they are."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.base import WorkspaceModel, reference
from models.users import Role


class ApiKey(WorkspaceModel):
    """A key, kept as the SHA-256 of its secret only."""

    name = fields.CharField(max_length=200)
    role = fields.CharEnumField(Role, max_length=16)
    scopes = ArrayField(element_type="text", default=list)
    secret_hash = fields.CharField(max_length=64)
    hint = fields.CharField(max_length=16)
    """The last characters of the key, by which a person tells one from another."""
    created_by_id = reference("users", null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_keys"
