"""Monitoring: how many customers there are, and how that changed from day to day."""

from datetime import date, datetime
from typing import Annotated

import strawberry

import models
from resolvers import monitoring
from resolvers.declarations import SOURCE, RowOf
from schema.audiences import Group, Segment
from schema.inputs import PeriodInput, period_of
from services.monitoring import StandingDay

Root = strawberry.Parent[monitoring.Monitoring]
DayRoot = strawberry.Parent[StandingDay]
Day = date


@strawberry.type(
    description="How many customers there were at the end of a day of the workspace's time zone; "
    "of today, how many there are now."
)
class MonitoringDay:
    """A view over services.monitoring.StandingDay."""

    date: Day = strawberry.field(description="The day.")

    @strawberry.field(description="All customers.")
    def total(root: DayRoot) -> int:
        """All."""
        return root.standing.total

    @strawberry.field(description="Those whose messaging window was closed.")
    def passive(root: DayRoot) -> int:
        """The others."""
        return root.standing.passive

    @strawberry.field(description="Those whose messaging window was open.")
    def active(root: DayRoot) -> int:
        """Those who could be written to freely."""
        return root.standing.active

    @strawberry.field(description="Those who had paid for an order.")
    def productive(root: DayRoot) -> int:
        """Those who had bought."""
        return root.standing.productive


@strawberry.type(
    description="How many customers there are, each counted once: who is merged into another one "
    "or deleted does not count. Right as of `asOf`, after each change."
)
class Monitoring:
    """A view over resolvers.monitoring.Monitoring."""

    as_of: datetime = strawberry.field(description="The instant that the counts are of.")

    @strawberry.field(description="All customers.")
    async def total(root: Root) -> int:
        """All."""
        return (await root.standing()).total

    @strawberry.field(description="Those whose messaging window is closed.")
    async def passive(root: Root) -> int:
        """The others."""
        return (await root.standing()).passive

    @strawberry.field(description="Those whose messaging window is open.")
    async def active(root: Root) -> int:
        """Those who can be written to freely."""
        return (await root.standing()).active

    @strawberry.field(description="Those who have paid for an order.")
    async def productive(root: Root) -> int:
        """Those who have bought."""
        return (await root.standing()).productive

    @strawberry.field(
        description="The group that most customers are in, the first by name of several; null "
        "where nobody is in any.",
        metadata={SOURCE: RowOf(models.Group, "largest_group_id")},
    )
    async def largest_group(root: Root) -> Group | None:
        """The group."""
        return await root.largest_group()  # type: ignore[return-value]

    @strawberry.field(
        description="The segment that most customers are in, the first by name of several; null "
        "where nobody is in any.",
        metadata={SOURCE: RowOf(models.Segment, "largest_segment_id")},
    )
    async def largest_segment(root: Root) -> Segment | None:
        """The segment."""
        return await root.largest_segment()  # type: ignore[return-value]

    @strawberry.field(
        description="The counts at the end of each day of a period, the first day first, until "
        "today. Days are those of the workspace's time zone."
    )
    async def history(
        root: Root,
        info: strawberry.Info,
        period: Annotated[
            PeriodInput,
            strawberry.argument(
                description="At most ten years; ALL_TIME begins with the first customer."
            ),
        ],
    ) -> list[MonitoringDay]:
        """The days."""
        found = await root.history(period_of(info.context, period))
        return found  # type: ignore[return-value]
