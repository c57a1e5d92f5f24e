"""Subscribers that cost next to nothing: WebSockets on the event loop's own transports.

A message costs this process ten to twenty microseconds, so that what is measured is the gateway.
"""

import asyncio
import base64
import os
import re
import struct
import time
from collections.abc import Callable
from typing import cast

import orjson

NUMBER = re.compile(rb"number:(\d+);")
PONG = b'{"type":"pong"}'


def frame(message: object) -> bytes:
    """A client's text frame: masked, as the protocol wants it."""
    data = orjson.dumps(message)
    mask = b"\0\0\0\0"  # a mask that changes nothing
    if len(data) < 126:
        return struct.pack("!BB", 0x81, 0x80 | len(data)) + mask + data
    return struct.pack("!BBH", 0x81, 0x80 | 126, len(data)) + mask + data


class Subscriber(asyncio.Protocol):
    """One subscriber on one socket. `heard` is called with the number in each answer."""

    def __init__(
        self, key: str, port: int, query: str, heard: Callable[[int, float], None]
    ) -> None:
        self._key = key
        self._port = port
        self._query = query
        self._heard = heard
        self._buffer = bytearray()
        self._upgraded = False
        self._transport: asyncio.Transport | None = None
        self.subscribed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        self._transport = cast(asyncio.Transport, transport)
        secret = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            (
                f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {secret}\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take what has come apart into messages."""
        now = time.perf_counter()
        self._buffer += data
        if not self._upgraded:
            head = self._buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            if not self._buffer.startswith(b"HTTP/1.1 101"):
                self.subscribed.set_exception(OSError(bytes(self._buffer[:200]).decode()))
                return
            del self._buffer[: head + 4]
            self._upgraded = True
            self._begin()
        while (message := self._message()) is not None:
            self._take(message, now)

    def connection_lost(self, _error: Exception | None) -> None:
        """The socket has gone."""
        for future in (self.subscribed, self.closed):
            if not future.done():
                future.set_exception(OSError("the socket was closed"))
                future.exception()

    def close(self) -> None:
        """Go."""
        if self._transport is not None:
            self._transport.abort()

    def _begin(self) -> None:
        assert self._transport is not None
        init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {self._key}"}}
        subscribe = {"id": "1", "type": "subscribe", "payload": {"query": self._query}}
        for message in (init, subscribe, {"type": "ping"}):
            self._transport.write(frame(message))

    def _message(self) -> bytes | None:
        """The next whole message, if it has come."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, at = buffer[1], 2
        if size == 126:
            size, at = int.from_bytes(buffer[2:4], "big"), 4
        elif size == 127:
            size, at = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < at + size:
            return None
        kind, message = buffer[0] & 15, bytes(buffer[at : at + size])
        del buffer[: at + size]
        if kind == 8 and not self.closed.done():
            self.closed.set_result(int.from_bytes(message[:2], "big"))
        if kind == 9 and self._transport is not None:  # a ping: the same goes back
            self._transport.write(struct.pack("!BB", 0x8A, 0x80 | size) + b"\0\0\0\0" + message)
        return message if kind == 1 else b""

    def _take(self, message: bytes, now: float) -> None:
        if message == PONG:
            self.subscribed.set_result(None)
        elif b'"type":"error"' in message:
            self.subscribed.set_exception(OSError(message.decode()))
        elif (found := NUMBER.search(message)) is not None:
            self._heard(int(found[1]), now)


async def subscribe_many(
    count: int, key: str, port: int, query: str, heard: Callable[[int, float], None]
) -> list[Subscriber]:
    """So many subscribers, each of whom follows by now."""
    loop = asyncio.get_running_loop()
    found: list[Subscriber] = []
    while len(found) < count:
        some = min(50, count - len(found))
        made = [
            await loop.create_connection(
                lambda: Subscriber(key, port, query, heard), "127.0.0.1", port
            )
            for _ in range(some)
        ]
        await asyncio.gather(*(one.subscribed for _, one in made))
        found += [one for _, one in made]
    return found
