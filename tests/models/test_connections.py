"""Connections of the pools: what frames a transaction is little, and leaves nothing behind."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from models import Workspace
from models.connections import PooledConnection
from models.database import APPLICATION_ROLE, credentials
from models.statements import tally
from settings import Settings

BOUND = "SELECT nullif(current_setting('app.workspace', true), '')::uuid"


@pytest_asyncio.fixture
async def pool(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    """A pool of one connection, so that whoever takes it gets what the last one left."""
    url = settings.database_app_url or settings.database_url or ""
    options = credentials(url, role=APPLICATION_ROLE, connection_class=PooledConnection)
    async with asyncpg.create_pool(None, **options, min_size=1, max_size=1) as made:
        yield made


@asynccontextmanager
async def transaction(
    pool: asyncpg.Pool, workspace_id: uuid.UUID | None, *, commit: bool = True
) -> AsyncIterator[Any]:
    """A connection in a transaction, bound as a Session binds it."""
    async with pool.acquire() as connection:
        if workspace_id is not None:
            connection.bind_next(workspace_id)  # type: ignore[attr-defined]
        begun = connection.transaction()
        await begun.start()
        yield connection
        await (begun.commit() if commit else begun.rollback())


@pytest.mark.parametrize("commit", [True, False])
async def test_a_transaction_is_bound_to_its_workspace_and_no_longer(
    pool: asyncpg.Pool, workspace: Workspace, commit: bool
) -> None:
    async with transaction(pool, workspace.id, commit=commit) as connection:
        assert await connection.fetchval(BOUND) == workspace.id
    async with transaction(pool, None) as connection:
        assert await connection.fetchval(BOUND) is None
    async with pool.acquire() as connection:
        assert await connection.fetchval(BOUND) is None


async def test_a_binding_that_was_not_used_is_nobody_elses(
    pool: asyncpg.Pool, workspace: Workspace
) -> None:
    async with pool.acquire() as connection:
        connection.bind_next(workspace.id)  # type: ignore[attr-defined]
    async with transaction(pool, None) as connection:
        assert await connection.fetchval(BOUND) is None


@pytest.mark.parametrize("commit", [True, False])
async def test_what_a_transaction_sets_for_its_session_ends_with_it(
    pool: asyncpg.Pool, commit: bool
) -> None:
    async with transaction(pool, None, commit=commit) as connection:
        await connection.execute("SET work_mem = '77MB'")
        await connection.execute("SELECT pg_advisory_lock(77)")
    async with pool.acquire() as connection:
        assert await connection.fetchval("SHOW work_mem") != "77MB"
        assert await connection.fetchval("SELECT count(*) FROM pg_locks WHERE objid = 77") == 0


async def test_what_is_set_after_a_transaction_ends_too(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("SELECT 1")
        await connection.execute("SET work_mem = '77MB'")
    async with pool.acquire() as connection:
        assert await connection.fetchval("SHOW work_mem") != "77MB"


async def test_a_transaction_that_cannot_begin_leaves_the_connection_usable(
    pool: asyncpg.Pool, workspace: Workspace
) -> None:
    with pytest.raises(asyncpg.PostgresError):
        async with transaction(pool, workspace.id) as connection:
            await connection.execute("SELECT 1/0")
    async with transaction(pool, None) as connection:
        assert await connection.fetchval(BOUND) is None


async def test_savepoints_are_the_drivers_own(pool: asyncpg.Pool, workspace: Workspace) -> None:
    async with transaction(pool, workspace.id) as connection:
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with connection.transaction():
                await connection.execute("SELECT 1/0")
        assert await connection.fetchval(BOUND) == workspace.id


async def test_statements_are_counted_and_what_frames_them_is_not(
    pool: asyncpg.Pool, workspace: Workspace
) -> None:
    with tally() as counted:
        async with transaction(pool, workspace.id) as connection:
            await connection.fetch("SELECT 1")
            await connection.fetchrow("SELECT 2")
            await connection.execute("SELECT 3")
            await connection.executemany("SELECT $1::int", [(4,), (5,)])
    assert counted.statements == ["SELECT 1", "SELECT 2", "SELECT 3", "SELECT $1::int"]


async def test_a_transaction_of_one_statement_is_three_messages(
    pool: asyncpg.Pool, workspace: Workspace
) -> None:
    sent: list[str] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda record: sent.append(record.query))
    await asyncio.sleep(0)  # the driver reports a message a turn of the loop later
    sent.clear()
    async with transaction(pool, workspace.id) as connection:
        await connection.fetch("SELECT 1")
    await asyncio.sleep(0)
    begin, statement, end = sent
    assert begin == f"BEGIN; SELECT satukan_set_workspace('{workspace.id}');"
    assert statement == "SELECT 1"
    assert end.startswith("COMMIT;")


async def test_what_an_open_transaction_left_is_undone(
    pool: asyncpg.Pool, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    async with pool.acquire() as connection:
        connection.bind_next(workspace.id)  # type: ignore[attr-defined]
        await connection.execute("BEGIN;")
        assert await connection.fetchval(BOUND) == workspace.id
    async with pool.acquire() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval(BOUND) is None
    assert caplog.text == ""
