"""Sending: whatever a receiver does, an attempt ends in time, and says what happened."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from services.webhooks.sending import Answer, HttpSender
from tests.services.webhooks.deliveries import PRIVATE, Clock
from tests.services.webhooks.receivers import receiving

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def raw(serve: Serve) -> AsyncIterator[str]:
    """A server that does what `serve` does with each connection."""
    connections: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def send(url: str, seconds: float = 5.0) -> Answer:
    """What comes of one attempt."""
    async with HttpSender(PRIVATE, Clock(), seconds=seconds) as sender:
        return await sender(url, {"webhook-id": "1"}, b"{}")


async def request(reader: asyncio.StreamReader) -> None:
    """Read one request."""
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(2)


async def test_connections_are_used_again() -> None:
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while True:
            await request(reader)
            writer.write(OK)

    async with raw(serve) as url, HttpSender(PRIVATE, Clock()) as sender:
        for _ in range(5):
            assert (await sender(url, {}, b"{}")).succeeded
    assert opened == 1


async def test_a_kept_connection_that_was_closed_meanwhile_costs_no_attempt() -> None:
    """The receiver closes it after each answer without saying so: the next message goes out on a
    new one at once, and not in five seconds."""
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await request(reader)
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")

    async with raw(serve) as url, HttpSender(PRIVATE, Clock()) as sender:
        assert (await sender(url, {}, b"{}")).succeeded
        assert (await sender(url, {}, b"{}")).succeeded
    assert opened == 2


@pytest.mark.parametrize(
    ("said", "status", "error"),
    [
        (b"", None, "closed before an answer"),
        (b"HTTP/1.1 200 OK\r\n", None, "closed before an answer"),
        (b"nonsense\r\n\r\n", None, "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", None, "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", 200, None),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: x\r\nContent-Length: 0\r\n\r\n", 503, None),
    ],
)
async def test_whatever_is_answered_is_told(
    said: bytes, status: int | None, error: str | None
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(said)
        await writer.drain()

    async with raw(serve) as url:
        answer = await send(url)
    assert answer.status_code == status
    assert (error in (answer.error or "")) if error else answer.error is None


async def test_an_endless_body_is_not_read() -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()
            sent += 65_536

    async with raw(serve) as url:
        answer = await send(url)
    assert answer.succeeded
    # What lies in the buffers of the network and of the sender, and no more.
    assert sent < 32 * 1024 * 1024


async def test_a_status_counts_though_the_body_never_ends() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\n")
        await asyncio.Event().wait()

    async with raw(serve) as url:
        answer = await send(url)
    assert answer.status_code == 202
    assert answer.duration_ms < 3_000


async def test_headers_that_never_end_are_broken_off() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await asyncio.Event().wait()

    async with raw(serve) as url:
        answer = await send(url, seconds=0.2)
    assert (answer.status_code, answer.error) == (None, "No answer within 0.2 seconds.")


async def test_nobody_listening_is_told() -> None:
    async with receiving() as receiver:
        url = receiver.url
    answer = await send(url)
    assert answer.status_code is None
    assert "The connection failed" in (answer.error or "")


async def test_a_name_that_is_none_is_told() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    async with HttpSender(PRIVATE, Clock(), resolve=resolve) as sender:
        answer = await sender("https://nowhere.example/", {}, b"{}")
    assert answer.error == "The name cannot be resolved."


async def test_a_name_that_is_not_resolved_in_time_is_broken_off() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        raise AssertionError

    async with HttpSender(PRIVATE, Clock(), resolve=resolve, seconds=0.1) as sender:
        answer = await sender("https://slow.example/", {}, b"{}")
    assert answer.error == "No answer within 0.1 seconds."


async def test_a_receiver_without_tls_behind_https_is_told() -> None:
    async with receiving() as receiver:
        answer = await send(receiver.url.replace("http:", "https:"))
        assert answer.status_code is None
        assert answer.error == "TLS could not be agreed on."
        assert receiver.taken == []
