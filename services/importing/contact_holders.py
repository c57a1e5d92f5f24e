"""Who has the phone numbers and e-mail addresses of a batch already, found at once.

The same rule as `services.contact_owners` has for one customer: in their profile, in that of a
customer merged into them, or by a channel identity; deleted customers have none.
"""

import zlib
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from models import ChannelKind
from models.base import new_id
from services.contact_owners import BUCKETS
from services.contacts import PHONE_KINDS
from services.transactions import Transaction

# Sets, not one look into the index for each contact: while a workspace is being filled the planner
# does not know yet how many customers it has, and may choose a wrong index. For a set that means
# one pass over the workspace's customers, for single looks one pass each.
HOLDERS = """
    SELECT k.contact, m.id, m.full_name FROM (
        SELECT {contact} AS contact, coalesce(c.merged_into_id, c.id) AS id FROM customers c
        WHERE c.workspace_id = $1 AND {contact} = ANY($2::text[]) AND {column} IS NOT NULL
        UNION
        SELECT i.identifier, i.customer_id FROM channel_identities i
        WHERE i.workspace_id = $1 AND i.kind = ANY($3::text[]) AND i.identifier = ANY($2::text[])
    ) k
    JOIN customers m ON m.workspace_id = $1 AND m.id = k.id
        AND m.deleted_at IS NULL AND m.erased_at IS NULL
    ORDER BY m.created_at, m.id"""
HOLDERS_OF_PHONES = HOLDERS.format(contact="c.phone", column="c.phone")
HOLDERS_OF_EMAILS = HOLDERS.format(contact="lower(c.email)", column="c.email")
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

    def __init__(self) -> None:
        self._holders: dict[tuple[str, str], list[Holder]] = {}

    async def load(self, tx: Transaction, phones: Collection[str], emails: Collection[str]) -> None:
        """Find who has these contacts (e-mail addresses in lower case).

        Others who write one of them wait until the transaction's end, as in `refuse_owned`.
        """
        await self._in_turn(tx, {*phones, *emails})
        for field, sql, contacts, kinds in (
            ("phone", HOLDERS_OF_PHONES, phones, sorted(PHONE_KINDS)),
            ("email", HOLDERS_OF_EMAILS, emails, [ChannelKind.EMAIL]),
        ):
            if not contacts:
                continue
            for row in await tx.fetch(sql, tx.workspace_id, list(contacts), kinds):
                self._add(field, row["contact"], Holder(row["id"], row["full_name"]))

    def find(self, field: str, contact: str, own: UUID) -> Holder | None:
        """Another customer than `own` who has the contact."""
        holders = self._holders.get((field, contact.lower()), ())
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
