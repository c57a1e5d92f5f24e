"""Changing a batch of customers: as `services.customer_updates` changes one, in sets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_DUMPS

from models import EventType, LogSource, PropertyDefinition
from models.base import new_id_text
from services.arrays import array_of, joined
from services.customer_fields import API_NAMES, in_api
from services.customers import searchable_text
from services.ids import global_id
from services.importing.customer_additions import CASTS, TYPES, add_members, column_of
from services.importing.customer_identities import own_username
from services.importing.customer_rows import PLAIN, CustomerRow
from services.memberships import GROUPS, TAGS, Membership
from services.merged_values import edited_fields, keep_edited
from services.property_indexes import write_property_index
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.texts import fold
from services.transactions import Transaction

IDENTIFIERS = """
    SELECT customer_id, identifier FROM channel_identities
    WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[]) ORDER BY connected_at, id"""
MEMBERS = """
    SELECT DISTINCT customer_id, {column} AS of_id FROM {table}
    WHERE workspace_id = $1 AND customer_id = ANY($2::uuid[])"""
# An INSERT that meets each row's key finds it by that key alone; for an UPDATE that is joined to a
# set of keys the planner, who takes a workspace that is being filled for an empty one, may pass
# over all of the customers each time. What an INSERT cannot do without is given, and never
# written. Of the others, only columns in which a row differs are.
UPDATE_CUSTOMERS = """
    INSERT INTO customers
        (workspace_id, id, acquisition, created_at, updated_at, {given})
    SELECT $1, c.id, 'IMPORT', $2, $2, {values} FROM unnest({arrays}) AS c({names})
    ON CONFLICT (workspace_id, id) DO UPDATE SET version = customers.version + 1,
        updated_at = excluded.updated_at{columns}"""
NEEDED = ("full_name", "name_key", "search_text")
"""Columns that are not null and have no default."""
SEARCHED = ("full_name", "phone", "email", "username", "external_id")
"""The columns that a search looks into, in its order."""
SEARCHED_NOW = f"""
    SELECT id, {", ".join(SEARCHED)} FROM customers
    WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""
UPDATE_SEARCH = f"""
    UPDATE customers SET search_text = s.text FROM unnest($2::uuid[], {array_of(3)}) AS s(id, text)
    WHERE customers.workspace_id = $1 AND customers.id = s.id
        AND customers.search_text <> s.text"""
INSERT_HISTORY = f"""
    INSERT INTO profile_changes
        (workspace_id, id, customer_id, origin_customer_id, changes, source, user_id, api_key_id,
         changed_at)
    SELECT $1, h.id, h.customer_id, h.customer_id, h.changes::jsonb, '{LogSource.IMPORT}', $2, $3,
        $4
    FROM unnest({array_of(5, "uuid")}, $6::uuid[], {array_of(7)}) AS h(id, customer_id, changes)
    ON CONFLICT (workspace_id, id) DO NOTHING"""
FIELDS = [
    ("source" if name == "channel" else name, name, api_name)
    for name, api_name in API_NAMES.items()
]
"""The plain fields: the column, the name within, and the name in the API."""


@dataclass(slots=True)
class Change:
    """What a row changes of a customer who is there."""

    there: dict[str, Any]
    """Their row, with the columns that an import may change."""
    values: dict[str, Any]
    properties: dict[str, Any]
    history: list[dict[str, Any]]
    """A list of {"field", "old", "new"}, in the order of the customer's fields."""
    members: dict[str, list[UUID]] = field(default_factory=dict)
    """Groups and tags to be added to, by the table of the memberships."""
    search_text: str | None = None
    """What they are found by from now on, where that changes."""

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
    history: list[dict[str, Any]] = []
    if values:
        for column, name, api_name in FIELDS:
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
    connected: Mapping[UUID, CustomerRow],
) -> None:
    """Write changes with their history and events; the customers who were `connected` by their rows
    are found by new identifiers, too."""
    for change in changes:
        if change.id in connected and change.there["username"] is None:
            # The identity has brought it along: see `IdentityHolders.connect`.
            change.there["username"] = own_username(connected[change.id])
    note_change(tx, [one.id for one in changes], Concern.PROFILE)
    if changes:
        await keep_edited(tx, {one.id: one.edited for one in changes if one.there["member_count"]})
        await _find_search_texts(tx, [one for one in changes if one.id not in connected])
        await _update(tx, changes)
        await _write_history(tx, changes)
    await _renew_search(tx, connected)
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


async def _update(tx: Transaction, changes: Sequence[Change]) -> None:
    """Write the columns in which any customer of the batch changes, for all of them."""
    names = {name for change in changes for name in change.values}
    columns: dict[str, list[Any]] = {
        name: [one.values[name] if name in one.values else one.there[name] for one in changes]
        for name in PLAIN
        if name in names
    }
    if "full_name" in columns:
        columns["name_key"] = [fold(name)[:400] for name in columns["full_name"]]
    if any(one.search_text is not None for one in changes):
        columns["search_text"] = [
            one.there["search_text"] if one.search_text is None else one.search_text
            for one in changes
        ]
    if any(one.properties for one in changes):
        columns["properties"] = [
            JSON_DUMPS({**one.there["properties"], **one.properties}) for one in changes
        ]
    await tx.execute(
        update_customers(tuple(columns)),
        tx.workspace_id,
        tx.now,
        [change.id for change in changes],
        *(values if name in TYPES else joined(values) for name, values in columns.items()),
    )


@lru_cache(maxsize=256)
def update_customers(names: tuple[str, ...]) -> str:
    """The statement that changes these columns of customers."""
    needed = [name for name in NEEDED if name not in names]
    return UPDATE_CUSTOMERS.format(
        given=", ".join((*names, *needed)),
        values=", ".join(
            (*(f"c.{name}{CASTS.get(name, '')}" for name in names), *["''"] * len(needed))
        ),
        columns="".join(f", {name} = excluded.{name}" for name in names),
        arrays=", ".join(("$3::uuid[]", *(column_of(n, name) for n, name in enumerate(names, 4)))),
        names=", ".join(("id", *names)),
    )


async def _write_history(tx: Transaction, changes: Sequence[Change]) -> None:
    await tx.execute(
        INSERT_HISTORY,
        tx.workspace_id,
        tx.actor.user_id if tx.actor else None,
        tx.actor.api_key_id if tx.actor else None,
        tx.now,
        joined([new_id_text() for _ in changes]),
        [change.id for change in changes],
        joined([JSON_DUMPS(change.history) for change in changes]),
    )


async def _find_search_texts(tx: Transaction, changes: Sequence[Change]) -> None:
    """Note what those are found by who are called, or reached, differently now."""
    searched = [one for one in changes if not one.values.keys().isdisjoint(SEARCHED)]
    identifiers = await _identifiers(tx, [one.id for one in searched])
    for change in searched:
        after = change.after
        parts = [after[column] for column in SEARCHED]
        text = searchable_text(*parts, *identifiers.get(change.id, ()))
        change.search_text = text if text != change.there["search_text"] else None


async def _renew_search(tx: Transaction, ids: Collection[UUID]) -> None:
    """Have customers be found by what they are called now, as it stands in the database."""
    if not ids:
        return
    identifiers = await _identifiers(tx, ids)
    texts = {
        row["id"]: searchable_text(
            *(row[column] for column in SEARCHED), *identifiers.get(row["id"], ())
        )
        for row in await tx.fetch(SEARCHED_NOW, tx.workspace_id, list(ids))
    }
    await tx.execute(UPDATE_SEARCH, tx.workspace_id, list(texts), joined(list(texts.values())))


async def _identifiers(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """The identifiers on channels of customers, by their ids."""
    found: dict[UUID, list[str]] = {}
    if ids:
        for row in await tx.fetch(IDENTIFIERS, tx.workspace_id, list(ids)):
            found.setdefault(row["customer_id"], []).append(row["identifier"])
    return found
