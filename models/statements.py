"""Statements: how many SQL statements a piece of work sends, for metrics and for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from asyncpg.connection import Connection, LoggedQuery

# What a transaction and a pool send by themselves, however much or little is read in them.
FRAMING = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SELECT pg_advisory_unlock_all()")


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
    """Count what is sent in this block, in tasks that it starts too.

    The driver reports a statement one turn of the event loop after its result.
    """
    counted = Tally()
    token = _current.set(counted)
    try:
        yield counted
    finally:
        _current.reset(token)


async def watch(connection: Connection) -> None:
    """Have the driver report each statement of a new connection of a pool."""
    connection.add_query_logger(_note)


def _note(record: LoggedQuery) -> None:
    counted = _current.get()
    if counted is not None and not record.query.lstrip().startswith(FRAMING):
        counted.statements.append(record.query)
