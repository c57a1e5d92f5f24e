"""What of a customer's row follows from their records, brought after them when records move.

The window, the first contact, the lifetime value, the texts that they are sorted and searched by,
and the index of their custom properties: after a merge and after an unmerge they are what they
would be if the records had always been where they are now.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models import ChannelIdentity, Customer, EventType, PropertyDefinition, WindowStatus
from services.customers import searchable
from services.ids import global_id
from services.instants import written
from services.lifetime_values import refresh_lifetime_value
from services.merged_values import MAIN_IDENTITY, PROPERTY, Stacks, write_stacks
from services.property_indexes import write_property_index
from services.rows import update_row
from services.segments.changes import note_change
from services.texts import fold
from services.transactions import Transaction
from services.window_openings import window_opened
from services.windows import window_closed, window_of

IDENTITIES = """
    SELECT customer_id, identifier, kind = 'WHATSAPP' AS opens, last_inbound_at
    FROM channel_identities
    WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[]) ORDER BY connected_at, id"""
DEFINITIONS = """
    SELECT * FROM property_definitions
    WHERE workspace_id = $1 AND key = ANY($2::text[]) FOR SHARE"""
WRITTEN = frozenset(
    {
        "name_key",
        "search_text",
        "last_inbound_at",
        "window_status",
        "first_contacted_at",
        "own_first_contacted_at",
        "merged_into_id",
        "member_count",
        "version",
    }
)
"""The columns that a merge and an unmerge write beside those of the fields."""


@dataclass(frozen=True)
class Cause:
    """What moved the records: events that follow from it say so (`payload.cause`)."""

    verb: str
    """"merge" or "unmerge"."""
    id: str
    """The merge's global id."""

    @property
    def payload(self) -> dict[str, Any]:
        """What an event that it caused carries."""
        return {"cause": {self.verb: self.id}}


async def write_families(tx: Transaction, stacks: Collection[Stacks], cause: Cause) -> None:
    """Write customers whose records have moved, with all that follows from these.

    Their fields, their members and their first contact are on their rows already.
    """
    customers = [one.customer for one in stacks]
    note_change(tx, [customer.id for customer in customers])
    await _renew(tx, customers, cause)
    await write_stacks(tx, stacks)
    for one in stacks:
        one.customer.version += 1
        await update_row(tx, one.customer, sorted(WRITTEN | one.columns))
        if MAIN_IDENTITY in one.changed and one.customer.merged_into_id is None:
            tell_main_identity(tx, one.customer, cause)
    await _renew_properties(tx, stacks)
    await refresh_lifetime_value(tx, [customer.id for customer in customers])


def tell_main_identity(tx: Transaction, customer: Customer, cause: Cause | None = None) -> None:
    """Record that a customer has another main identity, or none any more."""
    id = customer.main_identity_id
    payload = {"identityId": global_id(ChannelIdentity, id) if id else None}
    tx.record(
        EventType.MAIN_IDENTITY_CHANGED, customer.id, payload | (cause.payload if cause else {})
    )


async def _renew(tx: Transaction, customers: Sequence[Customer], cause: Cause) -> None:
    """Bring names, search texts and windows after the customers' fields and identities."""
    identifiers: dict[UUID, list[str]] = {}
    heard: dict[UUID, datetime] = {}
    ids = [customer.id for customer in customers]
    for row in await tx.fetch(IDENTITIES, tx.workspace_id, ids):
        id, at = row["customer_id"], row["last_inbound_at"]
        identifiers.setdefault(id, []).append(row["identifier"])
        if row["opens"] and at is not None:
            heard[id] = max(heard.get(id, at), at)
    for customer in customers:
        customer.name_key = fold(customer.full_name)[:400]
        customer.search_text = searchable(customer, identifiers.get(customer.id, ()))
        _move_window(tx, customer, heard.get(customer.id), cause)


def _move_window(tx: Transaction, customer: Customer, at: datetime | None, cause: Cause) -> None:
    """Have a customer's window be that of a message of `at`, and tell what that opens or closes.

    Openings and closings alternate in each customer's events: a closing that the job has not told
    yet is told first, and without a cause, for it has none but time.
    """
    before = window_of(customer.last_inbound_at, tx.workspace.window_hours, tx.now)
    after = window_of(at, tx.workspace.window_hours, tx.now)
    if customer.last_inbound_at == at:
        return
    customer.last_inbound_at = at
    told_open = customer.window_status is WindowStatus.ACTIVE
    if before.status is WindowStatus.PASSIVE and told_open:
        tx.record(EventType.WINDOW_CLOSED, customer.id, window_closed(before))
        told_open = False
    if after.status is WindowStatus.ACTIVE and not told_open:
        tx.record(EventType.WINDOW_OPENED, customer.id, window_opened(after) | cause.payload)
    elif after.status is WindowStatus.PASSIVE and told_open:
        closed = {"lastInboundAt": written(before.last_inbound_at), "closedAt": written(tx.now)}
        tx.record(EventType.WINDOW_CLOSED, customer.id, closed | cause.payload)
    customer.window_status = after.status


def first_contact(main: Customer, members: Iterable[Customer]) -> datetime | None:
    """A main customer's first contact: the earliest of their own and their members'."""
    own = main.own_first_contacted_at
    found = [at for at in (own, *(one.first_contacted_at for one in members)) if at is not None]
    return min(found, default=None)


async def _renew_properties(tx: Transaction, stacks: Iterable[Stacks]) -> None:
    """Bring the index of custom properties after the values that have changed."""
    changed: dict[UUID, Mapping[str, Any]] = {}
    keys: set[str] = set()
    for one in stacks:
        names = [name.removeprefix(PROPERTY) for name in one.changed if name.startswith(PROPERTY)]
        changed[one.customer.id] = {key: one.customer.properties.get(key) for key in names}
        keys.update(names)
    if not keys:
        return
    rows = await tx.fetch(DEFINITIONS, tx.workspace_id, sorted(keys))
    definitions = [PropertyDefinition._init_from_db(**row) for row in rows]
    defined = {one.key for one in definitions}
    await write_property_index(
        tx,
        definitions,
        {
            id: {key: value for key, value in values.items() if key in defined}
            for id, values in changed.items()
        },
    )
