"""Taking connections from a socket that several processes share."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio

from gateway.acceptors import Acceptor
from gateway.listeners import listen


class Process:
    """One of those that listen, as by a socket that it has inherited: it counts its connections
    and greets on each."""

    def __init__(self, listener: socket.socket) -> None:
        self.open = 0
        self.listener = listener
        self.acceptor = Acceptor(listener, self.greet, lambda: self.open)

    async def end(self) -> None:
        self.acceptor.close()
        await self.acceptor.wait_closed()

    def greet(self) -> asyncio.Protocol:
        process = self

        class Greeting(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.WriteTransport)
                process.open += 1
                transport.write(b"hello")
                transport.close()

        return Greeting()


@pytest_asyncio.fixture
async def listener() -> AsyncIterator[socket.socket]:
    with listen("127.0.0.1", 0) as made:
        yield made


async def call(listener: socket.socket) -> bytes:
    """What a caller is told."""
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    async with asyncio.timeout(10):
        told = await reader.read()
    writer.close()
    return told


async def test_connections_are_shared_out(listener: socket.socket) -> None:
    processes = [Process(listener.dup()) for _ in range(2)]
    told = await asyncio.gather(*(call(listener) for _ in range(40)))
    assert told == [b"hello"] * 40
    assert sum(process.open for process in processes) == 40
    assert min(process.open for process in processes) >= 10
    for process in processes:
        await process.end()
        process.listener.close()


async def test_who_is_closed_takes_nothing_and_the_others_go_on(listener: socket.socket) -> None:
    closed, going = Process(listener.dup()), Process(listener)
    await closed.end()
    closed.listener.close()
    await asyncio.gather(*(call(listener) for _ in range(5)))
    assert (closed.open, going.open) == (0, 5)
    await going.end()


async def test_who_cannot_take_a_connection_tries_again() -> None:
    failures = [errno.EMFILE, errno.ECONNABORTED]

    class Full(socket.socket):
        def accept(self) -> tuple[socket.socket, object]:
            if failures:
                raise OSError(failures.pop(0), "no")
            return super().accept()

    async with AsyncExitStack() as resources:
        full = resources.enter_context(Full(socket.AF_INET, socket.SOCK_STREAM))
        full.bind(("127.0.0.1", 0))
        full.listen()
        process = Process(full)
        resources.callback(process.acceptor.close)
        assert await call(full) == b"hello"
    assert failures == []
