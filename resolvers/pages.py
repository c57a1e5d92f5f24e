"""A connection on its way to the client: a question and a parent, read when it is looked at."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from resolvers.context import Context
from resolvers.loaders.collections import Collection, OrderBy
from resolvers.loaders.paging import Cursors, Question, Slice, cursors, page_request


@dataclass(frozen=True, slots=True)
class Edge:
    """A row and its place."""

    cursor: str
    node: Any


@dataclass(frozen=True, slots=True)
class Page:
    """One page of one parent. Rows and count are each read only if the client asks for them."""

    context: Context
    question: Question
    parent: UUID | None = None

    async def _slice(self) -> Slice:
        return await self.context.loaders.page(self.question, self.parent)

    async def nodes(self) -> list[Any]:
        """The rows."""
        return (await self._slice()).rows

    async def edges(self) -> list[Edge]:
        """The rows with their cursors."""
        return [Edge(self.question.cursor(row), row) for row in (await self._slice()).rows]

    async def page_info(self) -> Cursors:
        """Where the page begins and ends."""
        return cursors(self.question, await self._slice())

    async def total_count(self) -> int:
        """How many rows there are on all pages. A page that begins at the end, is read anyway and
        has no other behind it, has counted them."""
        await asyncio.sleep(0)  # the fields beside this one ask for the page meanwhile
        request, loaders = self.question.request, self.context.loaders
        asked = loaders.asked_page(self.question, self.parent)
        if asked is not None and request and request.after is None and request.before is None:
            page = await asked
            if not page.more:
                return len(page.rows)
        return await loaders.count(self.question, self.parent)


@dataclass(frozen=True)
class PageArguments:
    """The arguments that every connection field has."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


def question_of(
    context: Context,
    collection: Collection,
    arguments: PageArguments,
    *,
    filter: dict[str, Any] | None = None,
    search: str | None = None,
    order: OrderBy | None = None,
) -> Question:
    """What a field's arguments ask a collection.

    Raises a Refusal (INVALID) where they make no sense.
    """
    chosen = order or collection.default
    request = page_request(
        collection,
        chosen,
        first=arguments.first,
        after=arguments.after,
        last=arguments.last,
        before=arguments.before,
    )
    return context.loaders.question(
        collection, filter=filter, search=search, order=chosen, request=request
    )
