"""What each kind of bulk change does to a batch of customers."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from models import BulkChange, BulkChangeKind, CustomerStatus
from services.bulk.memberships import change_membership
from services.bulk.records import Failure, refusal_of
from services.customer_deletions import delete_customer
from services.customer_fields import USER_FIELDS, CustomerChanges
from services.customer_updates import update_customer
from services.customers import held_customers, refuse_dead
from services.errors import Refusal
from services.given import UNSET
from services.memberships import GROUPS, TAGS, Membership
from services.properties import PropertyEntry
from services.transactions import Transaction

Verb = Callable[[Transaction, dict[str, Any], Sequence[UUID]], Awaitable[list[Failure]]]


async def apply(tx: Transaction, change: BulkChange, ids: Sequence[UUID]) -> list[Failure]:
    """Do the change to a batch of customers, in the transaction; those whom it was not done to.

    An id that was merged away stands for its main customer, who is changed once however often they
    are named. One who is deleted, erased or unknown by now is a failure.
    """
    held = await held_customers(tx, ids)
    failures = []
    mains: dict[UUID, None] = {}
    for id in ids:
        customer = held.get(id)
        try:
            refuse_dead(customer)
        except Refusal as refusal:
            failures.append(refusal_of(id, refusal))
        else:
            assert customer is not None
            mains[customer.id] = None
    return failures + await VERBS[change.kind](tx, change.options, list(mains))


async def _update(tx: Transaction, options: dict[str, Any], ids: Sequence[UUID]) -> list[Failure]:
    changes = changes_of(options)
    failures = []
    for id in ids:
        try:
            async with tx.attempt():
                await update_customer(tx, id, changes)
        except Refusal as refusal:
            failures.append(refusal_of(id, refusal))
    return failures


async def _delete(tx: Transaction, _: dict[str, Any], ids: Sequence[UUID]) -> list[Failure]:
    for id in ids:
        await delete_customer(tx, id)
    return []


def _membership(membership: Membership, *, member: bool) -> Verb:
    async def verb(tx: Transaction, options: dict[str, Any], ids: Sequence[UUID]) -> list[Failure]:
        if await _exists(tx, membership, UUID(options["id"])):
            await change_membership(tx, membership, UUID(options["id"]), ids, member=member)
        return []

    return verb


async def _exists(tx: Transaction, membership: Membership, id: UUID) -> bool:
    """Whether the group or tag is still there, held as it is; where it is gone nothing is to do."""
    table = membership.model._meta.db_table
    statement = f"SELECT 1 FROM {table} WHERE workspace_id = $1 AND id = $2 FOR KEY SHARE"
    return bool(await tx.fetch(statement, tx.workspace_id, id))


VERBS: dict[BulkChangeKind, Verb] = {
    BulkChangeKind.UPDATE: _update,
    BulkChangeKind.DELETE: _delete,
    BulkChangeKind.TAG: _membership(TAGS, member=True),
    BulkChangeKind.UNTAG: _membership(TAGS, member=False),
    BulkChangeKind.ADD_TO_GROUP: _membership(GROUPS, member=True),
    BulkChangeKind.REMOVE_FROM_GROUP: _membership(GROUPS, member=False),
}


UPDATED = (
    "owner_id",
    "assignee_id",
    "status",
    "job_title",
    "province",
    "regency_city",
    "district",
    "subdistrict",
    "zip_code",
    "properties",
)
"""The fields that many customers can be given the same value of. The others are a person's own."""


def options_of(changes: CustomerChanges) -> dict[str, Any]:
    """The changes of the fields UPDATED as JSON, those left out left out."""
    found: dict[str, Any] = {}
    for name in UPDATED:
        value = getattr(changes, name)
        if value is UNSET:
            continue
        if name == "properties":
            value = [[entry.key, entry.value] for entry in value or ()]
        found[name] = str(value) if isinstance(value, UUID) else value
    return found


def changes_of(options: dict[str, Any]) -> CustomerChanges:
    """The changes that `options_of` has written."""
    values = dict(options)
    for name in USER_FIELDS:
        if values.get(name):
            values[name] = UUID(values[name])
    if values.get("status"):
        values["status"] = CustomerStatus(values["status"])
    if "properties" in values:
        values["properties"] = [PropertyEntry(key, value) for key, value in values["properties"]]
    return CustomerChanges(**values)
