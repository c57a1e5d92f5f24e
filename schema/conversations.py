"""Conversations and messages."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

import models
from resolvers.loaders import conversations
from schema.channels import Channel
from schema.connections import Connection
from schema.fields import connection, reference
from schema.inputs import Direction
from schema.nodes import Node
from schema.users import User

if TYPE_CHECKING:
    from schema.customers import Customer
    from schema.identities import ChannelIdentity


class ConversationSort(StrEnum):
    """What conversations can be sorted by."""

    LAST_MESSAGE_AT = "LAST_MESSAGE_AT"
    OPENED_AT = "OPENED_AT"


strawberry.enum(ConversationSort, description="What conversations can be sorted by.")


@strawberry.input(description="How to sort conversations.")
class ConversationOrder:
    """An order of conversations."""

    by: ConversationSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(description="Which end comes first.")


@strawberry.input(description="Which conversations to show: those that meet all that is given.")
class ConversationFilter:
    """A filter of conversations."""

    statuses: list[models.ConversationStatus] | None = strawberry.field(
        default=None, description="With one of these statuses."
    )
    channels: list[models.ChannelKind] | None = strawberry.field(
        default=None, description="On one of these platforms."
    )


@strawberry.type(description="One message of a conversation.")
class Message(Node):
    """A view over models.Message."""

    shows: ClassVar = models.Message

    external_id: str = strawberry.field(description="Its id in the system that recorded it.")
    direction: models.MessageDirection = strawberry.field(description="Who wrote it.")
    text: str | None = strawberry.field(description="What was written.")
    sent_at: datetime = strawberry.field(description="When it was sent.")
    agent: User | None = reference("agent_id", models.User, "The user who wrote it.")


@strawberry.type(description="A thread of messages with a customer on one channel.")
class Conversation(Node):
    """A view over models.Conversation."""

    shows: ClassVar = models.Conversation

    external_id: str | None = strawberry.field(description="Its id in the connected system.")
    channel: Channel = reference("channel_id", models.Channel, "The account that it is held on.")
    status: models.ConversationStatus = strawberry.field(description="Where it stands.")
    assignee: User | None = reference("assignee_id", models.User, "The user who sees to it.")
    last_message_preview: str | None = strawberry.field(
        description="The beginning of the last message."
    )
    last_message_at: datetime | None = strawberry.field(
        description="When the last message was sent."
    )
    unread_count: int = strawberry.field(
        description="How many inbound messages came since the business wrote last."
    )
    opened_at: datetime = strawberry.field(description="When it began.")
    resolved_at: datetime | None = strawberry.field(description="When it was resolved.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] = reference(
        "customer_id", models.Customer, "The customer, as of now: after a merge the main one."
    )
    identity: Annotated["ChannelIdentity", strawberry.lazy("schema.identities")] = reference(
        "identity_id", models.ChannelIdentity, "The way in which the customer is reached."
    )
    messages: Connection[Message] = connection(
        conversations.MESSAGES, "The messages, the newest first."
    )
