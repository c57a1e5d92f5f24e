"""What a job is to a worker: its name, its function, when it runs, and what it is given."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.batches import Clock, Proceed
from services.files import Files
from services.jobs import Enqueue


def present() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


@dataclass
class Resources:
    """What a worker gives to the jobs that it runs."""

    enqueue: Enqueue
    clock: Clock = present
    deliveries_kept: timedelta = timedelta(days=30)
    """For how long deliveries of webhooks are kept after they have ended."""
    files: Files = field(default_factory=lambda: Files(Path(".satukan/files")))
    stopping: bool = field(default=False)
    """Whether the worker has been told to stop: jobs end after their current batch."""

    def proceed_for(self, seconds: float) -> Proceed:
        """A `Proceed` that ends the work when the worker stops, or after so many seconds."""
        deadline = time.monotonic() + seconds
        return lambda: not self.stopping and time.monotonic() < deadline


@dataclass(frozen=True)
class Schedule:
    """When a job runs by itself, in UTC: at `second`, or each of several, of each of `minutes`
    (None: every minute)."""

    minutes: frozenset[int] | None = None
    second: int | frozenset[int] = 0


@dataclass(frozen=True)
class RegisteredJob:
    """A job that workers know."""

    name: str
    function: Callable[..., Awaitable[None]]
    """Called with the worker's Resources and the texts that the job was handed in with."""
    timeout_seconds: float
    """It is cancelled then. A job that can be long ends by itself well before."""
    schedule: Schedule | None = None
    """None: it only runs when asked for."""
