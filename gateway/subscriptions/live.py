"""All that lives as long as the process for the sake of subscriptions."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from types import TracebackType

from gateway import metrics
from gateway.subscriptions.endings import LEAVING
from gateway.subscriptions.guests import Guests, Recognizer
from gateway.subscriptions.running import Subscriptions
from gateway.subscriptions.sockets import SocketEndpoint
from resolvers.context import Following
from services.feeds import Feeds
from services.notices import followed_by
from settings import Settings

LEAVING_SECONDS = 1.0
"""How long it may take to say goodbye."""


class Live:
    """What subscriptions follow, whose they are, and the sockets. A context: open while serving."""

    def __init__(
        self,
        settings: Settings,
        recognizer: Recognizer,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self.feeds = Feeds(most_waiting=settings.subscription_waiting, observe=metrics.observe_read)
        self.following = Following(self.feeds)
        self.guests = Guests(recognizer, settings, clock)
        self._sockets: SocketEndpoint | None = None
        self._resources = AsyncExitStack()

    def sockets(self, subscriptions: Subscriptions | None) -> SocketEndpoint:
        """The endpoint of WebSockets, for the subscriptions of the one of HTTP."""
        assert subscriptions is not None
        self._sockets = SocketEndpoint(subscriptions, self._settings)
        return self._sockets

    async def leave(self) -> None:
        """Have every connection end, and come back when they have, or after a second."""
        self.guests.say_goodbye()
        if self._sockets is None:
            return
        self._sockets.end_all(LEAVING)
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVING_SECONDS):
                await self._sockets.emptied()

    async def __aenter__(self) -> "Live":
        self._resources.push_async_callback(self.following.close)
        self._resources.enter_context(followed_by(self.feeds.hear))
        watching = asyncio.create_task(self.guests.watch())
        self._resources.callback(watching.cancel)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._resources.aclose()
