"""A gateway that listens on a port, as it is composed for production, and clients who subscribe."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.app import build_context, served_by_valkey
from gateway.auth import BearerAuthenticator
from gateway.callers import KnownCallers
from gateway.health import Health
from gateway.http import GraphQLEndpoint
from gateway.processes.connections import HttpConnection, SocketConnection
from gateway.routes import assemble
from gateway.subscriptions.live import Live
from gateway.valkey import connect as connect_valkey
from models import EventType, Role, Workspace
from schema.root import schema
from services.api_keys import create_key
from services.transactions import workspace_transaction
from settings import Settings

SECONDS = 10.0
"""Nothing here takes so long unless it is broken."""
PROTOCOL = Subprotocol("graphql-transport-ws")
EVENTS = """subscription($types: [EventType!], $after: String) {
    events(types: $types, after: $after) { id cursor type customerId payload } }"""


@dataclass
class Gateway:
    """A gateway on a port of its own."""

    port: int
    live: Live
    server: uvicorn.Server

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}/graphql"

    @asynccontextmanager
    async def socket(self, key: str, **options: Any) -> AsyncIterator["Socket"]:
        """A socket whose caller is known."""
        async with self.bare(**options) as made:
            await made.send({"type": "connection_init", "payload": {"Authorization": bearer(key)}})
            assert await made.read() == {"type": "connection_ack"}
            yield made

    @asynccontextmanager
    async def bare(self, **options: Any) -> AsyncIterator["Socket"]:
        """A socket of nobody yet."""
        chosen = {"subprotocols": [PROTOCOL], "compression": None, "close_timeout": 1, **options}
        async with connect(f"ws://127.0.0.1:{self.port}/graphql", **chosen) as made:
            yield Socket(made)

    @asynccontextmanager
    async def stream(self, key: str, query: str, **variables: Any) -> AsyncIterator["Stream"]:
        """A stream of server-sent events."""
        headers = {"Authorization": bearer(key), "Accept": "text/event-stream"}
        body = {"query": query, "variables": variables}
        async with (
            httpx.AsyncClient(timeout=SECONDS) as http,
            http.stream("POST", self.url, json=body, headers=headers) as response,
        ):
            yield Stream(response)


@dataclass
class Socket:
    """A client's end of a WebSocket."""

    connection: ClientConnection
    waiting: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, message: Any) -> None:
        """Send a message, or a text as it is."""
        await self.connection.send(message if isinstance(message, str) else json.dumps(message))

    async def read(self) -> dict[str, Any]:
        """The next message."""
        if self.waiting:
            return self.waiting.pop(0)
        return await self._read()

    async def _read(self) -> dict[str, Any]:
        async with asyncio.timeout(SECONDS):
            found: dict[str, Any] = json.loads(await self.connection.recv())
        return found

    async def subscribe(self, query: str, *, id: str = "1", **variables: Any) -> None:
        """Subscribe, and come back when that has been dealt with."""
        payload = {"query": query, "variables": variables}
        await self.send({"id": id, "type": "subscribe", "payload": payload})
        await self.settle()

    async def settle(self) -> None:
        """Come back when all that was sent has been dealt with: messages are taken in order."""
        await self.send({"type": "ping"})
        while (message := await self._read()) != {"type": "pong"}:
            self.waiting.append(message)

    async def told(self, id: str = "1") -> Any:
        """The data of the next answer to a subscription."""
        message = await self.read()
        assert (message["type"], message["id"]) == ("next", id), message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def event(self) -> dict[str, Any]:
        """The next event."""
        found: dict[str, Any] = (await self.told())["events"]
        return found

    async def _read_all(self) -> None:
        while True:
            self.waiting.append(await self._read())

    async def closed(self) -> tuple[int, str]:
        """How the other side closes the connection."""
        with pytest.raises(ConnectionClosed) as caught:
            await self._read_all()
        frame = caught.value.rcvd
        assert frame is not None, caught.value
        return frame.code, frame.reason


@dataclass
class Stream:
    """A client's end of a stream of server-sent events."""

    response: httpx.Response

    def __post_init__(self) -> None:
        self._lines = self.response.aiter_lines()

    async def read(self) -> tuple[str, Any]:
        """The next event: its name and its data."""
        found: dict[str, str] = {}
        async with asyncio.timeout(SECONDS):
            async for line in self._lines:
                if not line and found:
                    data = found["data"]
                    return found["event"], json.loads(data) if data else None
                name, _, value = line.partition(":")
                if name:
                    found[name] = value.strip()
        raise EOFError

    async def told(self) -> Any:
        """The data of the next answer."""
        name, payload = await self.read()
        assert name == "next", (name, payload)
        assert "errors" not in payload, payload
        return payload["data"]


def bearer(key: str) -> str:
    """The header of a key."""
    return f"Bearer {key}"


def present() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


@asynccontextmanager
async def gateway_on_a_port(
    settings: Settings, clock: Callable[[], datetime] = present, **changes: Any
) -> AsyncIterator[Gateway]:
    """A gateway over the tests' pools, with some settings changed."""
    chosen = settings.model_copy(update=changes)
    known = KnownCallers(chosen.caller_cache_seconds)
    authenticator = BearerAuthenticator(None, known)
    live = Live(chosen, authenticator, clock)
    contexts = partial(build_context, following=live.following)
    endpoint = GraphQLEndpoint(schema, chosen, authenticator, contexts, clock, guests=live.guests)
    app = assemble(endpoint, Health(chosen, {}), None, live.sockets(endpoint.subscriptions))
    config = uvicorn.Config(
        app,
        http=HttpConnection,
        ws=SocketConnection,
        ws_max_size=65_536,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    config.load()
    async with AsyncExitStack() as resources:
        listener = resources.enter_context(socket.create_server(("127.0.0.1", 0)))
        await resources.enter_async_context(live)
        valkey = connect_valkey(chosen)
        if valkey is not None:
            await resources.enter_async_context(served_by_valkey(valkey, known, live))
        serving = asyncio.create_task(server._serve([listener]))
        yield Gateway(listener.getsockname()[1], live, server)
        await live.leave()
        server.should_exit = True
        await serving


async def a_key(
    workspace: Workspace, role: Role = Role.OWNER, scopes: tuple[str, ...] = (), **options: Any
) -> str:
    """A key of a workspace."""
    _, key = await create_key(workspace.id, role, scopes, **options)
    return key


async def happen(
    workspace: Workspace, *types: EventType, customer: Any = None, **payload: Any
) -> None:
    """Have events written, in one transaction."""
    async with workspace_transaction(workspace.id) as tx:
        for type in types:
            tx.record(type, customer and customer.id, payload)
