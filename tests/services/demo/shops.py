"""The demo shop as tests know it: one for each process, whichever test asks for it first."""

from datetime import UTC, datetime

from models import Workspace
from services.demo.loading import load_demo
from services.demo.shops import WORKSPACE_ID
from services.transactions import workspace_transaction

NOW = datetime.now(UTC)
"""When the data were loaded: the command's own load comes after it."""
CUSTOMERS = 400


async def demo_shop() -> Workspace:
    """The demo workspace with its customers, loaded as by somebody who began with fewer."""
    await load_demo(CUSTOMERS // 3, NOW)
    await load_demo(CUSTOMERS, NOW)
    async with workspace_transaction(WORKSPACE_ID) as tx:
        return tx.workspace
