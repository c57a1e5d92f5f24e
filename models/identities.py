"""Channel identities: the ways in which a customer can be reached."""

from tortoise import fields

from models.base import WorkspaceModel, reference
from models.channels import ChannelKind


class ChannelIdentity(WorkspaceModel):
    """One way to reach a customer: an identifier on one of the workspace's channels."""

    channel_id = reference("channels")
    kind = fields.CharEnumField(ChannelKind, max_length=32)
    identifier = fields.CharField(max_length=320)
    """In the platform's normal form: E.164 for phones, lower case for e-mail addresses."""
    username = fields.CharField(max_length=255, null=True)
    phone = fields.CharField(max_length=16, null=True)
    email = fields.CharField(max_length=320, null=True)
    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    """The customer with whom it came in. It never changes: unmerging gives it back to them."""
    connected_at = fields.DatetimeField()
    last_inbound_at = fields.DatetimeField(null=True)

    class Meta:
        table = "channel_identities"
