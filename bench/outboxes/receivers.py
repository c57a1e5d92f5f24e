"""A partner's receiver of webhooks: it checks signatures, refuses some and drops some answers."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass
class Receiver:
    """Notes all that arrives, by the event's id."""

    refused_share: float
    dropped_share: float
    secret: str = ""
    arrived: dict[str, list[str]] = field(default_factory=dict)
    """The webhook ids under which each event came, once for each time that it came."""
    merges: dict[str, str] = field(default_factory=dict)
    """The id of the merge that each event of a merge tells of."""
    refused: int = 0
    dropped: int = 0
    forged: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(7)

    async def listen(self) -> tuple[asyncio.Server, str]:
        """Listen on a free port; the server and its address."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        return server, f"http://127.0.0.1:{port}/hooks"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The requests of one connection, one after another."""
        try:
            while True:
                status = self._take(*await read_request(reader))
                if status is None:
                    return
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _take(self, headers: dict[str, str], body: bytes) -> str | None:
        """The status to answer with; None for no answer at all, though the event was taken."""
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.forged += 1
            return "400 Bad Request"
        luck = self._dice.random()
        if luck < self.refused_share:
            self.refused += 1
            return "500 Internal Server Error"
        self._note(headers["webhook-id"], json.loads(body))
        if luck < self.refused_share + self.dropped_share:
            self.dropped += 1
            return None
        return "204 No Content"

    def _note(self, webhook_id: str, body: dict[str, Any]) -> None:
        event_id = body["data"]["id"]
        self.arrived.setdefault(event_id, []).append(webhook_id)
        if merge_id := body["data"]["payload"].get("mergeId"):
            self.merges[event_id] = merge_id

    @property
    def repeated(self) -> int:
        """How many arrivals were of an event that had come before."""
        return sum(len(ids) - 1 for ids in self.arrived.values())

    @property
    def under_two_ids(self) -> int:
        """How many events came under more than one webhook id: a receiver could not tell."""
        return sum(len(set(ids)) > 1 for ids in self.arrived.values())


async def read_request(reader: asyncio.StreamReader) -> tuple[dict[str, str], bytes]:
    """The headers, by their names in lower case, and the body of one request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = [line.partition(":") for line in head.split("\r\n")[1:] if line]
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    return headers, await reader.readexactly(int(headers.get("content-length", "0")))
