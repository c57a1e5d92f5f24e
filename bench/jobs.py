"""How jobs are measured: in a process of their own, beside a neighbour who works on the same rows.

`python -m bench.jobs NAME WORKSPACE INSTANT…` is that process. It loads what a worker loads, runs
the job once at each instant, and prints a line of JSON for each run.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from models.database import close_database, open_database
from services.batches import always
from services.due_work import closing_windows, due_expiries
from services.expiry import expire_interactions
from services.windows import close_windows
from settings import read_settings
from workers.running import run_worker

Outcome = tuple[int, int, float]
"""Rows changed, batches, the longest batch in seconds."""
# A worker's process: what it loads counts as its memory.
LOADED = run_worker


async def windows(workspace_id: UUID, now: datetime) -> Outcome:
    """What the job of each minute does at `now`."""
    if not [due async for due in closing_windows(now) if due == workspace_id]:
        return 0, 0, 0.0
    run = await close_windows(workspace_id, clock=lambda: now, proceed=always)
    return run.closed, run.batches, run.longest_batch_seconds


async def expiry(workspace_id: UUID, now: datetime) -> Outcome:
    """What the job of each night does at `now`."""
    if not [due async for due in due_expiries(now) if due == workspace_id]:
        return 0, 0, 0.0
    run = await expire_interactions(workspace_id, clock=lambda: now, proceed=always)
    return run.expired + run.purged, run.batches, run.longest_batch_seconds


JOBS: dict[str, Callable[[UUID, datetime], Awaitable[Outcome]]] = {
    "windows": windows,
    "expiry": expiry,
}


@dataclass
class Neighbour:
    """Someone who changes single rows all the time, and notes how long each change took."""

    url: str
    statement: str
    workspace_id: UUID
    ids: Sequence[UUID]
    waits: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """At work as long as the context is open."""
        task = asyncio.ensure_future(self._work())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _work(self) -> None:
        connection = await asyncpg.connect(self.url)
        dice = random.Random(1)
        try:
            while True:
                began = time.perf_counter()
                await connection.execute(self.statement, self.workspace_id, dice.choice(self.ids))
                self.waits.append(time.perf_counter() - began)
                await asyncio.sleep(0.002)
        finally:
            connection.terminate()

    def describe(self) -> str:
        """What a change took, in milliseconds: the median, the 99th percentile, the longest."""
        found = sorted(self.waits)
        shown = [found[len(found) // 2], found[len(found) * 99 // 100], found[-1]]
        return " / ".join(f"{seconds * 1000:.0f}" for seconds in shown) + " ms"


async def measure(name: str, workspace_id: UUID, instants: dict[str, datetime]) -> None:
    """Run a job at each instant in a process of its own, and print a table of what came of it."""
    command = [sys.executable, "-m", "bench.jobs", name, str(workspace_id)]
    process = await asyncio.create_subprocess_exec(
        *command, *(now.isoformat() for now in instants.values()), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    print(f"| {name} | rows | seconds | rows/s | batches | longest batch | peak memory |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for label in instants:
        run = json.loads(await process.stdout.readline())
        rate = f"{run['rows'] / run['seconds']:,.0f}" if run["rows"] else "–"
        print(
            f"| {label} | {run['rows']:,} | {run['seconds']:.3f} | {rate} | {run['batches']:,}"
            f" | {run['longest'] * 1000:.0f} ms | {run['peak']:.0f} MB |",
            flush=True,
        )
    if await process.wait():
        raise SystemExit("The measured process has failed.")


async def run_measured(name: str, workspace_id: UUID, instants: Sequence[datetime]) -> None:
    """The measured process: run the job at each instant and print what came of it."""
    await open_database(read_settings())
    try:
        for now in instants:
            began = time.perf_counter()
            rows, batches, longest = await JOBS[name](workspace_id, now)
            seconds = time.perf_counter() - began
            found = {"rows": rows, "batches": batches, "longest": longest, "seconds": seconds}
            print(json.dumps({**found, "peak": peak_megabytes()}), flush=True)
    finally:
        await close_database()


def peak_megabytes() -> float:
    """The most memory that this process has had so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [kilobytes] = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(kilobytes) / 1024


if __name__ == "__main__":
    chosen, workspace, *moments = sys.argv[1:]
    asyncio.run(run_measured(chosen, UUID(workspace), [*map(datetime.fromisoformat, moments)]))
