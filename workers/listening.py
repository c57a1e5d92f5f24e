"""Listening on a channel of Redis (Valkey) for as long as the process lives."""

import asyncio
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

PULSE_SECONDS = 1.0
"""A listener who hears nothing for so long asks whether anybody is there, and waits once more."""
PAUSE_SECONDS = 0.5
"""Between attempts to listen again."""
UNAVAILABLE = (RedisError, OSError, TimeoutError)


def channel_named(redis: Redis, name: str) -> str:
    """Channels are one server's, not one database's: an installation that has a database of its
    own has a channel of its own too."""
    return f"satukan:{name}:{redis.connection_pool.connection_kwargs.get('db') or 0}"


async def listen(
    redis: Redis,
    channel: str,
    heard: Callable[[bytes], None],
    begun: Callable[[], None],
    *,
    ended: Callable[[], None] = lambda: None,
    lost: Callable[[Exception], None],
) -> None:
    """Hand on what is published on a channel, until cancelled; look for Redis again where it is
    lost.

    `begun` is called each time that messages begin to come, `ended` each time that they may be
    missed again, and `lost` at the first of several attempts that fail.
    """
    is_lost = False
    while True:
        try:
            await _listen(redis, channel, heard, begun)
        except UNAVAILABLE as error:
            if not is_lost:
                lost(error)
            is_lost = True
        finally:
            ended()
        await asyncio.sleep(PAUSE_SECONDS)


async def _listen(
    redis: Redis, channel: str, heard: Callable[[bytes], None], begun: Callable[[], None]
) -> None:
    async with redis.pubsub() as subscription:
        await subscription.subscribe(channel)
        silent = False
        while True:
            message = await subscription.get_message(timeout=PULSE_SECONDS)
            if message is None:
                if silent:
                    raise TimeoutError("Redis says nothing")
                silent = True
                await subscription.ping()
                continue
            silent = False
            if message["type"] == "subscribe":
                begun()
            elif message["type"] == "message":
                heard(message["data"])
