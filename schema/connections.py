"""Connections: pages of the Relay cursor specification, plus `totalCount`."""

from typing import Any, Generic, TypeVar

import strawberry

from resolvers.loaders.paging import Cursors
from resolvers.pages import Edge as LoadedEdge
from resolvers.pages import Page

NodeType = TypeVar("NodeType")


@strawberry.type(description="Where a page begins and ends, and whether there is more beside it.")
class PageInfo:
    """Relay's PageInfo."""

    @strawberry.field(description="Whether there are more behind the last of this page.")
    def has_next_page(root: strawberry.Parent[Cursors]) -> bool:
        """Whether to go on forward."""
        return root.has_next

    @strawberry.field(description="Whether there are more before the first of this page.")
    def has_previous_page(root: strawberry.Parent[Cursors]) -> bool:
        """Whether to go on backward."""
        return root.has_previous

    @strawberry.field(description="The cursor of the first, for `before`.")
    def start_cursor(root: strawberry.Parent[Cursors]) -> str | None:
        """The first row's cursor."""
        return root.start

    @strawberry.field(description="The cursor of the last, for `after`.")
    def end_cursor(root: strawberry.Parent[Cursors]) -> str | None:
        """The last row's cursor."""
        return root.end


@strawberry.type(description="One item of a page and its place.")
class Edge(Generic[NodeType]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="The place of this item, for `after` or `before`.")
    node: NodeType = strawberry.field(description="The item.")


@strawberry.type(description="A page of items.")
class Connection(Generic[NodeType]):
    """A page whose rows and count are read only where they are asked for."""

    @strawberry.field(description="The items with their cursors.")
    async def edges(root: strawberry.Parent[Page]) -> list[Edge[NodeType]]:
        """The rows with their cursors."""
        found: list[LoadedEdge] = await root.edges()
        return found  # type: ignore[return-value]

    @strawberry.field(description="The items alone.")
    async def nodes(root: strawberry.Parent[Page]) -> list[NodeType]:
        """The rows."""
        found: list[Any] = await root.nodes()
        return found

    @strawberry.field(description="Where this page begins and ends.")
    async def page_info(root: strawberry.Parent[Page]) -> PageInfo:
        """The page's ends."""
        found: Cursors = await root.page_info()
        return found  # type: ignore[return-value]

    @strawberry.field(description="How many items there are on all pages. Counted only if asked.")
    async def total_count(root: strawberry.Parent[Page]) -> int:
        """The rows of all pages."""
        return await root.total_count()
