"""The context of one GraphQL request: who asks, in which workspace, when, and how rows are read."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import strawberry
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Workspace
from models.connections import bound_row
from models.database import application_connection
from resolvers.loaders.registry import Loaders
from services.actors import Actor
from services.feeds import Feeds
from services.import_feeds import ImportFeeds
from services.notices import Announce, tell_nobody
from services.transactions import Session, Transaction, read_row, workspace_transaction
from services.webhooks.addresses import AddressRules, Resolve, SystemResolver

PLAN_BY_VALUES = "SET LOCAL plan_cache_mode = force_custom_plan"


class ContextClosed(Exception):
    """The request is over, so nothing is read for it any more."""


@dataclass
class Following:
    """What subscriptions follow: one for the life of a process."""

    feeds: Feeds = field(default_factory=Feeds)
    imports: ImportFeeds = field(default_factory=ImportFeeds)

    async def close(self) -> None:
        """Follow nothing more."""
        await self.feeds.close()
        await self.imports.close()


PUBLIC_ONLY = AddressRules()
RESOLVER = SystemResolver()


@dataclass(frozen=True)
class Outside:
    """What a request may need to reach beside the database."""

    announce: Announce = tell_nobody
    addresses: AddressRules = PUBLIC_ONLY
    """Where webhooks may be sent."""
    resolve: Resolve = RESOLVER


class Context:
    """One request. `close` it at the end, whatever happened.

    Rows are read in one transaction, which begins at the first read. A change has a transaction of
    its own, committed before anything of its payload is read: what was promised is in the database
    before the answer, and no lock is held while a graph is read.
    """

    def __init__(
        self,
        actor: Actor,
        workspace: Workspace,
        *,
        request_id: str = "",
        now: datetime | None = None,
        following: Following | None = None,
        outside: Outside | None = None,
    ) -> None:
        """`following` is there for subscriptions only."""
        self.actor = actor
        self.workspace = workspace
        self.request_id = request_id
        self.now = now or datetime.now(UTC)
        self.following = following
        self.outside = outside or Outside()
        self.loaders = Loaders(self, self.now)
        self._session: Session | None = None
        self._by_values = False
        self._connection: BaseDBAsyncClient | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    @property
    def workspace_id(self) -> UUID:
        """The workspace that everything in the request is bound to."""
        return self.workspace.id

    async def connection(self) -> BaseDBAsyncClient:
        """The connection that rows are read through, bound to the workspace.

        Raises ContextClosed where the request is over.
        """
        if self._connection is not None:
            return self._connection
        async with self._opening:
            if self._closed:
                raise ContextClosed
            if self._connection is None:
                await self._begin_reading()
            assert self._connection is not None
            return self._connection

    async def row(self, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        """The row of a statement that binds itself (`models.connections.BOUND`): in the transaction
        that rows are read in, if that has begun; else in one of its own.

        Raises NotBound where it was not bound, and ContextClosed where the request is over.
        """
        if self._connection is not None:
            rows = await self._connection.execute_query_dict(sql, list(parameters))
            row: Sequence[Any] = bound_row(self.workspace_id, [(*one.values(),) for one in rows])
            return row
        if self._closed:
            raise ContextClosed
        return await read_row(application_connection(), self.workspace_id, sql, parameters)

    async def _begin_reading(self) -> None:
        session = Session(application_connection())
        self._connection = await session.begin(self.workspace_id)
        self._session = session

    async def plan_by_values(self) -> None:
        """Have what is read from now on be planned for the very values that it is asked with.

        PostgreSQL plans a statement that comes again and again for any values at all. Of a list
        that is filtered or searched, that may be a plan that reads all of it for a rare value.
        """
        connection = await self.connection()
        if not self._by_values:
            self._by_values = True
            await connection.execute_script(PLAN_BY_VALUES)

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Transaction]:
        """A transaction that changes the workspace. What was read before it is forgotten."""
        await self.end_reading()
        try:
            async with workspace_transaction(
                self.workspace_id, actor=self.actor, now=self.now
            ) as transaction:
                yield transaction
        finally:
            self.loaders.forget()

    async def close(self) -> None:
        """End the reading transaction and give its connection back.

        An error in one field ends a request while others are still being read: their statements
        are waited for, and they begin no new ones.
        """
        self._closed = True
        await self.end_reading()

    async def end_reading(self) -> None:
        """End the reading transaction; the next read begins a new one."""
        if self._session is None and not self._opening.locked():
            return
        async with self._opening:
            session, self._session, self._connection = self._session, None, None
            self._by_values = False
            if session is not None:
                await session.end(commit=False)


Info = strawberry.Info[Context, None]
