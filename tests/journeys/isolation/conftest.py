"""Two workspaces: of whoever asks, and the other, of which nothing may be reached or changed."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from settings import Settings
from tests.journeys.isolation.walker import Watch, a_world, digest
from tests.worlds import World


@pytest_asyncio.fixture(scope="module")
async def theirs(settings: Settings, database: None) -> AsyncIterator[World]:
    """The other workspace. Nothing that is asked here changes a row of it."""
    world = await a_world(3)
    before = await digest(settings, world)
    yield world
    assert await digest(settings, world) == before


@pytest_asyncio.fixture(scope="module")
async def mine(database: None) -> World:
    """The workspace of whoever reads."""
    return await a_world()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Keeps the statements of each request."""
    made = Watch()
    monkeypatch.setattr("gateway.tracing.tally", made.tally)
    return made
