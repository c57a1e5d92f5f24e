"""The benchmark's database: made anew, or found in a folder that was kept."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.graphs import dataset, tables
from bench.graphs.dataset import Size, make_graph
from gateway.embedded.folders import DataFolder
from gateway.embedded.postgres import SETTINGS
from gateway.embedded.roles import set_role_passwords
from gateway.embedded.servers import EmbeddedServers
from gateway.embedded.supervisors import Supervisor
from gateway.failures import Failure
from models import Role
from models.database import close_database, open_database
from models.migrating import migrate
from services.api_keys import create_key
from settings import read_settings

Tell = Callable[[str], None]
NOTE = "graph.json"
LONGEST = 3_600.0
"""Seconds for what is done to all data."""
# The small tables first, and of large ones the indexes: as much as there is room for.
PREWARM = """
    SELECT coalesce(sum(pg_prewarm(oid::regclass)) * 8 / 1024, 0)::bigint FROM (
        SELECT oid, sum(pg_relation_size(oid)) OVER (ORDER BY relkind = 'r', pg_relation_size(oid))
            AS needed
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
    ) AS found
    WHERE needed < (SELECT setting::bigint FROM pg_settings WHERE name = 'shared_buffers')
        * 8192 * 0.9"""


@dataclass(frozen=True)
class Prepared:
    """A database with its graph, and a key that may read it."""

    addresses: Mapping[str, str]
    workspace_id: UUID
    size: Size
    key: str


@asynccontextmanager
async def prepared(
    folder: Path, customers: int, buffers: int, supervisor: Supervisor, tell: Tell
) -> AsyncIterator[Prepared]:
    """The graph in a folder with servers of its own, made there if it is empty.

    `buffers` are PostgreSQL's shared ones, in MB. Raises Failure where the folder holds another
    graph.
    """
    # The embedded server ships for a laptop. What is measured is a server set up for its work.
    SETTINGS["shared_buffers"] = f"{buffers}MB"
    data = DataFolder(folder)
    data.open()
    try:
        servers = EmbeddedServers(data, supervisor)
        servers.launch()
        addresses = await asyncio.to_thread(servers.settle)
        await migrate(addresses["DATABASE_URL"])
        await set_role_passwords(addresses["DATABASE_URL"], servers.role_passwords())
        note = data.path / NOTE
        wanted = {"customers": customers, "made_by": fingerprint()}
        if note.exists():
            found = json.loads(note.read_text())
            if {name: found[name] for name in wanted} != wanted:
                raise Failure(
                    f"The folder {data.path} holds another graph, of {found['customers']:,} "
                    "customers. Remove it, or name another one with --keep."
                )
            size = Size(customers, datetime.fromisoformat(found["today"]))
            workspace_id = UUID(found["workspace"])
        else:
            size = Size(customers, today())
            workspace_id = await build(addresses["DATABASE_URL"], size, tell)
            told = {"today": size.today.isoformat(), "workspace": str(workspace_id)}
            note.write_text(json.dumps({**wanted, **told}))
        key = await key_for(addresses, workspace_id)
        await settle_down(addresses["DATABASE_URL"], tell)
        yield Prepared(addresses, workspace_id, size, key)
    finally:
        supervisor.stop()
        data.close()


async def build(url: str, size: Size, tell: Tell) -> UUID:
    """Make the graph; the workspace that it is in."""
    tell(f"Making {size.customers:,} customers with all that they have …")
    began = time.perf_counter()
    connection = await asyncpg.connect(url)
    try:
        workspace_id = await make_graph(connection, size, tell)
        bytes = await connection.fetchval("SELECT pg_database_size(current_database())")
    finally:
        await connection.close()
    tell(f"Made in {time.perf_counter() - began:.0f} s: {bytes / 2**30:.1f} GB.")
    return workspace_id


async def settle_down(url: str, tell: Tell) -> None:
    """Have nothing left to do but to answer: what is measured is neither the disk nor a checkpoint.

    Otherwise whoever is measured first pays for reading the data, at random places of a disk. What
    fits in shared buffers is there afterwards; larger data are left where they are.
    """
    connection = await asyncpg.connect(url, timeout=60)
    try:
        await connection.execute("VACUUM (ANALYZE, SKIP_LOCKED)", timeout=LONGEST)
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        loaded = await connection.fetchval(PREWARM, timeout=LONGEST)
        await connection.execute("CHECKPOINT", timeout=LONGEST)
        pages = await connection.fetchval("SHOW huge_pages_status")
    finally:
        await connection.close()
    tell(f"{loaded:,} MB of data are in shared buffers. Huge pages are {pages}.")


async def key_for(addresses: Mapping[str, str], workspace_id: UUID) -> str:
    """A key of an administrator."""
    await open_database(read_settings().with_addresses(addresses))
    try:
        return (await create_key(workspace_id, Role.ADMIN, name="Benchmark"))[1]
    finally:
        await close_database()


def today() -> datetime:
    """The beginning of this day, in UTC: data are the same all day long."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def fingerprint() -> str:
    """What the data depend on: the code that makes them, and the migrations."""
    project = Path(dataset.__file__).parents[2]
    sources = [Path(dataset.__file__), Path(tables.__file__)]
    sources += sorted((project / "models" / "migrations").glob("*.sql"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
