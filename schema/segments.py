"""Segments: their criteria, and who would meet them."""

from decimal import Decimal
from typing import Annotated

import strawberry

import models
from resolvers import segments
from schema.customers import Customer
from schema.properties import PropertyFilter
from schema.stored_inputs import stored
from services.property_filters import Operator
from services.segments.criteria import OrderMeasure

COMPARED = "How it is compared: EQ, NE, GT, GTE, LT or LTE."
WITHIN_DAYS = (
    "Only of so many last days, whole days of the workspace's time zone, today the last of them. "
    "Left out, of all time."
)

strawberry.enum(
    OrderMeasure,
    description="What is measured of a customer's paid orders. Sums and averages are of those in "
    "the workspace's currency. Without orders COUNT and SUM are 0; AVERAGE and DAYS_SINCE_LAST are "
    "missing, and meet nothing but NE.",
)


@strawberry.input(description="A condition on a customer's paid orders; refunded ones are none.")
class OrderCondition:
    """A comparison with a measure."""

    measure: OrderMeasure = strawberry.field(description="What is measured.")
    op: Operator = strawberry.field(description=COMPARED)
    value: Decimal = strawberry.field(
        description="With what: a number, an amount of money, or a number of days."
    )
    within_days: int | None = strawberry.field(default=None, description=WITHIN_DAYS)


@strawberry.input(description="A condition on how often a customer bought a product.")
class BoughtCondition:
    """A comparison with a number of orders."""

    product: str = strawberry.field(
        description="The product's name, as it stands in `Customer.purchases`."
    )
    op: Operator = strawberry.field(description=COMPARED)
    times: int = strawberry.field(description="In how many paid orders it stands.")
    within_days: int | None = strawberry.field(default=None, description=WITHIN_DAYS)


@strawberry.input(description="A condition on how many messages were exchanged with a customer.")
class MessageCondition:
    """A comparison with a number of messages."""

    direction: models.MessageDirection = strawberry.field(
        description="INBOUND: what they wrote. OUTBOUND: what was written to them."
    )
    op: Operator = strawberry.field(description=COMPARED)
    count: int = strawberry.field(description="How many messages.")
    within_days: int | None = strawberry.field(default=None, description=WITHIN_DAYS)


@strawberry.input(description="A condition on what became of a campaign's message to a customer.")
class CampaignCondition:
    """A campaign and a status."""

    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    status: models.CampaignInteractionStatus = strawberry.field(
        description="Where the message stands now; as long as it is shown, 12 months as a rule."
    )


@strawberry.input(
    one_of=True,
    description="Whom a segment is of: exactly one of these, in one another at most 5 levels deep "
    "and with at most 25 conditions. A missing value meets no comparison; NE, NOT_IN, IS_NOT_SET "
    "and `not` hold where EQ, IN, IS_SET and what is in `not` do not.",
)
class SegmentCriteria:
    """A condition, or several."""

    all: strawberry.Maybe[list["SegmentCriteria"]] = strawberry.field(
        description="Who meets each of these; at least one."
    )
    any: strawberry.Maybe[list["SegmentCriteria"]] = strawberry.field(
        description="Who meets one of these or more; at least one."
    )
    not_: strawberry.Maybe["SegmentCriteria"] = strawberry.field(
        name="not", description="Who does not meet this."
    )
    field: strawberry.Maybe[PropertyFilter] = strawberry.field(
        description="A field of Customer or a custom property, by its key: built-in properties, "
        "`externalId`, `source`, `acquisition`, `lifetimeValue`, `createdAt`, `updatedAt`, "
        "`firstContactedAt`, `lastInboundAt`, and the workspace's own."
    )
    orders: strawberry.Maybe[OrderCondition] = strawberry.field(description="Paid orders.")
    bought: strawberry.Maybe[BoughtCondition] = strawberry.field(description="A product.")
    messages: strawberry.Maybe[MessageCondition] = strawberry.field(description="Messages.")
    campaign: strawberry.Maybe[CampaignCondition] = strawberry.field(description="A campaign.")
    tag_id: strawberry.Maybe[strawberry.ID] = strawberry.field(
        description="Who carries this tag, by hand or by their lifetime value."
    )
    group_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="Who is in this.")
    window: strawberry.Maybe[models.WindowStatus] = strawberry.field(
        description="Whose messaging window is open (ACTIVE), or is not."
    )
    productive: strawberry.Maybe[bool] = strawberry.field(
        description="Who has paid for an order, or has not."
    )


@strawberry.type(description="Who meets criteria at this instant, before they are saved.")
class SegmentPreview:
    """A view over resolvers.segments.Preview."""

    customer_count: int = strawberry.field(description="How many customers.")
    sample: list[Customer] = strawberry.field(
        description="Some of them: the ten who were last updated."
    )


@strawberry.type
class SegmentQueries:
    """The root field that previews a segment."""

    @strawberry.field(description="Who would be in a segment of these criteria. Saves nothing.")
    async def segment_preview(
        self,
        info: strawberry.Info,
        criteria: Annotated[SegmentCriteria, strawberry.argument(description="The criteria.")],
    ) -> SegmentPreview:
        """The preview."""
        found = await segments.segment_preview(info.context, stored(criteria))
        return SegmentPreview(
            customer_count=found.customer_count,
            sample=found.sample,  # type: ignore[arg-type]
        )
