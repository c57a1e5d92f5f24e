"""Adding a batch of customers: as `services.customer_additions` adds one, in sets."""

from collections.abc import Sequence
from uuid import UUID

from models import Acquisition, ContactLogKind, EventType, LogSource, PropertyDefinition
from models.base import new_id
from services.contact_logs import count_contacts
from services.importing.customer_rows import NEW_COLUMNS, PLAIN, CustomerRow
from services.memberships import GROUPS, TAGS, Membership
from services.property_indexes import write_property_index
from services.transactions import RetryTransaction, Transaction

TYPES = {"owner_id": "uuid[]", "assignee_id": "uuid[]"}
"""Of their arrays, where they are not text."""
INSERT_CUSTOMERS = f"""
    INSERT INTO customers
        (workspace_id, acquisition, added_by_id, created_at, updated_at,
         id, {", ".join(NEW_COLUMNS)})
    SELECT $1, '{Acquisition.IMPORT}', $2, $3, $3,
        c.id, c.name_key, c.search_text, c.properties::jsonb, {", ".join(f"c.{n}" for n in PLAIN)}
    FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[],
        {", ".join(f"${n}::{TYPES.get(name, 'text[]')}" for n, name in enumerate(PLAIN, start=8))})
        AS c(id, name_key, search_text, properties, {", ".join(PLAIN)})
    ON CONFLICT (workspace_id, external_id) WHERE external_id IS NOT NULL DO NOTHING
    RETURNING id"""
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
    columns = list(zip(*((id, *row.new_values) for id, row in new), strict=True))
    user_id = tx.actor.user_id if tx.actor else None
    inserted = await tx.fetch(
        INSERT_CUSTOMERS, tx.workspace_id, user_id, tx.now, *map(list, columns)
    )
    if len(inserted) != len(new):
        raise RetryTransaction
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
    values = {id: row.properties for id, row in new if row.properties}
    await write_property_index(tx, definitions, values, fresh=True)
    await add_members(tx, GROUPS, [(id, one) for id, row in new for one in row.group_ids])
    await add_members(tx, TAGS, [(id, one) for id, row in new for one in row.tag_ids])
    for id, row in new:
        payload = {"acquisition": "IMPORT", "source": row.values.get("source")}
        tx.record(EventType.CUSTOMER_ADDED, id, payload)
    return len(new)


async def add_members(
    tx: Transaction, membership: Membership, pairs: Sequence[tuple[UUID, UUID]]
) -> None:
    """Put customers into groups (or give them tags): pairs of customer and group."""
    if not pairs:
        return
    await tx.execute(
        INSERT_MEMBERS.format(table=membership.table, column=membership.column),
        tx.workspace_id,
        tx.actor.user_id if tx.actor else None,
        tx.now,
        [new_id() for _ in pairs],
        [customer_id for customer_id, _ in pairs],
        [of_id for _, of_id in pairs],
    )
