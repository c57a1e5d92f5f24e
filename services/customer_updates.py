"""Changing a customer: what was given, noted field by field, under optimistic locking."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.fields.data import JSON_LOADS

from models import (
    ChannelIdentity,
    ContactLogKind,
    Customer,
    EventType,
    LogSource,
    ProfileChange,
    PropertyDefinition,
)
from services.contact_logs import log_contact
from services.contact_owners import refuse_owned
from services.customer_additions import customer_now, read_properties
from services.customer_channels import connect_channel, identifier_on
from services.customer_fields import (
    API_NAMES,
    CustomerChanges,
    check_references,
    clean_fields,
    in_api,
)
from services.customers import hold_customer, refuse_external_id, searchable
from services.errors import ErrorCode, Refusal
from services.given import UNSET
from services.idempotency import claim_key
from services.identities import IDENTIFIERS
from services.ids import global_id
from services.memberships import GROUPS, TAGS, replace_memberships
from services.merged_values import edited_fields, keep_edited
from services.properties import require_values
from services.property_indexes import write_property_index
from services.rows import update_row
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.texts import fold
from services.transactions import RetryTransaction, Transaction

MOST_LOOKED_BACK = 100
SINCE = """
    SELECT changes FROM profile_changes
    WHERE workspace_id = $1 AND customer_id = $2
    ORDER BY changed_at DESC, id DESC LIMIT $3"""


@dataclass
class Edit:
    """What an update changes: the columns to write, and each field's old and new value."""

    customer: Customer
    columns: list[str] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def note(self, name: str, old: Any, new: Any) -> None:
        """Note the change of a field, in the API's spelling."""
        self.changes.append({"field": name, "old": old, "new": new})

    @property
    def fields(self) -> list[str]:
        """The names of the fields that change."""
        return [change["field"] for change in self.changes]


async def update_customer(
    tx: Transaction,
    customer_id: UUID,
    changes: CustomerChanges,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> Customer:
    """Change what is given of the customer that `customer_id` stands for: a merged one's main one.

    The version and the last update move only where something changes; the history, the event
    CUSTOMER_UPDATED and the index of custom properties move with them. What a merge had put on a
    field that changes is forgotten: the edited value stays, whoever is unmerged later. Of the
    custom properties only those named change; groups and tags become exactly those given. A channel
    connects the customer to the workspace's default channel of its kind and becomes their source.

    Raises a Refusal: STALE (expectedVersion) with the present version and what has changed since;
    NOT_FOUND (customerId) for an unknown or deleted customer; else as `add_customer` does.
    """
    customer = await hold_customer(tx, customer_id, "customerId")
    if idempotency_key is not None:
        input = [customer_id, changes, expected_version]
        first = await claim_key(tx, "updateCustomer", idempotency_key, input, customer.id)
        if first is not None:
            return await customer_now(tx, first)
    await _refuse_stale(tx, customer, expected_version)
    await check_references(tx, changes)
    edit = Edit(customer)
    await _edit_fields(tx, edit, changes)
    properties = await _edit_properties(tx, edit, changes)
    await _edit_memberships(tx, edit, changes)
    await _write(tx, edit)
    if properties:
        definitions, values = properties
        await write_property_index(tx, definitions, {customer.id: values})
    if changes.channel:
        await _connect(tx, customer, changes)
    return customer


async def _refuse_stale(tx: Transaction, customer: Customer, expected: int | None) -> None:
    if expected is None or expected == customer.version:
        return
    since = min(max(customer.version - expected, 0), MOST_LOOKED_BACK)
    rows = await tx.fetch(SINCE, tx.workspace_id, customer.id, since)
    changed = dict.fromkeys(
        change["field"] for row in reversed(rows) for change in JSON_LOADS(row["changes"])
    )
    what = f" Changed since: {', '.join(changed)}." if changed else ""
    raise Refusal(
        ErrorCode.STALE,
        f"The customer is at version {customer.version}, not {expected}.{what} Read them again.",
        ("expectedVersion",),
        (Customer, customer.id),
    )


async def _edit_fields(tx: Transaction, edit: Edit, changes: CustomerChanges) -> None:
    customer = edit.customer
    given = clean_fields(changes, tx.workspace.default_country)
    new: dict[str, Any] = {
        column: value for column, value in given.items() if value != getattr(customer, column)
    }
    if not changes.allow_duplicate:
        await refuse_owned(tx, new.get("phone"), new.get("email"), own=customer.id)
    for name, api_name in API_NAMES.items():
        column = "source" if name == "channel" else name
        if column in new:
            edit.note(api_name, in_api(name, getattr(customer, column)), in_api(name, new[column]))
            setattr(customer, column, new[column])
            edit.columns.append(column)
    if "external_id" in new:
        await refuse_external_id(tx, customer)


async def _edit_properties(
    tx: Transaction, edit: Edit, changes: CustomerChanges
) -> tuple[list[PropertyDefinition], dict[str, Any]] | None:
    """The definitions and the values that change; None where none do. None given clears all."""
    if changes.properties is UNSET:
        return None
    definitions, given = await read_properties(tx, changes)
    before: dict[str, Any] = edit.customer.properties
    if changes.properties is None:
        given = {one.key: None for one in definitions if one.key in before}
    new = {key: value for key, value in given.items() if value != before.get(key)}
    after = {**before, **new}
    asked = [one for one in definitions if one.key in new]
    require_values(asked, after, "properties")
    for key, value in new.items():
        edit.note(f"properties.{key}", before.get(key), value)
    if new:
        edit.customer.properties = {k: v for k, v in after.items() if v is not None}
        edit.columns.append("properties")
    return ([one for one in definitions if one.key in new], new) if new else None


async def _edit_memberships(tx: Transaction, edit: Edit, changes: CustomerChanges) -> None:
    for name, membership, ids in (
        ("groupIds", GROUPS, changes.group_ids),
        ("tagIds", TAGS, changes.tag_ids),
    ):
        if ids is UNSET:
            continue
        change = await replace_memberships(tx, edit.customer, membership, ids or ())
        if change is not None:
            edit.note(name, change.before, change.after)


async def _write(tx: Transaction, edit: Edit) -> None:
    """Write what changes, if anything does, with its history and its event."""
    if not edit.changes:
        return
    customer = edit.customer
    note_change(tx, [customer.id], Concern.PROFILE)
    if customer.member_count:
        await keep_edited(tx, {customer.id: edited_fields(edit.columns, edit.fields)})
    customer.version += 1
    customer.updated_at = tx.now
    customer.name_key = fold(customer.full_name)[:400]
    rows = await tx.fetch(IDENTIFIERS, tx.workspace_id, customer.id)
    customer.search_text = searchable(customer, [row["identifier"] for row in rows])
    columns = [*edit.columns, "version", "updated_at", "name_key", "search_text"]
    try:
        await update_row(tx, customer, columns)
    except IntegrityError:
        # Somebody has taken the external id at this instant: the next try names them.
        raise RetryTransaction from None
    await ProfileChange.create(
        using_db=tx.connection,
        workspace_id=tx.workspace_id,
        customer_id=customer.id,
        origin_customer_id=customer.id,
        changes=edit.changes,
        source=source_of(tx),
        user_id=tx.actor.user_id if tx.actor else None,
        api_key_id=tx.actor.api_key_id if tx.actor else None,
        changed_at=tx.now,
    )
    payload = {"fields": edit.fields, "version": customer.version}
    tx.record(EventType.CUSTOMER_UPDATED, customer.id, payload)


async def _connect(tx: Transaction, customer: Customer, changes: CustomerChanges) -> None:
    assert changes.channel
    values = {"phone": customer.phone, "email": customer.email, "username": customer.username}
    identifier = identifier_on(changes.channel, values, tx.workspace.default_country)
    identity = await connect_channel(tx, customer, changes.channel, identifier)
    if identity is None:
        return
    await log_contact(tx, ContactLogKind.CONNECTED, customer, source_of(tx), changes.channel)
    tx.record(
        EventType.IDENTITY_CONNECTED,
        customer.id,
        {
            "identityId": global_id(ChannelIdentity, identity.id),
            "channel": changes.channel.value,
        },
    )


def source_of(tx: Transaction) -> LogSource:
    """What the logs give as the source of a change: API for a key, USER for all others."""
    by_key = tx.actor is not None and tx.actor.api_key_id is not None
    return LogSource.API if by_key else LogSource.USER
