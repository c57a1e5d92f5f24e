"""Outages: what says that the database could not be reached, and nothing about what was asked."""

import asyncpg
from tortoise.exceptions import DBConnectionError

AWAY = (
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
)
# What the driver says with one class for this and for faults of ours.
CLOSED = ("connection is closed", "connection was closed", "pool is clos", "released back")


def is_outage(error: BaseException) -> bool:
    """Whether an error, or what it was raised from, is a lost or refused connection: the same work
    may succeed later."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, asyncpg.InterfaceError):
            if any(words in str(seen) for words in CLOSED):
                return True
        elif isinstance(seen, AWAY):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
