"""Subscriptions: being told of changes as they are committed."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import strawberry

import models
from resolvers import subscriptions
from resolvers.context import Context
from schema.customers import Customer
from schema.events import Event, MergeEvent
from schema.fields import described
from schema.imports import Import

After = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of an event seen before: what came behind it is told first, and "
        "nothing in between is missed. Left out, what is committed from now on."
    ),
]


def given(value: Any) -> Any:
    """An argument's value; None where it was left out."""
    return None if value is strawberry.UNSET else value


@strawberry.type(
    description="What one can be told of as it is committed: over a WebSocket "
    "(graphql-transport-ws) or server-sent events (graphql-sse, distinct connections)."
)
class Subscription:
    """Hearing of changes. Each field answers with a stream, `resolvers.subscriptions.Happenings`;
    the values of its happenings are loaded for each answer anew."""

    @strawberry.subscription(description="Merges, one after the other.")
    async def customer_merged(
        self, info: strawberry.Info, after: After = strawberry.UNSET
    ) -> AsyncIterator[MergeEvent]:
        """The events of merges."""
        context: Context = info.context
        types = [models.EventType.CUSTOMER_MERGED]
        stream: Any = await subscriptions.events(context, types, given(after))
        return stream  # type: ignore[no-any-return]

    @strawberry.subscription(description="Unmerges, one after the other.")
    async def customer_unmerged(
        self, info: strawberry.Info, after: After = strawberry.UNSET
    ) -> AsyncIterator[MergeEvent]:
        """The events of unmerges."""
        context: Context = info.context
        types = [models.EventType.CUSTOMER_UNMERGED]
        stream: Any = await subscriptions.events(context, types, given(after))
        return stream  # type: ignore[no-any-return]

    @strawberry.subscription(
        description="A customer after each change, for an open page. An id that is merged away, "
        "before or meanwhile, is told of the customer whom it has become part of. Ends when the "
        "customer is erased."
    )
    async def customer_changed(
        self,
        info: strawberry.Info,
        customer_id: Annotated[
            strawberry.ID, strawberry.argument(description="The customer's global id.")
        ],
    ) -> AsyncIterator[Customer]:
        """The customer that an id stands for."""
        context: Context = info.context
        stream: Any = await subscriptions.customer_changed(context, customer_id)
        return stream  # type: ignore[no-any-return]

    @strawberry.subscription(
        description="The log as it grows: what webhooks send. Types of events that the caller may "
        "not see are left out."
    )
    async def events(
        self,
        info: strawberry.Info,
        types: described(  # type: ignore[valid-type]
            list[models.EventType], "Of one of these types."
        ) = strawberry.UNSET,
        after: After = strawberry.UNSET,
    ) -> AsyncIterator[Event]:
        """The events of these types."""
        context: Context = info.context
        stream: Any = await subscriptions.events(context, given(types), given(after))
        return stream  # type: ignore[no-any-return]

    @strawberry.subscription(
        description="An import as it stands, at once and then each time that it has come further. "
        "Ends with the import."
    )
    async def import_progress(
        self,
        info: strawberry.Info,
        import_id: Annotated[
            strawberry.ID, strawberry.argument(description="The import's global id.")
        ],
    ) -> AsyncIterator[Import]:
        """How far an import has come."""
        context: Context = info.context
        stream: Any = await subscriptions.import_progress(context, import_id)
        return stream  # type: ignore[no-any-return]
