"""The customer graph beside its peers: requests a second, latency, CPU time and memory.

Satukan on both paths, PostGraphile 5 and a hand-written SQL endpoint, on the same rows of one
PostgreSQL, asked the same over HTTP. Before anything is timed all answers must hold the same data.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from bench.graphs.answers import compare
from bench.graphs.data import Prepared, prepared
from bench.graphs.dataset import Size
from bench.graphs.lists import cases, measure_list
from bench.graphs.load import LoadFailed, put_load
from bench.graphs.measures import measure, measure_all
from bench.graphs.peers import Peer, Site, install_postgraphile
from bench.graphs.processes import parent_of, resident_megabytes
from bench.graphs.reports import rows, spreads, table
from bench.graphs.shapes import LIST_CUSTOMERS
from bench.graphs.views import make_views
from gateway.embedded.supervisors import Supervisor
from gateway.failures import Failure

SAMPLE = """
    SELECT id FROM customers WHERE workspace_id = $1
    ORDER BY hashtextextended(id::text, 7) LIMIT $2"""
COMPILED, PLAIN = "Satukan, compiled", "Satukan, plain"
POSTGRAPHILE, BOUND_POSTGRAPHILE = "PostGraphile", "PostGraphile, bound"
LIMIT, BOUND_LIMIT = "hand-written", "hand-written, bound"
OTHERS = (POSTGRAPHILE, BOUND_POSTGRAPHILE, LIMIT, BOUND_LIMIT)
PARTS = ("peers", "sizes", "workers", "lists", "memory")
COMPARED = 25


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


async def main(arguments: list[str]) -> None:
    """Make or find the data, start the peers, compare their answers, and measure."""
    told = parse(arguments)
    say(
        f"Load average at the start: {os.getloadavg()[0]:.1f}. {os.cpu_count()} cores, "
        f"{memory():,} MB of memory, {told.buffers:,} MB of it PostgreSQL's shared buffers."
    )
    supervisor = Supervisor()
    try:
        with folder_of(told) as folder:
            made = prepared(folder, told.customers, told.buffers, supervisor, say)
            async with made as found:
                connection = await asyncpg.connect(found.addresses["DATABASE_URL"])
                await run(told, found, supervisor, connection)
                await connection.close()
    except (Failure, LoadFailed) as failure:
        raise SystemExit(str(failure)) from failure
    finally:
        supervisor.stop()
    say(f"Load average at the end: {os.getloadavg()[0]:.1f}.")


def memory() -> int:
    """The machine's memory in MB. PostgreSQL's manual gives a quarter of it to shared buffers."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def parse(arguments: list[str]) -> argparse.Namespace:
    """The benchmark's arguments."""
    parser = argparse.ArgumentParser(prog="bench graph", description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of load in each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", default="1,16", help="numbers of clients")
    parser.add_argument(
        "--keep", type=Path, help="a folder for the data, used again if it is there"
    )
    parser.add_argument(
        "--buffers", type=int, default=memory() // 4, help="PostgreSQL's shared ones, in MB"
    )
    parser.add_argument("--parts", default="peers,sizes,lists", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--requests", type=int, default=100_000, help="of the part memory")
    told = parser.parse_args(arguments)
    told.parts = told.parts.split(",")
    told.clients = [int(number) for number in told.clients.split(",")]
    if set(told.parts) - set(PARTS):
        parser.error(f"--parts is one or more of {', '.join(PARTS)}")
    return told


@contextmanager
def folder_of(told: argparse.Namespace) -> Iterator[Path]:
    """The folder that is to be kept, or one that is thrown away."""
    if told.keep is not None:
        yield told.keep
        return
    with tempfile.TemporaryDirectory(prefix="satukan-graph-") as folder:
        # PostgreSQL runs as another user where this one is root.
        Path(folder).chmod(0o755)
        yield Path(folder)


async def run(
    told: argparse.Namespace,
    found: Prepared,
    supervisor: Supervisor,
    connection: asyncpg.Connection,
) -> None:
    """Every part that is asked for."""
    workspace_id = found.workspace_id
    postmaster = parent_of(await connection.fetchval("SELECT pg_backend_pid()"))
    sample = await connection.fetch(SAMPLE, workspace_id, min(told.customers, 20_000))
    with tempfile.TemporaryDirectory() as logs:
        site = Site(
            supervisor,
            found.addresses,
            workspace_id,
            found.key,
            Path(logs),
            [row["id"] for row in sample],
        )
        compiled = site.satukan(COMPILED)
        if "peers" in told.parts:
            await measure_peers(told, site, compiled, connection, postmaster)
        if "sizes" in told.parts:
            await measure_sizes(told, compiled)
        if "workers" in told.parts:
            await measure_workers(told, site, compiled, postmaster)
        if "lists" in told.parts:
            await measure_lists(told, compiled, connection, found.size)
        if "memory" in told.parts:
            await measure_memory(told, compiled)


async def measure_peers(
    told: argparse.Namespace,
    site: Site,
    compiled: Peer,
    connection: asyncpg.Connection,
    postmaster: int,
) -> None:
    """DETAIL and LIST beside all peers."""
    peers = [compiled, site.satukan(PLAIN, compiled=False)]
    if install_postgraphile(say):
        for name, guarded in ((POSTGRAPHILE, False), (BOUND_POSTGRAPHILE, True)):
            schema = await make_views(connection, site.workspace_id, guarded=guarded)
            peers.append(site.postgraphile(name, schema, guarded=guarded))
    for name, guarded in ((LIMIT, False), (BOUND_LIMIT, True)):
        peers.append(site.handwritten(name, guarded=guarded))
    values = await compare(peers, "detail", site.customers[:COMPARED])
    values += await compare(peers, "list", [LIST_CUSTOMERS])
    say(f"The answers of all {len(peers)} peers hold the same {values:,} values.")
    measured = []
    for query in ("detail", "list"):
        measured += await measure_all(
            peers,
            query,
            told.clients,
            seconds=told.seconds,
            rounds=told.rounds,
            postmaster=postmaster,
            tell=say,
        )
    say(f"\n{table(measured, OTHERS, POSTGRAPHILE)}\n\n{spreads(measured)}\n")


async def measure_sizes(told: argparse.Namespace, compiled: Peer) -> None:
    """LIST with fewer and with more customers."""
    lines = []
    for count in (10, 50, 100):
        target = compiled.targets["list"].asking(str(count).encode())
        await put_load(target, 1, requests=20)
        taken = await put_load(target, 1, seconds=told.seconds)
        times = [f"{taken.percentile(share):.2f}" for share in (0.5, 0.99)]
        lines.append([f"{count} customers", *times, f"{taken.percentile(0.5) / count:.3f}"])
    say("\n" + rows(["LIST, 1 client", "p50 ms", "p99 ms", "p50 ms a customer"], lines) + "\n")


async def measure_workers(
    told: argparse.Namespace, site: Site, compiled: Peer, postmaster: int
) -> None:
    """One gateway process and two, at the largest number of clients."""
    two = site.satukan("Satukan, two workers", workers=2)
    lines = []
    for query in ("detail", "list"):
        for peer in (compiled, two):
            found = await measure(peer, query, max(told.clients), told.seconds, postmaster, 3.0)
            times = [f"{found.p50:.2f}", f"{found.p99:.2f}", f"{found.rate:,.0f}"]
            lines.append([f"{query.upper()}, {peer.name}", *times])
    say("\n" + rows([f"{max(told.clients)} clients", "p50 ms", "p99 ms", "req/s"], lines) + "\n")


async def measure_lists(
    told: argparse.Namespace, compiled: Peer, connection: asyncpg.Connection, size: Size
) -> None:
    """The lists of customers."""
    lines = []
    for case in await cases(compiled, connection, size):
        found = await measure_list(compiled, case, max(0.5, told.seconds / 5))
        count = f"{found.rows:,}" if found.total is None else f"{found.total:,} in all"
        lines.append([f"{case.group}: {case.name}", f"{found.p50:.2f}", f"{found.p99:.2f}", count])
    head = [f"customers, of {told.customers:,}", "p50 ms", "p99 ms", "customers"]
    say(f"\n{rows(head, lines)}\n")


async def measure_memory(told: argparse.Namespace, compiled: Peer) -> None:
    """A gateway's resident memory over many requests."""
    lines = []
    for tenth in range(11):
        if tenth:
            for query, share in (("detail", 9), ("list", 1)):
                requests = told.requests * share // 100
                await put_load(compiled.targets[query], max(told.clients), requests=requests)
        lines.append(
            [f"{told.requests * tenth // 10:,}", f"{resident_megabytes(compiled.pid):.1f}"]
        )
        await asyncio.sleep(0)
    say("\n" + rows(["requests, 9 of 10 DETAIL", "resident MB"], lines) + "\n")
