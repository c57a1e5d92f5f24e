"""What tests of writing begin with: users, keys, and one verb in one transaction."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import pytest

from models import ApiKey, ChannelIdentity, Customer, EventType, Group, Role, Tag, User, Workspace
from models.base import new_id
from services.actors import ROLE_SCOPES, Actor
from services.customer_additions import add_customer
from services.customer_fields import NewCustomer
from services.errors import ErrorCode, Refusal
from services.texts import fold
from services.transactions import Transaction, retrying, workspace_transaction

Result = TypeVar("Result")
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


async def change(
    workspace: Workspace,
    verb: Callable[..., Awaitable[Result]],
    *arguments: Any,
    actor: Actor | None = None,
    now: datetime = NOW,
    **options: Any,
) -> Result:
    """Run a verb in a transaction of its own, again where it lost a race, as a mutation does."""

    async def attempt() -> Result:
        async with workspace_transaction(workspace.id, actor=actor, now=now) as tx:
            return await verb(tx, *arguments, **options)

    return await retrying(attempt)


async def refused(code: ErrorCode, field: tuple[str, ...], attempt: Awaitable[Any]) -> Refusal:
    """The refusal that an attempt meets, which must have this code and field."""
    with pytest.raises(Refusal) as caught:
        await attempt
    assert (caught.value.code, caught.value.field) == (code, field), caught.value.message
    return caught.value


async def rows(workspace: Workspace, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """What a statement returns inside the workspace; its $1 is the workspace."""
    async with workspace_transaction(workspace.id) as tx:
        return await tx.fetch(sql, workspace.id, *parameters)


async def user(workspace: Workspace, name: str = "Rina") -> User:
    """A user of the workspace."""

    async def make(tx: Transaction) -> User:
        return await User.create(
            using_db=tx.connection,
            workspace_id=workspace.id,
            name=name,
            email=f"{new_id().hex}@toko.example",
            role=Role.AGENT,
            search_text=fold(name),
            created_at=tx.now,
            updated_at=tx.now,
        )

    return await change(workspace, make)


def as_user(one: User) -> Actor:
    """The actor of a user's request."""
    return Actor(one.workspace_id, one.role, frozenset(ROLE_SCOPES[one.role]), user_id=one.id)


async def as_key(workspace: Workspace) -> Actor:
    """The actor of a request with a key."""

    async def make(tx: Transaction) -> ApiKey:
        return await ApiKey.create(
            using_db=tx.connection,
            workspace_id=workspace.id,
            name="Partner",
            role=Role.PARTNER,
            scopes=[],
            secret_hash=new_id().hex,
            hint="sk_…",
            created_at=tx.now,
        )

    key = await change(workspace, make)
    return Actor(workspace.id, Role.PARTNER, frozenset(), api_key_id=key.id, api_key_name=key.name)


async def group(workspace: Workspace, name: str) -> Group:
    """A group of the workspace."""

    async def make(tx: Transaction) -> Group:
        return await Group.create(
            using_db=tx.connection,
            workspace_id=workspace.id,
            name=name,
            search_text=fold(name),
            created_at=tx.now,
            updated_at=tx.now,
        )

    return await change(workspace, make)


async def tag(workspace: Workspace, name: str) -> Tag:
    """A tag of the workspace."""

    async def make(tx: Transaction) -> Tag:
        return await Tag.create(
            using_db=tx.connection,
            workspace_id=workspace.id,
            name=name,
            search_text=fold(name),
            created_at=tx.now,
            updated_at=tx.now,
        )

    return await change(workspace, make)


async def customer(workspace: Workspace, full_name: str = "Siti Rahma", **fields: Any) -> Customer:
    """A customer who was typed in."""
    return await change(workspace, add_customer, NewCustomer(full_name=full_name, **fields))


async def merged(workspace: Workspace, member: Customer, main: Customer) -> None:
    """Have `member` stand merged into `main`, with their identities."""
    async with workspace_transaction(workspace.id) as tx:
        await tx.execute(
            "UPDATE customers SET merged_into_id = $3 WHERE workspace_id = $1 AND id = $2",
            workspace.id,
            member.id,
            main.id,
        )
        await tx.execute(
            "UPDATE customers SET member_count = 1 WHERE workspace_id = $1 AND id = $2",
            workspace.id,
            main.id,
        )
        await tx.execute(
            "UPDATE channel_identities SET customer_id = $3"
            " WHERE workspace_id = $1 AND customer_id = $2",
            workspace.id,
            member.id,
            main.id,
        )


async def stored(workspace: Workspace, customer_id: UUID) -> Customer:
    """A customer as they stand in the database."""
    found = await rows(
        workspace, "SELECT * FROM customers WHERE workspace_id = $1 AND id = $2", customer_id
    )
    return Customer._init_from_db(**found[0])


async def identities(workspace: Workspace, customer_id: UUID) -> list[ChannelIdentity]:
    """A customer's channel identities, the oldest first."""
    found = await rows(
        workspace,
        "SELECT * FROM channel_identities WHERE workspace_id = $1 AND customer_id = $2"
        " ORDER BY connected_at, id",
        customer_id,
    )
    return [ChannelIdentity._init_from_db(**row) for row in found]


async def event_types(workspace: Workspace) -> list[EventType]:
    """The types of the workspace's events, in their order."""
    found = await rows(workspace, "SELECT type FROM events WHERE workspace_id = $1 ORDER BY seq")
    return [EventType(row["type"]) for row in found]


async def contact_log(workspace: Workspace) -> list[tuple[str, str, str | None]]:
    """The contact log: kind, source and channel of each row."""
    found = await rows(
        workspace,
        "SELECT kind, source, channel FROM contact_logs WHERE workspace_id = $1"
        " ORDER BY created_at, id",
    )
    return [(row["kind"], row["source"], row["channel"]) for row in found]


async def count(workspace: Workspace, table: str) -> int:
    """How many rows a table has of the workspace."""
    found = await rows(workspace, f"SELECT count(*) FROM {table} WHERE workspace_id = $1")
    return int(found[0]["count"])
