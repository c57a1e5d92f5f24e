"""Groups, segments and tags: whom to speak to."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

import models
from resolvers.loaders import customers
from schema.analyses import PERIOD, AudienceAnalysis, analysis
from schema.connections import Connection
from schema.fields import connection, count
from schema.nodes import Node
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.customers import Customer


@strawberry.type(description="Customers put together by hand.")
class Group(Node):
    """A view over models.Group."""

    shows: ClassVar = models.Group

    name: str = strawberry.field(description="The group's name.")
    created_at: datetime = strawberry.field(description="When it was made.")
    customer_count: int = count(customers.OF_GROUP, "How many customers are in it.")
    customers: Connection[Annotated["Customer", strawberry.lazy("schema.customers")]] = connection(
        customers.OF_GROUP, "The customers who are in it."
    )

    @strawberry.field(
        description="What is to be known of its customers: how many, what they bought, how it "
        "grew, what campaigns did."
    )
    def analysis(
        root: strawberry.Parent[models.Group],
        info: strawberry.Info,
        period: PERIOD = strawberry.UNSET,
    ) -> AudienceAnalysis:
        """The analysis, read where it is looked at."""
        return analysis(info.context, root, period)  # type: ignore[no-any-return]


@strawberry.type(description="Customers who meet criteria.")
class Segment(Node):
    """A view over models.Segment."""

    shows: ClassVar = models.Segment

    name: str = strawberry.field(description="The segment's name.")
    criteria: JSON = strawberry.field(description="What its customers meet.")
    created_at: datetime = strawberry.field(description="When it was made.")
    customer_count: int = count(customers.OF_SEGMENT, "How many customers are in it.")
    refreshed_at: datetime | None = strawberry.field(
        description="As of when its customers meet the criteria."
    )
    customers: Connection[Annotated["Customer", strawberry.lazy("schema.customers")]] = connection(
        customers.OF_SEGMENT, "The customers who are in it."
    )

    @strawberry.field(
        description="What is to be known of its customers: how many, what they bought, how it "
        "grew, what campaigns did."
    )
    def analysis(
        root: strawberry.Parent[models.Segment],
        info: strawberry.Info,
        period: PERIOD = strawberry.UNSET,
    ) -> AudienceAnalysis:
        """The analysis, read where it is looked at."""
        return analysis(info.context, root, period)  # type: ignore[no-any-return]


@strawberry.type(description="A word that customers carry, by hand or by their lifetime value.")
class Tag(Node):
    """A view over models.Tag."""

    shows: ClassVar = models.Tag

    name: str = strawberry.field(description="The tag's name.")
    ltv_min: Decimal | None = strawberry.field(
        description="Customers of this lifetime value and more carry it by themselves."
    )
    ltv_max: Decimal | None = strawberry.field(
        description="Customers below this lifetime value carry it by themselves."
    )
    customer_count: int = count(customers.OF_TAG, "How many customers carry it.")
    customers: Connection[Annotated["Customer", strawberry.lazy("schema.customers")]] = connection(
        customers.OF_TAG, "The customers who carry it."
    )
