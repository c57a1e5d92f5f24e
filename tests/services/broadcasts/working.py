"""A worker's process for tests that kill it: it goes on with one broadcast, and ends.

`python -m tests.services.broadcasts.working WORKSPACE CAMPAIGN MINUTES`: as if it were so many
minutes after the tests' present.
"""

import asyncio
import sys
from datetime import timedelta
from uuid import UUID

from models.database import close_database, open_database
from services.batches import always
from services.broadcasts.queueing import run_broadcast
from settings import read_settings
from tests.services.writing import NOW


async def work(workspace: str, campaign: str, minutes: str) -> None:
    """Do what is left of a broadcast."""
    now = NOW + timedelta(minutes=int(minutes))
    await open_database(read_settings())
    try:
        await run_broadcast(UUID(workspace), UUID(campaign), clock=lambda: now, proceed=always)
    finally:
        await close_database()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
