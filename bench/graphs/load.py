"""The load: clients that each keep one HTTP/1.1 connection and send a request after the other.

Bytes in, bytes out, on the event loop's own transports: a request costs this process 20 to 30
microseconds, which are told with the results.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast
from urllib.parse import urlsplit

LENGTH = b"content-length: "


class LoadFailed(Exception):
    """An answer was not what it has to be."""


@dataclass(frozen=True)
class Target:
    """Where requests go, and what goes before and after the value that changes in each body."""

    url: str
    headers: tuple[tuple[str, str], ...]
    before: bytes
    after: bytes
    values: Sequence[bytes]

    def asking(self, value: bytes) -> "Target":
        """The same with one value only."""
        return replace(self, values=[value])

    @property
    def place(self) -> tuple[str, int]:
        """The server's host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or 80

    def request(self, value: bytes) -> bytes:
        """One request as it goes over the wire."""
        parts = urlsplit(self.url)
        body = self.before + value + self.after
        lines = [
            f"POST {parts.path} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Content-Type: application/json",
            "Accept: application/json",
            f"Content-Length: {len(body)}",
            *(f"{name}: {content}" for name, content in self.headers),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Taken:
    """What a run of the load took: seconds of each answer, the whole time, and our own CPU time."""

    seconds: list[float]
    duration: float
    own_cpu: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.duration

    def percentile(self, share: float) -> float:
        """The milliseconds within which this share of the answers came."""
        found = sorted(self.seconds)
        return found[min(len(found) - 1, int(len(found) * share))] * 1000


class Client(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last is whole."""

    def __init__(self, requests: Sequence[bytes], seed: int, ended: asyncio.Event) -> None:
        self._requests = requests
        self._dice = random.Random(seed)
        self._ended = ended
        self._buffer = bytearray()
        self._needed = 0
        self._sent = 0.0
        self._transport: asyncio.WriteTransport | None = None
        self.seconds: list[float] = []
        self.last = b""
        self.left: int | None = None
        self.failure: str | None = None
        self.done = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast(asyncio.WriteTransport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Gather the answer."""
        self._buffer += data
        if not self._needed:
            head = self._buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            lines = bytes(self._buffer[:head]).lower()
            at = lines.find(LENGTH)
            if at < 0 or not lines.startswith(b"http/1.1 200"):
                return self._fail(bytes(self._buffer[:500]))
            self._needed = head + 4 + int(lines[at + len(LENGTH) :].split(b"\r\n", 1)[0])
        if len(self._buffer) >= self._needed:
            self._finish()

    def connection_lost(self, _error: Exception | None) -> None:
        """The server has closed, or we have."""
        if not self.done.is_set() and self.failure is None:
            self.failure = "the connection was closed"
        self.done.set()

    def _finish(self) -> None:
        self.seconds.append(time.perf_counter() - self._sent)
        if b'"errors":' in self._buffer:
            return self._fail(bytes(self._buffer[-500:]))
        self.last = bytes(self._buffer)
        self._buffer.clear()
        self._needed = 0
        if self.left is not None:
            self.left -= 1
        if self._ended.is_set() or self.left == 0:
            self._close()
        else:
            self._send()

    def _send(self) -> None:
        assert self._transport is not None
        request = self._dice.choice(self._requests)
        self._sent = time.perf_counter()
        self._transport.write(request)

    def _fail(self, answer: bytes) -> None:
        self.failure = answer.decode(errors="replace")
        self._close()

    def _close(self) -> None:
        self.done.set()
        if self._transport is not None:
            self._transport.close()


def _same(client: Client) -> Client:
    return client


async def put_load(
    target: Target,
    clients: int,
    *,
    seconds: float = 3_600.0,
    requests: int | None = None,
) -> Taken:
    """Load a target for so many seconds, or until each client has sent its share of `requests`.

    Raises LoadFailed with what came instead of an answer.
    """
    made = [target.request(value) for value in target.values]
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    cpu, began = time.process_time(), time.perf_counter()
    running: list[Client] = []
    for number in range(clients):
        client = Client(made, number, ended)
        client.left = None if requests is None else max(1, requests // clients)
        await loop.create_connection(partial(_same, client), *target.place)
        running.append(client)
    waiting = asyncio.gather(*(client.done.wait() for client in running))
    try:
        await asyncio.wait_for(asyncio.shield(waiting), seconds)
    except TimeoutError:
        ended.set()
        await waiting
    duration, own = time.perf_counter() - began, time.process_time() - cpu
    for client in running:
        if client.failure is not None:
            raise LoadFailed(f"{target.url}: {client.failure}")
    return Taken([one for client in running for one in client.seconds], duration, own)


async def ask(target: Target, value: bytes) -> bytes:
    """The body of one answer."""
    client = Client([target.request(value)], 0, asyncio.Event())
    client.left = 1
    loop = asyncio.get_running_loop()
    await loop.create_connection(partial(_same, client), *target.place)
    await client.done.wait()
    if client.failure is not None:
        raise LoadFailed(f"{target.url}: {client.failure}")
    return client.last.partition(b"\r\n\r\n")[2]
