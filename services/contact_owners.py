"""Who has a phone number or an e-mail address already: no customer is typed in twice."""

import zlib
from collections.abc import Iterable
from uuid import UUID

from models import ChannelKind, Customer
from services.contacts import PHONE_KINDS
from services.errors import ErrorCode, Refusal
from services.transactions import Transaction

BUCKETS = 64
OWNER = """
    SELECT m.id FROM customers m
    WHERE m.workspace_id = $1 AND m.deleted_at IS NULL AND m.erased_at IS NULL
        AND m.id IS DISTINCT FROM $3::uuid
        AND m.id IN (
            SELECT coalesce(c.merged_into_id, c.id) FROM customers c
            WHERE c.workspace_id = $1 AND {column}
            UNION ALL
            SELECT i.customer_id FROM channel_identities i
            WHERE i.workspace_id = $1 AND i.kind = ANY($4::text[]) AND i.identifier = $2
            UNION ALL
            SELECT v.main_id FROM merge_values v
            WHERE v.workspace_id = $1 AND v.field = '{field}' AND v.contact_before = lower($2)
        )
    ORDER BY m.created_at, m.id LIMIT 1"""
OWNER_OF_PHONE = OWNER.format(column="c.phone = $2", field="phone")
OWNER_OF_EMAIL = OWNER.format(column="lower(c.email) = lower($2)", field="email")


async def refuse_owned(
    tx: Transaction, phone: str | None, email: str | None, *, own: UUID | None = None
) -> None:
    """Raise a Refusal (DUPLICATE) where another living customer has the phone or the e-mail.

    They have it in their profile, in that of a customer merged into them, under a value that a
    merge has put on theirs, or by a channel identity.
    `own` is the customer who may have it. Two transactions that check the same contact do so one
    after the other, the second seeing what the first has written.
    """
    contacts = [contact for contact in (phone, email.lower() if email else None) if contact]
    await in_turn(tx, contacts)
    if phone:
        await _refuse(tx, OWNER_OF_PHONE, "phone", phone, PHONE_KINDS, own)
    if email:
        kinds = frozenset({ChannelKind.EMAIL})
        await _refuse(tx, OWNER_OF_EMAIL, "email", email.lower(), kinds, own)


async def _refuse(
    tx: Transaction,
    sql: str,
    field: str,
    contact: str,
    kinds: frozenset[ChannelKind],
    own: UUID | None,
) -> None:
    rows = await tx.fetch(sql, tx.workspace_id, contact, own, sorted(kinds))
    if rows:
        raise Refusal(
            ErrorCode.DUPLICATE,
            f"Another customer has this {field}. Change that one, or say allowDuplicate.",
            (field,),
            (Customer, rows[0]["id"]),
        )


async def in_turn(tx: Transaction, contacts: Iterable[str]) -> None:
    """Wait for others who write one of these contacts, and have them wait until the commit.

    No unique key can do it, because duplicates may be allowed. The lock is the row of a counter,
    one of 64 by the contact's checksum: advisory locks hold on one node only.
    """
    buckets = {zlib.crc32(contact.encode()) % BUCKETS for contact in contacts}
    for bucket in sorted(buckets):
        await tx.next_number(f"contacts-{bucket}")
