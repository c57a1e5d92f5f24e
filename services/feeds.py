"""Feeds: the log of a workspace, followed by many at the price of one.

One reader for each workspace that anybody in this process follows. It reads what is new once, when
it is woken (`services/notices.py`) or after a pause, and hands it to all who follow. Who goes on
from an earlier place reads that part of the log by themselves, up to where the reader is, and joins
then: nothing is left out and nothing comes twice.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import structlog

from models import Event, EventType
from services.errors import invalid
from services.events import events_behind, events_between, last_number
from services.notices import LogGrown

PAGE = 500
PAUSE_SECONDS = 1.0
"""A reader that nobody wakes looks by itself after this time."""
PAUSE_PER_WORKSPACE_SECONDS = 0.01
"""Or after this time for each workspace that is followed here, where that is longer: looking takes
a bounded share of a process, whatever the number of workspaces."""
READS_AT_ONCE = 3
"""Of a process's connections, as many as readers may have at a time."""
MANY = 50
"""With more followers than this, others get their turn after each event that is handed out."""
MOST_WAITING = 1_000
PATIENCE_SECONDS = 2.0
"""How long a reader that finds a whole page waits for its followers before it reads the next one. A
bulk change writes thousands of events at once: who takes them as they come does not fall behind."""

log = structlog.get_logger("satukan.feeds")


class FellBehind(Exception):
    """A follower has taken events more slowly than they came, until too many were waiting."""


@dataclass(frozen=True)
class Wanted:
    """Which events a follower gets: those of these types that match."""

    types: frozenset[EventType] | None = None
    matches: Callable[[Event], bool] | None = None

    def holds(self, event: Event) -> bool:
        """Whether an event is wanted."""
        if self.types is not None and event.type not in self.types:
            return False
        return self.matches is None or self.matches(event)


class Feeds:
    """All that is followed in this process. `hear` takes the notices, of this process and others;
    `resumed` is to be called when notices have been missed."""

    def __init__(
        self,
        *,
        most_waiting: int = MOST_WAITING,
        pause_seconds: float = PAUSE_SECONDS,
        observe: Callable[[int], None] = lambda events: None,
    ) -> None:
        """`most_waiting`: events that may wait for a follower. `observe` is told of each read, with
        the number of events that it has found."""
        self.most_waiting = most_waiting
        self.observe = observe
        self.reads = asyncio.Semaphore(READS_AT_ONCE)
        self._pause_seconds = pause_seconds
        self._readers: dict[UUID, _Reader] = {}

    def hear(self, notice: LogGrown) -> None:
        """A log has grown."""
        reader = self._readers.get(notice.workspace_id)
        if reader is not None and notice.seq > reader.position:
            reader.wake()

    def resumed(self) -> None:
        """Notices may have been missed."""
        for reader in self._readers.values():
            reader.wake()

    def pause(self) -> float:
        """The seconds after which a reader looks by itself."""
        return max(self._pause_seconds, PAUSE_PER_WORKSPACE_SECONDS * len(self._readers))

    async def follow(
        self, workspace_id: UUID, wanted: Wanted | None = None, after: int | None = None
    ) -> "Feed":
        """The events of a workspace from now on, or those numbered higher than `after`.

        What is committed after this returns is in it. Raises a Refusal (INVALID) for a number that
        the log has not come to: it is none of this log.
        """
        async with self.reads:
            last = await last_number(workspace_id)
        if after is not None and after > last:
            raise invalid("after is ahead of the log: it is the cursor of another one.", "after")
        reader = self._readers.get(workspace_id)
        if reader is None:
            reader = self._readers[workspace_id] = _Reader(self, workspace_id, last)
        return Feed(reader, wanted or Wanted(), last if after is None else after)

    def forget(self, reader: "_Reader") -> None:
        """Nobody follows a workspace any more."""
        if self._readers.get(reader.workspace_id) is reader:
            del self._readers[reader.workspace_id]

    async def close(self) -> None:
        """End the readers; followers get nothing more."""
        readers, self._readers = list(self._readers.values()), {}
        for reader in readers:
            reader.task.cancel()
        await asyncio.gather(*(reader.task for reader in readers), return_exceptions=True)


class Feed:
    """What one follower gets: an asynchronous iterator of events. `aclose` it at the end."""

    def __init__(self, reader: "_Reader", wanted: Wanted, position: int) -> None:
        """Begin behind the event numbered `position`."""
        self.begins = position
        self._reader = reader
        self._wanted = wanted
        self._position = position
        self._waiting: deque[Event] = deque()
        self._woken = asyncio.Event()
        self._fell_behind = False
        reader.followers.add(self)
        self._try_to_join()

    def __aiter__(self) -> "Feed":
        return self

    async def __anext__(self) -> Event:
        """The next event. Raises FellBehind, and is not to be asked any more then."""
        while not self._waiting:
            if self._fell_behind:
                raise FellBehind
            if not self._try_to_join():
                await self._catch_up()
                continue
            self._woken.clear()
            await self._woken.wait()
        self._reader.taken()
        return self._waiting.popleft()

    async def aclose(self) -> None:
        """Follow no more."""
        self._reader.leave(self)

    @property
    def is_busy(self) -> bool:
        """Whether so much waits that another page might be too much."""
        return len(self._waiting) > self._reader.feeds.most_waiting - PAGE

    def offer(self, event: Event) -> None:
        """The reader has come to an event."""
        if event.seq <= self._position or not self._wanted.holds(event):
            return
        if len(self._waiting) >= self._reader.feeds.most_waiting:
            self._fell_behind = True
            self._waiting.clear()
            self._reader.live.discard(self)
        else:
            self._waiting.append(event)
        self._woken.set()

    def _try_to_join(self) -> bool:
        """Take what comes from the reader from now on, if it is not ahead."""
        if self not in self._reader.live:
            if self._position < self._reader.position:
                return False
            self._reader.live.add(self)
        return True

    async def _catch_up(self) -> None:
        """Read on by oneself, towards where the reader is at this moment."""
        last = self._reader.position
        types = None if self._wanted.types is None else sorted(self._wanted.types)
        async with self._reader.feeds.reads:
            events = await events_between(
                self._reader.workspace_id, self._position, last, PAGE, types
            )
        self._reader.feeds.observe(len(events))
        self._waiting.extend(event for event in events if self._wanted.holds(event))
        self._position = events[-1].seq if len(events) == PAGE else last


class _Reader:
    """Reads one workspace's log for all who follow it here."""

    def __init__(self, feeds: Feeds, workspace_id: UUID, position: int) -> None:
        self.feeds = feeds
        self.workspace_id = workspace_id
        self.position = position
        self.followers: set[Feed] = set()
        self.live: set[Feed] = set()
        self._woken = asyncio.Event()
        self._taken = asyncio.Event()
        # In a context of its own: what is bound to the first follower's request is not its.
        self.task = asyncio.get_running_loop().create_task(
            self._run(), context=contextvars.Context()
        )

    def wake(self) -> None:
        """There is more to be read."""
        self._woken.set()

    def taken(self) -> None:
        """A follower has taken an event."""
        self._taken.set()

    def leave(self, feed: Feed) -> None:
        """Hand nothing more to a follower; with the last one, end."""
        self.live.discard(feed)
        self.followers.discard(feed)
        self._taken.set()
        if not self.followers:
            self.feeds.forget(self)
            self.task.cancel()

    async def _run(self) -> None:
        failing = False
        while True:
            try:
                async with asyncio.timeout(self.feeds.pause()):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self._read()
                failing = False
            except Exception as error:  # PostgreSQL is away: nothing is lost, it is read later
                if not failing:
                    log.warning(
                        "log_not_read",
                        workspace=str(self.workspace_id),
                        error=type(error).__name__,
                        exc_info=error,
                    )
                failing = True
                await asyncio.sleep(self.feeds.pause())

    async def _read(self) -> None:
        """Read what is new and hand it out."""
        more = True
        while more:
            async with self.feeds.reads:
                events = await events_behind(self.workspace_id, self.position, PAGE)
            self.feeds.observe(len(events))
            for event in events:
                # No pause between these two: who joins has all up to the position behind them.
                self.position = event.seq
                for feed in tuple(self.live):
                    feed.offer(event)
                if len(self.live) > MANY:
                    await asyncio.sleep(0)
            more = len(events) == PAGE
            if more:
                await self._wait_for_followers()

    async def _wait_for_followers(self) -> None:
        """Let followers take what waits for them; not for ever, as one may take nothing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while any(feed.is_busy for feed in self.live):
                    self._taken.clear()
                    await self._taken.wait()
