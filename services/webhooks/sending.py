"""Sending one message over HTTP, and what came of it. It never raises, and never takes long.

aiohttp is given a resolver of ours and makes its sockets through us: whatever it connects to was
judged a moment before, as the address that it is.
"""

import asyncio
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from services.batches import Clock
from services.errors import Refusal
from services.webhooks.addresses import (
    AddressRules,
    RefusedAddress,
    Resolve,
    SystemResolver,
    checked_addresses,
    parse_url,
)
from services.webhooks.schedules import parse_retry_after

ATTEMPT_SECONDS = 15.0
"""For everything: resolving, connecting, TLS, sending, and the status of the answer."""
DRAIN_SECONDS = 1.0
"""For the body of an answer, which nobody reads; past it, the connection is closed."""
LARGEST_ANSWER = 65_536
KEPT_SECONDS = 30.0
"""For how long a connection stays open for the next message."""
LONGEST_ERROR = 200
GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt: a status, or why there is none."""

    status_code: int | None
    duration_ms: int
    error: str | None = None
    retry_after: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status_code == GONE


class Sender(Protocol):
    """What messages are handed to."""

    async def __call__(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Send one, and say what came of it. Raises nothing but CancelledError."""


class HttpSender:
    """A `Sender` over HTTP/1.1, within its context. One for the life of a process."""

    def __init__(
        self,
        rules: AddressRules,
        clock: Clock,
        *,
        resolve: Resolve | None = None,
        seconds: float = ATTEMPT_SECONDS,
    ) -> None:
        """`seconds`: what an attempt may take in all."""
        self._rules = rules
        self._clock = clock
        self._resolve = resolve or SystemResolver()
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        reused = aiohttp.TraceConfig()
        reused.on_connection_reuseconn.append(_note_reuse)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=CheckedResolver(self._rules, self._resolve),
                socket_factory=self._checked_socket,
                use_dns_cache=False,
                limit=0,
                keepalive_timeout=KEPT_SECONDS,
                ssl=ssl.create_default_context(),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding"),
            trace_configs=[reused],
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Send one message. Raises nothing but CancelledError."""
        began = time.perf_counter()
        status: int | None = None
        error: str | None = None
        retry_after: timedelta | None = None
        try:
            async with asyncio.timeout(self._seconds):
                status, asked = await self._send(parse_url(url, self._rules), headers, body)
            retry_after = parse_retry_after(asked, self._clock())
            if 300 <= status < 400:
                error = "The receiver redirects, and redirects are not followed."
        except TimeoutError:
            error = f"No answer within {self._seconds:g} seconds."
        except Refusal as refusal:
            error = refusal.message
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            error = why(failure)
        return Answer(status, round((time.perf_counter() - began) * 1000), error, retry_after)

    async def _send(self, url: URL, headers: dict[str, str], body: bytes) -> tuple[int, str | None]:
        """The status and the Retry-After of the answer.

        A connection that was kept open may be closed by the receiver just as it is used again:
        then the message is sent once more on a new one.
        """
        noted: dict[str, bool] = {}
        try:
            return await self._post(url, headers, body, noted)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not noted.get("reused"):
                raise
        return await self._post(url, {**headers, "connection": "close"}, body, noted)

    async def _post(
        self, url: URL, headers: dict[str, str], body: bytes, noted: dict[str, bool]
    ) -> tuple[int, str | None]:
        assert self._session is not None
        async with self._session.post(
            url, data=body, headers=headers, allow_redirects=False, trace_request_ctx=noted
        ) as response:
            await _drain(response)
            return response.status, response.headers.get("Retry-After")

    def _checked_socket(self, info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        self._rules.check(address[0])
        return socket.socket(family, kind, protocol)


class CheckedResolver(AbstractResolver):
    """aiohttp's resolver: it gives out addresses that were judged, and no others."""

    def __init__(self, rules: AddressRules, resolve: Resolve) -> None:
        self._rules = rules
        self._resolve = resolve

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses to connect to. Raises RefusedAddress and OSError."""
        found = await checked_addresses(host, port, self._rules, self._resolve)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """There is nothing to close."""


async def _note_reuse(session: Any, context: Any, _: Any) -> None:
    context.trace_request_ctx["reused"] = True


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read what little there is, so that the connection can be used again; else close it."""
    size = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            async for chunk in response.content.iter_any():
                size += len(chunk)
                if size > LARGEST_ANSWER:
                    break
            else:
                return
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass
    response.close()


def why(error: BaseException) -> str:
    """An error for the receiver's people, who see it beside the attempt: nothing of our network."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, RefusedAddress):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "The name cannot be resolved."
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", "")
        return f"The certificate is not valid. {reason}".strip()[:LONGEST_ERROR]
    if isinstance(error, aiohttp.ClientSSLError):
        return "TLS could not be agreed on."
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"The connection failed: {error.strerror or 'no reason given'}."[:LONGEST_ERROR]
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
        return "The connection was closed before an answer."
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
        return "The answer was no HTTP."
    return type(error).__name__
