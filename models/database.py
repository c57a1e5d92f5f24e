"""How the processes of Satukan connect: Tortoise's configuration, its start and its end."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection

from models.connections import PooledConnection
from settings import Settings

APPLICATION = "default"
MAINTENANCE = "maintenance"
APPLICATION_ROLE = "satukan_app"
MAINTENANCE_ROLE = "satukan_maintenance"

LONGEST_PREPARED = 32 * 1024
"""Statements up to so many characters are planned once a connection. The driver's own bound is half
of that, and a compiled query of all that there is about a customer is longer; but a plan takes some
eighty times its text of the server's memory, for each connection."""


class NoDatabase(Exception):
    """No address of a database is set."""


def credentials(
    url: str, *, role: str | None = None, told: dict[str, str] | None = None, **options: Any
) -> dict[str, Any]:
    """Tortoise's credentials for a PostgreSQL address, in the form that asyncpg takes.

    `sslmode` in the address becomes `ssl`: Tortoise hands an address's options to asyncpg, which
    knows only the latter. `role` is taken on at the start of each connection, so that an address of
    a more powerful login still acts with that role's rights only. `told` are further settings of
    PostgreSQL. Its time zone is UTC whatever the server's is: statements write instants in it.
    """
    parts = urlsplit(url)
    settings: dict[str, str] = {"application_name": "satukan", **(told or {})}
    if role is not None:
        settings["role"] = role
    found: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": parts.path.lstrip("/") or "postgres",
        "server_settings": settings,
        **options,
    }
    for name, value in parse_qsl(parts.query):
        if name in ("sslmode", "ssl"):
            found["ssl"] = value
        elif name == "host":
            found["host"] = value
        else:
            settings[name] = value
    settings["timezone"] = "UTC"
    return found


def guarded(settings: Settings) -> dict[str, str]:
    """What each connection of the application tells PostgreSQL at its start.

    A statement, and a transaction that does nothing, are cancelled by the server itself after their
    time. Just-in-time compilation costs short statements more than it gives them.
    """
    milliseconds = str(int(settings.statement_timeout_seconds * 1000))
    return {
        "statement_timeout": milliseconds,
        "idle_in_transaction_session_timeout": "60000",
        "jit": "off",
    }


def tortoise_config(connections: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Tortoise's configuration with the given connections' credentials by name."""
    return {
        "connections": {
            name: {"engine": "tortoise.backends.asyncpg", "credentials": options}
            for name, options in connections.items()
        },
        "apps": {
            "models": {
                "models": ["models"],
                "default_connection": APPLICATION,
                "migrations": "models.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


async def open_database(settings: Settings, *, ready: int = 1) -> None:
    """Make both connection pools known to Tortoise; they connect at their first use, the
    application's with `ready` connections at once.

    Raises NoDatabase where no address is set.
    """
    if settings.database_url is None and settings.database_app_url is None:
        raise NoDatabase("Set DATABASE_URL to the address of a PostgreSQL database.")
    timeout: dict[str, Any] = {
        "command_timeout": settings.statement_timeout_seconds + 1,
        "connection_class": PooledConnection,
        "max_cacheable_statement_size": LONGEST_PREPARED,
    }
    application = settings.database_app_url or settings.database_url or ""
    maintenance = settings.database_maintenance_url or settings.database_url or application
    await Tortoise.init(
        config=tortoise_config(
            {
                APPLICATION: credentials(
                    application,
                    role=APPLICATION_ROLE,
                    told=guarded(settings),
                    minsize=min(ready, settings.pool_size),
                    maxsize=settings.pool_size,
                    **timeout,
                ),
                MAINTENANCE: credentials(
                    maintenance, role=MAINTENANCE_ROLE, minsize=0, maxsize=2, **timeout
                ),
            }
        ),
        _enable_global_fallback=True,
    )


async def close_database() -> None:
    """Close both pools."""
    await Tortoise.close_connections()


def application_connection() -> BaseDBAsyncClient:
    """The pool whose role row-level security binds to one workspace."""
    return get_connection(APPLICATION)


def maintenance_connection() -> BaseDBAsyncClient:
    """The pool whose role sees all workspaces: for due work and set-up, never for requests."""
    return get_connection(MAINTENANCE)
