"""The contact log: customers added, connected, deleted, restored, merged and unmerged."""

from enum import StrEnum

from tortoise import fields

from models.base import WorkspaceModel, reference
from models.channels import ChannelKind


class ContactLogKind(StrEnum):
    """Which log a row belongs to."""

    ADDED = "ADDED"
    CONNECTED = "CONNECTED"
    DELETED = "DELETED"
    RESTORED = "RESTORED"
    MERGED = "MERGED"
    UNMERGED = "UNMERGED"


class LogSource(StrEnum):
    """Where the change came from."""

    MANUAL = "MANUAL"
    IMPORT = "IMPORT"
    API = "API"
    INCOMING_MESSAGE = "INCOMING_MESSAGE"
    USER = "USER"
    INBOX = "INBOX"
    SUGGESTION = "SUGGESTION"


class ContactLog(WorkspaceModel):
    """A row of the log. It outlives its customer, so it has no foreign key to them."""

    kind = fields.CharEnumField(ContactLogKind, max_length=16)
    created_at = fields.DatetimeField()
    contact_id = fields.UUIDField()
    contact_name = fields.CharField(max_length=200)
    source = fields.CharEnumField(LogSource, max_length=32)
    user_id = reference("users", null=True)
    channel = fields.CharEnumField(ChannelKind, max_length=32, null=True)
    customers = fields.IntField(default=1)
    """How many customers came into the lists by it, or left them: of a merge, its members."""

    class Meta:
        table = "contact_logs"


class ContactLogDay(WorkspaceModel):
    """What the log has of a kind and a channel on one day of the workspace's time zone.

    Written in the transaction that writes the rows, so that reports need not count them.
    """

    date = fields.DateField()
    kind = fields.CharEnumField(ContactLogKind, max_length=16)
    channel = fields.CharEnumField(ChannelKind, max_length=32, null=True)
    count = fields.BigIntField()
    """Its rows."""
    customers = fields.BigIntField()
    """The sum of their customers."""

    class Meta:
        table = "contact_log_days"
