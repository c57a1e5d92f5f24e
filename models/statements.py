"""Statements: how many SQL statements a piece of work sends, for metrics and for tests.

`models/connections.py` notes them as they are sent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

# What a transaction and a pool send by themselves, however much or little is read in them.
FRAMING = (
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "SET LOCAL",
    "SELECT pg_advisory_unlock_all()",
)


@dataclass
class Tally:
    """The statements sent so far, without those that only frame transactions."""

    statements: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.statements)


_current: ContextVar[Tally | None] = ContextVar("satukan_tally", default=None)


@contextmanager
def tally() -> Iterator[Tally]:
    """Count what is sent in this block, in tasks that it starts too."""
    counted = Tally()
    token = _current.set(counted)
    try:
        yield counted
    finally:
        _current.reset(token)


@contextmanager
def uncounted() -> Iterator[None]:
    """Count nothing in this block, whoever counts around it: it lasts too long to be counted."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def note(query: str) -> None:
    """Count a statement, if somebody counts."""
    counted = _current.get()
    if counted is not None and not query.lstrip().startswith(FRAMING):
        counted.statements.append(query)
