"""Work in batches that hold their locks for a moment only, however busy the database is."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.transactions import Transaction

Clock = Callable[[], datetime]
"""What says which instant it is; aware, UTC."""
Proceed = Callable[[], bool]
"""Asked before each batch: False ends the work there. What is committed stays."""
Guard = Callable[[Transaction], Awaitable[None]]
"""Awaited in a batch before its first lock: has the database break off what takes too long."""
Step = Callable[[int, Guard], Awaitable[bool]]
"""One batch of at most so many rows in a transaction of its own; whether there may be more."""

TARGET_SECONDS = 0.03
"""What a batch should take: well under the 100 ms for which nobody minds to wait."""
# After these times the database breaks off: a statement, which leaves the connection whole, and in
# the last resort the session, whatever it is doing or waiting for (PostgreSQL 17 and later).
BOUNDED = """
    SELECT set_config('statement_timeout', '60ms', true),
        CASE WHEN current_setting('transaction_timeout', true) IS NOT NULL
        THEN set_config('transaction_timeout', '95ms', true) END"""
NOT_WAITING = "SELECT set_config('synchronous_commit', 'off', true)"
BROKEN_OFF = (
    asyncpg.QueryCanceledError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What that raises; the last one where the session ends just as the driver begins to speak. A lost
connection looks the same; it comes again, and then to the caller."""
SMALLEST, FIRST, LARGEST = 10, 100, 5_000
"""Rows in a batch: the fewest, in a first one, and the most."""


def always() -> bool:
    """A `Proceed` that never ends the work."""
    return True


@dataclass
class Batches:
    """How many rows the next batch takes, learnt from how long the ones before it held locks."""

    waits_for_disk: bool = True
    """Whether a batch's commit waits, locks in hand, until it is safe on the disk. False is for
    work that is merely done again where a crash of the server undoes the last second of it, and
    of which nobody was told: no events."""
    size: int = FIRST
    done: int = 0
    longest_seconds: float = 0.0
    locking_since: float = 0.0

    async def guard(self, tx: Transaction) -> None:
        """Bound what follows in a batch's transaction; the smallest batch runs unbounded."""
        if not self.waits_for_disk:
            await tx.fetch(NOT_WAITING)
        if self.size > SMALLEST:
            await tx.fetch(BOUNDED)
        self.locking_since = time.perf_counter()

    def learn(self) -> None:
        """A batch of `size` rows is committed: have the next one take TARGET_SECONDS."""
        seconds = time.perf_counter() - self.locking_since
        self.done += 1
        self.longest_seconds = max(self.longest_seconds, seconds)
        wanted = self.size * min(2.0, TARGET_SECONDS / max(seconds, 1e-6))
        self.size = max(SMALLEST, min(LARGEST, int(wanted)))

    def shrink(self) -> None:
        """A batch of `size` rows was broken off: try far fewer."""
        self.size = max(SMALLEST, self.size // 4)


async def in_batches(step: Step, batches: Batches, proceed: Proceed) -> bool:
    """Repeat `step` until it says that there is no more; False where `proceed` ended it before.

    A batch that the database broke off for taking too long is tried again with fewer rows.
    """
    while proceed():
        try:
            more = await step(batches.size, batches.guard)
        except BROKEN_OFF:
            if batches.size == SMALLEST:
                raise
            batches.shrink()
            continue
        batches.learn()
        if not more:
            return True
    return False
