"""Redis (Valkey) as gateways use it: notices to all of them, and the documents that they share.

The one module of the gateway that knows redis. What counts is in PostgreSQL: while Valkey is away,
gateways answer as before, and remember less.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.subscriptions.places import LEASE_SECONDS, Held, Most, Who
from services.notices import Announce, KeyRevoked, tell_nobody
from settings import Settings
from workers.listening import UNAVAILABLE, channel_named
from workers.listening import listen as listen_on

TIMEOUT_SECONDS = 2.0
AT_ONCE_SECONDS = 0.25
AWAY_SECONDS = 1.0
WRITE_PLACES = """
    local now = tonumber(redis.call('TIME')[1])
    local connections, subscriptions = tonumber(ARGV[2]), tonumber(ARGV[3])
    local lines = redis.call('HGETALL', KEYS[1])
    local all_connections, all_subscriptions = connections, subscriptions
    for place = 1, #lines, 2 do
        local ends, c, s = string.match(lines[place + 1], '(%d+) (%d+) (%d+)')
        if tonumber(ends) <= now then
            redis.call('HDEL', KEYS[1], lines[place])
        elseif lines[place] ~= ARGV[1] then
            all_connections = all_connections + tonumber(c)
            all_subscriptions = all_subscriptions + tonumber(s)
        end
    end
    local most_connections, most_subscriptions = tonumber(ARGV[4]), tonumber(ARGV[5])
    if most_connections >= 0 and all_connections > most_connections
        or most_subscriptions >= 0 and all_subscriptions > most_subscriptions then
        return 0
    end
    if connections + subscriptions == 0 then
        redis.call('HDEL', KEYS[1], ARGV[1])
    else
        local ends = now + math.ceil(tonumber(ARGV[6]))
        redis.call(
            'HSET', KEYS[1], ARGV[1], string.format('%d %d %d', ends, connections, subscriptions))
        redis.call('EXPIRE', KEYS[1], math.ceil(tonumber(ARGV[6])) * 2)
    end
    return 1"""
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


class SharedPlaces:
    """What each gateway process holds of each caller: the `Register` of subscriptions/places.py.

    A hash for each caller has a line for each process: until when it counts, connections,
    subscriptions. What does not answer at once is not waited for, nor asked again for a second.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._process = secrets.token_hex(8)
        self._write = redis.register_script(WRITE_PLACES)
        self._away_until = 0.0

    async def write(self, who: Who, held: Held, most: Most) -> bool | None:
        """Write a line of this process, unless that is too much in all: False. None where Valkey
        is away."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            return None
        limits = [-1 if one is None else one for one in (most.connections, most.subscriptions)]
        try:
            async with asyncio.timeout(AT_ONCE_SECONDS):
                written = await self._write(
                    keys=[f"{channel_named(self._redis, 'places')}:{who}"],
                    args=[
                        self._process,
                        held.connections,
                        held.subscriptions,
                        *limits,
                        LEASE_SECONDS,
                    ],
                )
        except UNAVAILABLE as error:
            self._away_until = loop.time() + AWAY_SECONDS
            log.warning("places_not_shared", error=type(error).__name__)
            return None
        return bool(written)


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
