"""Connections of the pools: fewer messages around a transaction, and a tally of statements.

A read of one statement costs as much in what frames it as in itself: BEGIN, binding the workspace,
ROLLBACK, and what the driver sends to clean a connection that goes back to its pool. Here what
begins a transaction is one message to PostgreSQL, and what ends it another.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from asyncpg.connection import Connection

from models.statements import note

BINDING = "SELECT satukan_set_workspace('{}');"


class PooledConnection(Connection):
    """asyncpg's connection, with the above."""

    _binding: str | None = None
    _cleaned = False

    def bind_next(self, workspace_id: UUID) -> None:
        """Have the transaction that begins next bound to a workspace by its first message."""
        self._binding = BINDING.format(UUID(int=workspace_id.int))

    async def read(self, workspace_id: UUID | None, sql: str, parameters: Sequence[Any]) -> Any:
        """The first row of a statement that only reads. With a workspace, a transaction that is
        bound to it begins before; `end_read` ends it."""
        self._cleaned = False
        if workspace_id is not None:
            await super().execute(f"BEGIN; {BINDING.format(UUID(int=workspace_id.int))}")
        note(sql)
        rows: list[Any] = await super().fetch(sql, *parameters)
        return rows[0]

    async def end_read(self) -> None:
        """End the transaction of `read`. Undoing it undoes all that could outlast it, but for a
        session's advisory locks, which nothing that is read so takes."""
        await super().execute("ROLLBACK;")
        self._cleaned = True

    def get_reset_query(self) -> str:
        """What cleans the connection when it goes back; nothing where a transaction's end did."""
        cleaned, self._cleaned = self._cleaned, False
        self._binding = None
        return "" if cleaned else super().get_reset_query()

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        """Execute a command; the driver's own BEGIN, COMMIT and ROLLBACK together with the rest."""
        self._cleaned = False
        if query == "BEGIN;":
            if self._binding is not None:
                query, self._binding = f"{query} {self._binding}", None
            return await super().execute(query, **options)
        if query in ("COMMIT;", "ROLLBACK;"):
            status = await super().execute(f"{query}\n{super().get_reset_query()}", **options)
            self._cleaned = True
            return status
        note(query)
        return await super().execute(query, *args, **options)

    async def executemany(
        self, command: str, args: Iterable[Sequence[Any]], **options: Any
    ) -> None:
        """Execute a command for each sequence of arguments."""
        note(command)
        await super().executemany(command, args, **options)

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        """The rows of a query."""
        note(query)
        self._cleaned = False
        return await super().fetch(query, *args, **options)

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        """The first row of a query."""
        note(query)
        self._cleaned = False
        return await super().fetchrow(query, *args, **options)
