"""What tests of merging begin with: verbs with few words, and whole workspaces to compare."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_LOADS

from models import (
    ChannelKind,
    Customer,
    EventType,
    MessageDirection,
    SurvivorshipStrategy,
    Workspace,
)
from services.merging.merges import MergedCustomers, merge_customers
from services.merging.requests import FieldChoice, Merging
from services.merging.unmerges import UnmergedCustomers, unmerge_customer
from services.messages import NewMessage, RecordedMessage, record_message
from services.transactions import workspace_transaction
from tests.services.writing import NOW, change, customer, rows

# What was said and done is kept: it is no part of what a merge and its undoing leave as it was.
KEPT = frozenset(
    {
        "merges",
        "merge_members",
        "events",
        "contact_logs",
        "contact_log_days",
        "counters",
        "idempotency_keys",
    }
)
TABLES = """
    SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname NOT LIKE '%migrations'
    ORDER BY c.relname"""


async def merge(
    workspace: Workspace,
    main: Customer | UUID,
    *members: Customer | UUID,
    strategy: SurvivorshipStrategy = SurvivorshipStrategy.FILL_GAPS,
    overrides: dict[str, Customer] | None = None,
    **options: Any,
) -> MergedCustomers:
    """Merge members into a main customer, in a transaction of its own."""
    at = {name: options.pop(name) for name in ("now", "actor") if name in options}
    merging = Merging(
        main_id=id_of(main),
        member_ids=[id_of(one) for one in members],
        strategy=strategy,
        overrides=[FieldChoice(name, one.id) for name, one in (overrides or {}).items()],
        **options,
    )
    return await change(workspace, merge_customers, merging, **at)


async def unmerge(workspace: Workspace, member: Customer | UUID, **at: Any) -> UnmergedCustomers:
    """Unmerge a member, in a transaction of its own."""
    return await change(workspace, unmerge_customer, id_of(member), **at)


def id_of(one: Customer | UUID) -> UUID:
    """A customer's id."""
    return one if isinstance(one, UUID) else one.id


async def people(workspace: Workspace, count: int) -> list[Customer]:
    """So many customers."""
    return [await customer(workspace, f"Siti {number}") for number in range(count)]


async def events(workspace: Workspace, *types: EventType) -> list[dict[str, Any]]:
    """The events of these types: type, customer and payload, in their order."""
    found = await rows(
        workspace,
        "SELECT type, customer_id, payload FROM events"
        " WHERE workspace_id = $1 AND type = ANY($2::text[]) ORDER BY seq",
        [type.value for type in types],
    )
    return [
        {
            "type": row["type"],
            "customer": row["customer_id"],
            "payload": JSON_LOADS(row["payload"]),
        }
        for row in found
    ]


async def hear(
    workspace: Workspace,
    identifier: str,
    external_id: str,
    *,
    sent_at: datetime = NOW,
    kind: ChannelKind = ChannelKind.WHATSAPP,
    **values: Any,
) -> RecordedMessage:
    """Record a message that somebody wrote."""
    direction = values.pop("direction", MessageDirection.INBOUND)
    new = NewMessage(
        channel=kind,
        identifier=identifier,
        direction=direction,
        external_id=external_id,
        sent_at=sent_at,
        **values,
    )
    return await change(workspace, record_message, new)


async def snapshot(workspace: Workspace) -> dict[str, list[str]]:
    """Every row of the workspace as text, by table, but for what is kept and for versions."""
    found: dict[str, list[str]] = {}
    async with workspace_transaction(workspace.id) as tx:
        for table in [row["name"] for row in await tx.fetch(TABLES)]:
            if table in KEPT:
                continue
            rows = await tx.fetch(
                f"SELECT (to_jsonb(t) - 'version')::text AS row FROM {table} t"
                " WHERE t.workspace_id = $1 ORDER BY 1",
                workspace.id,
            )
            found[table] = [row["row"] for row in rows]
    return found
