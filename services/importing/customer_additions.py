"""Adding a batch of customers: as `services.customer_additions` adds one, in sets."""

from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

import asyncpg
from tortoise.exceptions import IntegrityError

from models import Acquisition, ContactLogKind, EventType, LogSource, PropertyDefinition
from models.base import new_id
from services.contact_logs import count_contacts
from services.importing.customer_rows import NEW_COLUMNS, CustomerRow
from services.memberships import GROUPS, TAGS, Membership, count_pairs
from services.property_indexes import write_property_index
from services.standing import count_added
from services.transactions import RetryTransaction, Transaction

TYPES = {"id": "uuid[]", "owner_id": "uuid[]", "assignee_id": "uuid[]"}
"""Of their arrays, where they are not text."""
CASTS = {"properties": "::jsonb"}
# What no row has a value for is left out: a column costs each row its share of the statement. The
# unique key of the external id stands in the way of another transaction's row, and ends this one.
INSERT_CUSTOMERS = """
    WITH added AS (
        INSERT INTO customers
            (workspace_id, acquisition, added_by_id, created_at, updated_at, {columns})
        SELECT $1, '{acquisition}', $2, $3, $3, {values}
        FROM unnest({arrays}) AS c({columns})
        RETURNING 1
    ) SELECT count(*) AS added FROM added"""
INSERT_LOGS = f"""
    INSERT INTO contact_logs
        (workspace_id, id, kind, created_at, contact_id, contact_name, source, user_id, channel)
    SELECT $1, l.id, '{ContactLogKind.ADDED}', $2, l.contact_id, l.contact_name,
        '{LogSource.IMPORT}', $3, l.channel
    FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[])
        AS l(id, contact_id, contact_name, channel)
    ON CONFLICT (workspace_id, id) DO NOTHING"""
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
    user_id = tx.actor.user_id if tx.actor else None
    await _insert(tx, new, user_id)
    await tx.execute(
        INSERT_LOGS,
        tx.workspace_id,
        tx.now,
        user_id,
        [new_id() for _ in new],
        [id for id, _ in new],
        [row.values["full_name"] for _, row in new],
        [row.values.get("source") for _, row in new],
    )
    count_contacts(tx, ContactLogKind.ADDED, [row.values.get("source") for _, row in new])
    count_added(tx, len(new))
    values = {id: row.properties for id, row in new if row.properties}
    await write_property_index(tx, definitions, values, fresh=True)
    await add_members(tx, GROUPS, [(id, one) for id, row in new for one in row.group_ids])
    await add_members(tx, TAGS, [(id, one) for id, row in new for one in row.tag_ids])
    for id, row in new:
        payload = {"acquisition": "IMPORT", "source": row.values.get("source")}
        tx.record(EventType.CUSTOMER_ADDED, id, payload)
    return len(new)


async def _insert(
    tx: Transaction, new: Sequence[tuple[UUID, CustomerRow]], user_id: UUID | None
) -> None:
    """Write the rows of the table. Raises RetryTransaction where an external id is taken by now."""
    columns = zip(*((id, *row.new_values) for id, row in new), strict=True)
    given = {
        name: values
        for name, values in zip(("id", *NEW_COLUMNS), columns, strict=True)
        if values.count(None) < len(values)
    }
    try:
        await tx.fetch(
            insert_customers(tuple(given)), tx.workspace_id, user_id, tx.now, *given.values()
        )
    except IntegrityError as error:
        if isinstance(error.__cause__, asyncpg.UniqueViolationError):
            raise RetryTransaction from error
        raise


@lru_cache(maxsize=64)
def insert_customers(names: tuple[str, ...]) -> str:
    """The statement that adds customers with these columns."""
    return INSERT_CUSTOMERS.format(
        acquisition=Acquisition.IMPORT,
        columns=", ".join(names),
        values=", ".join(f"c.{name}{CASTS.get(name, '')}" for name in names),
        arrays=", ".join(
            f"${place}::{TYPES.get(name, 'text[]')}" for place, name in enumerate(names, start=4)
        ),
    )


async def add_members(
    tx: Transaction, membership: Membership, pairs: Sequence[tuple[UUID, UUID]]
) -> None:
    """Put customers into groups (or give them tags): pairs of customer and group."""
    if not pairs:
        return
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
