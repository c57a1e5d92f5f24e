"""From the log to deliveries: no event is left out, and none is made twice."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import EventType, Workspace
from models.statements import tally
from services.notices import LogGrown, followed_by
from services.transactions import workspace_transaction
from services.webhooks.endpoints import delete_endpoint
from services.webhooks.replays import replay
from services.webhooks.spreading import EVENTS_AT_ONCE, spread
from tests.services.webhooks.deliveries import (
    ADDED,
    MERGED,
    Clock,
    deliveries,
    endpoint,
    happen,
    scripted,
    stored_endpoint,
    worker,
)
from tests.services.writing import change

SOME = st.lists(st.sampled_from(list(EventType)), max_size=12)
TYPES = st.sets(st.sampled_from(list(EventType)), min_size=1)


async def spread_all(workspace: Workspace, clock: Clock) -> int:
    """Read on until every endpoint has come to the end; how many deliveries were made."""
    made, more = 0, True
    while more:
        found = await spread(workspace.id, clock)
        made, more = made + found.made, found.more
    return made


async def test_a_transaction_that_commits_late_is_not_passed_by(workspace: Workspace) -> None:
    """It holds its number: whoever comes after it waits, and the cursor does not go past it."""
    clock = Clock()
    made, _ = await endpoint(workspace)
    async with workspace_transaction(workspace.id, now=clock.now) as late:
        late.record(MERGED)
        await late.write_events()
        other = asyncio.ensure_future(happen(workspace, ADDED))
        assert await spread_all(workspace, clock) == 0
        assert not other.done()
    await other
    assert await spread_all(workspace, clock) == 2
    assert [row["seq"] for row in await deliveries(workspace, made.id)] == [1, 2]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(SOME, st.booleans()), max_size=6), st.lists(TYPES, max_size=3))
async def test_each_endpoint_gets_what_it_asked_for_from_its_beginning_on(
    workspace: Workspace, steps: list[tuple[list[EventType], bool]], wanted: list[set[EventType]]
) -> None:
    """Whatever happens in whichever transactions, and however reading falls between them."""
    clock = Clock()
    endpoints = [(await endpoint(workspace, "https://a.example/", *types))[0] for types in wanted]
    happened: list[EventType] = []
    for types, read in steps:
        await happen(workspace, *types)
        happened += types
        if read:
            await spread(workspace.id, clock)
    await spread_all(workspace, clock)
    for one, asked in zip(endpoints, wanted, strict=True):
        expected = [one.next_seq + at for at, type in enumerate(happened) if type in asked]
        assert [row["seq"] for row in await deliveries(workspace, one.id)] == expected
        stored = await stored_endpoint(workspace, one.id)
        assert stored["next_seq"] == one.next_seq + len(happened)
        await change(workspace, delete_endpoint, one.id)


async def test_several_workers_at_once_make_each_delivery_once(workspace: Workspace) -> None:
    clock = Clock()
    for _ in range(3):
        await endpoint(workspace)
    await happen(workspace, *[MERGED] * 50)
    await asyncio.gather(*(spread_all(workspace, clock) for _ in range(5)))
    await spread_all(workspace, clock)
    rows = await deliveries(workspace)
    assert len(rows) == len({(row["endpoint_id"], row["seq"]) for row in rows}) == 150


async def test_an_endpoint_that_reads_from_far_behind_holds_no_other_up(
    workspace: Workspace,
) -> None:
    clock = Clock()
    behind, _ = await endpoint(workspace)
    await happen(workspace, *[MERGED] * (3 * EVENTS_AT_ONCE))
    await spread_all(workspace, clock)
    abreast, _ = await endpoint(workspace)
    await change(workspace, replay, behind.id, after_seq=0)
    await happen(workspace, MERGED)
    found = await spread(workspace.id, clock)
    assert found.more
    assert len(await deliveries(workspace, abreast.id)) == 1
    assert (await stored_endpoint(workspace, behind.id))["next_seq"] == EVENTS_AT_ONCE + 1


async def test_an_endpoint_hears_of_what_happens_after_it_was_made(workspace: Workspace) -> None:
    await happen(workspace, MERGED)
    made, _ = await endpoint(workspace)
    await happen(workspace, MERGED)
    await spread_all(workspace, Clock())
    assert [row["seq"] for row in await deliveries(workspace, made.id)] == [2]


async def test_a_workspace_without_endpoints_is_not_asked_at_each_commit(
    workspace: Workspace,
) -> None:
    """Until an endpoint is made, which says so by a notice of its own."""
    clock, send = Clock(), scripted()
    deliverer = worker(send, clock)
    await happen(workspace, MERGED)
    deliverer.hear(LogGrown(workspace.id, 1))
    await deliverer.settled()
    with tally() as counted:
        deliverer.hear(LogGrown(workspace.id, 2))
        await deliverer.settled()
    assert counted.count == 0
    with followed_by(deliverer.hear):
        await endpoint(workspace)
        await happen(workspace, MERGED)
        await deliverer.settled()
    assert len(send.sent) == 1
