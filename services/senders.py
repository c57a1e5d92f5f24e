"""Who is on the other end of a conversation: known by an identity, a phone, an e-mail, or new."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models import (
    Acquisition,
    Channel,
    ChannelIdentity,
    ChannelKind,
    ContactLogKind,
    Customer,
    EventType,
    LogSource,
)
from models.base import new_id
from services.contact_logs import log_contact
from services.contact_owners import in_turn
from services.contacts import PHONE_KINDS
from services.customer_deletions import restore_customer
from services.customers import CHANGED, held_customers, insert_customer
from services.identities import connect_identity, find_identity
from services.ids import global_id
from services.merged_values import own_name
from services.rows import update_row
from services.segments.changes import note_change
from services.transactions import RetryTransaction, Transaction

BY_IDENTITY = """
    SELECT i.origin_customer_id AS id FROM channel_identities i
    JOIN customers c ON c.workspace_id = $1 AND c.id = i.customer_id
    WHERE i.workspace_id = $1 AND i.kind = ANY($2::text[]) AND i.identifier = $3
      AND c.deleted_at IS NULL AND c.erased_at IS NULL
    ORDER BY i.connected_at, i.id LIMIT 1"""
# A value that a merge has put on a main customer is its giver's, who is found by it; what lies
# under it is still the main customer's own. CASE and no coalesce(): that is not taken for
# leakproof, so that no index would serve the join.
BY_CONTACT = """
    SELECT c.id, c.created_at FROM customers c
    JOIN customers m ON m.workspace_id = $1
      AND m.id = CASE WHEN c.merged_into_id IS NULL THEN c.id ELSE c.merged_into_id END
    WHERE c.workspace_id = $1 AND {match}
      AND c.deleted_at IS NULL AND c.erased_at IS NULL
      AND m.deleted_at IS NULL AND m.erased_at IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM merge_values g
        WHERE g.workspace_id = $1 AND g.main_id = c.id AND g.field = '{field}')
    UNION ALL
    SELECT c.id, c.created_at FROM merge_values v
    JOIN customers c ON c.workspace_id = $1 AND c.id = v.main_id
    WHERE v.workspace_id = $1 AND v.contact_before = lower($2) AND v.field = '{field}'
      AND c.deleted_at IS NULL AND c.erased_at IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM merge_values g
        WHERE g.workspace_id = $1 AND g.main_id = v.main_id AND g.field = '{field}'
          AND g.position < v.position)
    ORDER BY created_at, id LIMIT 1"""
BY_PHONE = BY_CONTACT.format(match="c.phone = $2", field="phone")
BY_EMAIL = BY_CONTACT.format(match="lower(c.email) = lower($2)", field="email")


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One contact with somebody, as a connected system tells of it."""

    channel: Channel
    identifier: str
    """In the channel's normal form."""
    name: str | None = None
    username: str | None = None
    at: datetime
    inbound: bool = False
    """Whether they wrote to the workspace, and not the workspace to them."""

    @property
    def is_shared(self) -> bool:
        """Whether the identifier may be known without the channel: a phone or e-mail address."""
        return self.channel.kind in PHONE_KINDS or self.channel.kind is ChannelKind.EMAIL

    @property
    def source(self) -> LogSource:
        """What the contact log gives as the source."""
        return LogSource.INCOMING_MESSAGE if self.inbound else LogSource.API


@dataclass
class Sender:
    """An identity and the customer that it belongs to, whom the transaction holds for changing."""

    identity: ChannelIdentity
    customer: Customer
    own_name: str
    """What they are called themselves, where the customer's name is another's who is merged."""


async def find_or_add_sender(tx: Transaction, contact: Contact) -> Sender:
    """The one behind a contact's identifier, made a customer where nobody is.

    An identifier seen before is its identity's. A phone or e-mail address that an identity on a
    like channel or a customer has is connected to that customer: the main one where they are
    merged, the oldest where there are several, deleted ones passed over. Raises RetryTransaction
    where another transaction has got in first; what it has made is found the next time.
    """
    sender = await _known(tx, contact)
    if sender is None and contact.is_shared:
        await in_turn(tx, [contact.identifier])
        sender = await _known(tx, contact)
    if sender is not None:
        await _keep_username(tx, sender, contact)
        await _bring_back(tx, sender.customer, contact)
        return sender
    matched = await _matched(tx, contact) if contact.is_shared else None
    if matched is not None:
        return await _connect(tx, contact, matched)
    return await _add(tx, contact)


async def _known(tx: Transaction, contact: Contact) -> Sender | None:
    """The sender whose identity was seen before. The customer is locked first, as everywhere."""
    identity = await find_identity(tx, contact.channel, contact.identifier)
    if identity is None:
        return None
    place = (identity.customer_id, identity.origin_customer_id)
    held = await held_customers(tx, place, CHANGED)
    customer = held.get(identity.customer_id)
    identity = await find_identity(tx, contact.channel, contact.identifier)
    if identity is None or customer is None or identity.customer_id != customer.id:
        raise RetryTransaction
    if (identity.customer_id, identity.origin_customer_id) != place:
        raise RetryTransaction
    return Sender(identity, customer, await own_name(tx, customer, identity.origin_customer_id))


async def _keep_username(tx: Transaction, sender: Sender, contact: Contact) -> None:
    """Handles change: the identity keeps the last one that was told."""
    if contact.username is not None and contact.username != sender.identity.username:
        sender.identity.username = contact.username
        await update_row(tx, sender.identity, ["username"])


async def _bring_back(tx: Transaction, customer: Customer, contact: Contact) -> None:
    """A deleted customer who writes again is a customer again: nobody who writes gets lost.

    Only what they wrote after the deletion counts, not a message that was delivered late.
    """
    if customer.deleted_at is None or customer.erased_at is not None:
        return
    if not contact.inbound or contact.at <= customer.deleted_at:
        return
    await restore_customer(tx, customer.id, contact.source, contact.channel.kind)
    customer.deleted_at = None


async def _matched(tx: Transaction, contact: Contact) -> UUID | None:
    """The customer, or merged member, who has the contact's phone or e-mail address."""
    kind, identifier = contact.channel.kind, contact.identifier
    by_email = kind is ChannelKind.EMAIL
    alike = {kind} if by_email else PHONE_KINDS
    by_contact = BY_EMAIL if by_email else BY_PHONE
    rows = await tx.fetch(BY_IDENTITY, tx.workspace_id, sorted(alike), identifier)
    if not rows:
        rows = await tx.fetch(by_contact, tx.workspace_id, identifier)
    return rows[0]["id"] if rows else None


async def _connect(tx: Transaction, contact: Contact, origin_id: UUID) -> Sender:
    """Connect the channel to a customer who has been known without it."""
    customer = (await held_customers(tx, [origin_id], CHANGED)).get(origin_id)
    if customer is None or customer.deleted_at is not None:
        raise RetryTransaction
    identity = await connect_identity(
        tx,
        customer,
        contact.channel,
        contact.identifier,
        contact.username,
        at=contact.at,
        origin_id=origin_id,
    )
    await log_contact(tx, ContactLogKind.CONNECTED, customer, contact.source, contact.channel.kind)
    tx.record(
        EventType.IDENTITY_CONNECTED,
        customer.id,
        {
            "identityId": global_id(ChannelIdentity, identity.id),
            "channel": contact.channel.kind.value,
        },
    )
    return Sender(identity, customer, await own_name(tx, customer, origin_id))


async def _add(tx: Transaction, contact: Contact) -> Sender:
    """Make a customer of somebody not seen before."""
    kind = contact.channel.kind
    customer = Customer(
        id=new_id(),
        workspace_id=tx.workspace_id,
        full_name=(contact.name or contact.username or contact.identifier)[:200],
        phone=contact.identifier if kind in PHONE_KINDS else None,
        email=contact.identifier if kind is ChannelKind.EMAIL else None,
        source=kind,
        acquisition=Acquisition.INBOUND if contact.inbound else Acquisition.API,
        added_by_id=None if contact.inbound or tx.actor is None else tx.actor.user_id,
        created_at=tx.now,
        updated_at=tx.now,
        first_contacted_at=contact.at,
    )
    await insert_customer(tx, customer, [contact.identifier])
    identity = await connect_identity(
        tx, customer, contact.channel, contact.identifier, contact.username, at=contact.at
    )
    note_change(tx, [customer.id])
    await log_contact(tx, ContactLogKind.ADDED, customer, contact.source, kind)
    tx.record(
        EventType.CUSTOMER_ADDED,
        customer.id,
        {"acquisition": customer.acquisition.value, "source": kind.value},
    )
    return Sender(identity, customer, customer.full_name)
