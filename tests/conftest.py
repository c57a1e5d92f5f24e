"""Real servers for every test: PostgreSQL and Valkey, started for the run and thrown away.

The process that pytest was called in makes one migrated database; each process of a parallel run
clones it and takes a Redis database of its own. Tests share their process's database and are kept
apart by the workspace, as tenants are: each takes a fresh one.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio
import redis.asyncio

from gateway.embedded.roles import set_role_passwords
from gateway.embedded.temporary import temporary_servers
from models import Workspace
from models.database import close_database, open_database
from models.migrating import migrate
from services.workspaces import create_workspace
from settings import Settings, read_settings
from tests.recorded import sent_statements, statements_keep_to_the_rules

__all__ = ["sent_statements", "statements_keep_to_the_rules"]

ADDRESSES = ("DATABASE_URL", "DATABASE_APP_URL", "DATABASE_MAINTENANCE_URL")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: also what takes minutes, such as installing the image from its lock file.
    `--full`: made examples in their thousands, and others each time."""
    parser.addoption("--long", action="store_true", help="the long variants of tests, too")
    parser.addoption("--full", action="store_true", help="thousands of made examples")


def pytest_configure(config: pytest.Config) -> None:
    """In the run's first process: start what is not given, and make the database to clone."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    given = read_settings()
    resources = ExitStack()
    config.add_cleanup(resources.close)
    servers = resources.enter_context(
        temporary_servers(postgres=given.database_url is None, valkey=given.redis_url is None)
    )
    os.environ.update(servers.addresses)
    server = os.environ["DATABASE_URL"]
    template = f"satukan_test_{os.getpid()}"
    asyncio.run(create_database(server, template))
    resources.callback(lambda: asyncio.run(drop_database(server, template)))
    for name in ADDRESSES:
        if name in os.environ:
            os.environ[name] = at_database(os.environ[name], template)
    asyncio.run(migrate(os.environ["DATABASE_URL"]))
    if given.database_url is None:
        asyncio.run(set_role_passwords(os.environ["DATABASE_URL"], servers.role_passwords))
    read_settings.cache_clear()


@pytest_asyncio.fixture(scope="session")
async def settings(worker_id: str) -> AsyncIterator[Settings]:
    """The settings of this process: a database cloned for it, a Redis database of its own."""
    shared = read_settings()
    assert shared.database_url is not None
    assert shared.redis_url is not None
    template = urlsplit(shared.database_url).path.lstrip("/")
    own = f"{template}_{worker_id}"
    await create_database(shared.database_url, own, template)
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    redis_url = at_database(shared.redis_url, str(number))
    connection = redis.asyncio.Redis.from_url(redis_url)
    assert await connection.dbsize() == 0, "REDIS_URL names a database in use: tests would empty it"
    addresses = {
        name.lower(): at_database(url, own)
        for name in ADDRESSES
        if (url := getattr(shared, name.lower())) is not None
    }
    yield shared.model_copy(update={**addresses, "redis_url": redis_url})
    await connection.flushdb()
    await connection.aclose()
    await drop_database(shared.database_url, own)


@pytest_asyncio.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[None]:
    """The connection pools of the models, open for this process's tests."""
    await open_database(settings)
    yield
    await close_database()


@pytest_asyncio.fixture
async def workspace(database: None) -> Workspace:
    """A fresh workspace: what keeps this test apart from all others."""
    return await create_workspace("Toko Satu")


@pytest_asyncio.fixture
async def other_workspace(database: None) -> Workspace:
    """Another tenant, which must neither see nor feel the first."""
    return await create_workspace("Toko Dua", timezone="Asia/Makassar")


def at_database(url: str, name: str) -> str:
    """The same server's address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def create_database(url: str, name: str, template: str = "template1") -> None:
    """Create a database on the server at `url`, as a copy of `template`."""
    connection = await asyncpg.connect(at_database(url, "postgres"))
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    await connection.close()


async def drop_database(url: str, name: str) -> None:
    """Drop a database on the server at `url`, whoever is connected to it."""
    connection = await asyncpg.connect(at_database(url, "postgres"))
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await connection.close()
