"""A request's loaders: each made at its first use, so that equal questions share one batch."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from strawberry.dataloader import DataLoader
from tortoise.models import Model

from resolvers.loaders.batches import Grouped, Reader, counts, grouped_rows, pages, rows_by_id
from resolvers.loaders.collections import Collection, OrderBy
from resolvers.loaders.paging import PageRequest, Question, Slice
from resolvers.loaders.statements import Statement

LARGEST_BATCH = 10_000


class Loaders:
    """The loaders of one request, by what they ask."""

    def __init__(self, reader: Reader, now: datetime) -> None:
        self._reader = reader
        self._now = now
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    def _loader(
        self, key: Hashable, batch: Callable[[list[Any]], Awaitable[list[Any]]]
    ) -> DataLoader[Any, Any]:
        loader = self._loaders.get(key)
        if loader is None:
            loader = DataLoader(load_fn=batch, max_batch_size=LARGEST_BATCH)
            self._loaders[key] = loader
        return loader

    async def row(self, model: type[Model], id: UUID | None) -> Any:
        """The row of this id; None for no id, and where the workspace has none of it."""
        if id is None:
            return None

        async def batch(ids: list[UUID]) -> list[Any]:
            return await rows_by_id(self._reader, model, ids)

        return await self._loader(("row", model), batch).load(id)

    def question(
        self,
        collection: Collection,
        *,
        filter: Mapping[str, Any] | None = None,
        search: str | None = None,
        order: OrderBy | None = None,
        request: PageRequest | None = None,
    ) -> Question:
        """A question to a collection. Raises a Refusal (INVALID) for a bad id in the filter."""
        statement = self._statement(collection)
        conditions = collection.conditions(statement, filter, search)
        return Question(
            collection,
            conditions,
            _frozen(statement.parameters),
            order or collection.default,
            request,
        )

    def _statement(self, collection: Collection) -> Statement:
        workspace_id = self._reader.workspace_id
        if collection.parent is None:
            return Statement.of_root(workspace_id, self._now)
        return Statement.over_parents(workspace_id, self._now)

    def _resumed(self, question: Question) -> Statement:
        """A statement that goes on behind the parameters that a question's conditions have."""
        statement = self._statement(question.collection)
        statement.parameters = list(question.parameters)
        return statement

    async def page(self, question: Question, parent: UUID | None = None) -> Slice:
        """A parent's page, or all of its rows where the question asks for no page."""

        async def batch(parents: list[UUID | None]) -> list[Slice]:
            return await pages(self._reader, self._resumed(question), question, parents)

        loaded: Slice = await self._loader(("page", question), batch).load(parent)
        return loaded

    def asked_page(self, question: Question, parent: UUID | None = None) -> Awaitable[Slice] | None:
        """A parent's page, if somebody has asked for it already; nothing is read for this."""
        loader = self._loaders.get(("page", question))
        return None if loader is None else loader.cache_map.get(parent)

    async def count(self, question: Question, parent: UUID | None = None) -> int:
        """How many rows a parent's collection has, whatever the page."""
        key = ("count", question.collection.name, question.conditions, question.parameters)

        async def batch(parents: list[UUID | None]) -> list[int]:
            return await counts(self._reader, self._resumed(question), question, parents)

        counted: int = await self._loader(key, batch).load(parent)
        return counted

    async def grouped(self, statement: Grouped, parent: UUID) -> list[dict[str, Any]]:
        """A parent's rows of a statement of its own."""

        async def batch(parents: list[UUID]) -> list[list[dict[str, Any]]]:
            return await grouped_rows(self._reader, statement, self._now, parents)

        rows: list[dict[str, Any]] = await self._loader(("grouped", statement.name), batch).load(
            parent
        )
        return rows

    async def batched(
        self, key: Hashable, batch: Callable[[list[Any]], Awaitable[list[Any]]], parent: UUID
    ) -> Any:
        """A parent's answer of a batch of its own; `key` tells equal batches."""
        return await self._loader(key, batch).load(parent)

    def forget(self) -> None:
        """Drop all that was read: a mutation has changed the workspace."""
        self._loaders.clear()


def _frozen(values: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)
