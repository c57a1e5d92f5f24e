"""Lanes: each endpoint has its own, so that a receiver that is slow or dead holds up nobody else.

A lane claims what is due for its endpoint, and has a few attempts under way at a time: fewer while
they fail, more while they succeed. Attempts of endpoints that fail take their places from a pool of
their own, so that however many receivers hang, those that answer find a place.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from services.batches import Clock
from services.webhooks.delivering import MARGIN, Claim, Claimed, Outcome, claim, release
from services.webhooks.messages import headers_of
from services.webhooks.metrics import SENDING, WAITED
from services.webhooks.schedules import next_attempt
from services.webhooks.sending import Answer, Sender

MOST_AT_ONCE = 16
"""Attempts of one endpoint under way at a time, at one worker."""
ROUNDS = 2
"""A claim holds so many times what is under way at a time; all of it fits into the lease."""
STARTED_PLACES, HEALTHY_PLACES, FAILING_PLACES = 4, 512, 128
"""Attempts under way at a time at one worker: of endpoints that answer, and of those that do not.
A lane that has not more than STARTED_PLACES counts as failing."""

log = structlog.get_logger("satukan.webhooks")

Settle = Callable[[UUID, Outcome], Awaitable[None]]
"""Writes down what came of an attempt; comes back when that is committed."""


@dataclass
class Equipment:
    """What the lanes of one worker share."""

    send: Sender
    clock: Clock
    settle: Settle
    database: asyncio.Semaphore
    """Connections to the database that may be used at a time."""
    waits: Sequence[float]
    dice: random.Random
    healthy: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HEALTHY_PLACES))
    failing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FAILING_PLACES))
    stopping: bool = False


class Lane:
    """The way to one endpoint, from one worker."""

    def __init__(self, workspace_id: UUID, endpoint_id: UUID, shared: Equipment) -> None:
        self._workspace_id = workspace_id
        self._endpoint_id = endpoint_id
        self._shared = shared
        self._at_once = MOST_AT_ONCE
        self._known = False
        self._stirred = False
        self._changed = asyncio.Event()
        self._waiting: deque[tuple[Claim, Claimed]] = deque()
        self._sending: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self._running is None or self._running.done()

    @property
    def at_once(self) -> int:
        """How many attempts may be under way at this moment."""
        return self._at_once

    def stir(self) -> None:
        """Look for what is due: now, or as soon as there is room."""
        self._stirred = True
        self._changed.set()
        if self.idle and not self._shared.stopping:
            self._running = asyncio.get_running_loop().create_task(self._run())

    async def finish(self, seconds: float) -> None:
        """Begin nothing more (`stopping` is set); wait so long for what is under way, then break
        it off: its leases end, and another worker makes those attempts again."""
        if self._running is None:
            return
        self._changed.set()
        await asyncio.wait({self._running}, timeout=seconds)
        under_way = {self._running, *self._sending}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def ended(self) -> None:
        """Come back when nothing is under way."""
        if self._running is not None:
            await asyncio.wait({self._running})

    async def _run(self) -> None:
        try:
            await self._work()
        except Exception:
            # The leases end, and the sweep stirs the lane again.
            log.exception("webhook_lane_failed", endpoint=str(self._endpoint_id))
        finally:
            left = [delivery for _, delivery in self._waiting]
            self._waiting.clear()
            if left:
                await self._leave(left)

    async def _leave(self, deliveries: Sequence[Claimed]) -> None:
        try:
            await release(self._workspace_id, deliveries, self._shared.clock)
        except Exception:
            log.warning("webhook_leases_kept", endpoint=str(self._endpoint_id))

    async def _work(self) -> None:
        """Claim and attempt, until nothing is due."""
        while True:
            self._changed.clear()
            if self._stirred and self._has_room() and not self._shared.stopping:
                self._stirred = False
                await self._claim()
            self._begin()
            nothing_left = not self._waiting and not self._stirred
            if not self._sending and (nothing_left or self._shared.stopping):
                return
            if self._sending or not self._has_room():
                await self._changed.wait()

    def _has_room(self) -> bool:
        return not self._waiting and len(self._sending) < self._at_once

    async def _claim(self) -> None:
        """Claim as much as this lane gets through within the lease. What is full has more."""
        most = ROUNDS * self._at_once
        async with self._shared.database:
            found = await claim(self._workspace_id, self._endpoint_id, most, self._shared.clock)
        if found is None:
            return
        if not self._known:
            self._known = True
            self._at_once = 1 if found.failing else MOST_AT_ONCE
        self._waiting.extend((found, delivery) for delivery in found.deliveries)
        if len(found.deliveries) == most:
            self._stirred = True

    def _begin(self) -> None:
        """Begin attempts, as many as there is room for."""
        loop = asyncio.get_running_loop()
        while self._waiting and len(self._sending) < self._at_once and not self._shared.stopping:
            claimed, delivery = self._waiting.popleft()
            task = loop.create_task(self._attempt(claimed, delivery))
            self._sending.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("webhook_attempt_failed", exc_info=error)

    async def _attempt(self, claimed: Claim, delivery: Claimed) -> None:
        shared = self._shared
        places = shared.failing if self._at_once <= STARTED_PLACES else shared.healthy
        async with places:
            now = shared.clock()
            if now > delivery.lease_until - MARGIN:
                return  # too late to be sure that no one else begins it
            if delivery.attempts == 0:
                WAITED.observe((now - delivery.due_at).total_seconds())
            headers = headers_of(delivery.message_id, delivery.body, claimed.secrets, now)
            with SENDING.track_inprogress():
                answer = await shared.send(claimed.url, headers, delivery.body)
        self._adapt(answer)
        after = None
        if not answer.succeeded:
            attempts, luck = delivery.attempts + 1, shared.dice.random()
            after = next_attempt(attempts, shared.clock(), luck, answer.retry_after, shared.waits)
        try:
            await shared.settle(self._workspace_id, Outcome(delivery, now, answer, after))
        except Exception as error:
            # The lease ends, and the attempt is made again: at least once.
            log.warning("webhook_outcome_lost", delivery=str(delivery.id), error=repr(error))

    def _adapt(self, answer: Answer) -> None:
        if answer.succeeded:
            self._at_once = min(MOST_AT_ONCE, self._at_once + 1)
        else:
            self._at_once = max(1, self._at_once // 2)
