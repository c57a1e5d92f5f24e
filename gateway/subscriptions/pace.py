"""Pace: how fast a client's messages are read."""

import asyncio
import time
from collections.abc import Callable

BURST_SECONDS = 10
"""A client that was silent may send what it could have sent in this time at once."""


class Pace:
    """Lets so many messages a second through. Those beyond wait, in the client's own buffers."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._most = per_second * BURST_SECONDS
        self._left = float(self._most)
        self._clock = clock
        self._at = clock()

    def due(self) -> float:
        """Take one message's place; the seconds until it has come."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second) - 1
        self._at = now
        return max(0.0, -self._left / self._per_second)

    async def wait(self) -> None:
        """Wait until the next message may be read."""
        seconds = self.due()
        if seconds > 0:
            await asyncio.sleep(seconds)
