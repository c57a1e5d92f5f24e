"""Redis (Valkey) as gateways use it: notices to all of them, and the documents that they share.

The one module of the gateway that knows redis. What counts is in PostgreSQL: while Valkey is away,
gateways answer as before, and remember less.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.notices import Announce, KeyRevoked
from settings import Settings

TIMEOUT_SECONDS = 2.0
PULSE_SECONDS = 1.0
"""A listener who hears nothing for so long asks whether anybody is there, and waits once more."""
PAUSE_SECONDS = 0.5
"""Between attempts to listen again."""
UNAVAILABLE = (RedisError, OSError, TimeoutError)

log = structlog.get_logger("satukan.notices")


class Hears(Protocol):
    """Who is told of notices, and whether they come."""

    def hear(self, notice: KeyRevoked) -> None:
        """A notice has come."""

    def begin(self) -> None:
        """From now on each notice comes."""

    def interrupt(self) -> None:
        """From now on notices may be missed."""


def connect(settings: Settings) -> Redis | None:
    """A client, which connects at its first use; None where no address of Redis is set."""
    if settings.redis_url is None:
        return None
    redis: Redis = Redis.from_url(
        settings.redis_url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
    )
    return redis


def channel_of(redis: Redis) -> str:
    """Channels are one server's, not one database's: an installation that has a database of its
    own has a channel of its own too."""
    return f"satukan:notices:{redis.connection_pool.connection_kwargs.get('db') or 0}"


class Announcer:
    """Tells all gateways: an `Announce` for services."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def __call__(self, notice: KeyRevoked) -> None:
        """Publish a notice. Raises OSError where Valkey cannot be reached."""
        content = orjson.dumps({"keyRevoked": notice.key_id})
        try:
            await self._redis.publish(channel_of(self._redis), content)
        except RedisError as error:
            raise OSError("Valkey cannot be reached") from error


@asynccontextmanager
async def announcing(settings: Settings) -> AsyncIterator[Announce]:
    """Where a command hands its notices in. Without an address of Valkey, each raises OSError."""
    redis = connect(settings)
    if redis is None:
        yield _tell_nobody
        return
    async with redis:
        yield Announcer(redis)


async def listen(redis: Redis, listener: Hears) -> None:
    """Bring `listener` the notices, until cancelled. Where Valkey is lost, look for it again."""
    lost = False
    while True:
        try:
            await _listen(redis, listener)
        except UNAVAILABLE as error:
            if not lost:
                log.warning("notices_lost", error=type(error).__name__)
            lost = True
        finally:
            listener.interrupt()
        await asyncio.sleep(PAUSE_SECONDS)


async def _listen(redis: Redis, listener: Hears) -> None:
    async with redis.pubsub() as subscription:
        await subscription.subscribe(channel_of(redis))
        silent = False
        while True:
            message = await subscription.get_message(timeout=PULSE_SECONDS)
            if message is None:
                if silent:
                    raise TimeoutError("Valkey says nothing")
                silent = True
                await subscription.ping()
                continue
            silent = False
            if message["type"] == "subscribe":
                listener.begin()
            elif message["type"] == "message":
                _pass_on(message["data"], listener)


def _pass_on(content: bytes, listener: Hears) -> None:
    """Hand on a notice. One that nobody understands, such as that of a later version, may be about
    anything: all is forgotten that was remembered."""
    try:
        listener.hear(KeyRevoked(UUID(orjson.loads(content)["keyRevoked"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        listener.begin()


async def _tell_nobody(notice: KeyRevoked) -> None:
    raise OSError("no address of Valkey is set")
