"""Adding a batch of customers: as `services.customer_additions` adds one, in sets."""

from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

import asyncpg
from tortoise.exceptions import IntegrityError

from models import Acquisition, ContactLogKind, EventType, LogSource, PropertyDefinition
from models.base import new_id, new_id_text
from services.arrays import array_of, joined
from services.contact_logs import count_contacts
from services.importing.customer_rows import NEW_COLUMNS, CustomerRow
from services.memberships import GROUPS, TAGS, Membership, count_pairs
from services.property_indexes import write_property_index
from services.segments.changes import note_change
from services.standing import count_added
from services.transactions import RetryTransaction, Transaction

TYPES = {"owner_id": "uuid[]", "assignee_id": "uuid[]"}
"""Of the columns' arrays, where they are not text."""
CASTS = {"properties": "::jsonb"}
# What no row has a value for is left out: a column costs each row its share of the statement. The
# unique key of the external id stands in the way of another transaction's row, and ends this one.
INSERT_CUSTOMERS = """
    WITH c AS MATERIALIZED (SELECT * FROM unnest($4::uuid[], {arrays}) AS c(id, log_id, {columns})),
    added AS (
        INSERT INTO customers
            (workspace_id, acquisition, added_by_id, created_at, updated_at, id, {columns})
        SELECT $1, '{acquisition}', $2, $3, $3, c.id, {values} FROM c
        RETURNING 1
    ), logged AS (
        INSERT INTO contact_logs
            (workspace_id, id, kind, created_at, contact_id, contact_name, source, user_id, channel)
        SELECT $1, c.log_id, '{kind}', $3, c.id, c.full_name, '{source}', $2, {channel} FROM c
        ON CONFLICT (workspace_id, id) DO NOTHING
    ) SELECT count(*) AS added FROM added"""
INSERT_MEMBERS = """
    INSERT INTO {table}
        (workspace_id, id, customer_id, origin_customer_id, {column}, added_by_id, created_at)
    SELECT $1, m.id, m.customer_id, m.customer_id, m.of_id, $2, $3
    FROM unnest($4::uuid[], $5::uuid[], $6::uuid[]) AS m(id, customer_id, of_id)
    ON CONFLICT (workspace_id, {column}, origin_customer_id) DO NOTHING"""


async def add_customers(
    tx: Transaction,
    new: Sequence[tuple[UUID, CustomerRow]],
    definitions: Sequence[PropertyDefinition],
) -> int:
    """Add customers with their groups, tags and custom properties; return their number.

    Raises RetryTransaction where another transaction has just added one of their external ids.
    """
    if not new:
        return 0
    await _insert(tx, new)
    sources = [row.values.get("source") for _, row in new]
    note_change(tx, [id for id, _ in new])
    count_contacts(tx, ContactLogKind.ADDED, sources)
    count_added(tx, len(new))
    values = {id: row.properties for id, row in new if row.properties}
    await write_property_index(tx, definitions, values, fresh=True)
    await add_members(tx, GROUPS, [(id, one) for id, row in new for one in row.group_ids])
    await add_members(tx, TAGS, [(id, one) for id, row in new for one in row.tag_ids])
    payloads = {one: {"acquisition": "IMPORT", "source": one} for one in set(sources)}
    for (id, _), source in zip(new, sources, strict=True):
        tx.record(EventType.CUSTOMER_ADDED, id, payloads[source])
    return len(new)


async def _insert(tx: Transaction, new: Sequence[tuple[UUID, CustomerRow]]) -> None:
    """Write the rows of the table and of the log.

    Raises RetryTransaction where an external id is taken by now.
    """
    columns = zip(*(row.new_values for _, row in new), strict=True)
    given = {
        name: values
        for name, values in zip(NEW_COLUMNS, columns, strict=True)
        if values.count(None) < len(values)
    }
    try:
        await tx.fetch(
            insert_customers(tuple(given)),
            tx.workspace_id,
            tx.actor.user_id if tx.actor else None,
            tx.now,
            [id for id, _ in new],
            joined([new_id_text() for _ in new]),
            *(list(values) if name in TYPES else joined(values) for name, values in given.items()),
        )
    except IntegrityError as error:
        if isinstance(error.__cause__, asyncpg.UniqueViolationError):
            raise RetryTransaction from error
        raise


@lru_cache(maxsize=64)
def insert_customers(names: tuple[str, ...]) -> str:
    """The statement that adds customers with these columns."""
    arrays = [array_of(5, "uuid"), *(column_of(n, name) for n, name in enumerate(names, start=6))]
    return INSERT_CUSTOMERS.format(
        acquisition=Acquisition.IMPORT,
        kind=ContactLogKind.ADDED,
        source=LogSource.IMPORT,
        columns=", ".join(names),
        values=", ".join(f"c.{name}{CASTS.get(name, '')}" for name in names),
        channel="c.source" if "source" in names else "NULL",
        arrays=", ".join(arrays),
    )


def column_of(place: int, name: str) -> str:
    """The array of a column's values at this place of a statement's parameters."""
    return f"${place}::{TYPES[name]}" if name in TYPES else array_of(place)


async def add_members(
    tx: Transaction, membership: Membership, pairs: Sequence[tuple[UUID, UUID]]
) -> None:
    """Put customers into groups (or give them tags): pairs of customer and group."""
    if not pairs:
        return
    note_change(tx, {customer_id for customer_id, _ in pairs}, membership.concern)
    count_pairs(tx, membership, pairs)
    await tx.execute(
        INSERT_MEMBERS.format(table=membership.table, column=membership.column),
        tx.workspace_id,
        tx.actor.user_id if tx.actor else None,
        tx.now,
        [new_id() for _ in pairs],
        [customer_id for customer_id, _ in pairs],
        [of_id for _, of_id in pairs],
    )
