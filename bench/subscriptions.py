"""Subscriptions: from the commit of a merge to its receipt, with one subscriber and a thousand.

The commits are this process's, as those of a worker or of another gateway are: their notice goes
through Valkey. A receipt is the arrival of the frame in this process. With `--lost` no notice is
sent, as where the writer was killed right after its commit.
"""

import argparse
import asyncio
import os
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from bench.datasets import make_customers, make_workspace
from bench.graphs.peers import answers
from bench.graphs.processes import cpu_seconds, resident_megabytes
from bench.live.subscribers import subscribe_many
from gateway.embedded.children import Program
from gateway.embedded.servers import free_port
from gateway.embedded.supervisors import Supervisor
from gateway.processes.commands import python_module
from models import Customer, EventType, Role
from models.database import close_database, open_database
from services.api_keys import create_key
from services.ids import global_id
from services.notices import LogGrown, followed_by
from services.transactions import workspace_transaction
from settings import child_environment, read_settings
from workers.wakeups import Publisher

MERGED = """subscription { customerMerged { id cursor occurredAt memberIds source
    main { id fullName phone email identities { kind identifier } lifetimeValue } } }"""
START_SECONDS = 60.0
WARM_UP = 10


def parse(arguments: list[str]) -> argparse.Namespace:
    """The benchmark's arguments."""
    parser = argparse.ArgumentParser(prog="bench subscriptions", description=__doc__)
    parser.add_argument("--subscribers", default="1,1000", help="numbers of subscribers")
    parser.add_argument("--events", type=int, default=100, help="in each run")
    parser.add_argument("--pause", type=float, default=0.3, help="seconds between two events")
    parser.add_argument("--workers", default="1", help="numbers of gateway processes")
    parser.add_argument("--lost", action="store_true", help="send no notices: readers find out")
    told = parser.parse_args(arguments)
    told.subscribers = [int(number) for number in told.subscribers.split(",")]
    told.workers = [int(number) for number in told.workers.split(",")]
    return told


async def main(arguments: list[str]) -> None:
    """Start a gateway, subscribe, commit merges' events, and print what came of it."""
    told = parse(arguments)
    settings = read_settings()
    print(f"Load average at the start: {os.getloadavg()[0]:.1f}. {os.cpu_count()} cores.")
    await open_database(settings)
    connection = await asyncpg.connect(settings.database_url)
    workspace_id = await make_workspace(connection)
    await make_customers(connection, workspace_id, 1_000)
    rows = await connection.fetch(
        "SELECT id FROM customers WHERE workspace_id = $1 LIMIT 200", workspace_id
    )
    await connection.close()
    _, key = await create_key(workspace_id, Role.OWNER)
    print(
        "| processes | subscribers | p50 | p99 | longest | the last of all, p50 / p99 | "
        "reads of the log, for events | CPU a message | memory |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    supervisor = Supervisor()
    try:
        with ExitStack() as resources:
            logs = Path(resources.enter_context(tempfile.TemporaryDirectory()))
            for workers in told.workers:
                port, pid = serve(supervisor, logs, workers)
                for subscribers in told.subscribers:
                    run = Run(told, workspace_id, [row["id"] for row in rows], key, port, pid)
                    print(f"| {workers} {await run.measured(subscribers)}", flush=True)
    finally:
        supervisor.stop()
        await close_database()
    print(f"Load average at the end: {os.getloadavg()[0]:.1f}.")


def serve(supervisor: Supervisor, logs: Path, workers: int) -> tuple[int, int]:
    """A gateway as it runs in production: its port, and its first process."""
    port = free_port()
    settings = read_settings()
    addresses = {
        "DATABASE_URL": settings.database_url or "",
        "DATABASE_APP_URL": settings.database_app_url or settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "SATUKAN_ENVIRONMENT": "production",
    }
    command = python_module("gateway.cli", "serve", "--port", str(port), "--workers", str(workers))
    program = Program(
        name=f"gateway-{workers}",
        command=command,
        environment=child_environment(addresses),
        log=logs / f"gateway-{workers}.log",
    )
    child = supervisor.start(program)
    supervisor.wait_until(lambda: answers(port), child, START_SECONDS)
    return port, child.process.pid


class Run:
    """One run: some subscribers, and one event after the other."""

    def __init__(
        self,
        told: argparse.Namespace,
        workspace_id: UUID,
        customers: list[UUID],
        key: str,
        port: int,
        pid: int,
    ) -> None:
        self._told = told
        self._workspace_id = workspace_id
        self._customers = customers
        self._key = key
        self._port = port
        self._pid = pid
        self._committed = 0.0
        self._number = 0
        self._waits: list[float] = []
        self._left = 0
        self._all = asyncio.Event()

    async def measured(self, subscribers: int) -> str:
        """A line of the table."""
        crowd = await subscribe_many(subscribers, self._key, self._port, MERGED, self._heard)
        settings = read_settings()
        redis: Redis = Redis.from_url(settings.redis_url or "")
        publisher = Publisher(redis)
        every: list[float] = []
        last: list[float] = []
        reads, cpu = self._reads(), cpu_seconds(self._pid)
        with ExitStack() as following:
            following.enter_context(followed_by(self._commit_seen))
            if not self._told.lost:
                following.enter_context(followed_by(publisher))
            for number in range(1, self._told.events + WARM_UP + 1):
                if number == WARM_UP + 1:
                    reads, cpu = self._reads(), cpu_seconds(self._pid)
                await self._merge(number, subscribers)
                if number > WARM_UP:
                    every += self._waits
                    last.append(max(self._waits))
                await asyncio.sleep(self._told.pause)
        cpu, reads = cpu_seconds(self._pid) - cpu, self._reads() - reads
        memory = resident_megabytes(self._pid)
        for subscriber in crowd:
            subscriber.close()
        await redis.aclose()
        return (
            f"| {subscribers:,} | {shown(every, 50)} | {shown(every, 99)} | {shown(every, 100)} "
            f"| {shown(last, 50)} / {shown(last, 99)} | {reads:,.0f} for {self._told.events} "
            f"| {cpu / len(every) * 1e6:,.0f} µs | {memory:.0f} MB |"
        )

    async def _merge(self, number: int, subscribers: int) -> None:
        """One event, and its receipt by everybody."""
        self._waits, self._left, self._number = [], subscribers, number
        self._all.clear()
        main, member = self._customers[number % 200], self._customers[(number + 1) % 200]
        async with workspace_transaction(self._workspace_id) as tx:
            payload = {
                "mainId": global_id(Customer, main),
                "memberIds": [global_id(Customer, member), f"number:{number};"],
                "source": "API",
            }
            tx.record(EventType.CUSTOMER_MERGED, main, payload)
        async with asyncio.timeout(30):
            await self._all.wait()

    def _commit_seen(self, _notice: LogGrown) -> None:
        """Called right after the commit, before anybody is told."""
        self._committed = time.perf_counter()

    def _heard(self, number: int, now: float) -> None:
        if number != self._number:
            return
        self._waits.append(now - self._committed)
        self._left -= 1
        if self._left == 0:
            self._all.set()

    def _reads(self) -> float:
        """How often gateways have read the log so far."""
        url = f"http://127.0.0.1:{self._port}/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith("satukan_log_reads_total")
        )


def shown(seconds: list[float], percent: int) -> str:
    """A percentile in milliseconds."""
    found = sorted(seconds)
    return f"{found[min(len(found) - 1, len(found) * percent // 100)] * 1000:.1f} ms"
