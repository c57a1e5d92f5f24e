"""Changing a batch of customers: as `services.customer_updates` changes one, in sets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_DUMPS

from models import EventType, LogSource, PropertyDefinition
from models.base import new_id
from services.customer_fields import API_NAMES, in_api
from services.customers import searchable_text
from services.ids import global_id
from services.importing.customer_additions import TYPES, add_members
from services.importing.customer_rows import PLAIN, CustomerRow
from services.memberships import GROUPS, TAGS, Membership
from services.merged_values import edited_fields, keep_edited
from services.property_indexes import write_property_index
from services.texts import fold
from services.transactions import Transaction

IDENTIFIERS = """
    SELECT customer_id, identifier FROM channel_identities
    WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[]) ORDER BY connected_at, id"""
MEMBERS = """
    SELECT DISTINCT customer_id, {column} AS of_id FROM {table}
    WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])"""
UPDATE_CUSTOMERS = f"""
    UPDATE customers SET version = customers.version + 1, updated_at = $2,
        name_key = c.name_key, properties = c.properties::jsonb,
        {", ".join(f"{name} = c.{name}" for name in PLAIN)}
    FROM unnest($3::uuid[], $4::text[], $5::text[],
        {", ".join(f"${n}::{TYPES.get(name, 'text[]')}" for n, name in enumerate(PLAIN, start=6))})
        AS c(id, name_key, properties, {", ".join(PLAIN)})
    WHERE customers.workspace_id = $1 AND customers.id = c.id"""
SEARCHED = """
    SELECT id, full_name, phone, email, username, external_id FROM customers
    WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""
UPDATE_SEARCH = """
    UPDATE customers SET search_text = s.text FROM unnest($2::uuid[], $3::text[]) AS s(id, text)
    WHERE customers.workspace_id = $1 AND customers.id = s.id
        AND customers.search_text <> s.text"""
INSERT_HISTORY = f"""
    INSERT INTO profile_changes
        (workspace_id, id, customer_id, origin_customer_id, changes, source, user_id, api_key_id,
         changed_at)
    SELECT $1, h.id, h.customer_id, h.customer_id, h.changes::jsonb, '{LogSource.IMPORT}', $2, $3,
        $4
    FROM unnest($5::uuid[], $6::uuid[], $7::text[]) AS h(id, customer_id, changes)
    ON CONFLICT (workspace_id, id) DO NOTHING"""


@dataclass(slots=True)
class Change:
    """What a row changes of a customer who is there."""

    there: dict[str, Any]
    """Their row, with all columns."""
    values: dict[str, Any]
    properties: dict[str, Any]
    history: list[dict[str, Any]]
    """A list of {"field", "old", "new"}, in the order of the customer's fields."""
    members: dict[str, list[UUID]] = field(default_factory=dict)
    """Groups and tags to be added to, by the table of the memberships."""

    @property
    def id(self) -> UUID:
        """The customer's id."""
        found: UUID = self.there["id"]
        return found

    @property
    def edited(self) -> list[str]:
        """What is edited, for `keep_edited`."""
        return edited_fields(self.values, [one["field"] for one in self.history])

    @property
    def after(self) -> dict[str, Any]:
        """The columns as they will be."""
        return {**self.there, **self.values}


async def find_changes(
    tx: Transaction, known: Sequence[tuple[dict[str, Any], CustomerRow]]
) -> list[Change]:
    """The customers of whom their rows change something."""
    changes = [find_change(there, row) for there, row in known]
    for membership, given in (
        (GROUPS, [row.group_ids for _, row in known]),
        (TAGS, [row.tag_ids for _, row in known]),
    ):
        await _find_members(tx, membership, changes, given)
    return [change for change in changes if change.history]


def find_change(there: dict[str, Any], row: CustomerRow) -> Change:
    """What a row changes of a customer's fields and custom properties. Blank cells change none."""
    values = {column: value for column, value in row.values.items() if there[column] != value}
    before: dict[str, Any] = there["properties"]
    properties = {key: value for key, value in row.properties.items() if before.get(key) != value}
    history = []
    for name, api_name in API_NAMES.items():
        column = "source" if name == "channel" else name
        if column in values:
            old, new = in_api(name, there[column]), in_api(name, values[column])
            history.append({"field": api_name, "old": old, "new": new})
    for key, value in properties.items():
        history.append({"field": f"properties.{key}", "old": before.get(key), "new": value})
    return Change(there, values, properties, history)


async def _find_members(
    tx: Transaction,
    membership: Membership,
    changes: Sequence[Change],
    given: Sequence[Sequence[UUID]],
) -> None:
    """Note the groups (or tags) that rows name and their customers are not in."""
    ids = [change.id for change, wanted in zip(changes, given, strict=True) if wanted]
    if not ids:
        return
    sql = MEMBERS.format(table=membership.table, column=membership.column)
    there: dict[UUID, set[UUID]] = {}
    for row in await tx.fetch(sql, tx.workspace_id, ids):
        there.setdefault(row["customer_id"], set()).add(row["of_id"])
    for change, wanted in zip(changes, given, strict=True):
        before = there.get(change.id, set())
        more = [id for id in wanted if id not in before]
        if more:
            change.members[membership.table] = more
            field = "groupIds" if membership is GROUPS else "tagIds"
            old = [global_id(membership.model, id) for id in sorted(before)]
            new = [global_id(membership.model, id) for id in sorted({*before, *more})]
            change.history.append({"field": field, "old": old, "new": new})


async def change_customers(
    tx: Transaction,
    changes: Sequence[Change],
    definitions: Sequence[PropertyDefinition],
    connected: Collection[UUID] = (),
) -> None:
    """Write changes with their history and events; `connected` are found by new identifiers too."""
    if changes:
        await keep_edited(tx, {one.id: one.edited for one in changes if one.there["member_count"]})
        columns = list(zip(*(changed_values(change) for change in changes), strict=True))
        await tx.execute(UPDATE_CUSTOMERS, tx.workspace_id, tx.now, *map(list, columns))
        await _write_history(tx, changes)
    await _renew_search(tx, {*(change.id for change in changes), *connected})
    await write_property_index(
        tx, definitions, {change.id: change.properties for change in changes if change.properties}
    )
    for membership in (GROUPS, TAGS):
        pairs = [(c.id, one) for c in changes for one in c.members.get(membership.table, ())]
        await add_members(tx, membership, pairs)
    for change in changes:
        fields = [one["field"] for one in change.history]
        payload = {"fields": fields, "version": change.there["version"] + 1}
        tx.record(EventType.CUSTOMER_UPDATED, change.id, payload)


def changed_values(change: Change) -> tuple[Any, ...]:
    """A changed customer's values, in the order of UPDATE_CUSTOMERS."""
    after = change.after
    return (
        change.id,
        fold(after["full_name"])[:400],
        JSON_DUMPS({**change.there["properties"], **change.properties}),
        *(after[column] for column in PLAIN),
    )


async def _write_history(tx: Transaction, changes: Sequence[Change]) -> None:
    await tx.execute(
        INSERT_HISTORY,
        tx.workspace_id,
        tx.actor.user_id if tx.actor else None,
        tx.actor.api_key_id if tx.actor else None,
        tx.now,
        [new_id() for _ in changes],
        [change.id for change in changes],
        [JSON_DUMPS(change.history) for change in changes],
    )


async def _renew_search(tx: Transaction, ids: Collection[UUID]) -> None:
    """Have customers be found by what they are called now."""
    if not ids:
        return
    identifiers: dict[UUID, list[str]] = {}
    for row in await tx.fetch(IDENTIFIERS, tx.workspace_id, list(ids)):
        identifiers.setdefault(row["customer_id"], []).append(row["identifier"])
    texts = {
        row["id"]: searchable_text(
            row["full_name"],
            row["phone"],
            row["email"],
            row["username"],
            row["external_id"],
            *identifiers.get(row["id"], ()),
        )
        for row in await tx.fetch(SEARCHED, tx.workspace_id, list(ids))
    }
    await tx.execute(UPDATE_SEARCH, tx.workspace_id, list(texts), list(texts.values()))
