"""Bringing a database's schema up to the code's, and telling where the two part."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor

from models.database import APPLICATION, credentials, tortoise_config
from models.leakproof import mark_leakproof

LOCK = 0x5A7C_A41D
"""The advisory lock that one migrating process holds; others wait for it."""
BETWEEN_TRIES = 0.05
"""Seconds."""

Progress = Callable[[str], None]


@asynccontextmanager
async def _exclusively(url: str) -> AsyncIterator[asyncpg.Connection]:
    options = credentials(url)
    connection = await asyncpg.connect(**options)
    try:
        await _lock(connection)
        yield connection
    finally:
        await connection.close()


async def _lock(connection: asyncpg.Connection) -> None:
    """Wait for the lock, between statements: whoever waited inside of one would hold a snapshot,
    and an index that is being made concurrently waits for those, so both would wait for ever."""
    while True:
        if await connection.fetchval(f"SELECT pg_try_advisory_lock({LOCK})"):
            return
        await asyncio.sleep(BETWEEN_TRIES)


async def migrate(url: str, *, progress: Progress | None = None) -> list[str]:
    """Apply the migrations that the database at `url` does not have; return their names.

    The login at `url` owns the tables and may create roles. Safe to run twice, and by several
    processes at once: each waits for the one before it, and then finds nothing to do. A migration
    runs one statement at a time, in one transaction.
    """
    applied: list[str] = []

    def report(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(name)
        elif event == "apply_start" and progress is not None:
            progress(name)

    async with _exclusively(url) as connection, TortoiseContext() as context:
        config = tortoise_config({APPLICATION: credentials(url, minsize=1, maxsize=2)})
        await context.init(config=config)
        executor = MigrationExecutor(context.connections.get(APPLICATION), config["apps"])
        await executor.migrate(progress=report)
        slow = await mark_leakproof(connection)
    if slow and progress is not None:
        progress(
            "searches will be slow: a superuser must run ALTER FUNCTION … LEAKPROOF for "
            + ", ".join(slow)
        )
    return applied


async def drift() -> list[str]:
    """What the models have that no migration tells of, a line each; empty where they agree.

    Needs no database.
    """
    config: dict[str, Any] = tortoise_config({APPLICATION: credentials("postgres://none/none")})
    async with TortoiseContext() as context:
        await context.init(config=config, init_connections=False)
        assert context.apps is not None
        for model in context.apps.get_models_iterable():
            # A table's comment is its model's docstring, which is free to be worded anew.
            model._meta.table_description = ""
        detector = MigrationAutodetector(context.apps, config["apps"])
        writers = await detector.changes()
    return [operation.describe() for writer in writers for operation in writer.operations]
