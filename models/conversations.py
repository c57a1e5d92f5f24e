"""Conversations and their messages."""

from enum import StrEnum

from tortoise import fields

from models.base import WorkspaceModel, reference
from models.channels import ChannelKind


class ConversationStatus(StrEnum):
    """Where a conversation stands."""

    UNASSIGNED = "UNASSIGNED"
    ASSIGNED = "ASSIGNED"
    RESOLVED = "RESOLVED"


class MessageDirection(StrEnum):
    """Who wrote a message: the customer (inbound) or the business (outbound)."""

    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"


class Conversation(WorkspaceModel):
    """A thread of messages with one identity of a customer, on one channel."""

    external_id = fields.CharField(max_length=255, null=True)
    channel_id = reference("channels")
    channel_kind = fields.CharEnumField(ChannelKind, max_length=32)
    identity_id = reference("channel_identities")
    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    status = fields.CharEnumField(
        ConversationStatus, max_length=16, default=ConversationStatus.UNASSIGNED
    )
    assignee_id = reference("users", null=True)
    last_message_preview = fields.CharField(max_length=200, null=True)
    last_message_at = fields.DatetimeField(null=True)
    unread_count = fields.IntField(default=0)
    opened_at = fields.DatetimeField()
    resolved_at = fields.DatetimeField(null=True)
    activity_at = fields.DatetimeField()
    """The last message's time, or the opening's where there is none: what lists are sorted by."""
    search_text = fields.TextField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "conversations"


class Message(WorkspaceModel):
    """One message. It belongs to its conversation, and moves between customers with it."""

    external_id = fields.CharField(max_length=255)
    conversation_id = reference("conversations")
    direction = fields.CharEnumField(MessageDirection, max_length=8)
    text = fields.TextField(null=True)
    sent_at = fields.DatetimeField()
    agent_id = reference("users", null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "messages"
