"""Conversations: threads of messages with one identity, as connected systems report them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models import ChannelKind, Conversation, ConversationStatus, User
from models.base import new_id
from services.channels import find_channel
from services.contacts import normalize_identifier
from services.errors import ErrorCode, Refusal, invalid
from services.given import UNSET, Given, given_or
from services.instants import past_instant
from services.references import require_rows
from services.rows import insert_row, update_row
from services.senders import Contact, Sender, find_or_add_sender
from services.texts import clean_line, fold, search_text
from services.transactions import RetryTransaction, Transaction

BY_EXTERNAL_ID = "SELECT * FROM conversations WHERE workspace_id = $1 AND external_id = $2"
ALSO_CALLED = "\x1f"
"""What stands in a search text before the name of the main customer. Folded text never has it."""
LATEST_OPEN = """
    SELECT * FROM conversations
    WHERE workspace_id = $1 AND identity_id = $2 AND status <> 'RESOLVED'
    ORDER BY activity_at DESC, id DESC LIMIT 1"""


@dataclass(frozen=True, kw_only=True)
class ConversationReport:
    """A conversation as a connected system has it. What is left out stays as it is."""

    external_id: str
    channel: ChannelKind
    channel_id: UUID | None = None
    identifier: str
    status: Given[ConversationStatus] = UNSET
    assignee_id: Given[UUID | None] = UNSET
    opened_at: Given[datetime | None] = UNSET
    resolved_at: Given[datetime | None] = UNSET


async def upsert_conversation(tx: Transaction, report: ConversationReport) -> Conversation:
    """Write a conversation by its external id; an identifier not seen before makes a customer.

    - An assignee without a status makes it ASSIGNED, and no assignee any more UNASSIGNED, unless it
      is RESOLVED: only a status reopens it. UNASSIGNED without an assignee takes the assignee away.
    - RESOLVED is from `resolved_at`, or else from now; another status clears that time. A
      `resolved_at` without a status makes it RESOLVED.
    - A new one opens at `opened_at`, or else now.

    Raises a Refusal: INVALID for contradictions and times to come, NOT_FOUND for an assignee or
    channel of nobody here, CONFLICT where the external id is a conversation with somebody else.
    """
    report = _checked(tx, report)
    channel = await find_channel(tx, report.channel, report.channel_id)
    if report.assignee_id is not UNSET:
        await require_rows(tx, User, {("assigneeId",): report.assignee_id})
    opened_at = given_or(report.opened_at, None)
    sender = await find_or_add_sender(
        tx,
        Contact(channel=channel, identifier=report.identifier, at=opened_at or tx.now),
    )
    conversation = await conversation_by_external_id(tx, sender, report.external_id, "identifier")
    if conversation is None:
        resolved_at = given_or(report.resolved_at, None)
        conversation = new_conversation(
            tx, sender, opened_at or min(resolved_at or tx.now, tx.now), report.external_id
        )
        _apply(tx, conversation, report)
        await insert_conversation(tx, conversation)
        return conversation
    _apply(tx, conversation, report)
    await update_row(
        tx,
        conversation,
        ["status", "assignee_id", "opened_at", "resolved_at", "activity_at", "updated_at"],
    )
    return conversation


def _checked(tx: Transaction, report: ConversationReport) -> ConversationReport:
    """The report in normal form, without contradictions in itself; else a Refusal (INVALID)."""
    opened_at = report.opened_at
    if opened_at is not UNSET and opened_at is not None:
        opened_at = past_instant(opened_at, tx.now, "openedAt")
    resolved_at = report.resolved_at
    if resolved_at is not UNSET and resolved_at is not None:
        resolved_at = past_instant(resolved_at, tx.now, "resolvedAt")
        if report.status not in (UNSET, ConversationStatus.RESOLVED):
            raise invalid("Only a RESOLVED conversation has a resolvedAt.", "resolvedAt")
    if report.status is ConversationStatus.UNASSIGNED and given_or(report.assignee_id, None):
        raise invalid("An UNASSIGNED conversation has no assignee.", "assigneeId")
    return ConversationReport(
        external_id=clean_line(report.external_id, "externalId", most=255),
        channel=report.channel,
        channel_id=report.channel_id,
        identifier=normalize_identifier(
            report.channel, report.identifier, tx.workspace.default_country, "identifier"
        ),
        status=report.status,
        assignee_id=report.assignee_id,
        opened_at=opened_at,
        resolved_at=resolved_at,
    )


def _apply(tx: Transaction, conversation: Conversation, report: ConversationReport) -> None:
    """Bring a conversation to what a checked report says."""
    if report.opened_at is not UNSET and report.opened_at is not None:
        conversation.opened_at = report.opened_at
    if report.assignee_id is not UNSET:
        conversation.assignee_id = report.assignee_id
    conversation.status = _status(conversation, report)
    if conversation.status is ConversationStatus.UNASSIGNED:
        conversation.assignee_id = None
    resolved_at = given_or(report.resolved_at, None)
    if conversation.status is not ConversationStatus.RESOLVED:
        conversation.resolved_at = None
    else:
        conversation.resolved_at = resolved_at or conversation.resolved_at or tx.now
        if conversation.resolved_at < conversation.opened_at:
            raise invalid("resolvedAt comes before the conversation was opened.", "resolvedAt")
    conversation.activity_at = conversation.last_message_at or conversation.opened_at
    conversation.updated_at = tx.now


def _status(conversation: Conversation, report: ConversationReport) -> ConversationStatus:
    if report.status is not UNSET:
        return report.status
    if given_or(report.resolved_at, None) is not None:
        return ConversationStatus.RESOLVED
    if conversation.status is ConversationStatus.RESOLVED or report.assignee_id is UNSET:
        return conversation.status
    if report.assignee_id is None:
        return ConversationStatus.UNASSIGNED
    return ConversationStatus.ASSIGNED


async def conversation_by_external_id(
    tx: Transaction, sender: Sender, external_id: str, *field: str
) -> Conversation | None:
    """The sender's conversation of this external id.

    Raises a Refusal (CONFLICT) at `field` where it is one with another identity: a conversation
    never changes whom it is with.
    """
    rows = await tx.fetch(BY_EXTERNAL_ID, tx.workspace_id, external_id)
    if not rows:
        return None
    conversation = Conversation._init_from_db(**rows[0])
    if conversation.identity_id != sender.identity.id:
        raise Refusal(
            ErrorCode.CONFLICT,
            "This conversation's externalId is that of a conversation with somebody else.",
            field,
            (Conversation, conversation.id),
        )
    return conversation


async def conversation_of_message(
    tx: Transaction, sender: Sender, external_id: str | None, at: datetime
) -> Conversation:
    """The conversation that a message belongs to, made where there is none.

    That of the external id, if one is named; else the identity's latest that is not resolved.
    """
    if external_id is not None:
        found = await conversation_by_external_id(tx, sender, external_id, "conversationExternalId")
    else:
        rows = await tx.fetch(LATEST_OPEN, tx.workspace_id, sender.identity.id)
        found = Conversation._init_from_db(**rows[0]) if rows else None
    if found is None:
        found = new_conversation(tx, sender, at, external_id)
        await insert_conversation(tx, found)
    return found


def new_conversation(
    tx: Transaction, sender: Sender, opened_at: datetime, external_id: str | None
) -> Conversation:
    """A conversation with a sender, not yet written: unassigned and without messages.

    It belongs to whom its identity belongs to, and keeps whom the identity came in with.
    """
    identity = sender.identity
    conversation = Conversation(
        id=new_id(),
        workspace_id=tx.workspace_id,
        external_id=external_id,
        channel_id=identity.channel_id,
        channel_kind=identity.kind,
        identity_id=identity.id,
        customer_id=identity.customer_id,
        origin_customer_id=identity.origin_customer_id,
        opened_at=opened_at,
        activity_at=opened_at,
        created_at=tx.now,
        updated_at=tx.now,
    )
    conversation.search_text = searchable(conversation, sender)
    return conversation


async def insert_conversation(tx: Transaction, conversation: Conversation) -> None:
    """Write a new conversation; RetryTransaction where another has just taken its external id."""
    if not await insert_row(tx, conversation):
        raise RetryTransaction


def searchable(conversation: Conversation, sender: Sender) -> str:
    """What `conversations(search:)` looks into: whom it is with, as they were called at the latest
    message, and the beginning of that message.

    Where several are merged they are found by the sender's own name and, behind `ALSO_CALLED`, by
    the name that is shown: unmerging takes that away again.
    """
    identity, shown = sender.identity, sender.customer.full_name
    own = search_text(
        sender.own_name,
        identity.identifier.removeprefix("+"),
        identity.username,
        conversation.external_id,
        conversation.last_message_preview,
    )
    return own if shown == sender.own_name else f"{own}{ALSO_CALLED}{fold(shown)}"
