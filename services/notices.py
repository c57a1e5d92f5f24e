"""Notices: what each gateway process must hear of at once, and how a service says so."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """A key lets nobody in any more."""

    key_id: UUID


class Announce(Protocol):
    """Where notices are handed in, after the commit of what they are about.

    What was announced is in the database: who misses a notice finds it there, within the seconds
    for which gateways remember (the setting `caller_cache_seconds`).
    """

    async def __call__(self, notice: KeyRevoked) -> None:
        """Tell every gateway. Raises OSError where they cannot be told."""
