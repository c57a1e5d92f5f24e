"""The log of events, followed: its order, its readers, and what each follower gets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import services.feeds as feeds_module
from models import Event, EventType, Workspace
from models.base import new_id
from services.errors import Refusal
from services.events import events_behind, events_between, last_number
from services.feeds import PAGE, Feeds, FellBehind, Wanted
from services.notices import followed_by
from services.transactions import workspace_transaction

ADDED, UPDATED, MERGED = (
    EventType.CUSTOMER_ADDED,
    EventType.CUSTOMER_UPDATED,
    EventType.CUSTOMER_MERGED,
)
SECONDS = 10.0
NEVER = 3600.0


async def write(workspace: Workspace, *types: EventType, **payload: object) -> None:
    """A transaction with events."""
    async with workspace_transaction(workspace.id) as tx:
        for type in types:
            tx.record(type, payload=payload)


async def take(feed: AsyncIterator[Event], count: int) -> list[Event]:
    """The next events of a feed."""
    async with asyncio.timeout(SECONDS):
        return [await anext(feed) for _ in range(count)]


@asynccontextmanager
async def feeds_of(pause_seconds: float = NEVER, most_waiting: int = 1_000) -> AsyncIterator[Feeds]:
    """Feeds that are woken by commits, and by the clock after `pause_seconds`."""
    made = Feeds(pause_seconds=pause_seconds, most_waiting=most_waiting)
    with followed_by(made.hear):
        yield made
    await made.close()


# ── the log ────────────────────────────────────────────────────────────────────────────────────


async def test_numbers_follow_the_order_of_commits(workspace: Workspace) -> None:
    """One transaction stays open, having recorded its events, while others commit: its events get
    their numbers behind theirs, so a reader who has read these does not skip it."""
    held, release = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with workspace_transaction(workspace.id) as tx:
            tx.record(ADDED, payload={"who": "slow"})
            held.set()
            await release.wait()

    running = asyncio.create_task(slow())
    await held.wait()
    for number in range(3):
        await write(workspace, ADDED, who=number)
    read = await events_behind(workspace.id, 0, 100)
    assert [event.payload["who"] for event in read] == [0, 1, 2]
    release.set()
    await running
    rest = await events_behind(workspace.id, read[-1].seq, 100)
    assert [(event.seq, event.payload["who"]) for event in rest] == [(4, "slow")]


async def test_who_has_numbers_and_has_not_committed_is_waited_for(workspace: Workspace) -> None:
    """Between numbering and commit nobody else gets a number: what is read has no gap."""
    numbered, release = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with workspace_transaction(workspace.id) as tx:
            tx.record(ADDED, payload={"who": "first"})
            await tx.write_events()
            numbered.set()
            await release.wait()

    one = asyncio.create_task(first())
    await numbered.wait()
    other = asyncio.create_task(write(workspace, ADDED, who="second"))
    for _ in range(5):
        assert await events_behind(workspace.id, 0, 100) == []
    assert not other.done()
    release.set()
    await asyncio.gather(one, other)
    read = await events_behind(workspace.id, 0, 100)
    assert [event.payload["who"] for event in read] == ["first", "second"]
    assert [event.seq for event in read] == [1, 2]


async def test_what_is_rolled_back_leaves_no_gap(workspace: Workspace) -> None:
    await write(workspace, ADDED)

    async def fail() -> None:
        async with workspace_transaction(workspace.id) as tx:
            tx.record(ADDED)
            await tx.write_events()
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    await write(workspace, ADDED)
    assert [event.seq for event in await events_behind(workspace.id, 0, 100)] == [1, 2]
    assert await last_number(workspace.id) == 2


async def test_a_part_of_the_log_by_types(workspace: Workspace) -> None:
    await write(workspace, ADDED, UPDATED, MERGED, UPDATED, ADDED)
    read = await events_between(workspace.id, 1, 4, 10, [UPDATED, ADDED])
    assert [event.seq for event in read] == [2, 4]
    assert [event.seq for event in await events_between(workspace.id, 1, 4, 2)] == [2, 3]
    assert await events_between(workspace.id, 5, 5, 10) == []


async def test_an_empty_log_ends_at_nothing(workspace: Workspace) -> None:
    assert await last_number(workspace.id) == 0


# ── feeds ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_feed_begins_now_or_behind_a_number(workspace: Workspace) -> None:
    await write(workspace, ADDED, ADDED, ADDED)
    async with feeds_of() as feeds:
        now = await feeds.follow(workspace.id)
        later = await feeds.follow(workspace.id, after=1)
        await write(workspace, UPDATED)
        assert [event.seq for event in await take(now, 1)] == [4]
        assert [event.seq for event in await take(later, 3)] == [2, 3, 4]
        with pytest.raises(Refusal, match="ahead of the log"):
            await feeds.follow(workspace.id, after=5)


async def test_a_long_part_is_read_page_by_page_while_others_write(workspace: Workspace) -> None:
    count = PAGE + 40
    await write(workspace, *[ADDED] * count)
    async with feeds_of() as feeds:
        feed = await feeds.follow(workspace.id, after=0)
        read = [event.seq for event in await take(feed, 10)]
        await write(workspace, *[ADDED] * 5)
        read += [event.seq for event in await take(feed, count - 5)]
        await write(workspace, *[ADDED] * 5)
        read += [event.seq for event in await take(feed, 5)]
    assert read == list(range(1, count + 11))


async def test_only_what_is_wanted_comes(workspace: Workspace) -> None:
    await write(workspace, ADDED, UPDATED, number=1)
    async with feeds_of() as feeds:
        types = await feeds.follow(workspace.id, Wanted(frozenset({UPDATED})), after=0)
        matching = await feeds.follow(
            workspace.id, Wanted(None, lambda event: event.payload["number"] == 2), after=0
        )
        await write(workspace, ADDED, UPDATED, number=2)
        assert [event.seq for event in await take(types, 2)] == [2, 4]
        assert [event.seq for event in await take(matching, 2)] == [3, 4]


async def test_a_reader_that_nobody_wakes_looks_by_itself(workspace: Workspace) -> None:
    """The notice of a commit is lost with the process that has written."""
    feeds = Feeds(pause_seconds=0.05)
    feed = await feeds.follow(workspace.id)
    await write(workspace, ADDED)
    assert [event.seq for event in await take(feed, 1)] == [1]
    await feeds.close()


async def test_many_workspaces_are_looked_at_less_often(workspace: Workspace) -> None:
    feeds = Feeds(pause_seconds=0.001)
    await feeds.follow(workspace.id)
    assert feeds.pause() == 0.01
    await feeds.close()


async def test_missed_notices_are_made_up_for(workspace: Workspace) -> None:
    feeds = Feeds(pause_seconds=NEVER)
    feed = await feeds.follow(workspace.id)
    await write(workspace, ADDED)
    feeds.resumed()
    assert [event.seq for event in await take(feed, 1)] == [1]
    await feeds.close()


async def test_a_thousand_followers_cost_one_read(workspace: Workspace) -> None:
    reads: list[int] = []
    feeds = Feeds(pause_seconds=NEVER, observe=reads.append)
    with followed_by(feeds.hear):
        all = [await feeds.follow(workspace.id) for _ in range(1_000)]
        await write(workspace, ADDED, UPDATED)
        for feed in all:
            assert [event.seq for event in await take(feed, 2)] == [1, 2]
        assert reads == [2]
        shared = await asyncio.gather(*(anext(feed) for feed in all), write(workspace, ADDED))
        assert len({id(event) for event in shared[:-1]}) == 1
    assert reads == [2, 1]
    await feeds.close()


async def test_who_does_not_take_what_comes_falls_behind_alone(workspace: Workspace) -> None:
    async with feeds_of(most_waiting=3) as feeds:
        slow, quick = [await feeds.follow(workspace.id) for _ in range(2)]
        for number in range(1, 6):
            await write(workspace, ADDED)
            assert [event.seq for event in await take(quick, 1)] == [number]
        with pytest.raises(FellBehind):
            await anext(slow)
        await slow.aclose()
        again = await feeds.follow(workspace.id, after=slow.begins)
        assert [event.seq for event in await take(again, 5)] == [1, 2, 3, 4, 5]


async def test_who_keeps_up_with_a_bulk_change_does_not_fall_behind(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction writes more events than may wait; one takes them, and one does not."""
    count = 4 * PAGE
    monkeypatch.setattr(feeds_module, "PATIENCE_SECONDS", 0.2)
    async with feeds_of(most_waiting=PAGE + 100) as feeds:
        quick, stuck = [await feeds.follow(workspace.id) for _ in range(2)]
        await write(workspace, *[ADDED] * count)
        read = await take(quick, count)
        assert [event.seq for event in read] == list(range(1, count + 1))
        with pytest.raises(FellBehind):
            await anext(stuck)


async def test_a_reader_ends_with_its_last_follower(workspace: Workspace) -> None:
    async with feeds_of() as feeds:
        one, other = [await feeds.follow(workspace.id) for _ in range(2)]
        reader = feeds._readers[workspace.id]
        await one.aclose()
        assert feeds._readers == {workspace.id: reader}
        await other.aclose()
        assert feeds._readers == {}
        with pytest.raises(asyncio.CancelledError):
            await reader.task
        await write(workspace, ADDED)
        again = await feeds.follow(workspace.id)
        await write(workspace, UPDATED)
        assert [event.type for event in await take(again, 1)] == [UPDATED]


async def test_workspaces_are_followed_apart(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    async with feeds_of() as feeds:
        feed = await feeds.follow(workspace.id)
        await write(other_workspace, ADDED)
        await write(workspace, UPDATED)
        assert [event.type for event in await take(feed, 1)] == [UPDATED]
        assert (await last_number(new_id())) == 0
