"""Groups, segments and tags: whom to speak to."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

import models
from resolvers.declarations import SOURCE, Computed
from resolvers.loaders import customers, tags
from schema.analyses import ANALYSED, AudienceAnalysis, analysed
from schema.connections import Connection
from schema.fields import connection, count, reference
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

    analysis: AudienceAnalysis = strawberry.field(resolver=analysed, description=ANALYSED)


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

    analysis: AudienceAnalysis = strawberry.field(resolver=analysed, description=ANALYSED)


@strawberry.type(description="A word that customers carry, by hand or by their lifetime value.")
class Tag(Node):
    """A view over models.Tag."""

    shows: ClassVar = models.Tag

    name: str = strawberry.field(description="The tag's name.")
    ltv_min: Decimal | None = strawberry.field(
        description="Customers of this lifetime value and more carry it by themselves. Null, where "
        "`ltvMax` is given: from 0 on, those included who have bought nothing."
    )
    ltv_max: Decimal | None = strawberry.field(
        description="Only customers below this lifetime value, it itself excluded, carry it by "
        "themselves. Null, where `ltvMin` is given: there is no upper end."
    )

    @strawberry.field(
        description="How many customers carry it, by hand or by their lifetime value, each once.",
        metadata={SOURCE: Computed(tags.CUSTOMER_COUNT)},
    )
    async def customer_count(root: strawberry.Parent[models.Tag], info: strawberry.Info) -> int:
        """The number."""
        [row] = await info.context.loaders.grouped(tags.CUSTOMER_COUNTS, root.id)
        return int(row["count"])

    customers: Connection[Annotated["Customer", strawberry.lazy("schema.customers")]] = connection(
        customers.OF_TAG, "The customers who carry it."
    )


@strawberry.type(description="A tag that a customer carries, and why: for either reason or both.")
class CarriedTag:
    """A row of resolvers.loaders.tags.CARRIED."""

    tag: Tag = reference("tag_id", models.Tag, "The tag.")
    by_hand: bool = strawberry.field(
        description="Whether it was given: by a user, a partner or an import, to them or to "
        "somebody who is merged into them. It stays until it is taken."
    )
    by_lifetime_value: bool = strawberry.field(
        description="Whether their lifetime value is in its range at this instant."
    )
    given_at: datetime | None = strawberry.field(
        description="When it was first given; null where it never was."
    )
