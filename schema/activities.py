"""Activity: counts, and the timeline of all kinds in one list."""

from datetime import datetime

import strawberry

from resolvers import timelines
from resolvers.declarations import SOURCE, SubjectOf
from resolvers.loaders.timelines import SUBJECTS, ActivityKind
from resolvers.loaders.timelines import Activity as LoadedActivity
from schema.nodes import Node


@strawberry.type(description="How many of each kind a customer has.")
class ActivityCounts:
    """Counts by kind."""

    chats: int = strawberry.field(description="Conversations.")
    tickets: int = strawberry.field(description="Tickets.")
    deals: int = strawberry.field(description="Deals.")
    tasks: int = strawberry.field(description="Tasks.")
    campaigns: int = strawberry.field(description="Campaign interactions that can be seen.")
    companies: int = strawberry.field(description="Companies.")


@strawberry.type(description="A line of a customer's timeline.")
class Activity:
    """A view over a line."""

    kind: ActivityKind = strawberry.field(description="What it tells of.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    title: str = strawberry.field(description="What happened, in a line.")

    @strawberry.field(description="Opaque, and the same for ever.")
    def id(root: strawberry.Parent[LoadedActivity]) -> strawberry.ID:
        """The line's id."""
        return strawberry.ID(timelines.activity_id(root))

    @strawberry.field(
        description="What it tells of: of PROFILE a ProfileChange, with each field's old and new "
        "value, and who has changed it.",
        metadata={SOURCE: SubjectOf("p.kind", SUBJECTS)},
    )
    async def subject(
        root: strawberry.Parent[LoadedActivity], info: strawberry.Info
    ) -> Node | None:
        """The row that the line is of."""
        found: Node | None = await timelines.subject(info.context, root)
        return found
