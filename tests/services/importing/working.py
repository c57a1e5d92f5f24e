"""A worker's process for tests that kill or measure it: it goes on with imports, and ends.

`python -m tests.services.importing.working WORKSPACE IMPORTS FOLDER MINUTES ROWS`: with these
imports (between commas), one after another, as if it were so many minutes later, in batches of so
many rows. It prints the most memory that it took, and that a process of its own took, as JSON.
"""

import asyncio
import json
import resource
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from models.database import close_database, open_database
from services.batches import always
from services.files import Files
from services.importing.queued import run_queued_import
from settings import read_settings
from workers.running import settle_process


async def work(workspace: str, imports: str, folder: str, minutes: str, rows: str) -> None:
    """Do what is left of imports."""
    await open_database(read_settings())
    try:
        for import_id in imports.split(","):
            await run_queued_import(
                UUID(workspace),
                UUID(import_id),
                files=Files(Path(folder)),
                clock=lambda: datetime.now(UTC) + timedelta(minutes=int(minutes)),
                proceed=always,
                batch_rows=int(rows),
            )
    finally:
        await close_database()


def peaks() -> dict[str, float]:
    """Megabytes at most: of this process, and of the largest that it has started (never less)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [own] = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"own": own / 1024, "child": child / 1024}


if __name__ == "__main__":
    settle_process()
    asyncio.run(work(*sys.argv[1:]))
    sys.stdout.write(f"{json.dumps(peaks())}\n")
