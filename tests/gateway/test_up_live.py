"""Subscriptions of a real installation: several gateway processes, and the end of all of them."""

import asyncio
import json
import signal
import time
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.gateway.installations import satukan, up

SOCKETS = 12
ADD = 'mutation { addCustomer(input: { fullName: "Budi" }) { customer { id } errors { code } } }'
EVENTS = "subscription { events { type customerId } }"
PROTOCOL = Subprotocol("graphql-transport-ws")


async def read(socket: ClientConnection) -> Any:
    """The next message, or how the socket was closed."""
    try:
        async with asyncio.timeout(10):
            return json.loads(await socket.recv())
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code


async def subscriber(port: int, key: str) -> ClientConnection:
    """A socket that has subscribed, and knows that it is dealt with."""
    socket = await connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL])
    init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}
    subscribe = {"id": "1", "type": "subscribe", "payload": {"query": EVENTS}}
    for message in (init, subscribe, {"type": "ping"}):
        await socket.send(json.dumps(message))
    assert [await read(socket) for _ in range(2)] == [{"type": "connection_ack"}, {"type": "pong"}]
    return socket


async def test_every_process_tells_what_any_has_committed_and_says_goodbye(tmp_path: Path) -> None:
    with up(tmp_path, "--workers", "2") as started:
        data = ("--data", str(tmp_path))
        made = json.loads(satukan("workspace", "create", "Toko", "--json", *data).stdout)
        workspace = ("--workspace", made["id"], "--role", "owner", "--json")
        key = json.loads(satukan("key", "create", *workspace, *data).stdout)["key"]
        sockets = [await subscriber(started.port, key) for _ in range(SOCKETS)]
        headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
        url = f"http://127.0.0.1:{started.port}/graphql"
        async with (
            httpx.AsyncClient(headers=headers, timeout=10) as http,
            http.stream("POST", url, json={"query": EVENTS}) as stream,
        ):
            for _ in range(3):
                await http.post(url, json={"query": ADD}, headers={"Accept": "*/*"})
            for socket in sockets:
                told = [(await read(socket))["payload"]["data"] for _ in range(3)]
                assert [one["events"]["type"] for one in told] == ["CUSTOMER_ADDED"] * 3
            lines = stream.aiter_lines()
            assert await anext(lines) == "event: next"
            began = time.monotonic()
            started.process.send_signal(signal.SIGTERM)
            assert [await read(socket) for socket in sockets] == [1001] * SOCKETS
            rest = [line async for line in lines]
            assert "event: complete" not in rest
        assert started.process.wait(10) == 0
        assert time.monotonic() - began < 6
        for socket in sockets:
            await socket.close()
