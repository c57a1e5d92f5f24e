"""Wake-up calls: what one process commits, the others hear of at once, through a real Valkey."""

import asyncio
from datetime import UTC, datetime

from redis.asyncio import Redis

from models import EventType, Workspace
from models.base import new_id
from services.notices import LogGrown, followed_by
from services.transactions import workspace_transaction
from settings import Settings
from workers.wakeups import Publisher, channel_of, follow, notices_in

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class Heard:
    """Who follows, and what came."""

    def __init__(self, wanted: int) -> None:
        self.notices: list[LogGrown] = []
        self.listening = asyncio.Event()
        self.enough = asyncio.Event()
        self._wanted = wanted

    def __call__(self, notice: LogGrown) -> None:
        """A notice has come."""
        self.notices.append(notice)
        if len(self.notices) >= self._wanted:
            self.enough.set()


async def write(workspace: Workspace, events: int) -> None:
    async with workspace_transaction(workspace.id, now=NOW) as tx:
        for _ in range(events):
            tx.record(EventType.IMPORT_FINISHED)


async def test_what_is_committed_is_heard_of(settings: Settings, workspace: Workspace) -> None:
    assert settings.redis_url is not None
    heard = Heard(1)
    async with Redis.from_url(settings.redis_url) as redis:
        publisher = Publisher(redis)
        following = asyncio.ensure_future(follow(redis, heard, heard.listening.set))
        async with asyncio.timeout(10):
            await heard.listening.wait()
            with followed_by(publisher):
                await write(workspace, 3)
            await heard.enough.wait()
        following.cancel()
        await publisher.finish()
    assert heard.notices == [LogGrown(workspace.id, 3)]


async def test_a_transaction_without_events_says_nothing_unless_told_to(
    workspace: Workspace,
) -> None:
    heard = Heard(1)
    with followed_by(heard):
        await write(workspace, 0)
        assert heard.notices == []
        async with workspace_transaction(workspace.id, now=NOW) as tx:
            tx.wake()
    assert heard.notices == [LogGrown(workspace.id, 0)]


async def test_what_is_rolled_back_is_not_heard_of(workspace: Workspace) -> None:
    heard = Heard(1)
    with followed_by(heard):
        try:
            async with workspace_transaction(workspace.id, now=NOW) as tx:
                tx.record(EventType.IMPORT_FINISHED)
                raise KeyError
        except KeyError:
            pass
    assert heard.notices == []


async def test_notices_of_a_busy_workspace_become_one_message(settings: Settings) -> None:
    assert settings.redis_url is not None
    ids = [new_id(), new_id()]
    heard = Heard(2)
    async with Redis.from_url(settings.redis_url) as redis:
        publisher = Publisher(redis)
        following = asyncio.ensure_future(follow(redis, heard, heard.listening.set))
        async with asyncio.timeout(10):
            await heard.listening.wait()
            for seq in range(1, 100):
                for id in ids:
                    publisher(LogGrown(id, seq))
            await heard.enough.wait()
        following.cancel()
    assert sorted(heard.notices, key=str) == sorted((LogGrown(id, 99) for id in ids), key=str)


async def test_without_valkey_a_commit_goes_on(workspace: Workspace) -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0") as redis:
        publisher = Publisher(redis)
        with followed_by(publisher):
            await write(workspace, 1)
        await publisher.finish()
        assert channel_of(redis) == "satukan:events:0"


def test_a_message_that_nobody_understands_is_none() -> None:
    for content in (b"", b"{}", b"[1]", b'[["x", 1]]', b"\xff"):
        assert notices_in(content) == []
