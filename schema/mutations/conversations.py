"""Mutations of conversations and messages: what connected systems tell was said."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from schema.conversations import Conversation, Message
from schema.customers import Customer
from schema.givens import LEFT_OUT, given, given_id, given_id_or_none, given_or_none, given_value
from schema.payloads import Payload, change
from services.conversations import ConversationReport, upsert_conversation
from services.messages import NewMessage, record_message
from services.transactions import Transaction


@strawberry.input(description="A message, as a connected system tells of it.")
class RecordMessageInput:
    """A message."""

    channel: models.ChannelKind = strawberry.field(description="The platform.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT,
        description="The workspace's account; left out, its default one on the platform.",
    )
    identifier: str = strawberry.field(
        description="Who is on the other end, inbound or outbound: the phone number on WHATSAPP, "
        "SMS and PHONE, the address on EMAIL, else the platform's id or handle."
    )
    direction: models.MessageDirection = strawberry.field(
        description="Who wrote it: INBOUND the customer, OUTBOUND the business."
    )
    external_id: str = strawberry.field(
        description="Its id in the connected system. What is sent again under it changes nothing."
    )
    sent_at: datetime = strawberry.field(
        description="When it was sent; at most 5 minutes in the future."
    )
    text: str | None = strawberry.field(
        default=LEFT_OUT, description="What was written: at most 65,536 characters."
    )
    sender_name: str | None = strawberry.field(
        default=LEFT_OUT,
        description="What an inbound message's sender is called: the name of a new customer.",
    )
    username: str | None = strawberry.field(
        default=LEFT_OUT, description="The handle of who is on the other end."
    )
    conversation_external_id: str | None = strawberry.field(
        default=LEFT_OUT,
        description="The conversation's id in the connected system. Left out, it joins the "
        "sender's latest conversation that is not resolved, or begins one.",
    )
    agent_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The user who wrote it."
    )


@strawberry.type(description="The message with where it stands now.")
class MessagePayload(Payload):
    """What recordMessage answers with."""

    message: Message | None = strawberry.field(
        default=None, description="The message as it was first recorded."
    )
    conversation: Conversation | None = strawberry.field(
        default=None, description="The conversation that it belongs to."
    )
    customer: Customer | None = strawberry.field(
        default=None, description="The customer whom it was from, or to."
    )
    created: bool = strawberry.field(
        default=False, description="False where it was recorded before: nothing has changed."
    )


@strawberry.input(description="A conversation, as a connected system has it.")
class ConversationInput:
    """A conversation."""

    external_id: str = strawberry.field(
        description="Its id in the connected system: what it is known by."
    )
    channel: models.ChannelKind = strawberry.field(description="The platform.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT,
        description="The workspace's account; left out, its default one on the platform.",
    )
    identifier: str = strawberry.field(
        description="Whom it is with, as in recordMessage. One not seen before becomes a customer."
    )
    status: models.ConversationStatus | None = strawberry.field(
        default=LEFT_OUT,
        description="Where it stands. Left out, an assignee makes it ASSIGNED and a resolvedAt "
        "RESOLVED; else it stays, or begins UNASSIGNED.",
    )
    assignee_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The user who sees to it; null takes them away."
    )
    opened_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it began; now where nobody says."
    )
    resolved_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it was resolved; now for one that is RESOLVED now."
    )


@strawberry.type(description="The conversation as it is now.")
class ConversationPayload(Payload):
    """What upsertConversation answers with."""

    conversation: Conversation | None = strawberry.field(
        default=None, description="The conversation."
    )


@strawberry.type
class ConversationMutations:
    """Root fields about conversations."""

    @strawberry.mutation(
        description="Record a message, once for each externalId. A sender not seen before becomes "
        "a customer, or a new channel of the customer who has the phone or e-mail; a deleted "
        "customer who writes again is restored. An inbound message on WhatsApp opens the window."
    )
    async def record_message(
        self,
        info: strawberry.Info,
        input: Annotated[RecordMessageInput, strawberry.argument(description="The message.")],
    ) -> MessagePayload:
        """services.messages.record_message."""

        async def verb(_context: Context, tx: Transaction) -> dict[str, Any]:
            recorded = await record_message(tx, new_message(input))
            return {
                "message": recorded.message,
                "conversation": recorded.conversation,
                "customer": recorded.customer,
                "created": recorded.created,
            }

        return await change(info, MessagePayload, verb)

    @strawberry.mutation(
        description="Write a conversation by its externalId. What is left out stays as it is."
    )
    async def upsert_conversation(
        self,
        info: strawberry.Info,
        input: Annotated[ConversationInput, strawberry.argument(description="The conversation.")],
    ) -> ConversationPayload:
        """services.conversations.upsert_conversation."""

        async def verb(_context: Context, tx: Transaction) -> dict[str, Any]:
            return {"conversation": await upsert_conversation(tx, conversation_report(input))}

        return await change(info, ConversationPayload, verb)


def new_message(input: RecordMessageInput) -> NewMessage:
    """The input with its ids read; a Refusal (INVALID) for one that is none."""
    return NewMessage(
        channel=input.channel,
        channel_id=given_id_or_none(input.channel_id, models.Channel, "channelId"),
        identifier=input.identifier,
        direction=input.direction,
        external_id=input.external_id,
        sent_at=input.sent_at,
        text=given_or_none(input.text),
        sender_name=given_or_none(input.sender_name),
        username=given_or_none(input.username),
        conversation_external_id=given_or_none(input.conversation_external_id),
        agent_id=given_id_or_none(input.agent_id, models.User, "agentId"),
    )


def conversation_report(input: ConversationInput) -> ConversationReport:
    """The input with its ids read; a Refusal (INVALID) for one that is none."""
    return ConversationReport(
        external_id=input.external_id,
        channel=input.channel,
        channel_id=given_id_or_none(input.channel_id, models.Channel, "channelId"),
        identifier=input.identifier,
        status=given_value(input.status),
        assignee_id=given_id(input.assignee_id, models.User, "assigneeId"),
        opened_at=given(input.opened_at),
        resolved_at=given(input.resolved_at),
    )
