"""The log of events as its followers read it: in the order of commits, nothing left out.

Numbers follow the order of commits (`Transaction.write_events`), so whoever reads what is numbered
higher than what they have read misses nothing, however long other transactions stay open.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Event, EventType
from models.database import application_connection
from services.transactions import Session

COLUMNS = ", ".join(f"e.{column}" for column in Event._meta.fields_db_projection.values())
BEHIND = f"""
    SELECT {COLUMNS} FROM events e
    WHERE e.workspace_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3"""
BETWEEN = f"""
    SELECT {COLUMNS} FROM events e
    WHERE e.workspace_id = $1 AND e.seq > $2 AND e.seq <= $3 ORDER BY e.seq LIMIT $4"""
BETWEEN_OF_TYPES = f"""
    SELECT {COLUMNS} FROM events e
    WHERE e.workspace_id = $1 AND e.seq > $2 AND e.seq <= $3 AND e.type = ANY($5::text[])
    ORDER BY e.seq LIMIT $4"""
LAST = "SELECT max(e.seq) AS seq FROM events e WHERE e.workspace_id = $1"


async def events_behind(workspace_id: UUID, seq: int, limit: int) -> list[Event]:
    """The first `limit` events that are numbered higher than `seq`."""
    async with reading(workspace_id) as connection:
        rows = await connection.execute_query_dict(BEHIND, [workspace_id, seq, limit])
    return [Event._init_from_db(**row) for row in rows]


async def events_between(
    workspace_id: UUID,
    after: int,
    last: int,
    limit: int,
    types: Sequence[EventType] | None = None,
) -> list[Event]:
    """The first `limit` events numbered `after + 1` to `last`; with `types`, of these."""
    parameters: list[object] = [workspace_id, after, last, limit]
    statement = BETWEEN
    if types is not None:
        statement = BETWEEN_OF_TYPES
        parameters.append([type.value for type in types])
    async with reading(workspace_id) as connection:
        rows = await connection.execute_query_dict(statement, parameters)
    return [Event._init_from_db(**row) for row in rows]


async def last_number(workspace_id: UUID) -> int:
    """The number of the last event that is committed; 0 where there is none."""
    async with reading(workspace_id) as connection:
        rows = await connection.execute_query_dict(LAST, [workspace_id])
    return int(rows[0]["seq"] or 0)


@asynccontextmanager
async def reading(workspace_id: UUID) -> AsyncIterator[BaseDBAsyncClient]:
    """A transaction that only reads, bound to a workspace."""
    session = Session(application_connection())
    connection = await session.begin(workspace_id)
    try:
        yield connection
    finally:
        await session.end(commit=False)
