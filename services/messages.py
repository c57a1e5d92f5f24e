"""Messages: what was said in a conversation, as connected systems report it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from models import ChannelKind, Conversation, Customer, Message, MessageDirection, User
from models.base import new_id
from services.channels import find_channel
from services.contacts import normalize_identifier
from services.conversations import conversation_of_message, searchable
from services.instants import past_instant
from services.references import require_rows
from services.rows import insert_row, update_row
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.senders import Contact, Sender, find_or_add_sender
from services.texts import clean_line, clean_optional_line, clean_text
from services.transactions import RetryTransaction, Transaction
from services.window_openings import contacted

PREVIEW = 200

BY_EXTERNAL_ID = "SELECT * FROM messages WHERE workspace_id = $1 AND external_id = $2"
CONVERSATION = "SELECT * FROM conversations WHERE workspace_id = $1 AND id = $2"
CUSTOMER = "SELECT * FROM customers WHERE workspace_id = $1 AND id = $2"
UNREAD = """
    SELECT count(*) AS unread FROM messages
    WHERE workspace_id = $1 AND conversation_id = $2 AND direction = 'INBOUND' AND sent_at > $3"""
ANSWERED = """
    SELECT 1 FROM messages
    WHERE workspace_id = $1 AND conversation_id = $2 AND direction = 'OUTBOUND' AND sent_at >= $3
    LIMIT 1"""


@dataclass(frozen=True, kw_only=True)
class NewMessage:
    """A message as a connected system reports it."""

    channel: ChannelKind
    channel_id: UUID | None = None
    identifier: str
    direction: MessageDirection
    external_id: str
    sent_at: datetime
    text: str | None = None
    sender_name: str | None = None
    username: str | None = None
    conversation_external_id: str | None = None
    agent_id: UUID | None = None


@dataclass(frozen=True)
class RecordedMessage:
    """A message with where it stands; `created` is False where it had been recorded before."""

    message: Message
    conversation: Conversation
    customer: Customer
    created: bool


async def record_message(tx: Transaction, new: NewMessage) -> RecordedMessage:
    """Record a message once, whatever is sent again under its external id.

    - A sender not seen before becomes a customer (`find_or_add_sender`), called by the name that
      the message gives for them; an outbound message's `sender_name` is the agent's and names
      nobody.
    - A deleted customer who writes again is restored.
    - It joins the named conversation, else the sender's latest that is not resolved, else a new
      one. It never changes the conversation's status.
    - The conversation shows its latest message, and as unread the inbound ones since the latest
      outbound one, in whatever order they are reported.
    - An inbound one on WhatsApp opens the messaging window from the time that it was sent.

    Raises a Refusal: INVALID for what is malformed or more than 5 minutes in the future, NOT_FOUND
    for a channel or agent of nobody here, CONFLICT for a conversation with somebody else. Raises
    RetryTransaction where another transaction has got in first: call it through `retrying`.
    """
    new = _checked(tx, new)
    known = await _recorded(tx, new.external_id)
    if known is not None:
        return known
    channel = await find_channel(tx, new.channel, new.channel_id)
    await require_rows(tx, User, {("agentId",): new.agent_id})
    inbound = new.direction is MessageDirection.INBOUND
    sender = await find_or_add_sender(
        tx,
        Contact(
            channel=channel,
            identifier=new.identifier,
            name=new.sender_name if inbound else None,
            username=new.username,
            at=new.sent_at,
            inbound=inbound,
        ),
    )
    conversation = await conversation_of_message(
        tx, sender, new.conversation_external_id, new.sent_at
    )
    message = await _insert(tx, new, conversation)
    await _show(tx, sender, conversation, message)
    if inbound:
        await _hear(tx, sender, new.sent_at)
    await contacted(
        tx,
        sender.customer,
        channel.kind,
        new.sent_at,
        inbound=inbound,
        origin_id=sender.identity.origin_customer_id,
    )
    note_change(tx, [sender.customer.id], Concern.MESSAGES, Concern.WINDOW)
    return RecordedMessage(message, conversation, sender.customer, created=True)


def _checked(tx: Transaction, new: NewMessage) -> NewMessage:
    """The message with its texts, identifier and time in normal form; else a Refusal (INVALID)."""
    return replace(
        new,
        identifier=normalize_identifier(
            new.channel, new.identifier, tx.workspace.default_country, "identifier"
        ),
        external_id=clean_line(new.external_id, "externalId", most=255),
        sent_at=past_instant(new.sent_at, tx.now, "sentAt"),
        text=clean_text(new.text, "text"),
        sender_name=clean_optional_line(new.sender_name, "senderName"),
        username=clean_optional_line(new.username, "username", most=255),
        conversation_external_id=clean_optional_line(
            new.conversation_external_id, "conversationExternalId", most=255
        ),
    )


async def _recorded(tx: Transaction, external_id: str) -> RecordedMessage | None:
    """The message that was recorded under this external id."""
    rows = await tx.fetch(BY_EXTERNAL_ID, tx.workspace_id, external_id)
    if not rows:
        return None
    message = Message._init_from_db(**rows[0])
    (row,) = await tx.fetch(CONVERSATION, tx.workspace_id, message.conversation_id)
    conversation = Conversation._init_from_db(**row)
    (row,) = await tx.fetch(CUSTOMER, tx.workspace_id, conversation.customer_id)
    return RecordedMessage(message, conversation, Customer._init_from_db(**row), created=False)


async def _insert(tx: Transaction, new: NewMessage, conversation: Conversation) -> Message:
    """Write the message. Where another transaction has just recorded it, see what it has done."""
    message = Message(
        id=new_id(),
        workspace_id=tx.workspace_id,
        external_id=new.external_id,
        conversation_id=conversation.id,
        direction=new.direction,
        text=new.text,
        sent_at=new.sent_at,
        agent_id=new.agent_id,
        created_at=tx.now,
    )
    if not await insert_row(tx, message):
        raise RetryTransaction
    return message


async def _show(
    tx: Transaction, sender: Sender, conversation: Conversation, message: Message
) -> None:
    """Bring the conversation's row after its new message."""
    conversation.unread_count = await _unread(tx, conversation, message)
    last = conversation.last_message_at
    if last is None or message.sent_at >= last:
        conversation.last_message_at = message.sent_at
        conversation.activity_at = message.sent_at
        conversation.last_message_preview = preview(message.text)
        conversation.search_text = searchable(conversation, sender)
    conversation.updated_at = tx.now
    await update_row(
        tx,
        conversation,
        [
            "unread_count",
            "last_message_at",
            "activity_at",
            "last_message_preview",
            "search_text",
            "updated_at",
        ],
    )


async def _unread(tx: Transaction, conversation: Conversation, message: Message) -> int:
    """How many inbound messages came after the latest outbound one, the new message included."""
    place = (tx.workspace_id, conversation.id, message.sent_at)
    if message.direction is MessageDirection.INBOUND:
        answered = await tx.fetch(ANSWERED, *place)
        return conversation.unread_count + (0 if answered else 1)
    if conversation.unread_count == 0:
        return 0
    (row,) = await tx.fetch(UNREAD, *place)
    return min(conversation.unread_count, int(row["unread"]))


async def _hear(tx: Transaction, sender: Sender, at: datetime) -> None:
    """Note when the identity was last heard of."""
    last = sender.identity.last_inbound_at
    if last is None or at > last:
        sender.identity.last_inbound_at = at
        await update_row(tx, sender.identity, ["last_inbound_at"])


def preview(text: str | None) -> str | None:
    """The beginning of a message, on one line."""
    return " ".join(text.split())[:PREVIEW] if text else None
