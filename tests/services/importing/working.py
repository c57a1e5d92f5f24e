"""A worker's process for tests that kill it: it goes on with one import, and ends.

`python -m tests.services.importing.working WORKSPACE IMPORT FOLDER MINUTES ROWS`: as if it were so
many minutes later, in batches of so many rows.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from models.database import close_database, open_database
from services.batches import always
from services.files import Files
from services.importing.queued import run_queued_import
from settings import read_settings


async def work(workspace: str, import_id: str, folder: str, minutes: str, rows: str) -> None:
    """Do what is left of an import."""
    await open_database(read_settings())
    try:
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


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
