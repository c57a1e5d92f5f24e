"""Connections of the pools: fewer messages around a transaction, and a tally of statements.

A read of one statement costs as much in what frames it as in itself: BEGIN, binding the workspace,
ROLLBACK, and what the driver sends to clean a connection that goes back to its pool. Here what
begins a transaction is one message to PostgreSQL, and what ends it another; and a statement that
binds itself needs neither.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from asyncpg.connection import Connection

from models.statements import note

BINDING = "SELECT satukan_set_workspace('{}');"
BOUND = '(SELECT satukan_bound($1) AS w) "~0"'
"""What a statement that binds itself reads first: what its transaction is bound to by then."""
WITNESS = '"~0".w'
"""The first column of such a statement. All that it reads has to wait for it: in a CASE that asks
for it, or in a lateral sub-query which does."""


class NotBound(Exception):
    """A statement's transaction was not bound to its workspace when it read."""


class PooledConnection(Connection):
    """asyncpg's connection, with the above."""

    _binding: str | None = None
    _cleaned = False

    def bind_next(self, workspace_id: UUID) -> None:
        """Have the transaction that begins next bound to a workspace by its first message."""
        self._binding = BINDING.format(UUID(int=workspace_id.int))

    async def read(self, workspace_id: UUID, sql: str, parameters: Sequence[Any]) -> Any:
        """The row of a statement that only reads and binds itself, in a transaction of its own.

        What it has set ends with that transaction, and nothing that is read so takes a session's
        advisory lock: the connection is clean. Raises NotBound as `bound_row` does.
        """
        note(sql)
        self._cleaned = False
        row = bound_row(workspace_id, await super().fetch(sql, *parameters))
        self._cleaned = True
        return row

    async def reset(self, **options: Any) -> None:
        """Clean the connection, which goes back to its pool. Nothing is sent where nothing is left,
        and what could be cancelled halfway is not begun."""
        if self._cleaned:
            self._cleaned, self._binding = False, None
            return
        if self.is_in_transaction():
            # Its beginning was cancelled: the one who began it does not know that it has.
            self._top_xact = None
            await super().execute("ROLLBACK;")
        await super().reset(**options)

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


def bound_row(workspace_id: UUID, rows: Sequence[Any]) -> Any:
    """The row of a statement that binds itself.

    Raises NotBound where it was bound to nothing or to another workspace: then it has read nothing,
    and its answer must not be taken for one.
    """
    if len(rows) != 1 or rows[0][0] != workspace_id:
        raise NotBound(str(workspace_id))
    return rows[0]
