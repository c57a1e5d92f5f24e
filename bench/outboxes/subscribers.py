"""A partner who subscribes to merges, and comes back with the last cursor when it is cut off."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

EVENTS = """
subscription ($after: String) {
  events(types: [CUSTOMER_MERGED], after: $after) { cursor payload }
}"""
PAUSE_SECONDS = 0.2


@dataclass
class Subscriber:
    """Hears of merges over server-sent events."""

    url: str
    key: str
    heard: list[tuple[str, str]] = field(default_factory=list)
    """The cursor and the merge of each event, in the order in which they came."""
    cut_off: int = 0

    @property
    def merges(self) -> set[str]:
        """The merges that were heard of."""
        return {merge for _, merge in self.heard}

    def out_of_order(self, written: list[str]) -> int:
        """How many of the merges came at another place than the log gives them."""
        came = [merge for _, merge in self.heard]
        return sum(a != b for a, b in zip(came, written, strict=False))

    async def listen(self) -> None:
        """Listen until cancelled."""
        timeout = httpx.Timeout(10.0, read=30.0)
        async with httpx.AsyncClient(timeout=timeout) as http:
            while True:
                with suppress(httpx.HTTPError, ValueError):
                    await self._listen_once(http)
                self.cut_off += 1
                await asyncio.sleep(PAUSE_SECONDS)

    async def _listen_once(self, http: httpx.AsyncClient) -> None:
        after = self.heard[-1][0] if self.heard else None
        headers = {"Authorization": f"Bearer {self.key}", "Accept": "text/event-stream"}
        body = {"query": EVENTS, "variables": {"after": after}}
        async with http.stream("POST", self.url, json=body, headers=headers) as response:
            async for line in response.aiter_lines():
                if not line.startswith("data:") or not line.removeprefix("data:").strip():
                    continue
                data = json.loads(line.removeprefix("data:")).get("data")
                if data is None:
                    return
                event = data["events"]
                self.heard.append((event["cursor"], event["payload"]["mergeId"]))
