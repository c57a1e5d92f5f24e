"""Outages: what says that the database could not be reached, and nothing about what was asked."""

import asyncpg
from tortoise.exceptions import DBConnectionError

LOST = (
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    ConnectionError,
)
"""A connection that was lost or refused, whoever asked for it."""
CLOSED = ("connection is closed", "pool is clos", "released back to the pool")
"""What the driver says of one with the class that it has for faults of ours, too."""
# Of a run that goes on later: also what a request is told in other words.
AWAY = (*LOST, asyncpg.InternalClientError, TimeoutError)
SAID = (*CLOSED, "connection was closed")


def is_outage(error: BaseException) -> bool:
    """Whether an error, or what it was raised from, is a lost or refused connection: the same work
    may succeed later."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, asyncpg.InterfaceError):
            if any(words in str(seen) for words in SAID):
                return True
        elif isinstance(seen, AWAY):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
