"""How imports and exports are measured: a worker's process that does one, and what it took.

`python -m bench.files import|export WORKSPACE ID FOLDER` is that process. It loads what a worker
loads, does the one import or export, and prints a line of JSON.
"""

import asyncio
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import uvloop

from bench.graphs.processes import parent_of
from bench.jobs import peak_megabytes
from models.database import close_database, open_database
from services.batches import always
from services.exporting.runs import run_export
from services.files import Files
from services.importing.queued import run_queued_import
from settings import read_settings
from workers.registrations import present
from workers.running import run_worker, settle_process

# A worker's process: what it loads counts as its memory.
LOADED = run_worker


@dataclass
class Measured:
    """What an import or an export has taken."""

    rows: int
    seconds: float
    cpu: float
    """Seconds of the worker's process."""
    database: float
    """Seconds of all processes of PostgreSQL."""
    peak: float
    """Megabytes of the worker's process at most, and of a process that it has read a workbook by,
    together: never less than both took at any time."""

    def line(self, label: str) -> str:
        """A line of a table."""
        rate = f"{self.rows / self.seconds:,.0f}"
        return (
            f"| {label} | {self.rows:,} | {self.seconds:.1f} | {rate} | {self.cpu:.1f}"
            f" | {self.database:.1f} | {self.peak:.0f} MB |"
        )


HEAD = (
    "| {name} | rows | seconds | rows/s | CPU s, worker | CPU s, PostgreSQL | peak memory |\n"
    "|---|--:|--:|--:|--:|--:|--:|"
)


async def measure(what: str, workspace_id: UUID, id: UUID, folder: Path) -> Measured:
    """Do one import or export in a process of its own."""
    connection = await asyncpg.connect(read_settings().database_url or "")
    postmaster = parent_of(await connection.fetchval("SELECT pg_backend_pid()"))
    before = processor_seconds(postmaster)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.files", what, str(workspace_id), str(id), str(folder)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    database = processor_seconds(postmaster) - before
    await connection.close()
    if process.returncode:
        raise SystemExit("The measured process has failed.")
    return Measured(**json.loads(said.splitlines()[-1]), database=database)


def processor_seconds(postmaster: int) -> float:
    """The processor's time of a server and all its processes, those that have ended included."""
    found = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid = int(path.parent.name)
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        own = pid == postmaster
        if own or int(fields[1]) == postmaster:
            found += sum(map(int, fields[11:15] if own else fields[11:13])) / 100
    return found


async def do(what: str, workspace_id: str, id: str, folder: str) -> None:
    """The measured process."""
    await open_database(read_settings())
    run = run_queued_import if what == "import" else run_export
    try:
        began, cpu = time.perf_counter(), time.process_time()
        done = await run(
            UUID(workspace_id), UUID(id), files=Files(Path(folder)), clock=present, proceed=always
        )
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
    finally:
        await close_database()
    if not done.finished:
        raise SystemExit("It did not come to its end.")
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    peak = peak_megabytes() + child
    print(json.dumps({"rows": done.rows, "seconds": seconds, "cpu": used, "peak": peak}))


if __name__ == "__main__":
    settle_process()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(do(*sys.argv[1:]))
