"""Callers known for seconds: what asking for them costs, and that nobody stays known too long."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from gateway.app import beside
from gateway.auth import BearerAuthenticator
from gateway.callers import KnownCallers, digest_of
from gateway.refusals import Refused
from gateway.valkey import Announcer, connect, listen
from models import Role, Workspace
from models.statements import tally
from services.actors import Caller, Recognized
from services.api_keys import create_key, list_keys, revoke_key
from services.notices import KeyRevoked
from services.transactions import workspace_transaction
from settings import Settings
from tests.gateway.toys import WORKSPACE, actor

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECONDS = 5.0


def seconds(count: float) -> datetime:
    return NOW + timedelta(seconds=count)


def listening(most: int = 100) -> KnownCallers:
    """A memory to which notices come."""
    known = KnownCallers(SECONDS, most)
    known.begin()
    return known


def recognized(ends_at: datetime | None = None) -> Recognized:
    """Somebody with a key of their own."""
    return Recognized(Caller(actor(), WORKSPACE), ends_at)


# ── what is remembered ─────────────────────────────────────────────────────────────────────────


def test_a_caller_is_known_for_seconds() -> None:
    known, somebody = listening(), recognized()
    known.keep(b"a", somebody, NOW, known.mark)
    assert known.find(b"a", NOW) is somebody.caller
    assert known.find(b"a", seconds(4.999)) is somebody.caller
    assert known.find(b"b", NOW) is None
    assert known.find(b"a", seconds(5)) is None
    assert len(known) == 0


def test_nobody_is_known_beyond_the_end_of_their_key() -> None:
    known = listening()
    known.keep(b"a", recognized(seconds(2)), NOW, known.mark)
    assert known.find(b"a", seconds(2) - timedelta(microseconds=1)) is not None
    assert known.find(b"a", seconds(2)) is None


def test_nobody_is_known_when_the_clock_goes_back() -> None:
    known = listening()
    known.keep(b"a", recognized(), NOW, known.mark)
    assert known.find(b"a", seconds(-1)) is None


def test_who_was_not_seen_for_the_longest_is_forgotten_first() -> None:
    known = listening(most=3)
    for name in (b"a", b"b", b"c"):
        known.keep(name, recognized(), NOW, known.mark)
    known.find(b"a", NOW)
    known.keep(b"d", recognized(), NOW, known.mark)
    found = {name for name in (b"a", b"b", b"c", b"d") if known.find(name, NOW)}
    assert found == {b"a", b"c", b"d"}


def test_a_revoked_key_is_forgotten_and_no_other() -> None:
    known, one, other = listening(), recognized(), recognized()
    known.keep(b"a", one, NOW, known.mark)
    known.keep(b"b", other, NOW, known.mark)
    assert one.caller.actor.api_key_id is not None
    known.hear(KeyRevoked(one.caller.actor.api_key_id))
    assert known.find(b"a", NOW) is None
    assert known.find(b"b", NOW) is other.caller


def test_who_was_read_before_a_notice_is_not_remembered_after_it() -> None:
    known, somebody = listening(), recognized()
    mark = known.mark
    assert somebody.caller.actor.api_key_id is not None
    known.hear(KeyRevoked(somebody.caller.actor.api_key_id))
    known.keep(b"a", somebody, NOW, mark)
    assert known.find(b"a", NOW) is None


def test_while_notices_may_be_missed_nobody_is_known() -> None:
    known = listening()
    mark = known.mark
    known.keep(b"a", recognized(), NOW, mark)
    known.interrupt()
    assert known.find(b"a", NOW) is None
    known.keep(b"a", recognized(), NOW, known.mark)
    known.begin()
    known.keep(b"b", recognized(), NOW, mark)
    assert (known.find(b"a", NOW), known.find(b"b", NOW), len(known)) == (None, None, 0)


def test_a_memory_of_no_seconds_remembers_nobody() -> None:
    known = KnownCallers(0)
    known.begin()
    known.keep(b"a", recognized(), NOW, known.mark)
    assert len(known) == 0


def test_the_token_itself_is_not_kept() -> None:
    assert "secret" not in repr(digest_of("sk_secret"))
    assert digest_of("sk_1") != digest_of("sk_2")
    assert len(digest_of("\ud800")) == 32


# ── over Valkey ────────────────────────────────────────────────────────────────────────────────


class Memory(KnownCallers):
    """A memory that can be waited for."""

    def __init__(self) -> None:
        super().__init__(SECONDS)
        self.ready, self.told, self.lost = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def begin(self) -> None:
        super().begin()
        self.lost.clear()
        self.ready.set()

    def interrupt(self) -> None:
        super().interrupt()
        self.ready.clear()
        self.lost.set()

    def hear(self, notice: KeyRevoked) -> None:
        super().hear(notice)
        self.told.set()


class Gateway:
    """What of a gateway process knows who asks."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.authenticate = BearerAuthenticator(None, memory)

    async def statements(self, key: str, now: datetime = NOW) -> int:
        """How many SQL statements it takes to know a key's caller."""
        with tally() as counted:
            await self.authenticate(f"Bearer {key}", now)
            await asyncio.sleep(0)  # the driver reports a statement a turn of the loop later
        await self.authenticate.finish()
        return counted.count

    async def refuses(self, key: str, now: datetime = NOW) -> bool:
        """Whether a key lets nobody in."""
        try:
            await self.authenticate(f"Bearer {key}", now)
        except Refused as refused:
            return refused.status == 401
        await self.authenticate.finish()
        return False


Start = Callable[[], Awaitable[Gateway]]


@pytest_asyncio.fixture
async def start(settings: Settings, database: None) -> AsyncIterator[Start]:
    """Starts gateways, each with a connection of its own."""
    async with AsyncExitStack() as resources:

        async def make() -> Gateway:
            redis = connect(settings)
            assert redis is not None
            memory = Memory()
            await resources.enter_async_context(redis)
            await resources.enter_async_context(beside(listen(redis, memory)))
            await asyncio.wait_for(memory.ready.wait(), 10)
            return Gateway(memory)

        yield make


@asynccontextmanager
async def announcer(settings: Settings) -> AsyncIterator[Announcer]:
    redis = connect(settings)
    assert redis is not None
    async with redis:
        yield Announcer(redis)


async def cut_off(settings: Settings) -> None:
    """Break the connections of all who listen in this process's database of Valkey."""
    redis = connect(settings)
    assert redis is not None
    async with redis:
        database = str(redis.connection_pool.connection_kwargs["db"])
        for client in await redis.client_list(_type="pubsub"):
            if client["db"] == database:
                await redis.client_kill_filter(_id=client["id"])


async def test_a_known_key_costs_no_statement(start: Start, workspace: Workspace) -> None:
    gateway = await start()
    _, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    assert await gateway.statements(key) > 0
    assert await gateway.statements(key) == 0
    assert await gateway.statements(key, seconds(4)) == 0
    assert await gateway.statements(key, seconds(5)) > 0


async def test_a_revoked_key_is_refused_at_once_by_each_gateway(
    start: Start, settings: Settings, workspace: Workspace
) -> None:
    gateways = [await start(), await start()]
    row, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    _, other = await create_key(workspace.id, Role.OWNER, now=NOW)
    for gateway in gateways:
        await gateway.statements(key)
        await gateway.statements(other)
        assert await gateway.statements(key) == 0
    async with announcer(settings) as announce:
        assert await revoke_key(workspace.id, row.id, announce, now=NOW)
    for gateway in gateways:
        await asyncio.wait_for(gateway.memory.told.wait(), 10)
        assert await gateway.refuses(key)
        assert await gateway.statements(other) == 0


async def test_a_key_that_is_nobodys_leaves_nothing_behind(
    start: Start, workspace: Workspace
) -> None:
    gateway = await start()
    _, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    for number in range(20):
        assert await gateway.refuses(f"{key[:-43]}{number:043}")
        assert await gateway.refuses(f"x{number}")
    assert len(gateway.memory) == 0


async def test_while_valkey_is_away_each_request_asks_the_database(
    start: Start, settings: Settings, workspace: Workspace
) -> None:
    gateway = await start()
    _, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    await gateway.statements(key)
    assert await gateway.statements(key) == 0
    await cut_off(settings)
    await asyncio.wait_for(gateway.memory.lost.wait(), 10)
    assert await gateway.statements(key) > 0
    # It comes back by itself, and has forgotten what it knew before.
    await asyncio.wait_for(gateway.memory.ready.wait(), 10)
    assert await gateway.statements(key) > 0
    assert await gateway.statements(key) == 0


async def test_a_gateway_without_valkey_remembers_nobody(workspace: Workspace) -> None:
    memory = Memory()
    gateway = Gateway(memory)
    _, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    lost = connect(Settings(redis_url="redis://127.0.0.1:1/0"))
    assert lost is not None
    async with lost, beside(listen(lost, memory)):
        assert await gateway.statements(key) > 0
        assert await gateway.statements(key) > 0
    assert len(memory) == 0


async def test_an_announcement_that_nobody_can_take_is_an_oserror() -> None:
    lost = connect(Settings(redis_url="redis://127.0.0.1:1/0"))
    assert lost is not None
    async with lost:
        with pytest.raises(OSError, match="Valkey"):
            await Announcer(lost)(KeyRevoked(uuid.uuid4()))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"keyRevoked": 1}', b'{"later": "x"}'])
async def test_a_notice_that_is_not_understood_may_be_about_anybody(
    start: Start, settings: Settings, workspace: Workspace, content: bytes
) -> None:
    gateway = await start()
    _, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    await gateway.statements(key)
    gateway.memory.ready.clear()
    redis = connect(settings)
    assert redis is not None
    async with redis:
        database = redis.connection_pool.connection_kwargs["db"]
        await redis.publish(f"satukan:notices:{database}", content)
    await asyncio.wait_for(gateway.memory.ready.wait(), 10)
    assert await gateway.statements(key) > 0


async def test_use_is_noted_beside_the_request(start: Start, workspace: Workspace) -> None:
    gateway = await start()
    _, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    for after, noted in ((0, 0), (3, 0), (50, 0), (61, 61)):
        await gateway.statements(key, seconds(after))
        [row] = await list_keys(workspace.id)
        assert row.last_used_at == seconds(noted)


async def test_a_change_of_the_workspace_shows_within_the_seconds(
    start: Start, workspace: Workspace
) -> None:
    gateway = await start()
    _, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    await gateway.statements(key)
    async with workspace_transaction(workspace.id, now=NOW) as transaction:
        await transaction.execute(
            "UPDATE workspaces SET window_hours = 48 WHERE workspace_id = $1", workspace.id
        )
    caller = await gateway.authenticate(f"Bearer {key}", seconds(SECONDS))
    assert caller.workspace.window_hours == 48
