"""Callers who merge pairs of customers, each until it is answered, whatever dies meanwhile."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from models import Customer
from services.ids import global_id

MERGE = """
mutation ($main: ID!, $member: ID!, $key: String!) {
  mergeCustomers(input: {mainId: $main, memberIds: [$member], idempotencyKey: $key}) {
    merge { id memberIds }
    errors { code message }
  }
}"""
PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 0.05
Pair = tuple[UUID, UUID]
"""The main customer and the one who is merged into them."""


class Unanswered(Exception):
    """A merge was refused, or got no answer for too long."""


@dataclass
class Callers:
    """Merges pairs over HTTP, several at a time, each under an idempotency key of its own."""

    url: str
    key: str
    pairs: list[Pair]
    merged: dict[Pair, str] = field(default_factory=dict)
    """The id of the merge that each pair was answered with."""
    tried_again: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a merge is answered."""

    async def merge_all(self, clients: int) -> None:
        """Merge every pair. Raises Unanswered for one that is refused or never answered."""
        waiting = iter(self.pairs)
        headers = {"Authorization": f"Bearer {self.key}"}
        limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
        async with httpx.AsyncClient(headers=headers, timeout=20.0, limits=limits) as http:

            async def call() -> None:
                for pair in waiting:
                    self.merged[pair] = await self._merge(http, pair)
                    self.changed.set()

            await asyncio.gather(*(call() for _ in range(clients)))

    async def _merge(self, http: httpx.AsyncClient, pair: Pair) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        variables = {
            "main": global_id(Customer, pair[0]),
            "member": global_id(Customer, pair[1]),
            "key": f"merge-{pair[1]}",
        }
        while time.monotonic() < deadline:
            answer = await self._ask(http, variables)
            if answer is not None and answer["errors"]:
                raise Unanswered(str(answer["errors"]))
            if answer is not None and answer["merge"] is not None:
                return str(answer["merge"]["id"])
            # Nobody answered, or the merge was done and could not be read: its key says which.
            self.tried_again += 1
            await asyncio.sleep(PAUSE_SECONDS)
        raise Unanswered(f"No answer for {PATIENCE_SECONDS:.0f} s.")

    async def _ask(
        self, http: httpx.AsyncClient, variables: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """What the mutation answered; None where nobody did, or not with an answer."""
        try:
            response = await http.post(self.url, json={"query": MERGE, "variables": variables})
            data = response.json().get("data")
        except (httpx.HTTPError, ValueError):
            return None
        return None if data is None else data["mergeCustomers"]
