"""What connected systems report, for tests: each in a transaction of its own, as in the API."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from models import (
    Acquisition,
    Channel,
    ChannelKind,
    Customer,
    MessageDirection,
    OrderStatus,
    Role,
    User,
    Workspace,
)
from models.base import new_id
from services.conversations import ConversationReport, upsert_conversation
from services.customers import insert_customer
from services.messages import NewMessage, RecordedMessage, record_message
from services.orders import OrderReport, upsert_order
from services.rows import insert_row, update_row
from services.transactions import Transaction, retrying, workspace_transaction

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PHONE = "+6281234567890"

Result = TypeVar("Result")


async def within(
    workspace: Workspace,
    verb: Callable[[Transaction], Awaitable[Result]],
    now: datetime = NOW,
) -> Result:
    """Run a verb in a transaction of its own, as often as it loses a race."""

    async def attempt() -> Result:
        async with workspace_transaction(workspace.id, now=now) as tx:
            return await verb(tx)

    return await retrying(attempt)


async def message(workspace: Workspace, now: datetime = NOW, **given: Any) -> RecordedMessage:
    """Record an inbound WhatsApp message that was sent now, unless told otherwise."""
    values: dict[str, Any] = {
        "channel": ChannelKind.WHATSAPP,
        "identifier": PHONE,
        "direction": MessageDirection.INBOUND,
        "external_id": f"wamid-{new_id()}",
        "sent_at": now,
        "text": "Halo kak, masih ada?",
    }
    new = NewMessage(**values | given)
    return await within(workspace, lambda tx: record_message(tx, new), now)


async def conversation(workspace: Workspace, now: datetime = NOW, **given: Any) -> Any:
    """Upsert a WhatsApp conversation."""
    values: dict[str, Any] = {
        "external_id": "room-1",
        "channel": ChannelKind.WHATSAPP,
        "identifier": PHONE,
    }
    report = ConversationReport(**values | given)
    return await within(workspace, lambda tx: upsert_conversation(tx, report), now)


async def order(workspace: Workspace, customer_id: UUID, now: datetime = NOW, **given: Any) -> Any:
    """Upsert a paid order."""
    values: dict[str, Any] = {
        "external_id": "INV-1",
        "customer_id": customer_id,
        "status": OrderStatus.PAID,
        "total": Decimal("150000"),
        "ordered_at": now,
    }
    report = OrderReport(**values | given)
    return await within(workspace, lambda tx: upsert_order(tx, report), now)


async def typed_in(workspace: Workspace, **given: Any) -> Customer:
    """A customer whom somebody typed in."""
    values: dict[str, Any] = {
        "id": new_id(),
        "workspace_id": workspace.id,
        "full_name": "Siti Aminah",
        "acquisition": Acquisition.MANUAL,
        "created_at": NOW,
        "updated_at": NOW,
    }
    customer = Customer(**values | given)
    await within(workspace, lambda tx: insert_customer(tx, customer))
    return customer


async def merged(workspace: Workspace, main: Customer, *members: Customer) -> None:
    """Merge the members into `main`: what merging does to the customers' own rows."""

    async def merge(tx: Transaction) -> None:
        for member in members:
            member.merged_into_id = main.id
            await update_row(tx, member, ["merged_into_id"])
            for table in ("channel_identities", "conversations", "orders"):
                await tx.execute(
                    f"UPDATE {table} SET customer_id = $3"
                    " WHERE workspace_id = $1 AND customer_id = $2",
                    workspace.id,
                    member.id,
                    main.id,
                )

    await within(workspace, merge)


async def user(workspace: Workspace, name: str = "Budi") -> User:
    """An agent of the workspace."""
    found = User(
        id=new_id(),
        workspace_id=workspace.id,
        name=name,
        email=f"{new_id().hex}@toko.example",
        role=Role.AGENT,
        search_text=name.lower(),
        created_at=NOW,
        updated_at=NOW,
    )
    await within(workspace, lambda tx: insert_row(tx, found))
    return found


async def account(workspace: Workspace, kind: ChannelKind, **given: Any) -> Channel:
    """An account of the workspace that is not its default one."""
    found = Channel(
        id=new_id(), workspace_id=workspace.id, kind=kind, name="Cabang", created_at=NOW, **given
    )
    await within(workspace, lambda tx: insert_row(tx, found))
    return found


async def rows(workspace: Workspace, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """What a statement returns inside the workspace; its $1 is the workspace."""
    return await within(workspace, lambda tx: tx.fetch(sql, workspace.id, *parameters))


async def the_customer(workspace: Workspace, id: UUID) -> Customer:
    """The customer's row as it is now."""
    (row,) = await rows(
        workspace, "SELECT * FROM customers WHERE workspace_id = $1 AND id = $2", id
    )
    return Customer._init_from_db(**row)


async def everything(workspace: Workspace) -> dict[str, list[str]]:
    """All that reports may have written, row by row: what "nothing changed" is compared by."""
    tables = (
        "workspaces channels customers channel_identities conversations messages orders order_items"
        " campaigns campaign_interactions pipelines stages events contact_logs"
    )
    found = {}
    for table in tables.split():
        sql = f"SELECT row_to_json(t)::text AS row FROM {table} t WHERE workspace_id = $1"
        found[table] = sorted(row["row"] for row in await rows(workspace, sql))
    return found


async def happened(workspace: Workspace) -> list[str]:
    """The types of the workspace's events, in their order."""
    sql = "SELECT type FROM events WHERE workspace_id = $1 ORDER BY seq"
    return [row["type"] for row in await rows(workspace, sql)]


async def logged(workspace: Workspace) -> list[tuple[str, str, str | None]]:
    """The contact log as (kind, source, channel), the oldest first."""
    sql = (
        "SELECT kind, source, channel FROM contact_logs"
        " WHERE workspace_id = $1 ORDER BY created_at, id"
    )
    return [(row["kind"], row["source"], row["channel"]) for row in await rows(workspace, sql)]
