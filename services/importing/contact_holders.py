"""Who has the phone numbers and e-mail addresses of a batch already, found at once.

The same rule as `services.contact_owners` has for one customer: in their profile, in that of a
customer merged into them, under a value that a merge has put on theirs, or by a channel identity;
deleted customers have none.
"""

import zlib
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from models import ChannelKind
from models.base import new_id
from services.arrays import array_of, joined
from services.contact_owners import BUCKETS
from services.contacts import PHONE_KINDS
from services.transactions import Transaction

# Each key is looked up by itself, in a form that only the one right index serves: the range and the
# order say so. For a set of keys (`= ANY`) the planner, who takes a workspace that is being filled
# for an empty one, may choose any index and pass over all of the customers each time.
ASKED = array_of(2)
BY_PHONE = f"""
    SELECT found.contact, found.id FROM unnest({ASKED}) AS asked(contact)
    CROSS JOIN LATERAL (
        SELECT phone AS contact, coalesce(merged_into_id, id) AS id FROM customers
        WHERE workspace_id = $1 AND phone >= asked.contact AND phone <= asked.contact
        ORDER BY phone LIMIT 100
    ) AS found"""
BY_EMAIL = f"""
    SELECT found.contact, found.id FROM unnest({ASKED}) AS asked(contact)
    CROSS JOIN LATERAL (
        SELECT lower(email) AS contact, coalesce(merged_into_id, id) AS id FROM customers
        WHERE workspace_id = $1 AND email IS NOT NULL
            AND lower(email) >= asked.contact AND lower(email) <= asked.contact
        ORDER BY lower(email) LIMIT 100
    ) AS found"""
BY_IDENTITY = f"""
    SELECT found.contact, found.id
    FROM unnest($3::text[]) AS of(kind) CROSS JOIN unnest({ASKED}) AS asked(contact)
    CROSS JOIN LATERAL (
        SELECT identifier AS contact, customer_id AS id FROM channel_identities
        WHERE workspace_id = $1 AND kind = of.kind
            AND identifier >= asked.contact AND identifier <= asked.contact
        ORDER BY identifier LIMIT 100
    ) AS found"""
UNDER = f"""
    SELECT contact_before AS contact, main_id AS id FROM merge_values
    WHERE workspace_id = $1 AND field = $3 AND contact_before = ANY({ASKED})"""
LIVING = """
    SELECT id, full_name FROM customers
    WHERE workspace_id = $1 AND id = ANY($2::uuid[])
        AND deleted_at IS NULL AND erased_at IS NULL
    ORDER BY created_at, id"""
# The same rows, in the same order, as `services.contact_owners` counts up one by one.
TAKE_TURNS = """
    INSERT INTO counters (workspace_id, id, name, value)
    SELECT $1, b.id, b.name, 1 FROM unnest($2::uuid[], $3::text[]) AS b(id, name)
    ON CONFLICT (workspace_id, name) DO UPDATE SET value = counters.value + excluded.value"""


class Holder(NamedTuple):
    """A customer who has a contact."""

    id: UUID
    name: str


class ContactHolders:
    """The customers who have any of a batch's contacts, those that the batch adds too."""

    def __init__(self, *, binding: bool = True) -> None:
        """`binding`: others who write the contacts wait until the transaction's end."""
        self._binding = binding
        self._holders: dict[tuple[str, str], list[Holder]] = {}

    async def load(self, tx: Transaction, phones: Collection[str], emails: Collection[str]) -> None:
        """Find who has these contacts (e-mail addresses in lower case).

        Others who write one of them wait for the transaction, as in `refuse_owned`.
        """
        if self._binding:
            await self._in_turn(tx, {*phones, *emails})
        found: dict[UUID, set[tuple[str, str]]] = {}
        for field, sql, contacts, kinds in (
            ("phone", BY_PHONE, phones, sorted(PHONE_KINDS)),
            ("email", BY_EMAIL, emails, [ChannelKind.EMAIL]),
        ):
            if not contacts:
                continue
            asked = joined(list(contacts))
            rows = await tx.fetch(sql, tx.workspace_id, asked)
            rows += await tx.fetch(BY_IDENTITY, tx.workspace_id, asked, kinds)
            rows += await tx.fetch(UNDER, tx.workspace_id, asked, field)
            for row in rows:
                found.setdefault(row["id"], set()).add((field, row["contact"]))
        if not found:
            return
        for row in await tx.fetch(LIVING, tx.workspace_id, list(found)):
            for field, contact in found[row["id"]]:
                self._add(field, contact, Holder(row["id"], row["full_name"]))

    def find(self, field: str, contact: str, own: UUID | None) -> Holder | None:
        """Another customer than `own` who has the contact."""
        holders = self._holders.get((field, contact.lower()))
        if holders is None:
            return None
        return next((holder for holder in holders if holder.id != own), None)

    def claim(self, field: str, contact: str, holder: Holder) -> None:
        """Have a customer of the batch hold a contact from now on."""
        self._add(field, contact.lower(), holder)

    def _add(self, field: str, contact: str, holder: Holder) -> None:
        self._holders.setdefault((field, contact), []).append(holder)

    async def _in_turn(self, tx: Transaction, contacts: Collection[str]) -> None:
        if not contacts:
            return
        buckets = sorted({zlib.crc32(contact.encode()) % BUCKETS for contact in contacts})
        names = [f"contacts-{bucket}" for bucket in buckets]
        await tx.execute(TAKE_TURNS, tx.workspace_id, [new_id() for _ in names], names)
