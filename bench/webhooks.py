"""Webhooks: from a merge's commit to the receiver, beside a receiver that hangs, and how many a
second one worker delivers."""

import argparse
import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import asyncpg
import orjson
from redis.asyncio import Redis

from bench.datasets import make_customers, make_workspace
from models import EventType
from models.database import close_database, open_database
from services.merging.merges import merge_customers
from services.merging.requests import Merging
from services.notices import followed_by
from services.transactions import workspace_transaction
from services.webhooks.endpoints import EndpointDraft, save_endpoint
from settings import child_environment, read_settings
from workers.wakeups import Publisher

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
ANSWER = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
IDS = "SELECT id FROM customers WHERE workspace_id = $1 ORDER BY id"
SETTLED = """
    SELECT count(*) FROM webhook_deliveries WHERE workspace_id = $1 AND status = 'DELIVERED'"""
BULK = 500
"""Events in one transaction, where throughput is measured."""


class Receiver(asyncio.Protocol):
    """Takes messages and hands on when each came; one that hangs never answers."""

    def __init__(self, came: Callable[[bytes, float], None], *, hangs: bool = False) -> None:
        self._came = came
        self._hangs = hangs
        self._data = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A worker has connected."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """A part of a request, or more than one."""
        at = time.perf_counter()
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            found = LENGTH.search(self._data, 0, end)
            length = end + 4 + (int(found[1]) if found else 0)
            if len(self._data) < length:
                return
            body, self._data = self._data[end + 4 : length], self._data[length:]
            self._came(body, at)
            if self._transport is not None and not self._hangs:
                self._transport.write(ANSWER)


@asynccontextmanager
async def receiving(
    came: Callable[[bytes, float], None], *, hangs: bool = False
) -> AsyncIterator[str]:
    """A receiver's address, while the context is open."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Receiver(came, hangs=hangs), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
    finally:
        server.close()


@asynccontextmanager
async def a_worker() -> AsyncIterator[None]:
    """One real worker process."""
    additions = {"SATUKAN_WEBHOOK_ALLOW_PRIVATE": "true", "SATUKAN_LOG_LEVEL": "WARNING"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.processes.working", env=child_environment(additions)
    )
    try:
        yield
    finally:
        process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                await process.wait()
        if process.returncode is None:
            process.kill()


async def endpoint(workspace_id: UUID, url: str, *types: EventType) -> None:
    """An endpoint of the workspace."""
    async with workspace_transaction(workspace_id) as tx:
        await save_endpoint(tx, EndpointDraft(url=url, types=types))


class Waits:
    """From each commit to the receipt of its event, in seconds, by a number in the payload."""

    def __init__(self) -> None:
        self._committed: dict[str, float] = {}
        self._came: dict[str, float] = {}
        self._changed = asyncio.Event()

    def came(self, body: bytes, at: float) -> None:
        """A message has come."""
        self._came.setdefault(orjson.loads(body)["data"]["customerId"], at)
        self._changed.set()

    def committed(self, customer_id: UUID) -> None:
        """The merge into this customer is committed."""
        self._committed[f"cus_{customer_id.hex}"] = time.perf_counter()

    async def all_came(self) -> None:
        """Come back when each has come. Raises TimeoutError after half a minute."""
        async with asyncio.timeout(30):
            while not self._committed.keys() <= self._came.keys():
                self._changed.clear()
                await self._changed.wait()

    def describe(self) -> str:
        """Median, 99th percentile, longest, in milliseconds."""
        found = sorted(self._came[id] - at for id, at in self._committed.items())
        shown = [found[len(found) // 2], found[len(found) * 99 // 100], found[-1]]
        return " | ".join(f"{seconds * 1000:.1f} ms" for seconds in shown)


async def merge_and_wait(
    workspace_id: UUID, ids: Sequence[UUID], waits: Waits, pause: float
) -> None:
    """Merge the customers in pairs, one pair after another."""
    for main, member in zip(ids[::2], ids[1::2], strict=True):
        async with workspace_transaction(workspace_id) as tx:
            await merge_customers(tx, Merging(main_id=main, member_ids=(member,)))
        waits.committed(main)
        await asyncio.sleep(pause)
    await waits.all_came()


async def measure_waits(
    connection: asyncpg.Connection, merges: int, *, hanging: bool = False
) -> str:
    """From the merge's commit to the receiver, with or without one that hangs beside it."""
    workspace_id = await make_workspace(connection)
    await make_customers(connection, workspace_id, 2 * merges)
    ids = [row["id"] for row in await connection.fetch(IDS, workspace_id)]
    waits = Waits()
    async with receiving(waits.came) as healthy, receiving(lambda *_: None, hangs=True) as slow:
        await endpoint(workspace_id, healthy, EventType.CUSTOMER_MERGED)
        if hanging:
            await endpoint(workspace_id, slow, EventType.CUSTOMER_MERGED)
        await merge_and_wait(workspace_id, ids, waits, 0.02)
    beside = "one that hangs" if hanging else "nobody"
    return f"| {merges:,} merges, beside {beside} | {waits.describe()} |"


async def measure_rate(connection: asyncpg.Connection, events: int, endpoints: int) -> None:
    """Deliveries a second of one worker, from the first commit to the last outcome written down."""
    workspace_id = await make_workspace(connection)
    came, wanted, done = 0, events * endpoints, asyncio.Event()

    def count(body: bytes, at: float) -> None:
        nonlocal came
        came += 1
        if came >= wanted:
            done.set()

    async with receiving(count) as url:
        for _ in range(endpoints):
            await endpoint(workspace_id, url, EventType.IMPORT_FINISHED)
        began = time.perf_counter()
        for first in range(0, events, BULK):
            async with workspace_transaction(workspace_id, now=datetime.now(UTC)) as tx:
                for number in range(first, min(first + BULK, events)):
                    tx.record(EventType.IMPORT_FINISHED, payload={"number": number})
        async with asyncio.timeout(200):
            await done.wait()
            while await connection.fetchval(SETTLED, workspace_id) < wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        seconds = time.perf_counter() - began
    print(
        f"| {events:,} events to {endpoints} endpoints | {wanted / seconds:,.0f} a second"
        f" | {came - wanted} doubled |",
        flush=True,
    )


async def main(arguments: list[str]) -> None:
    """Measure waits, and then rates."""
    parser = argparse.ArgumentParser(prog="bench webhooks", description=__doc__)
    parser.add_argument("--merges", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=10_000)
    chosen = parser.parse_args(arguments)
    settings = read_settings()
    await open_database(settings)
    connection = await asyncpg.connect(settings.database_url or "")
    async with Redis.from_url(settings.redis_url or "") as redis, a_worker():
        publisher = Publisher(redis)
        with followed_by(publisher):
            await measure_waits(connection, 20)  # until the worker has started
            print("| from commit to receiver | p50 | p99 | longest |\n|---|--:|--:|--:|")
            for hanging in (False, True):
                print(await measure_waits(connection, chosen.merges, hanging=hanging), flush=True)
            print("| one worker | deliveries | |\n|---|--:|--:|")
            for endpoints in (1, 8):
                await measure_rate(connection, chosen.events // endpoints, endpoints)
        await publisher.finish()
    await connection.close()
    await close_database()
