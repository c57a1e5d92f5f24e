"""A queue of imports for each test that asks for one."""

from pathlib import Path

import pytest_asyncio

from models import Workspace
from tests.services.importing.queues import Queue
from tests.services.writing import as_user, user


@pytest_asyncio.fixture
async def queue(workspace: Workspace, tmp_path: Path) -> Queue:
    """Imports into a fresh workspace, asked for by a user."""
    return Queue(workspace, as_user(await user(workspace)), tmp_path / "files")
