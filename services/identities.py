"""Channel identities: who stands behind an identifier, and connecting one to a customer."""

from datetime import datetime
from uuid import UUID

from models import Channel, ChannelIdentity, ChannelKind, Customer
from models.base import new_id
from services.contacts import PHONE_KINDS
from services.customers import searchable
from services.merged_values import connect_merged
from services.rows import insert_row, update_row
from services.transactions import RetryTransaction, Transaction

ON_CHANNEL = """
    SELECT * FROM channel_identities
    WHERE workspace_id = $1 AND channel_id = $2 AND identifier = $3"""
OF_KIND = """
    SELECT i.* FROM channel_identities i
    JOIN channels h ON h.workspace_id = $1 AND h.id = i.channel_id
    WHERE i.workspace_id = $1 AND i.kind = $2 AND i.identifier = $3
    ORDER BY h.is_default DESC, i.connected_at, i.id LIMIT 1"""
IDENTIFIERS = """
    SELECT identifier FROM channel_identities
    WHERE workspace_id = $1 AND customer_id = $2 ORDER BY connected_at, id"""


async def find_identity(
    tx: Transaction, channel: Channel, identifier: str
) -> ChannelIdentity | None:
    """The identity of a normalised identifier on one of the workspace's accounts."""
    rows = await tx.fetch(ON_CHANNEL, tx.workspace_id, channel.id, identifier)
    return ChannelIdentity._init_from_db(**rows[0]) if rows else None


async def identity_of_kind(
    tx: Transaction, kind: ChannelKind, identifier: str
) -> ChannelIdentity | None:
    """The identity of a normalised identifier on any account of a platform.

    Where several accounts know it: that on the default account, else the one connected first.
    """
    rows = await tx.fetch(OF_KIND, tx.workspace_id, kind, identifier)
    return ChannelIdentity._init_from_db(**rows[0]) if rows else None


async def connect_identity(
    tx: Transaction,
    customer: Customer,
    channel: Channel,
    identifier: str,
    username: str | None = None,
    *,
    at: datetime,
    origin_id: UUID | None = None,
) -> ChannelIdentity:
    """Connect a normalised identifier to a customer whom the transaction holds for changing.

    A customer without a main identity gets it as such, and its username where they have none.
    `origin_id` is the member of the customer with whom it came in, if it is another, whom the
    transaction holds too: the member gets it in the same way, and what the main customer gets of it
    is the member's. Raises RetryTransaction where another transaction has just connected the
    identifier.
    """
    identity = ChannelIdentity(
        id=new_id(),
        workspace_id=tx.workspace_id,
        channel_id=channel.id,
        kind=channel.kind,
        identifier=identifier,
        username=username,
        phone=identifier if channel.kind in PHONE_KINDS else None,
        email=identifier if channel.kind is ChannelKind.EMAIL else None,
        customer_id=customer.id,
        origin_customer_id=origin_id or customer.id,
        connected_at=at,
    )
    if not await insert_row(tx, identity):
        raise RetryTransaction
    changed = ["search_text"]
    if customer.member_count:
        changed += await connect_merged(tx, customer, identity)
    elif customer.main_identity_id is None:
        customer.main_identity_id = identity.id
        customer.username = customer.username or username
        changed += ["main_identity_id", "username"]
    rows = await tx.fetch(IDENTIFIERS, tx.workspace_id, customer.id)
    customer.search_text = searchable(customer, [row["identifier"] for row in rows])
    await update_row(tx, customer, changed)
    return identity
