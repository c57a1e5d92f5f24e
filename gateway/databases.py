"""Running something on the database from the command line."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

import asyncpg

from gateway.failures import Failure, explain_as
from models.database import close_database, open_database
from services.errors import Refusal
from settings import Settings

Result = TypeVar("Result")

explain_as(Refusal, str)
explain_as(
    asyncpg.UndefinedTableError,
    lambda error: f"The database refused: {error}. Run `./satukan migrate` on it first.",
)


def run_on_database(settings: Settings, action: Callable[[], Awaitable[Result]]) -> Result:
    """Run `action` with the models connected.

    Raises Failure where the database cannot be reached.
    """

    async def run() -> Result:
        await open_database(settings)
        try:
            return await action()
        finally:
            await close_database()

    return reach(run)


def reach(run: Callable[[], Coroutine[None, None, Result]]) -> Result:
    """Run a coroutine that connects to a database. Raises Failure where it cannot be reached."""
    try:
        return asyncio.run(run())
    except (OSError, asyncpg.InvalidPasswordError, asyncpg.InvalidCatalogNameError) as error:
        raise Failure(
            f"The database cannot be used ({error}). Is it running, and is DATABASE_URL right?"
        ) from error
