"""Lanes: one receiver's trouble is its own, at one worker and over several."""

import asyncio
from datetime import timedelta

from models import Workspace
from services.webhooks.lanes import FAILING_PLACES, HEALTHY_PLACES, MOST_AT_ONCE
from services.webhooks.sending import Answer
from tests.services.webhooks.deliveries import (
    MERGED,
    TAKEN,
    Clock,
    deliver,
    deliveries,
    endpoint,
    happen,
    http,
    scripted,
    worker,
)
from tests.services.webhooks.receivers import hang, receiving


class Sluice:
    """A `Sender` that holds everything for some addresses back until it is opened."""

    def __init__(self, answer: Answer = TAKEN) -> None:
        self.opened = asyncio.Event()
        self.held: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.passed: list[str] = []
        self._answer = answer
        self._changed = asyncio.Condition()

    async def __call__(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Let pass what goes to a healthy receiver at once."""
        if "healthy" in url:
            await self._pass(url)
            return TAKEN
        async with self._changed:
            self.held[url] = self.held.get(url, 0) + 1
            self.most[url] = max(self.most.get(url, 0), self.held[url])
            self._changed.notify_all()
        await self.opened.wait()
        self.held[url] -= 1
        await self._pass(url)
        return self._answer

    async def _pass(self, url: str) -> None:
        async with self._changed:
            self.passed.append(url)
            self._changed.notify_all()

    async def holds(self, count: int) -> None:
        """Come back when so many attempts are held back."""
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: sum(self.held.values()) >= count)

    async def lets_pass(self, count: int) -> None:
        """Come back when so many attempts have passed."""
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: len(self.passed) >= count)


async def test_a_receiver_that_hangs_delays_no_other(workspace: Workspace) -> None:
    """The healthy one has all of its messages while the other has not answered a single one."""
    clock = Clock()
    async with receiving(hang) as hanging, receiving() as healthy, http(clock, 15) as send:
        await endpoint(workspace, hanging.url)
        made, _ = await endpoint(workspace, healthy.url)
        deliverer = worker(send, clock)
        for count in (20, 40, 60):
            await happen(workspace, *[MERGED] * 20)
            deliverer.stir(workspace.id)
            await healthy.has(count)
        await hanging.has(1)
        assert len(hanging.taken) <= MOST_AT_ONCE
        await deliverer.finish(0)
    rows = await deliveries(workspace)
    assert all(row["status"] == "PENDING" for row in rows if row["endpoint_id"] != made.id)


async def test_more_hanging_receivers_than_places_leave_places_to_the_healthy(
    workspace: Workspace,
) -> None:
    """Once they have failed, they share places of their own."""
    clock, sluice = Clock(), Sluice(Answer(None, 15_000, "No answer."))
    for number in range(20):
        await endpoint(workspace, f"https://dead{number}.example/")
    await happen(workspace, *[MERGED] * 40)
    deliverer = worker(sluice, clock)
    deliverer.stir(workspace.id)
    await sluice.holds(20 * MOST_AT_ONCE)
    assert sum(sluice.held.values()) <= HEALTHY_PLACES
    sluice.opened.set()
    await deliverer.settled()
    sluice.opened.clear()
    sluice.passed.clear()
    clock.forward(seconds=6)
    await endpoint(workspace, "https://healthy.example/")
    await happen(workspace, *[MERGED] * 100)
    deliverer.stir(workspace.id)
    await sluice.lets_pass(100)
    assert sum(sluice.held.values()) <= FAILING_PLACES
    # A lane that fails tries with one message at a time.
    assert max(sluice.held.values()) == 1
    await deliverer.finish(0)


async def test_attempts_of_one_endpoint_under_way_are_bounded(workspace: Workspace) -> None:
    clock, sluice = Clock(), Sluice()
    await endpoint(workspace, "https://slow.example/")
    await happen(workspace, *[MERGED] * 100)
    deliverer = worker(sluice, clock)
    deliverer.stir(workspace.id)
    await sluice.holds(MOST_AT_ONCE)
    sluice.opened.set()
    await deliverer.settled()
    assert len(sluice.passed) == 100
    assert max(sluice.most.values()) == MOST_AT_ONCE


async def test_stopped_it_leaves_what_it_has_not_begun_to_the_next(workspace: Workspace) -> None:
    clock, sluice = Clock(), Sluice()
    await endpoint(workspace, "https://slow.example/")
    await happen(workspace, *[MERGED] * 100)
    deliverer = worker(sluice, clock)
    deliverer.stir(workspace.id)
    await sluice.holds(MOST_AT_ONCE)
    sluice.opened.set()
    await deliverer.finish(10)
    rows = await deliveries(workspace)
    assert [row["lease_until"] for row in rows] == [None] * 100
    done = [row for row in rows if row["status"] == "DELIVERED"]
    assert MOST_AT_ONCE <= len(done) < 100
    send = scripted()
    await deliver(workspace, send, clock)
    assert len(send.sent) == 100 - len(done)


async def test_a_lane_that_waited_too_long_begins_nothing_that_another_may_begin(
    workspace: Workspace,
) -> None:
    """Claimed by a worker that then stood still for too long: another one makes the attempts."""
    clock, sluice = Clock(), Sluice()
    await endpoint(workspace, "https://slow.example/")
    await happen(workspace, *[MERGED] * (MOST_AT_ONCE + 5))
    deliverer = worker(sluice, clock)
    deliverer.stir(workspace.id)
    await sluice.holds(MOST_AT_ONCE)
    clock.now += timedelta(seconds=45)
    sluice.opened.set()
    await deliverer.settled()
    assert len(sluice.passed) == MOST_AT_ONCE
    clock.now += timedelta(seconds=15)
    send = scripted()
    await deliver(workspace, send, clock)
    assert len(send.sent) == 5
