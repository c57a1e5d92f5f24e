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
from services.arrays import array_of, joined
from services.importing.contact_holders import ContactHolders
from services.importing.customer_identities import IdentityHolders
from services.importing.customer_rows import PLAIN, CustomerRow
from services.transactions import Transaction

# A customer who was merged away is stood for by the main one.
STANDING = """
    SELECT c.asked, c.id, c.deleted_at, c.full_name FROM unnest($2::uuid[]) AS a(id)
    CROSS JOIN LATERAL (
        SELECT id AS asked, coalesce(merged_into_id, id) AS id, deleted_at, full_name
        FROM customers WHERE workspace_id = $1 AND id >= a.id AND id <= a.id AND erased_at IS NULL
        ORDER BY id LIMIT 1
    ) AS c"""
BY_EXTERNAL_ID = f"""
    SELECT c.external_id, c.id, c.main_id, c.deleted_at, c.full_name
    FROM unnest({array_of(2)}) AS a(external_id)
    CROSS JOIN LATERAL (
        SELECT external_id, id, coalesce(merged_into_id, id) AS main_id, deleted_at, full_name
        FROM customers
        WHERE workspace_id = $1 AND external_id >= a.external_id AND external_id <= a.external_id
        ORDER BY external_id LIMIT 1
    ) AS c"""
HELD_COLUMNS = ", ".join(
    (
        *("id", "version", "deleted_at", "merged_into_id", "member_count", "main_identity_id"),
        *("search_text", "properties", *PLAIN),
    )
)
HELD = f"""
    SELECT h.* FROM unnest($2::uuid[]) AS a(id)
    CROSS JOIN LATERAL (
        SELECT {HELD_COLUMNS} FROM customers
        WHERE workspace_id = $1 AND id >= a.id AND id <= a.id
        ORDER BY id LIMIT 1 FOR NO KEY UPDATE
    ) AS h"""


class Matches:
    """Who the rows of a part are of, those whom the part adds included."""

    def __init__(self, contacts: ContactHolders, identities: IdentityHolders) -> None:
        """Both are to be loaded with what the rows have who are not `named`."""
        self._contacts = contacts
        self._identities = identities
        self._external_ids: dict[str, UUID] = {}
        self._standing: dict[UUID, UUID] = {}
        self.deleted: dict[UUID, str] = {}
        """Those who are deleted, with their names."""

    async def load(self, tx: Transaction, rows: Sequence[CustomerRow]) -> None:
        """Find whom the rows' ids and external ids name."""
        mains: set[UUID] = set()
        external_ids = [one.values["external_id"] for one in rows if "external_id" in one.values]
        if external_ids:
            for row in await tx.fetch(BY_EXTERNAL_ID, tx.workspace_id, joined(external_ids)):
                self._external_ids[row["external_id"]] = row["main_id"]
                if row["main_id"] != row["id"]:
                    mains.add(row["main_id"])
                elif row["deleted_at"]:
                    self.deleted[row["id"]] = row["full_name"]
        ids = {one.id for one in rows if one.id is not None}
        while wanted := sorted({*ids, *mains}):
            found = await tx.fetch(STANDING, tx.workspace_id, wanted)
            self._standing |= {row["asked"]: row["id"] for row in found if row["asked"] in ids}
            whole = [row for row in found if row["asked"] == row["id"]]
            self.deleted |= {row["id"]: row["full_name"] for row in whole if row["deleted_at"]}
            ids, mains = set(), {row["id"] for row in found} - set(wanted)

    def named(self, row: CustomerRow) -> UUID | None:
        """The customer whom a row's id or external id names."""
        if row.id is not None and row.id in self._standing:
            return self._standing[row.id]
        external_id = row.values.get("external_id")
        return self._external_ids.get(external_id) if external_id is not None else None

    def find(self, row: CustomerRow) -> UUID | None:
        """The customer whom a row is of; None where they are new."""
        named = self.named(row)
        if named is not None:
            return named
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
    """Customers by their ids with what an import may change (`HELD_COLUMNS`), held for changing."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await tx.fetch(HELD, tx.workspace_id, wanted)
    for row in rows:
        row["properties"] = {} if row["properties"] == "{}" else JSON_LOADS(row["properties"])
    return {row["id"]: row for row in rows}


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
