"""A partner's receiver for tests: real HTTP on a port of this machine, answering as it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web


@dataclass(frozen=True)
class Taken:
    """A message as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The message's id."""
        return self.headers["webhook-id"]

    @property
    def content(self) -> Any:
        """The message, parsed."""
        return orjson.loads(self.body)


Respond = Callable[[Taken], Awaitable[web.Response]]


async def take(_: Taken) -> web.Response:
    """Take a message."""
    return web.Response(status=204)


def refuse(status: int, **headers: str) -> Respond:
    """Answer everything with a status."""

    async def respond(_: Taken) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, headers=named, text="no")

    return respond


async def hang(_: Taken) -> web.Response:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


@dataclass
class Receiver:
    """What came, and how it is answered."""

    url: str
    respond: Respond = take
    taken: list[Taken] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def ids(self) -> list[str]:
        """The ids of the messages, in the order in which they came."""
        return [one.id for one in self.taken]

    async def has(self, count: int) -> None:
        """Come back when so many messages have come. Raises TimeoutError after 20 seconds."""
        async with asyncio.timeout(20), self.came:
            await self.came.wait_for(lambda: len(self.taken) >= count)

    async def handle(self, request: web.Request) -> web.Response:
        """Take one message."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        one = Taken(headers, await request.read())
        async with self.came:
            self.taken.append(one)
            self.came.notify_all()
        return await self.respond(one)


@asynccontextmanager
async def receiving(respond: Respond = take) -> AsyncIterator[Receiver]:
    """A receiver that listens while the context is open."""
    receiver = Receiver("", respond)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", receiver.handle)
    runner = web.AppRunner(application, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/hooks"
    try:
        yield receiver
    finally:
        await runner.cleanup()
