"""Analyses of groups and segments."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from models.base import WorkspaceModel
from resolvers import analyses
from resolvers.context import Context
from schema.campaigns import InteractionCounts
from schema.contact_reports import SourceCount
from schema.inputs import PeriodInput, period_of
from services.periods import Period

Root = strawberry.Parent[analyses.Analysis]
Day = date
PERIOD = Annotated[
    PeriodInput | None,
    strawberry.argument(
        description="Of which time orders, revenue, growth and campaigns are: all of it unless "
        "told. Who is in it, and what they are worth, is as of now."
    ),
]


@strawberry.type(description="How many on a day of the workspace's time zone.")
class DayCount:
    """A number by day."""

    date: Day = strawberry.field(description="The day.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(
    description="What is to be known of the customers who are in a group or segment now, each "
    "person once."
)
class AudienceAnalysis:
    """A view over resolvers.analyses.Analysis."""

    @strawberry.field(description="How many are in it now.")
    async def customers(root: Root) -> int:
        """All of them."""
        return (await root.standing()).customers

    @strawberry.field(description="How many of them have an open messaging window now.")
    async def active(root: Root) -> int:
        """Those with an open window."""
        return (await root.standing()).active

    @strawberry.field(description="How many of them have none.")
    async def passive(root: Root) -> int:
        """The others."""
        return (await root.standing()).passive

    @strawberry.field(description="How many of them have paid for an order, at any time.")
    async def productive(root: Root) -> int:
        """Those who have paid."""
        return (await root.standing()).productive

    @strawberry.field(description="How many paid orders they placed in the period.")
    async def orders(root: Root) -> int:
        """Paid orders."""
        return (await root.sales()).orders

    @strawberry.field(
        description="The sum of the period's paid orders in the workspace's currency."
    )
    async def revenue(root: Root) -> Decimal:
        """What was paid."""
        return (await root.sales()).revenue

    @strawberry.field(
        description="Their average lifetime value now, to the cent; 0 where nobody is in it."
    )
    async def average_lifetime_value(root: Root) -> Decimal:
        """The average."""
        return (await root.standing()).average

    @strawberry.field(
        description="How many of them came from which platform, the most frequent first."
    )
    async def by_source(root: Root) -> list[SourceCount]:
        """The sources."""
        counts = (await root.standing()).by_source
        found = sorted(counts.items(), key=lambda one: (-one[1], one[0] or ""))
        return [SourceCount(source=source, count=number) for source, number in found]

    @strawberry.field(
        description="How many of them joined on each day of the period until today, the first day "
        "first; without a beginning it begins with the first who joined. At most ten years."
    )
    async def growth(root: Root) -> list[DayCount]:
        """The days."""
        found: list[Any] = await root.growth()
        return found

    @strawberry.field(
        description="How far the campaigns' messages to them came that were sent in the period, "
        "and can still be seen."
    )
    async def campaigns(root: Root) -> InteractionCounts:
        """The messages by status."""
        counts = await root.messages()
        return InteractionCounts(**{name.lower(): count for name, count in counts.items()})


def analysed(
    root: strawberry.Parent[WorkspaceModel],
    info: strawberry.Info,
    period: PERIOD = strawberry.UNSET,
) -> AudienceAnalysis:
    """The field `analysis` of a group or segment, read where it is looked at. Raises a Refusal
    (INVALID) for a period that is none."""
    context: Context = info.context
    told = Period() if not period else period_of(context, period)
    found: Any = analyses.Analysis(context, type(root), root.id, told)
    return found  # type: ignore[no-any-return]


ANALYSED = (
    "What is to be known of its customers: how many, what they bought, how it grew, what campaigns "
    "did."
)
