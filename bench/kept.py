"""Servers of a benchmark on a folder that is kept: large data, made once and asked many times."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.embedded.folders import DataFolder
from gateway.embedded.postgres import SETTINGS
from gateway.embedded.roles import set_role_passwords
from gateway.embedded.servers import EmbeddedServers
from gateway.embedded.supervisors import Supervisor
from models.migrating import migrate
from settings import Settings, read_settings

Run = Callable[[argparse.Namespace, Settings], Awaitable[None]]


@asynccontextmanager
async def kept_servers(folder: Path, buffers: int) -> AsyncIterator[Mapping[str, str]]:
    """The addresses of servers on a folder, migrated to what this code wants; made if it is empty.

    `buffers` are PostgreSQL's shared ones, in MB.
    """
    SETTINGS["shared_buffers"] = f"{buffers}MB"
    supervisor, data = Supervisor(), DataFolder(folder)
    data.open()
    try:
        servers = EmbeddedServers(data, supervisor, valkey=False)
        servers.launch()
        addresses = await asyncio.to_thread(servers.settle)
        await migrate(addresses["DATABASE_URL"])
        await set_role_passwords(addresses["DATABASE_URL"], servers.role_passwords())
        yield addresses
    finally:
        supervisor.stop()
        data.close()


def add_keeping(parser: argparse.ArgumentParser) -> None:
    """The arguments that `on_servers` reads."""
    parser.add_argument("--keep", type=Path, help="a folder to keep the data in, or that has them")
    parser.add_argument("--buffers", type=int, default=1_024, help="MB of PostgreSQL, with --keep")


async def on_servers(told: argparse.Namespace, run: Run) -> None:
    """Run a benchmark on the kept folder, or else on the servers that the settings name."""
    if told.keep is None:
        await run(told, read_settings())
        return
    async with kept_servers(told.keep, told.buffers) as addresses:
        await run(told, read_settings().with_addresses(addresses))
