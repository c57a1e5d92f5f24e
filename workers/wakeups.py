"""Wake-up calls over Redis (Valkey): that a workspace's log of events has grown.

They cost a reader nothing to miss but time: what has been written is in the database, and each
reader looks there by itself now and then.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import orjson
import structlog
from redis.asyncio import Redis

from services.notices import Follow, LogGrown
from workers.listening import UNAVAILABLE, channel_named, listen

TIMEOUT_SECONDS = 2.0
MOST_IN_ONE = 500
"""Workspaces in one message."""

log = structlog.get_logger("satukan.wakeups")


def channel_of(redis: Redis) -> str:
    """The channel of wake-up calls."""
    return channel_named(redis, "events")


class Publisher:
    """Tells all processes: a `Follow` for `services.notices.followed_by`.

    What is written while a message is under way goes into the next one, once a workspace.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: dict[UUID, int] = {}
        self._publishing: asyncio.Task[None] | None = None
        self._lost = False

    def __call__(self, notice: LogGrown) -> None:
        """Have the notice published; nobody waits for it."""
        known = self._waiting.get(notice.workspace_id, 0)
        self._waiting[notice.workspace_id] = max(known, notice.seq)
        if self._publishing is None or self._publishing.done():
            self._publishing = asyncio.get_running_loop().create_task(self._publish())

    async def finish(self) -> None:
        """Come back when what was handed in is published, or given up."""
        if self._publishing is not None:
            with suppress(asyncio.CancelledError):
                await self._publishing

    async def _publish(self) -> None:
        while self._waiting:
            batch = [self._waiting.popitem() for _ in range(min(len(self._waiting), MOST_IN_ONE))]
            content = orjson.dumps([[workspace_id.hex, seq] for workspace_id, seq in batch])
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    await self._redis.publish(channel_of(self._redis), content)
                self._lost = False
            except UNAVAILABLE as error:
                if not self._lost:
                    log.warning("wake_up_lost", error=type(error).__name__)
                self._lost = True


async def follow(redis: Redis, heard: Follow, resumed: Callable[[], None]) -> None:
    """Hand on the notices of all processes, until cancelled; look for Redis again where it is lost.

    `resumed` is called each time that notices begin to come: what was written before went unheard.
    """

    def hear(content: bytes) -> None:
        for notice in notices_in(content):
            heard(notice)

    def tell(error: Exception) -> None:
        log.warning("wake_ups_unheard", error=type(error).__name__)

    await listen(redis, channel_of(redis), hear, resumed, lost=tell)


def notices_in(content: bytes) -> list[LogGrown]:
    """The notices of a message; none where nobody understands it."""
    try:
        return [LogGrown(UUID(hex=id), int(seq)) for id, seq in orjson.loads(content)]
    except (ValueError, TypeError, AttributeError):
        return []
