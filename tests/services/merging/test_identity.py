"""Merging and unmerging together change nothing: whatever happens between, and in any order.

Made sequences of everything that happens to customers run in a workspace that merges and in a twin
that does not. After every step no record is lost, doubled or with somebody whom it is not of, and
each customer's columns are what a recount gives; when all are unmerged, both workspaces are the
same in every table but logs, events and versions. Whom a step reaches in the twin that is addressed
to a merged customer: see `tests.services.merging.twins.worlds`.
"""

import asyncio

import pytest
from hypothesis import HealthCheck, given, note
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.services.merging.twins.answers import answers_are_right
from tests.services.merging.twins.bases import Person
from tests.services.merging.twins.steps import PEOPLE, SEEDS, STEPS, Step, take, unmerge_all
from tests.services.merging.twins.worlds import begin

ORDINARY = 25
FULL = 250


@pytest.mark.parametrize("part", range(4))
async def test_unmerging_everything_gives_back_what_would_have_been(
    part: int, database: None, pytestconfig: pytest.Config
) -> None:
    full = pytestconfig.getoption("--full")
    loop = asyncio.get_running_loop()
    merged = 0

    async def run(people: list[Person], steps: list[Step], order: int) -> None:
        nonlocal merged
        twins = await begin(people)
        try:
            for step in steps:
                await take(twins, step)
            merged += any(name != main for name, main in twins.main.items())
            await answers_are_right(twins)
            await unmerge_all(twins, order)
            assert twins.same_at_last() == []
        finally:
            note("\n".join(twins.done))

    @hypothesis_settings(
        max_examples=FULL if full else ORDINARY,
        derandomize=not full,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.just(part), PEOPLE, STEPS, SEEDS)
    def sequences(_: int, people: list[Person], steps: list[Step], order: int) -> None:
        asyncio.run_coroutine_threadsafe(run(people, steps, order), loop).result()

    await asyncio.to_thread(sequences)
    assert merged > (FULL if full else ORDINARY) / 4
