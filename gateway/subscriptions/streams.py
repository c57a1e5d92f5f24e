"""Server-sent events: graphql-sse in distinct connections mode, one response for one operation."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from graphql import GraphQLError
from starlette.types import Receive, Scope, Send

from gateway.errors import Failures
from gateway.requests import EVENT_STREAM
from gateway.responses import encode
from gateway.subscriptions.endings import Ending, Interrupted
from gateway.subscriptions.guests import Guest, Guests
from gateway.subscriptions.running import Running
from gateway.subscriptions.sockets import ABORT
from models.statements import uncounted
from settings import Settings

TRANSPORT = "sse"
LAST_SECONDS = 1.0
"""How long the last words of a stream may take to be handed to the network."""
HEADERS = [
    (b"content-type", f"{EVENT_STREAM}; charset=utf-8".encode()),
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept, Authorization"),
    (b"x-content-type-options", b"nosniff"),
    # nginx and its like pass each event on at once
    (b"x-accel-buffering", b"no"),
]
COMPLETE = b"event: complete\ndata: \n\n"
HEARTBEAT = b":\n\n"


def event(payload: str) -> bytes:
    """An answer, of its JSON: no line break stands in it."""
    return f"event: next\ndata: {payload}\n\n".encode()


def refusal(errors: Sequence[GraphQLError]) -> str:
    """An answer that is nothing but errors."""
    return encode({"errors": [error.formatted for error in errors]}).decode()


class OneResult:
    """A stream of one answer: of a query, a mutation, or a subscription that was refused."""

    def __init__(self, payload: str) -> None:
        self.body = event(payload) + COMPLETE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": self.body})


class EventStream:
    """The stream of a subscription: an ASGI application, and a `Session` of its guest."""

    def __init__(self, guests: Guests, settings: Settings, request_id: str) -> None:
        """Not yet of anybody: `guest` and `running` are set before it is called."""
        self._guests = guests
        self._settings = settings
        self._request_id = request_id
        self._task: asyncio.Task[Any] | None = None
        self._ending: Ending | None = None
        self._quiet = True
        self.guest: Guest | None = None
        self.running: Running | None = None

    def end(self, ending: Ending) -> None:
        """End the stream soon."""
        if self._ending is None:
            self._ending = ending
            if self._task is not None:
                self._task.cancel()

    async def close(self) -> None:
        """Give back what it holds, if it was never called."""
        if self.guest is not None:
            self._guests.leave(self.guest, self)
        if self.running is not None:
            await self.running.close("disconnected")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.running is not None
        with uncounted():
            self._task = asyncio.current_task()
            helpers = [
                asyncio.create_task(self._await_end(receive)),
                asyncio.create_task(self._beat(send)),
            ]
            ended = "disconnected"
            try:
                ended = await self._stream(self.running, scope, send)
            finally:
                self._task = None
                for helper in helpers:
                    helper.cancel()
                await self.running.close(ended)
                await self.close()

    async def _stream(self, running: Running, scope: Scope, send: Send) -> str:
        """Send what the subscription tells; why it has ended."""
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        last, ended = b"", "disconnected"
        try:
            if self._ending is None:
                last, ended = await self._tell(running, send)
        except TimeoutError:
            self._cut(scope)
            return "too_slow"
        except asyncio.CancelledError:
            if self._ending is None:
                raise
            if self._task is not None:
                self._task.uncancel()
        if self._ending is not None:
            ended = self._ending.name
            last = b"" if self._ending.silent else event(refusal([self._ending.error()]))
        if ended != "disconnected" and (self._ending is None or not self._ending.silent):
            last += COMPLETE
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(LAST_SECONDS):
                await send({"type": "http.response.body", "body": last})
        return ended

    async def _tell(self, running: Running, send: Send) -> tuple[bytes, str]:
        """Send each answer; what is left to be sent at the end, and why it has come."""
        try:
            async for payload in running:
                await self._send(send, event(payload))
                running.delivered()
        except Interrupted as interrupted:
            return event(refusal(interrupted.errors)), interrupted.name
        except TimeoutError:
            raise
        except OSError:
            return b"", "disconnected"
        except Exception as exception:
            refused = Failures(self._request_id).refuse(exception)
            return event(refusal(refused.errors)), "failed"
        return b"", "completed"

    async def _send(self, send: Send, body: bytes) -> None:
        """Hand a part of the body to the network. Raises TimeoutError where nobody reads it."""
        async with asyncio.timeout(self._settings.subscription_send_seconds):
            await send({"type": "http.response.body", "body": body, "more_body": True})
        self._quiet = False

    async def _beat(self, send: Send) -> None:
        """Let the client, and proxies between, know that the connection lives."""
        while True:
            await asyncio.sleep(self._settings.subscription_heartbeat_seconds)
            if self._quiet:
                await send({"type": "http.response.body", "body": HEARTBEAT, "more_body": True})
            self._quiet = True

    async def _await_end(self, receive: Receive) -> None:
        """End the stream when the client goes."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.end(GONE)

    def _cut(self, scope: Scope) -> None:
        """Cut the connection of a client who does not read."""
        abort: Callable[[], None] | None = (scope.get("extensions") or {}).get(ABORT)
        if abort is not None:
            abort()


GONE = Ending("disconnected", 1000, "Gone", silent=True)
