"""Matches: who a row is of, where what it has may be that of a customer who is there already.

By their id, then the external id, the channel identity, the phone and the e-mail address, in this
order; the same for customers whom a row above has added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_LOADS

from models import OnDuplicate
from services.importing.contact_holders import ContactHolders
from services.importing.customer_identities import IdentityHolders
from services.importing.customer_rows import CustomerRow
from services.importing.external_ids import find_customers
from services.transactions import Transaction

# A customer who was merged away is stood for by the main one.
STANDING = """
    SELECT c.asked, c.id, c.deleted_at, c.full_name FROM unnest($2::uuid[]) AS a(id)
    CROSS JOIN LATERAL (
        SELECT id AS asked, coalesce(merged_into_id, id) AS id, deleted_at, full_name
        FROM customers WHERE workspace_id = $1 AND id >= a.id AND id <= a.id AND erased_at IS NULL
        ORDER BY id LIMIT 1
    ) AS c"""
HELD = """
    SELECT * FROM customers WHERE workspace_id = $1 AND id = ANY($2::uuid[])
    ORDER BY id FOR NO KEY UPDATE"""


class Matches:
    """Who the rows of a part are of, those whom the part adds included."""

    def __init__(self, contacts: ContactHolders, identities: IdentityHolders) -> None:
        """Both are loaded with what the rows have."""
        self._contacts = contacts
        self._identities = identities
        self._external_ids: dict[str, UUID] = {}
        self._standing: dict[UUID, UUID] = {}
        self.deleted: dict[UUID, str] = {}
        """Those who are deleted, with their names."""

    async def load(self, tx: Transaction, rows: Sequence[CustomerRow]) -> None:
        """Find whom the rows' ids and external ids name."""
        external_ids = [one.values["external_id"] for one in rows if "external_id" in one.values]
        self._external_ids = await find_customers(tx, external_ids)
        named = {one.id for one in rows if one.id is not None}
        wanted = sorted({*named, *self._external_ids.values()})
        if wanted:
            found = await tx.fetch(STANDING, tx.workspace_id, wanted)
            self._standing = {row["asked"]: row["id"] for row in found}
            self.deleted = {row["id"]: row["full_name"] for row in found if row["deleted_at"]}

    def find(self, row: CustomerRow) -> UUID | None:
        """The customer whom a row is of; None where they are new."""
        if row.id in self._standing:
            return self._standing[row.id]
        known = self._external_ids.get(row.values.get("external_id", ""))
        if known is not None:
            return self._standing.get(known, known)
        holder = self._identities.find(row, None)
        for field in ("phone", "email"):
            if holder is None and row.values.get(field):
                holder = self._contacts.find(field, row.values[field], None)
        return holder.id if holder is not None else None

    def knows_external_id(self, row: CustomerRow) -> bool:
        """Whether somebody has the row's external id: the customer, or one merged into them."""
        return row.values.get("external_id") in self._external_ids

    def claim(self, row: CustomerRow, id: UUID) -> None:
        """Have a customer hold the row's external id, unless somebody does."""
        if "external_id" in row.values:
            self._external_ids.setdefault(row.values["external_id"], id)


async def hold_customers(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Customers by their ids with all columns, held for changing."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await tx.fetch(HELD, tx.workspace_id, wanted)
    return {row["id"]: {**row, "properties": JSON_LOADS(row["properties"])} for row in rows}


def without_external_id(row: CustomerRow) -> CustomerRow:
    """The row without the external id by which its customer was found."""
    values = {column: value for column, value in row.values.items() if column != "external_id"}
    return replace(row, values=values)


def applied(row: CustomerRow, there: Mapping[str, Any], policy: OnDuplicate) -> CustomerRow:
    """What of a row is to become of a customer who is there: all of it, or what fills their gaps.

    A customer keeps the external id that they have.
    """
    if policy is OnDuplicate.UPDATE:
        return row
    values = {column: value for column, value in row.values.items() if there[column] is None}
    kept: dict[str, Any] = there["properties"]
    properties = {key: value for key, value in row.properties.items() if kept.get(key) is None}
    return replace(row, values=values, properties=properties)
