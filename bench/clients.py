"""The clients from the npm registry, graphql-ws and graphql-sse, on a real gateway.

Each is refused without a key, told of an error, asks a query, subscribes, goes away in the middle
and goes on with `after`: nothing may be missing or come twice. Needs Node and npm on the PATH.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from bench.datasets import make_workspace
from bench.subscriptions import serve
from gateway.embedded.supervisors import Supervisor
from models import EventType, Role
from models.database import close_database, open_database
from services.api_keys import create_key
from services.transactions import workspace_transaction
from settings import read_settings

CLIENTS = Path(__file__).resolve().parent / "graphql_clients"
EXPECTED: dict[str, dict[str, Any]] = {
    "ws": {"refused": 4403, "invalid": "GRAPHQL_VALIDATION_FAILED", "queried": "OWNER"},
    "sse": {"refused": 401, "invalid": "GRAPHQL_VALIDATION_FAILED", "queried": "OWNER"},
}


async def main(arguments: list[str]) -> None:
    """Install the clients if they are not there, run both, and say whether all was right."""
    parser = argparse.ArgumentParser(prog="bench clients", description=__doc__)
    parser.add_argument("--events", type=int, default=200)
    count = parser.parse_args(arguments).events
    node = install()
    settings = read_settings()
    await open_database(settings)
    connection = await asyncpg.connect(settings.database_url)
    workspace_id = await make_workspace(connection)
    await connection.close()
    _, key = await create_key(workspace_id, Role.OWNER)
    supervisor = Supervisor()
    try:
        with tempfile.TemporaryDirectory() as logs:
            port, _ = serve(supervisor, Path(logs), 2)
            for transport in EXPECTED:
                url = f"http://127.0.0.1:{port}/graphql"
                await run(node, transport, url, key, workspace_id, count)
    finally:
        supervisor.stop()
        await close_database()


def install() -> str:
    """The path of Node, once the clients are installed from their lock file."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise SystemExit("This needs Node and npm on the PATH.")
    if not (CLIENTS / "node_modules").exists():
        print("Installing graphql-ws and graphql-sse from the npm registry …", flush=True)
        command = [npm, "ci", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=CLIENTS, check=True, capture_output=True)
    return node


async def run(
    node: str, transport: str, url: str, key: str, workspace_id: UUID, count: int
) -> None:
    """One client: what it prints is held to what has to be."""
    process = await asyncio.create_subprocess_exec(
        node,
        str(CLIENTS / "subscribe.mjs"),
        transport,
        url,
        key,
        str(count),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    found: dict[str, Any] = {}
    told: list[int] = []
    writing: asyncio.Task[None] | None = None
    async with asyncio.timeout(120):
        async for text in process.stdout:
            line = json.loads(text)
            if "told" in line:
                told.append(line["told"])
            elif "subscribed" in line and writing is None:
                writing = asyncio.create_task(write(workspace_id, count))
            else:
                found.update(line)
    if writing is not None:
        await writing
    expected = {**EXPECTED[transport], "done": True}
    right = found == expected and told == list(range(count))
    print(f"graphql-{transport}: {count} events, cut once: {'right' if right else 'WRONG'}")
    if not right:
        raise SystemExit(f"expected {expected}, found {found}; told {told}")


async def write(workspace_id: UUID, count: int) -> None:
    """Events, one after the other."""
    for number in range(count):
        async with workspace_transaction(workspace_id) as tx:
            tx.record(EventType.CUSTOMER_ADDED, payload={"number": number})
