"""Merging through HTTP: merges and unmerges a second, and a merge of very many records.

Each customer has 30 records that move. The callers keep one connection each and send a request
after the other; the large merge runs beside others who write to and read other customers.
"""

import argparse
import asyncio
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg

from bench.datasets import START, make_workspace, quick_loading
from gateway.embedded.children import Program
from gateway.embedded.servers import free_port
from gateway.embedded.supervisors import Supervisor
from gateway.processes.commands import python_module
from models import Customer, Role
from models.database import close_database, open_database
from services.api_keys import create_key
from services.ids import global_id
from settings import child_environment, read_settings

PEOPLE = """
    INSERT INTO customers (workspace_id, id, external_id, full_name, name_key, search_text, phone,
        email, source, acquisition, created_at, updated_at)
    SELECT $1, uuidv7(), 'C' || n, 'Budi ' || n, 'budi ' || n, ' budi ' || n || ' ',
        '+' || 62810000000000 + n, CASE WHEN n % 2 = 1 THEN 'budi' || n || '@example.com' END,
        'WHATSAPP', 'INBOUND', $3, $3
    FROM generate_series($4::bigint, $4::bigint + $2::bigint - 1) AS n"""
CHANNEL = """
    INSERT INTO channels (workspace_id, id, kind, name, is_default, created_at)
    VALUES ($1, uuidv7(), 'WHATSAPP', 'Toko', true, $2)"""
PER_CUSTOMER: dict[str, tuple[str, Callable[[int], int]]] = {
    "channel_identities": (
        """
        INSERT INTO channel_identities (workspace_id, id, channel_id, kind, identifier, phone,
            customer_id, origin_customer_id, connected_at)
        SELECT $1, uuidv7(), (SELECT id FROM channels WHERE workspace_id = $1), 'WHATSAPP',
            '+' || 62820000000000 + substr(c.external_id, 2)::bigint * 10 + n, NULL, c.id, c.id,
            $4::timestamptz + make_interval(secs => n)
        FROM customers c CROSS JOIN generate_series(1, $3::int) AS n
        WHERE c.workspace_id = $1 AND c.external_id = ANY($2::text[])""",
        lambda records: 2,
    ),
    "conversations": (
        """
        INSERT INTO conversations (workspace_id, id, external_id, channel_id, channel_kind,
            identity_id, customer_id, origin_customer_id, opened_at, activity_at, search_text,
            created_at, updated_at)
        SELECT $1, uuidv7(), 'V' || c.external_id || '-' || n, i.channel_id, i.kind, i.id, c.id,
            c.id, $4, $4::timestamptz + make_interval(secs => n), lower(c.full_name), $4, $4
        FROM customers c CROSS JOIN generate_series(1, $3::int) AS n
        CROSS JOIN LATERAL (SELECT * FROM channel_identities i WHERE i.workspace_id = $1
            AND i.customer_id = c.id ORDER BY i.connected_at LIMIT 1) AS i
        WHERE c.workspace_id = $1 AND c.external_id = ANY($2::text[])""",
        lambda records: records * 8 // 30,
    ),
    "campaign_interactions": (
        """
        INSERT INTO campaign_interactions (workspace_id, id, external_id, campaign_id, customer_id,
            origin_customer_id, status, sent_at, visible_until, created_at, updated_at)
        SELECT $1, uuidv7(), 'I' || c.external_id || '-' || n,
            (SELECT id FROM campaigns WHERE workspace_id = $1), c.id, c.id, 'SENT',
            $4::timestamptz + make_interval(secs => n), $4::timestamptz + interval '3 years', $4, $4
        FROM customers c CROSS JOIN generate_series(1, $3::int) AS n
        WHERE c.workspace_id = $1 AND c.external_id = ANY($2::text[])""",
        lambda records: records * 12 // 30,
    ),
    "orders": (
        """
        INSERT INTO orders (workspace_id, id, external_id, customer_id, origin_customer_id, status,
            total, currency, ordered_at, paid_at, created_at, updated_at)
        SELECT $1, uuidv7(), 'O' || c.external_id || '-' || n, c.id, c.id, 'PAID', 10000, 'IDR',
            $4::timestamptz + make_interval(secs => n), $4, $4, $4
        FROM customers c CROSS JOIN generate_series(1, $3::int) AS n
        WHERE c.workspace_id = $1 AND c.external_id = ANY($2::text[])""",
        lambda records: records - 2 - records * 8 // 30 - records * 12 // 30,
    ),
}
"""The records of a customer, so many of each kind of so many: identities, conversations, ..."""
CAMPAIGN = """
    INSERT INTO campaigns (workspace_id, id, name, channel, status, search_text, created_at,
        updated_at)
    VALUES ($1, uuidv7(), 'Promo', 'WHATSAPP', 'SENT', 'promo', $2, $2)"""
MAINS = """
    UPDATE customers SET main_identity_id = i.id FROM channel_identities i
    WHERE customers.workspace_id = $1 AND i.workspace_id = $1 AND i.customer_id = customers.id
        AND i.connected_at = $2::timestamptz + interval '1 second'"""
IDS = "SELECT external_id, id FROM customers WHERE workspace_id = $1"

MERGE = """mutation ($input: MergeInput!) {
  mergeCustomers(input: $input) { customer { id } errors { code message } } }"""
UNMERGE = """mutation ($input: UnmergeInput!) {
  unmergeCustomer(input: $input) { customer { id } errors { code message } } }"""
UPDATE = """mutation ($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) { customer { id } errors { code message } } }"""
MESSAGE = """mutation ($input: RecordMessageInput!) {
  recordMessage(input: $input) { customer { id } errors { code message } } }"""
READ = """query ($id: ID!) { customer(id: $id) { fullName isMerged activityCounts { chats } } }"""

Call = Callable[[], Awaitable[None]]


class Caller:
    """Somebody who sends one request after another over a connection that stays open."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def ask(self, query: str, variables: Mapping[str, Any]) -> None:
        """One request, which must not be refused."""
        body = {"query": query, "variables": variables}
        async with self.session.post(self.url, json=body) as response:
            found = await response.json()
        data = found.get("data") or {}
        wrong = [one for payload in data.values() for one in (payload or {}).get("errors", [])]
        if "errors" in found or wrong:
            raise SystemExit(f"An answer was not what it has to be: {found}")


async def main(arguments: list[str]) -> None:
    """Make the customers, start a gateway, and measure."""
    parser = argparse.ArgumentParser(prog="bench merges", description=__doc__)
    parser.add_argument("--pairs", type=int, default=400, help="that each number of callers merges")
    parser.add_argument("--records", type=int, default=30, help="of each customer")
    parser.add_argument("--large", type=int, default=250_000, help="records of the large merge")
    parser.add_argument("--workers", type=int, default=1, help="gateway processes")
    told = parser.parse_args(arguments)
    settings = read_settings()
    connection = await asyncpg.connect(settings.database_url)
    began = time.perf_counter()
    workspace_id = await make_workspace(connection)
    ids = await make_records(connection, workspace_id, told)
    await connection.close()
    say(f"{len(ids):,} customers made in {time.perf_counter() - began:.0f} s.")
    await open_database(settings)
    _, key = await create_key(workspace_id, Role.OWNER)
    await close_database()
    async with gateway(told.workers) as url, callers(url, key) as connect:
        say(f"Load average: {os.getloadavg()[0]:.1f}.")
        await measure_rates(connect, ids, told)
        await measure_large(connect, ids, told)


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


async def make_records(
    connection: asyncpg.Connection, workspace_id: UUID, told: argparse.Namespace
) -> dict[str, str]:
    """The customers and their records; the global ids by the external ids C0, C1, …

    Those of the rates come first, then 200 others, then the two of the large merge.
    """
    count = told.pairs * 4 + 200
    await connection.execute(CHANNEL, workspace_id, START)
    await connection.execute(CAMPAIGN, workspace_id, START)
    async with quick_loading(connection, "customers"):
        await connection.execute(PEOPLE, workspace_id, count + 2, START, 0, timeout=600)
    few = [f"C{number}" for number in range(count)]
    large = {f"C{count}": told.large // 5, f"C{count + 1}": told.large * 4 // 5}
    for table, (sql, share) in PER_CUSTOMER.items():
        async with quick_loading(connection, table):
            await connection.execute(
                sql, workspace_id, few, share(told.records), START, timeout=600
            )
    for table, (sql, share) in PER_CUSTOMER.items():
        for name, records in large.items():
            await connection.execute(sql, workspace_id, [name], share(records), START, timeout=600)
        await connection.execute(f"VACUUM ANALYZE {table}")
    await connection.execute(MAINS, workspace_id, START, timeout=600)
    await connection.execute("VACUUM ANALYZE customers")
    await connection.execute("CHECKPOINT")
    rows = await connection.fetch(IDS, workspace_id)
    return {row["external_id"]: global_id(Customer, row["id"]) for row in rows}


@asynccontextmanager
async def gateway(workers: int) -> AsyncIterator[str]:
    """A gateway as it ships in production; its address."""
    supervisor, port = Supervisor(), free_port()
    environment = child_environment(
        {name: value for name, value in os.environ.items() if name.endswith("_URL")}
        | {"SATUKAN_ENVIRONMENT": "production"}
    )
    with tempfile.TemporaryDirectory() as logs:
        program = Program(
            name="gateway",
            command=python_module(
                "gateway.cli", "serve", "--port", str(port), "--workers", str(workers)
            ),
            environment=environment,
            log=Path(logs) / "gateway.log",
        )
        try:
            child = supervisor.start(program)
            await asyncio.to_thread(supervisor.wait_until, lambda: is_open(port), child, 60.0)
            yield f"http://127.0.0.1:{port}/graphql"
        finally:
            supervisor.stop()


def is_open(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0


@asynccontextmanager
async def callers(url: str, key: str) -> AsyncIterator[Callable[[], Caller]]:
    """Makes callers, each with a connection of its own."""
    sessions: list[aiohttp.ClientSession] = []

    def make() -> Caller:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=1),
            headers={"Authorization": f"Bearer {key}"},
            timeout=aiohttp.ClientTimeout(total=600),
        )
        sessions.append(session)
        return Caller(session, url)

    yield make
    for session in sessions:
        await session.close()


async def measure_rates(
    connect: Callable[[], Caller], ids: dict[str, str], told: argparse.Namespace
) -> None:
    """Merge pairs and take them apart again: one caller, then sixteen."""
    say(f"| {told.records} records a customer | callers | a second | p50 | p95 | p99 |")
    say("|---|--:|--:|--:|--:|--:|")
    for turn, clients in enumerate((1, 16)):
        first = turn * told.pairs * 2
        pairs = [
            (ids[f"C{first + 2 * n}"], ids[f"C{first + 2 * n + 1}"]) for n in range(told.pairs)
        ]
        merges = [{"input": {"mainId": main, "memberIds": [one]}} for main, one in pairs]
        unmerges = [{"input": {"customerId": one}} for _, one in pairs]
        for name, query, inputs in (("merge", MERGE, merges), ("unmerge", UNMERGE, unmerges)):
            taken, duration = await send_all(connect, clients, query, inputs)
            say(
                f"| {name} | {clients} | {len(taken) / duration:,.0f} | "
                f"{' | '.join(percentiles(taken, 0.5, 0.95, 0.99))} |"
            )


async def send_all(
    connect: Callable[[], Caller], clients: int, query: str, inputs: Sequence[Mapping[str, Any]]
) -> tuple[list[float], float]:
    """Send each input once, shared out among so many callers; the seconds of each, and of all."""
    waiting, taken = list(inputs), []

    async def work(caller: Caller) -> None:
        while waiting:
            variables = waiting.pop()
            began = time.perf_counter()
            await caller.ask(query, variables)
            taken.append(time.perf_counter() - began)

    crew = [connect() for _ in range(clients)]
    await asyncio.gather(*(caller.ask("{ viewer { __typename } }", {}) for caller in crew))
    began = time.perf_counter()
    await asyncio.gather(*(work(caller) for caller in crew))
    return taken, time.perf_counter() - began


def percentiles(taken: Sequence[float], *shares: float) -> list[str]:
    """The milliseconds within which these shares of the answers came."""
    found = sorted(taken)
    return [f"{found[min(len(found) - 1, int(len(found) * s))] * 1000:.1f} ms" for s in shares]


async def measure_large(
    connect: Callable[[], Caller], ids: dict[str, str], told: argparse.Namespace
) -> None:
    """Merge two customers with very many records, and see what others notice."""
    count = told.pairs * 4 + 200
    main, member = ids[f"C{count}"], ids[f"C{count + 1}"]
    others = [f"C{number}" for number in range(count - 200, count)]
    say(f"| {told.large:,} records | seconds | others' change | message | read |")
    say("|---|--:|--:|--:|--:|")

    async def nothing() -> None:
        await asyncio.sleep(5)

    async def merge() -> None:
        await connect().ask(MERGE, {"input": {"mainId": main, "memberIds": [member]}})

    async def unmerge() -> None:
        await connect().ask(UNMERGE, {"input": {"customerId": member}})

    for name, call in (("nothing", nothing), ("merge", merge), ("unmerge", unmerge)):
        began = time.perf_counter()
        waits = await beside(call, connect, ids, others, name)
        shown = " | ".join(" / ".join(percentiles(one, 0.5, 0.99, 1.0)) for one in waits)
        say(f"| {name} | {time.perf_counter() - began:.1f} | {shown} |")


async def beside(
    call: Call,
    connect: Callable[[], Caller],
    ids: dict[str, str],
    others: Sequence[str],
    name: str,
) -> list[list[float]]:
    """Do something while three neighbours change, write to and read other customers."""
    kinds: dict[str, Callable[[int], dict[str, Any]]] = {
        UPDATE: lambda n: {
            "input": {"customerId": ids[others[n % len(others)]], "jobTitle": f"{name} {n}"}
        },
        MESSAGE: lambda n: {
            "input": {
                "channel": "WHATSAPP",
                "identifier": f"+{62820000000000 + int(others[n % len(others)][1:]) * 10 + 1}",
                "direction": "INBOUND",
                "externalId": f"{name}-{n}",
                "sentAt": datetime.now(UTC).isoformat(),
            }
        },
        READ: lambda n: {"id": ids[others[n % len(others)]]},
    }
    waits: dict[str, list[float]] = {query: [] for query in kinds}

    async def neighbour(query: str) -> None:
        caller, number = connect(), 0
        while True:
            number += 1
            began = time.perf_counter()
            await caller.ask(query, kinds[query](number))
            waits[query].append(time.perf_counter() - began)
            await asyncio.sleep(0.02)

    tasks = [asyncio.ensure_future(neighbour(query)) for query in kinds]
    try:
        await call()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return list(waits.values())
