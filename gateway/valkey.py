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

from services.notices import Announce, KeyRevoked, tell_nobody
from settings import Settings
from workers.listening import UNAVAILABLE, channel_named
from workers.listening import listen as listen_on

TIMEOUT_SECONDS = 2.0
AT_ONCE_SECONDS = 0.25
DOCUMENTS = "satukan:documents"
DOCUMENT = "satukan:document:"
MOST_DOCUMENTS = 2_000
KEEP = """
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
    redis.call('ZADD', KEYS[2], redis.call('TIME')[1], KEYS[1])
    local over = redis.call('ZCARD', KEYS[2]) - ARGV[3]
    if over > 0 then
        local dropped = redis.call('ZPOPMIN', KEYS[2], over)
        for place = 1, #dropped, 2 do redis.call('DEL', dropped[place]) end
    end"""
log = structlog.get_logger("satukan.notices")


class Hears(Protocol):
    """Who is told of notices, and whether they come."""

    def hear(self, notice: KeyRevoked) -> None:
        """A notice has come."""

    def begin(self) -> None:
        """From now on each notice comes."""

    def interrupt(self) -> None:
        """From now on notices may be missed."""


class All:
    """Several who are told, in this order."""

    def __init__(self, *listeners: Hears) -> None:
        self._listeners = listeners

    def hear(self, notice: KeyRevoked) -> None:
        """A notice has come."""
        for listener in self._listeners:
            listener.hear(notice)

    def begin(self) -> None:
        """From now on each notice comes."""
        for listener in self._listeners:
            listener.begin()

    def interrupt(self) -> None:
        """From now on notices may be missed."""
        for listener in self._listeners:
            listener.interrupt()


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
    """The channel of notices."""
    return channel_named(redis, "notices")


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


class SharedDocuments:
    """Documents left for all gateways: the `SharedTexts` of `gateway/persisted.py`.

    Each stays for `seconds` after it was last asked for here, and at most `MOST_DOCUMENTS` at a
    time. What does not answer at once is not waited for: clients then send the text.
    """

    def __init__(self, redis: Redis, seconds: int) -> None:
        self._redis = redis
        self._seconds = seconds
        self._keep = redis.register_script(KEEP)

    async def read(self, digest: str) -> str | None:
        """The text that was left under a hash."""
        try:
            async with asyncio.timeout(AT_ONCE_SECONDS):
                content = await self._redis.getex(f"{DOCUMENT}{digest}", ex=self._seconds)
            return None if content is None else str(content, "utf-8")
        except (*UNAVAILABLE, UnicodeDecodeError) as error:
            log.warning("document_not_read", error=type(error).__name__)
            return None

    async def write(self, digest: str, text: str) -> None:
        """Leave a text under its hash."""
        try:
            async with asyncio.timeout(AT_ONCE_SECONDS):
                await self._keep(
                    keys=[f"{DOCUMENT}{digest}", DOCUMENTS],
                    args=[text, self._seconds, MOST_DOCUMENTS],
                )
        except UNAVAILABLE as error:
            log.warning("document_not_kept", error=type(error).__name__)


@asynccontextmanager
async def announcing(settings: Settings) -> AsyncIterator[Announce]:
    """Where a command hands its notices in. Without an address of Valkey, each raises OSError."""
    redis = connect(settings)
    if redis is None:
        yield tell_nobody
        return
    async with redis:
        yield Announcer(redis)


async def listen(redis: Redis, listener: Hears) -> None:
    """Bring `listener` the notices, until cancelled. Where Valkey is lost, look for it again."""

    def tell(error: Exception) -> None:
        log.warning("notices_lost", error=type(error).__name__)

    await listen_on(
        redis,
        channel_of(redis),
        lambda content: _pass_on(content, listener),
        listener.begin,
        ended=listener.interrupt,
        lost=tell,
    )


def _pass_on(content: bytes, listener: Hears) -> None:
    """Hand on a notice. One that nobody understands, such as that of a later version, may be about
    anything: all is forgotten that was remembered."""
    try:
        listener.hear(KeyRevoked(UUID(orjson.loads(content)["keyRevoked"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        listener.begin()
