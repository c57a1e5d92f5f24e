"""Transactions: one workspace, one database transaction, and the events that it ends with."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.fields.data import JSON_DUMPS

from models import EventType, Workspace
from models.base import new_id, new_id_text
from models.database import application_connection
from services.actors import Actor
from services.arrays import array_of, joined
from services.errors import ErrorCode, Refusal
from services.notices import LogGrown, log_grown

Result = TypeVar("Result")

SET_WORKSPACE = "SELECT satukan_set_workspace($1)"
WORKSPACE = "SELECT * FROM workspaces WHERE workspace_id = $1"
COUNT_UP = """
    INSERT INTO counters (workspace_id, id, name, value) VALUES ($1, $2, $3, $4)
    ON CONFLICT (workspace_id, name) DO UPDATE SET value = counters.value + excluded.value
    RETURNING value"""
INSERT_EVENTS = f"""
    INSERT INTO events
        (workspace_id, id, seq, type, occurred_at, customer_id, user_id, api_key_id, payload)
    SELECT $1, e.id, $5 + e.place, e.type, $2, e.customer_id, $3, $4, e.payload::jsonb
    FROM unnest({array_of(6, "uuid")}, {array_of(7)}, $8::uuid[], {array_of(9)})
        WITH ORDINALITY AS e(id, type, customer_id, payload, place)
    ON CONFLICT (workspace_id, seq) DO NOTHING"""
RETRIED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class UnknownWorkspace(Exception):
    """No workspace has this id."""


class RetryTransaction(Exception):
    """Another transaction got in first: begin anew and see what it has done."""


@dataclass
class NewEvent:
    """An event that waits for its transaction's end."""

    type: EventType
    customer_id: UUID | None
    payload: dict[str, Any]


@dataclass
class Transaction:
    """A database transaction bound to one workspace by row-level security."""

    connection: BaseDBAsyncClient
    workspace: Workspace
    now: datetime
    actor: Actor | None = None
    events: list[NewEvent] = field(default_factory=list)
    ends: dict[str, tuple[Counter[Any], "WriteCounts"]] = field(default_factory=dict)
    last_seq: int | None = None
    """The number of the last event written; 0: none, but who follows the log is to look again."""

    @property
    def workspace_id(self) -> UUID:
        """The workspace that the transaction is bound to."""
        return self.workspace.id

    async def fetch(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """The rows that a statement returns."""
        return await self.connection.execute_query_dict(sql, list(parameters))

    async def execute(self, sql: str, *parameters: Any) -> int:
        """The number of rows that an UPDATE or DELETE has changed.

        For an INSERT it is 0, whatever was written: `fetch` what it RETURNs.
        """
        count, _ = await self.connection.execute_query(sql.lstrip(), list(parameters))
        return count

    async def next_number(self, name: str, count: int = 1) -> int:
        """Count up `count` numbers of the workspace's counter `name`; return the last one.

        The counter's row stays locked until the commit, so numbers follow the order of commits:
        take them as late as possible.
        """
        rows = await self.fetch(COUNT_UP, self.workspace_id, new_id(), name, count)
        return int(rows[0]["value"])

    def record(
        self,
        type: EventType,
        customer_id: UUID | None = None,
        payload: dict[str, Any] | None = None,
    ) -> None:
        """Have an event written when the transaction ends, if it does not fail."""
        self.events.append(NewEvent(type, customer_id, payload or {}))

    def wake(self) -> None:
        """Have those who follow the log look again after the commit, even without an event."""
        self.last_seq = self.last_seq or 0

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """A part that may fail: then nothing of it stays, and the transaction goes on."""
        events = len(self.events)
        ends = {name: (Counter(counts), write) for name, (counts, write) in self.ends.items()}
        await self.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            del self.events[events:]
            self.ends = ends
            await self.execute("ROLLBACK TO SAVEPOINT attempt")
            await self.execute("RELEASE SAVEPOINT attempt")
            raise
        await self.execute("RELEASE SAVEPOINT attempt")

    def at_end(self, name: str, counts: Counter[Any], write: "WriteCounts") -> None:
        """Have counts that others write too added up, and written when the transaction ends.

        Rows of counts are locked for all who count into them, so this comes as late as possible:
        right before the events. Counts of the same name are one.
        """
        self.ends.setdefault(name, (Counter(), write))[0].update(counts)

    async def write_events(self) -> None:
        """Number the recorded events and write them: the last statement before the commit.

        The counter makes numbers follow commit order, so that a reader of `seq > cursor` skips
        nothing (architecture: Events).
        """
        while self.ends:
            # Always in one order; what is written may have counts follow that come later in it.
            counts, write = self.ends.pop(min(self.ends))
            await write(self, counts)
        if not self.events:
            return
        events, self.events = self.events, []
        columns = (
            joined([new_id_text() for _ in events]),
            joined([event.type for event in events]),
            [event.customer_id for event in events],
            joined(_written([event.payload for event in events])),
        )
        last = await self.next_number("events", len(events))
        self.last_seq = last
        await self.execute(
            INSERT_EVENTS,
            self.workspace_id,
            self.now,
            self.actor.user_id if self.actor else None,
            self.actor.api_key_id if self.actor else None,
            last - len(events),
            *columns,
        )


def _written(payloads: Sequence[dict[str, Any]]) -> list[str]:
    """Payloads as JSON; what many events have in common is written once."""
    written = {id(payload): payload for payload in payloads}
    texts = {key: JSON_DUMPS(payload) for key, payload in written.items()}
    return [texts[id(payload)] for payload in payloads]


WriteCounts = Callable[[Transaction, Counter[Any]], Awaitable[None]]
"""Adds counts to those that stand in the database."""


class Session:
    """One connection of a pool in one transaction, from `begin` to `end`, used from any task.

    Tortoise's own `in_transaction` keeps its connection in a context variable, which a loader's
    task does not share with the task that ends the request; here it is handed on by hand.
    """

    def __init__(self, pool: BaseDBAsyncClient) -> None:
        self._pool = pool
        self._wrapper: TransactionWrapper | None = None

    async def begin(self, workspace_id: UUID | None = None) -> BaseDBAsyncClient:
        """Take a connection and begin, bound to a workspace by the same message where one is named.

        Without one, `SET_WORKSPACE` has to come before every other statement.
        """
        context: Any = self._pool._in_transaction()
        await context.ensure_connection()
        wrapper: TransactionWrapper = context.client
        pool: asyncpg.Pool = wrapper._parent._pool  # type: ignore[assignment]
        wrapper._connection = await pool.acquire()  # type: ignore[assignment]
        self._wrapper = wrapper
        try:
            if workspace_id is not None:
                wrapper._connection.bind_next(workspace_id)  # type: ignore[attr-defined]
            await wrapper.begin()
        except BaseException:
            await self._release()
            raise
        return wrapper

    async def end(self, *, commit: bool) -> None:
        """Commit or roll back, and give the connection back. Nothing happens if never begun.

        A statement that another task is still executing is waited for.
        """
        if self._wrapper is None:
            return
        try:
            async with self._wrapper._lock:
                if commit:
                    await self._wrapper.commit()
                else:
                    await self._wrapper.rollback()
        finally:
            await self._release()

    async def _release(self) -> None:
        wrapper, self._wrapper = self._wrapper, None
        if wrapper is not None and wrapper._parent._pool is not None:
            pool: Any = wrapper._parent._pool
            await asyncio.shield(pool.release(wrapper._connection))


async def read_row(
    client: BaseDBAsyncClient, workspace_id: UUID, sql: str, parameters: Sequence[Any]
) -> Sequence[Any]:
    """The row of a statement that only reads and binds itself (`models.connections.BOUND`): one
    message to PostgreSQL, without what Tortoise has around a connection.

    Raises NotBound where it was not bound to the workspace.
    """
    pool = await asyncpg_pool(client)
    connection: Any = await pool.acquire()
    client.log.debug("%s: %s", sql, parameters)  # as Tortoise does
    try:
        row: Sequence[Any] = await connection.read(workspace_id, sql, parameters)
    except BaseException:
        await pool.release(connection)
        raise
    # The pool would have a task made for this, which is as dear as a statement. There is nothing
    # to reset, so nothing is waited for and nothing can be cancelled.
    await connection._holder.release(None)
    return row


async def asyncpg_pool(client: BaseDBAsyncClient) -> asyncpg.Pool:
    """The driver's pool behind one of Tortoise's, which is made at its first use."""
    pool: asyncpg.Pool | None = client._pool
    if pool is None:
        context: Any = client._in_transaction()
        await context.ensure_connection()
        pool = client._pool
        assert pool is not None
    return pool


async def read_workspace(connection: BaseDBAsyncClient, workspace_id: UUID) -> Workspace:
    """The workspace that a transaction's connection is bound to.

    Raises UnknownWorkspace where there is none of this id.
    """
    rows = await connection.execute_query_dict(WORKSPACE, [workspace_id])
    if not rows:
        raise UnknownWorkspace(str(workspace_id))
    return Workspace._init_from_db(**rows[0])


@asynccontextmanager
async def workspace_transaction(
    workspace_id: UUID, *, actor: Actor | None = None, now: datetime | None = None
) -> AsyncIterator[Transaction]:
    """A transaction bound to a workspace: committed with its events at the end, or rolled back.

    `now` is the instant that everything in it takes for the present; without it, the clock's.
    """
    session = Session(application_connection())
    connection = await session.begin(workspace_id)
    done = False
    try:
        workspace = await read_workspace(connection, workspace_id)
        transaction = Transaction(connection, workspace, now or datetime.now(UTC), actor)
        yield transaction
        await transaction.write_events()
        done = True
    finally:
        await session.end(commit=done)
    if transaction.last_seq is not None:
        log_grown(LogGrown(workspace_id, transaction.last_seq))


async def retrying(attempt: Callable[[], Awaitable[Result]], *, attempts: int = 5) -> Result:
    """Run a whole transaction, again where it lost against another one.

    Deadlocks, serialization failures and RetryTransaction are lost races. Raises a Refusal with
    CONFLICT where it loses each of `attempts` times.
    """
    for number in range(1, attempts + 1):
        try:
            return await attempt()
        except RetryTransaction:
            pass
        except (OperationalError, IntegrityError, asyncpg.PostgresError) as error:
            if not isinstance(error, RETRIED) and not isinstance(error.__cause__, RETRIED):
                raise
        await asyncio.sleep(0.005 * number)
    raise Refusal(
        ErrorCode.CONFLICT, "Others are changing the same records at this moment. Try again."
    )
