"""No event is lost: merges while workers, gateways, Valkey and PostgreSQL die, and a partner fails.

Every merge is asked for until it is answered. A receiver of webhooks refuses some deliveries and
drops some answers, and a subscriber comes back whenever it is cut off. At the end what PostgreSQL
holds, what callers were told and what both partners heard must agree. With --break-outbox the
gateway sends its events after the commit instead of writing them with it, and this must fail.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx

from bench.datasets import make_customers, make_workspace
from bench.outboxes.callers import Callers, Pair, Unanswered
from bench.outboxes.faults import Faults, Plan
from bench.outboxes.installations import Installation
from bench.outboxes.receivers import Receiver
from bench.outboxes.reckonings import Line, reckon
from bench.outboxes.subscribers import Subscriber
from models import Role
from models.database import close_database, open_database
from services.api_keys import create_key
from settings import read_settings

CUSTOMERS = "SELECT id FROM customers WHERE workspace_id = $1 ORDER BY id"
ENDPOINT = """
mutation ($url: String!) {
  saveWebhookEndpoint(input: {url: $url, types: [CUSTOMER_MERGED]}) {
    secret errors { code message }
  }
}"""
RETRIES = "1,2,2,2,2,2,2,2,2"
"""Seconds between attempts: what takes days otherwise takes seconds here."""
QUIET_SECONDS = 60.0
"""What has not arrived after so long without any arrival is lost."""
SETTINGS = {"SATUKAN_WEBHOOK_RETRY_SECONDS": RETRIES, "SATUKAN_WEBHOOK_ALLOW_PRIVATE": "true"}


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The benchmark's arguments."""
    parser = argparse.ArgumentParser(prog="bench outbox", description=__doc__)
    parser.add_argument("--merges", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--worker-kills", type=int, default=20)
    parser.add_argument("--gateway-kills", type=int, default=3)
    parser.add_argument("--flushes", type=int, default=5, help="of Valkey")
    parser.add_argument("--restarts", type=int, default=2, help="of PostgreSQL, immediate mode")
    parser.add_argument("--refused", type=float, default=0.03, help="share of deliveries")
    parser.add_argument("--dropped", type=float, default=0.02, help="share of answers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--break-outbox", action="store_true")
    return parser.parse_args(arguments)


async def main(arguments: list[str]) -> None:
    """Merge, strike, wait, and reckon. Exits with 1 where it does not add up."""
    told = parse(arguments)
    with readable_folder() as folder:
        installation = Installation(folder, SETTINGS, broken=told.break_outbox)
        try:
            await installation.start()
            lines = await run(told, installation)
        finally:
            installation.stop()
    say("\n| promise | broken |\n|---|--:|")
    for line in lines:
        say(f"| {line.promise} | {line.wrong or 'never'} |")
    if any(line.wrong for line in lines):
        raise SystemExit("\nSomething was lost, doubled or wrong.")
    say("\nNothing was lost, doubled or wrong.")


@contextmanager
def readable_folder() -> Iterator[Path]:
    """A folder that is thrown away. PostgreSQL runs as another user where this one is root."""
    with tempfile.TemporaryDirectory(prefix="satukan-outbox-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def run(told: argparse.Namespace, installation: Installation) -> list[Line]:
    """The whole run on a started installation; what came of each promise."""
    connection = await asyncpg.connect(installation.addresses["DATABASE_URL"])
    workspace_id = await make_workspace(connection)
    await make_customers(connection, workspace_id, 2 * told.merges)
    pairs = await pairs_of(connection, workspace_id)
    await connection.close()
    key = await key_for(installation, workspace_id)
    receiver = Receiver(told.refused, told.dropped)
    server, address = await receiver.listen()
    await subscribe_receiver(installation, key, receiver, address)
    callers = Callers(installation.url, key, pairs)
    subscriber = Subscriber(installation.url, key)
    listening = asyncio.create_task(subscriber.listen())
    plan = Plan(told.worker_kills, told.gateway_kills, told.flushes, told.restarts)
    faults = Faults(installation, callers, plan, told.seed)
    began = time.perf_counter()
    try:
        await asyncio.gather(callers.merge_all(told.clients), faults.strike(say))
        say(
            f"{len(callers.merged):,} merges in {time.perf_counter() - began:.0f} s; asked again "
            f"{callers.tried_again:,} times"
        )
    except Unanswered as failure:
        say(f"A merge failed: {failure}")
    await settle(told.merges, receiver, subscriber)
    listening.cancel()
    server.close()
    say(
        f"The receiver refused {receiver.refused:,} deliveries and dropped {receiver.dropped:,} "
        f"answers; {receiver.repeated:,} events came again. The subscriber was cut off "
        f"{subscriber.cut_off} times. All was there {time.perf_counter() - began:.0f} s after the "
        "first merge."
    )
    connection = await asyncpg.connect(installation.addresses["DATABASE_URL"])
    try:
        return await reckon(connection, workspace_id, callers, receiver, subscriber)
    finally:
        await connection.close()


async def pairs_of(connection: asyncpg.Connection, workspace_id: UUID) -> list[Pair]:
    """The workspace's customers, two by two."""
    ids = [row["id"] for row in await connection.fetch(CUSTOMERS, workspace_id)]
    return list(zip(ids[::2], ids[1::2], strict=True))


async def key_for(installation: Installation, workspace_id: UUID) -> str:
    """A key of an administrator."""
    await open_database(read_settings().with_addresses(installation.addresses))
    try:
        return (await create_key(workspace_id, Role.ADMIN, name="Benchmark"))[1]
    finally:
        await close_database()


async def subscribe_receiver(
    installation: Installation, key: str, receiver: Receiver, address: str
) -> None:
    """Have the receiver hear of merges."""
    headers = {"Authorization": f"Bearer {key}"}
    body = {"query": ENDPOINT, "variables": {"url": address}}
    async with httpx.AsyncClient(headers=headers, timeout=60.0) as http:
        answer = (await http.post(installation.url, json=body)).json()
    payload = answer["data"]["saveWebhookEndpoint"]
    if payload["errors"]:
        raise SystemExit(f"The endpoint was refused: {payload['errors']}")
    receiver.secret = payload["secret"]


async def settle(wanted: int, receiver: Receiver, subscriber: Subscriber) -> None:
    """Wait until both have heard of everything, or of nothing more for a while."""
    last, since = (0, 0), time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        now = (len(receiver.arrived), len(subscriber.heard))
        if min(now) >= wanted:
            return
        if now != last:
            last, since = now, time.monotonic()
        await asyncio.sleep(0.1)
