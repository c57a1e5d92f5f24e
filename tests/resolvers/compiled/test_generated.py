"""Both paths answer made documents alike: data, errors, and the order of keys."""

import asyncio
from collections import Counter

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, note
from hypothesis import settings as hypothesis_settings

from services.workspaces import create_workspace
from settings import Settings
from tests.resolvers.compiled.answering import pair_for
from tests.resolvers.compiled.documents import Document, documents
from tests.resolvers.compiled.naming import Names, names_of
from tests.resolvers.compiled.odd_worlds import build_odd_world
from tests.worlds import build_world

ORDINARY = 200
FULL = 2_000
SHARE = 0.6
"""How many of the documents that met with no error must have been compiled."""


@pytest_asyncio.fixture(scope="module")
async def names(database: None, settings: Settings) -> Names:
    """Two workspaces: the one that is asked, and one whose ids are tried on it."""
    world = await build_odd_world(await create_workspace("Toko Satu"))
    other = await build_world(await create_workspace("Toko Dua"))
    pair = pair_for(settings, world.workspace)
    found = await names_of(pair, world, other)
    await pair.close()
    return found


async def test_both_paths_answer_alike(
    names: Names, settings: Settings, pytestconfig: pytest.Config
) -> None:
    full = pytestconfig.getoption("--full")
    loop = asyncio.get_running_loop()
    outcomes: Counter[str] = Counter()
    pair = pair_for(settings, names.world.workspace)

    @hypothesis_settings(
        max_examples=FULL if full else ORDINARY,
        derandomize=not full,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(documents())
    def compare(document: Document) -> None:
        asked = names.named(document)
        note(f"{asked.text}\n{asked.variables}")
        asking = pair.answers(asked.text, asked.variables)
        both = asyncio.run_coroutine_threadsafe(asking, loop).result()
        outcomes["compiled" if both.taken else "plain" if both.ran else "wrong"] += 1
        assert both.compiled == both.plain

    await asyncio.to_thread(compare)
    await pair.close()
    ran = outcomes["compiled"] + outcomes["plain"]
    assert ran > sum(outcomes.values()) / 2
    assert outcomes["compiled"] > SHARE * ran
