"""Channel identities of a batch: rows that name a channel connect their customer to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from models import (
    Channel,
    ChannelIdentity,
    ChannelKind,
    ContactLogKind,
    Customer,
    EventType,
    LogSource,
)
from models.base import new_id
from services.channels import find_channel
from services.contact_logs import count_contacts
from services.contacts import PHONE_KINDS
from services.customer_channels import identifying_field
from services.ids import global_id
from services.importing.contact_holders import Holder
from services.importing.customer_rows import CustomerRow
from services.merged_values import connect_merged
from services.rows import update_row
from services.transactions import RetryTransaction, Transaction

ON_CHANNEL = """
    SELECT i.identifier, c.id, c.full_name FROM channel_identities i
    JOIN customers c ON c.workspace_id = $1 AND c.id = i.customer_id
    WHERE i.workspace_id = $1 AND i.channel_id = $2 AND i.identifier = ANY($3::text[])"""
IDENTITY = "SELECT * FROM channel_identities WHERE workspace_id = $1 AND id = $2"
INSERT_IDENTITIES = """
    INSERT INTO channel_identities
        (workspace_id, connected_at, id, channel_id, kind, identifier, username, phone, email,
         customer_id, origin_customer_id)
    SELECT $1, $2, i.id, i.channel_id, i.kind, i.identifier, i.username, i.phone, i.email,
        i.customer_id, i.customer_id
    FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::uuid[])
        AS i(id, channel_id, kind, identifier, username, phone, email, customer_id)
    ON CONFLICT (workspace_id, channel_id, identifier) DO NOTHING
    RETURNING id"""
CUSTOMER = "SELECT * FROM customers WHERE workspace_id = $1 AND id = $2"
SET_MAIN = """
    UPDATE customers SET main_identity_id = m.identity_id,
        username = coalesce(customers.username, m.username)
    FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS m(id, identity_id, username)
    WHERE customers.workspace_id = $1 AND customers.id = m.id"""
LOG_CONNECTED = f"""
    INSERT INTO contact_logs
        (workspace_id, id, kind, created_at, contact_id, contact_name, source, user_id, channel)
    SELECT $1, l.id, '{ContactLogKind.CONNECTED}', $2, l.contact_id, l.contact_name,
        '{LogSource.IMPORT}', $3, l.channel
    FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[])
        AS l(id, contact_id, contact_name, channel)
    ON CONFLICT (workspace_id, id) DO NOTHING"""


class IdentityHolders:
    """Who stands behind the identifiers of a batch, on the workspace's default channels."""

    def __init__(self) -> None:
        self._channels: dict[ChannelKind, Channel] = {}
        self._holders: dict[tuple[ChannelKind, str], Holder] = {}
        self._known: set[tuple[ChannelKind, str]] = set()
        self._connected: dict[UUID, UUID] = {}

    async def load(self, tx: Transaction, rows: Sequence[CustomerRow]) -> None:
        """Find the channels that rows name, and who is connected to them already."""
        by_kind: dict[ChannelKind, list[str]] = {}
        for row in rows:
            if row.identifier is not None:
                by_kind.setdefault(row.values["source"], []).append(row.identifier)
        for kind in sorted(by_kind):
            channel = self._channels[kind] = await find_channel(tx, kind)
            for found in await tx.fetch(ON_CHANNEL, tx.workspace_id, channel.id, by_kind[kind]):
                key = (kind, found["identifier"])
                self._holders[key] = Holder(found["id"], found["full_name"])
                self._known.add(key)

    def find(self, row: CustomerRow, own: UUID | None) -> Holder | None:
        """Another customer than `own` who has the identity that the row names."""
        holder = self._holders.get(key_of(row)) if row.identifier is not None else None
        return holder if holder is not None and holder.id != own else None

    def claim(self, row: CustomerRow, holder: Holder) -> None:
        """Have a customer of the batch hold the row's identity from now on."""
        if row.identifier is not None:
            self._holders.setdefault(key_of(row), holder)

    async def connect(
        self, tx: Transaction, rows: Sequence[tuple[UUID, CustomerRow, dict[str, Any] | None]]
    ) -> set[UUID]:
        """Connect customers, each with their id, their row of the file and, if they were there
        before, that of the table.

        Returns those who were not connected before. An identity that somebody without one gets is
        their main one. Raises RetryTransaction where another transaction has just connected one.
        """
        wanted = [
            (new_id(), id, row, there or {})
            for id, row, there in rows
            if row.identifier is not None and key_of(row) not in self._known
        ]
        if not wanted:
            return set()
        values = [self._values(identity_id, id, row) for identity_id, id, row, _ in wanted]
        columns = [list(column) for column in zip(*values, strict=True)]
        inserted = await tx.fetch(INSERT_IDENTITIES, tx.workspace_id, tx.now, *columns)
        if len(inserted) != len(wanted):
            raise RetryTransaction
        first = [
            (id, identity_id, row)
            for identity_id, id, row, there in wanted
            if not there.get("member_count") and there.get("main_identity_id") is None
        ]
        await tx.execute(
            SET_MAIN,
            tx.workspace_id,
            [id for id, _, _ in first],
            [identity_id for _, identity_id, _ in first],
            [own_username(row) for _, _, row in first],
        )
        self._connected = {id: identity_id for identity_id, id, _, _ in wanted}
        for id, there in [(id, there) for _, id, _, there in wanted if there.get("member_count")]:
            await self._connect_merged(tx, self._connected[id], there)
        return set(self._connected)

    async def tell(self, tx: Transaction, rows: Sequence[tuple[UUID, CustomerRow]]) -> None:
        """Log customers who were there before as connected, each with an event."""
        if not rows:
            return
        await tx.execute(
            LOG_CONNECTED,
            tx.workspace_id,
            tx.now,
            tx.actor.user_id if tx.actor else None,
            [new_id() for _ in rows],
            [id for id, _ in rows],
            [row.values["full_name"] for _, row in rows],
            [row.values["source"] for _, row in rows],
        )
        count_contacts(tx, ContactLogKind.CONNECTED, [row.values["source"] for _, row in rows])
        for id, row in rows:
            identity = global_id(ChannelIdentity, self._connected[id])
            payload = {"identityId": identity, "channel": row.values["source"]}
            tx.record(EventType.IDENTITY_CONNECTED, id, payload)

    async def _connect_merged(
        self, tx: Transaction, identity_id: UUID, there: dict[str, Any]
    ) -> None:
        """Connect a customer with members: what merges have put on them stays on top."""
        [row] = await tx.fetch(IDENTITY, tx.workspace_id, identity_id)
        [whole] = await tx.fetch(CUSTOMER, tx.workspace_id, there["id"])
        customer = Customer._init_from_db(**whole)
        identity = ChannelIdentity._init_from_db(**row)
        await update_row(tx, customer, await connect_merged(tx, customer, identity))

    def _values(self, identity_id: UUID, customer_id: UUID, row: CustomerRow) -> tuple[object, ...]:
        """An identity's values, in the order of INSERT_IDENTITIES."""
        kind: ChannelKind = row.values["source"]
        identifier = row.identifier
        return (
            identity_id,
            self._channels[kind].id,
            kind,
            identifier,
            own_username(row),
            identifier if kind in PHONE_KINDS else None,
            identifier if kind is ChannelKind.EMAIL else None,
            customer_id,
        )


def key_of(row: CustomerRow) -> tuple[ChannelKind, str]:
    """The identity that a row names."""
    return row.values["source"], row.identifier or ""


def own_username(row: CustomerRow) -> str | None:
    """The username that goes with a row's identity."""
    if identifying_field(row.values["source"]) == "username":
        return row.identifier
    username: str | None = row.values.get("username")
    return username
