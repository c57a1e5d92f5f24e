"""Events: what subscriptions and webhooks replay."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

import models
from resolvers.declarations import SOURCE, Computed
from resolvers.events import event_cursor, main_of
from resolvers.ids import global_id
from resolvers.loaders.events import CURSOR
from schema.fields import reference
from schema.scalars import JSON
from schema.users import User

if TYPE_CHECKING:
    from schema.customers import Customer


@strawberry.type(description="Something that happened in the workspace.")
class Event:
    """A view over models.Event."""

    @strawberry.field(description="The same however often the event is delivered.")
    def id(root: strawberry.Parent[models.Event]) -> strawberry.ID:
        """The event's global id."""
        return strawberry.ID(global_id(models.Event, root.id))

    @strawberry.field(
        description="Give it as `after` to go on behind this event.",
        metadata={SOURCE: Computed(CURSOR)},
    )
    def cursor(root: strawberry.Parent[models.Event]) -> str:
        """The event's place in the log."""
        return event_cursor(root)

    type: models.EventType = strawberry.field(description="What happened.")
    occurred_at: datetime = strawberry.field(description="When it happened.")

    @strawberry.field(
        description="The customer whom it concerns; null where it concerns no one.",
        metadata={SOURCE: Computed("'cus_' || replace(r.customer_id::text, '-', '')")},
    )
    def customer_id(root: strawberry.Parent[models.Event]) -> strawberry.ID | None:
        """The customer's global id."""
        if root.customer_id is None:
            return None
        return strawberry.ID(global_id(models.Customer, root.customer_id))

    user: User | None = reference("user_id", models.User, "The user who did it, if one did.")

    @strawberry.field(
        description="What is to be said of it, by its type.",
        metadata={SOURCE: Computed("r.payload")},
    )
    def payload(root: strawberry.Parent[models.Event]) -> JSON:
        """The payload as it was written."""
        found: Any = root.payload
        return found  # type: ignore[no-any-return]


@strawberry.type(description="A merge of customers, or an unmerge.")
class MergeEvent:
    """A view over models.Event, of the types CUSTOMER_MERGED and CUSTOMER_UNMERGED."""

    @strawberry.field(description="The same however often the event is delivered.")
    def id(root: strawberry.Parent[models.Event]) -> strawberry.ID:
        """The event's global id."""
        return strawberry.ID(global_id(models.Event, root.id))

    @strawberry.field(description="Give it as `after` to go on behind this event.")
    def cursor(root: strawberry.Parent[models.Event]) -> str:
        """The event's place in the log."""
        return event_cursor(root)

    occurred_at: datetime = strawberry.field(description="When it happened.")

    @strawberry.field(
        description="The customer whom the members became part of, or have left. As of now: one "
        "who was merged since is shown by their own main customer."
    )
    async def main(
        root: strawberry.Parent[models.Event], info: strawberry.Info
    ) -> Annotated["Customer", strawberry.lazy("schema.customers")]:
        """The main customer."""
        found: Any = await main_of(info.context, root)
        return found  # type: ignore[no-any-return]

    @strawberry.field(description="The ids of those who were merged, or unmerged.")
    def member_ids(root: strawberry.Parent[models.Event]) -> list[strawberry.ID]:
        """The members' global ids."""
        return [strawberry.ID(id) for id in root.payload.get("memberIds", ())]

    @strawberry.field(description="Where it was asked for.")
    def source(root: strawberry.Parent[models.Event]) -> models.MergeSource:
        """The source."""
        return models.MergeSource(root.payload["source"])

    user: User | None = reference("user_id", models.User, "The user who did it, if one did.")
