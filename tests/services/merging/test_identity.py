"""Merging and unmerging together change nothing: whatever happens between, and in any order.

Made sequences of everything that happens to customers run in a workspace that merges and in a twin
that does not. After every step no record is lost, doubled or with somebody whom it is not of, and
each customer's columns are what a recount gives; when all are unmerged, both workspaces are the
same in every table but logs, events and versions. Whom a step reaches in the twin that is addressed
to a merged customer: see `tests.services.merging.twins.worlds`.
"""

import asyncio
import random
import secrets
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, seed
from hypothesis import settings as hypothesis_settings

from services import customer_updates, orders
from services.merging import moves
from services.merging.tables import MOVES
from services.ownership import Owner, hold_owner
from tests.services.merging.twins.answers import answers_are_right
from tests.services.merging.twins.bases import Person
from tests.services.merging.twins.steps import (
    DRAWN,
    PEOPLE,
    SEEDS,
    STEPS,
    Step,
    take,
    unmerge_all,
)
from tests.services.merging.twins.worlds import Twins, begin

PARTS = 4
ORDINARY, FULL = 25, 250
"""Sequences of each part: 100 in the ordinary run, 1,000 with `--full`."""


async def run(twins: Twins, steps: list[Step], order: int) -> None:
    """Take the steps, look at the graph, unmerge everybody in some order, and compare."""
    for step in steps:
        await take(twins, step)
    await answers_are_right(twins)
    await unmerge_all(twins, order)
    told = twins.same_at_last()
    assert not told, told


@pytest.mark.parametrize("part", range(PARTS))
async def test_unmerging_everything_gives_back_what_would_have_been(
    part: int, database: None, pytestconfig: pytest.Config
) -> None:
    full = pytestconfig.getoption("--full")
    loop = asyncio.get_running_loop()
    happened: Counter[str] = Counter()
    told: list[list[str]] = []

    async def sequence(people: list[Person], steps: list[Step], order: int) -> None:
        twins = await begin(people)
        told.append(twins.done)
        await run(twins, steps, order)
        happened.update(line.split()[0] for line in twins.done)

    @seed(secrets.randbits(64) if full else part)
    @hypothesis_settings(
        max_examples=FULL if full else ORDINARY,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(PEOPLE, STEPS, SEEDS)
    def sequences(people: list[Person], steps: list[Step], order: int) -> None:
        told.clear()
        try:
            asyncio.run_coroutine_threadsafe(sequence(people, steps, order), loop).result()
        finally:
            # Hypothesis takes notes in its own thread only.
            note("\n".join(line for done in told for line in done))

    await asyncio.to_thread(sequences)
    assert min(happened[name] for name in ("merge", "unmerge", "edit")) > 0


async def forgotten(*_: Any) -> None:
    """Stands for something that is not done."""


async def owned_by_the_main_customer(*arguments: Any, **more: Any) -> Owner:
    """Forgets with whom a record came in."""
    owner = await hold_owner(*arguments, **more)
    return Owner(owner.customer, owner.customer.id)


def without(table: str) -> tuple[str, ...]:
    """The tables whose rows are given back, but for one."""
    return tuple(name for name in MOVES if name != table)


@pytest.mark.parametrize(
    ("module", "name", "broken", "number"),
    [
        (moves, "MOVES", without("customer_tags"), 10),
        (moves, "MOVES", without("profile_changes"), 5),
        (customer_updates, "keep_edited", forgotten, 4),
        (orders, "hold_owner", owned_by_the_main_customer, 13),
    ],
    ids=["tags stay", "history stays", "edits are forgotten", "orders forget whose they are"],
)
async def test_the_proof_finds_what_is_broken(
    module: Any,
    name: str,
    broken: Any,
    number: int,
    database: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dice = random.Random(number)
    people = [
        Person(dice.choice([1, 2, 3, 3]), dice.randrange(5000)) for _ in range(dice.randrange(3, 5))
    ]
    steps = [Step(dice.choice(DRAWN), dice.randrange(98), dice.randrange(65536)) for _ in range(8)]
    await run(await begin(people), steps, number)
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(AssertionError):
        await run(await begin(people), steps, number)
