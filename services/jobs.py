"""Jobs by name: how a service has work done later without knowing who does it, or by what."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class JobName(StrEnum):
    """The jobs that can be asked for. `workers.settings` registers each."""

    EXPIRE_INTERACTIONS = "expire_interactions"
    COMPARE_CUSTOMERS = "compare_customers"
    RUN_BULK_CHANGE = "run_bulk_change"
    RUN_BROADCAST = "run_broadcast"
    RUN_IMPORT = "run_import"
    RUN_EXPORT = "run_export"


@dataclass(frozen=True)
class Job:
    """A job to be done as soon as a worker is free.

    What must happen is a row in the database that a sweep finds; this is only its wake-up call, and
    may be lost, or come twice.
    """

    name: JobName
    arguments: tuple[str, ...] = ()
    key: str | None = None
    """While a job of this key waits or runs, another one is not added."""


class Enqueue(Protocol):
    """Where jobs are handed in, after the commit of what they are about."""

    async def __call__(self, job: Job) -> None:
        """Hand a job in. Raises OSError where the queue cannot be reached."""
