"""Notices: what other processes should hear of at once, and how a service says so.

What a notice tells of is in the database: who misses one finds it there a little later.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


async def tell_nobody(notice: KeyRevoked) -> None:
    """An `Announce` of a process that has no way to the gateways."""
    raise OSError("no address of Valkey is set")


@dataclass(frozen=True, slots=True)
class LogGrown:
    """A workspace's log of events has grown: whoever follows it may go on reading.

    `seq` is the number of the last event, committed; 0 where the log has not grown, but an endpoint
    of webhooks has deliveries to be made for another reason.
    """

    workspace_id: UUID
    seq: int


Follow = Callable[[LogGrown], None]
"""Takes a notice at once: it neither waits nor raises."""

_followers: list[Follow] = []


def log_grown(notice: LogGrown) -> None:
    """Tell all who follow in this process, right after the commit."""
    for follow in _followers:
        follow(notice)


@contextmanager
def followed_by(follow: Follow) -> Iterator[None]:
    """Have `follow` hear of what this process commits while the context is open.

    A process that serves or works opens it with a publisher, which tells all the others.
    """
    _followers.append(follow)
    try:
        yield
    finally:
        _followers.remove(follow)
