"""Customers: the people whom a workspace knows, and all that is about them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import strawberry

import models
from resolvers import customers, timelines
from resolvers.context import Context
from resolvers.declarations import SOURCE, AllOf, Computed, Derived, LinesOf, Parts
from resolvers.loaders import (
    campaigns,
    companies,
    conversations,
    deals,
    groups,
    identities,
    merges,
    orders,
    segments,
    tags,
    tasks,
    tickets,
)
from resolvers.loaders.customers import ACTIVITY_COUNTS, COUNTED
from resolvers.loaders.properties import IN_USE, PROPERTIES, PROPERTY
from resolvers.loaders.statements import instant
from resolvers.loaders.timelines import FIELDS, ActivityKind, TimelineQuestion
from resolvers.pages import PageArguments
from schema.activities import Activity, ActivityCounts
from schema.audiences import CarriedTag, Group, Segment, Tag
from schema.campaigns import CampaignInteraction, CampaignInteractionFilter
from schema.companies import Company
from schema.connections import Connection
from schema.conversations import Conversation, ConversationFilter, ConversationOrder
from schema.customer_filters import CustomerFilter, CustomerOrder
from schema.deals import Deal, DealFilter, DealOrder
from schema.fields import (
    AFTER,
    BEFORE,
    FIRST,
    LAST,
    connection,
    described,
    every,
    given,
    grouped,
    reference,
)
from schema.identities import ChannelIdentity, MergeMember
from schema.nodes import Node
from schema.orders import Order, ProductPurchase
from schema.properties import PropertyValue
from schema.scalars import JSON
from schema.tasks import Task, TaskFilter, TaskOrder
from schema.tickets import Ticket, TicketFilter, TicketOrder
from schema.users import User
from services.windows import window_of

Parent = strawberry.Parent[models.Customer]

CLOSES_AT = "(r.last_inbound_at + make_interval(hours => {window_hours}))"
WINDOW = {
    "status": f"CASE WHEN {{now}} < {CLOSES_AT} THEN 'ACTIVE' ELSE 'PASSIVE' END",
    "last_inbound_at": instant("r.last_inbound_at"),
    "expires_at": instant(CLOSES_AT),
}
"""`services.windows.window_of` in SQL."""


def timeline_asked(_context: Context, values: dict[str, Any]) -> TimelineQuestion:
    """What a customer's `timeline` asks for."""
    told = given(values)
    return timelines.timeline_question(told.pop("kinds", None), PageArguments(**told))


__all__ = ["Customer", "CustomerFilter", "CustomerOrder", "MessagingWindow"]


@strawberry.type(
    description="WhatsApp's window: open for some hours after the customer's last message. "
    "Right at the instant of reading."
)
class MessagingWindow:
    """A view over services.windows.MessagingWindow."""

    status: models.WindowStatus = strawberry.field(
        description="ACTIVE while the window is open, else PASSIVE."
    )
    last_inbound_at: datetime | None = strawberry.field(
        description="When the customer last wrote on WhatsApp."
    )
    expires_at: datetime | None = strawberry.field(
        description="When the window closes, or has closed."
    )


@strawberry.type(description="A person whom the workspace knows, held once.")
class Customer(Node):
    """A view over models.Customer."""

    shows: ClassVar = models.Customer

    external_id: str | None = strawberry.field(description="The id in the connected system.")
    version: int = strawberry.field(
        description="Grows with each change: what updateCustomer(expectedVersion:) compares."
    )
    full_name: str = strawberry.field(description="The name, as it was typed.")
    owner: User | None = reference("owner_id", models.User, "The user whose customer it is.")
    assignee: User | None = reference("assignee_id", models.User, "The user who sees to them.")
    phone: str | None = strawberry.field(description="The main phone number, E.164.")
    email: str | None = strawberry.field(description="The main e-mail address.")
    username: str | None = strawberry.field(description="The name on the main channel.")
    source: models.ChannelKind | None = strawberry.field(
        description="The platform that the customer came from."
    )
    status: models.CustomerStatus | None = strawberry.field(
        description="How far on the way to buying."
    )
    job_title: str | None = strawberry.field(description="What the customer works as.")
    province: str | None = strawberry.field(description="The province.")
    regency_city: str | None = strawberry.field(description="The regency or city.")
    district: str | None = strawberry.field(description="The district (kecamatan).")
    subdistrict: str | None = strawberry.field(description="The subdistrict (kelurahan).")
    zip_code: str | None = strawberry.field(description="The postal code.")
    acquisition: models.Acquisition = strawberry.field(
        description="How the customer came into the workspace."
    )
    added_by: User | None = reference("added_by_id", models.User, "The user who added them.")
    created_at: datetime = strawberry.field(description="When the customer was added.")
    updated_at: datetime = strawberry.field(description="When the profile was last changed.")
    first_contacted_at: datetime | None = strawberry.field(
        description="When the first message was exchanged."
    )
    deleted_at: datetime | None = strawberry.field(description="When the customer was deleted.")
    lifetime_value: Decimal = strawberry.field(
        description="The sum of paid orders, less refunds, in the workspace's currency."
    )

    @strawberry.field(
        description="The values of the workspace's own properties.",
        metadata={SOURCE: AllOf(PROPERTIES, filter=IN_USE)},
    )
    async def properties(root: Parent, info: strawberry.Info) -> list[PropertyValue]:
        """A value for each property in use."""
        found: list[Any] = await customers.property_values(info.context, root)
        return found

    @strawberry.field(
        description="The value of one of the workspace's own properties.",
        metadata={SOURCE: Computed(PROPERTY, {"key": "text"})},
    )
    async def property(
        root: Parent,
        info: strawberry.Info,
        key: Annotated[str, strawberry.argument(description="The property's key.")],
    ) -> JSON | None:
        """The value; null for none, and for a property that is not defined."""
        found: JSON | None = await customers.property_value(info.context, root, key)
        return found

    @strawberry.field(
        description="The ways to reach the customer, the main one first.",
        metadata={SOURCE: AllOf(identities.OF_CUSTOMER, ahead="r.id = p.main_identity_id")},
    )
    async def identities(root: Parent, info: strawberry.Info) -> list[ChannelIdentity]:
        """The identities."""
        found: list[Any] = await customers.identities_of(info.context, root)
        return found

    main_identity: ChannelIdentity | None = reference(
        "main_identity_id", models.ChannelIdentity, "The main way to reach the customer."
    )

    @strawberry.field(
        description="Whether other customers are merged into this one.",
        metadata={SOURCE: Computed("r.member_count > 0")},
    )
    def is_merged(root: Parent) -> bool:
        """Whether there are members."""
        return root.member_count > 0

    members: list[MergeMember] = every(
        merges.OF_MAIN, "The customers merged into this one, at most 10, the oldest merge first."
    )
    merged_into: "Customer | None" = reference(
        "merged_into_id", models.Customer, "The customer whom this one became part of."
    )

    @strawberry.field(
        description="Whether the customer may be written to freely on WhatsApp.",
        metadata={SOURCE: Parts(WINDOW)},
    )
    def window(root: Parent, info: strawberry.Info) -> MessagingWindow:
        """The window at the request's instant, however late a worker is."""
        context: Context = info.context
        return window_of(  # type: ignore[return-value]
            root.last_inbound_at, context.workspace.window_hours, context.now
        )

    @strawberry.field(
        description="Whether the customer has paid for an order.",
        metadata={SOURCE: Computed("r.paid_order_count > 0")},
    )
    def is_productive(root: Parent) -> bool:
        """Whether there is a paid order."""
        return root.paid_order_count > 0

    purchases: list[ProductPurchase] = grouped(
        orders.PURCHASES,
        Derived(orders.PURCHASED, orders.PURCHASE, many=True),
        "What the customer bought with paid orders, the most often bought first.",
    )

    orders: Connection[Order] = connection(
        orders.OF_CUSTOMER,
        "The customer's orders, the newest first.",
        filters={"status": described(list[models.OrderStatus], "With one of these statuses.")},
    )

    @strawberry.field(
        description="How many of each kind the customer has.", metadata={SOURCE: Parts(COUNTED)}
    )
    async def activity_counts(root: Parent, info: strawberry.Info) -> ActivityCounts:
        """The counts."""
        rows = await info.context.loaders.grouped(ACTIVITY_COUNTS, root.id)
        return ActivityCounts(**{name: rows[0][name] for name in COUNTED})

    @strawberry.field(
        description="All that happened, of all kinds in one list, the newest first.",
        metadata={SOURCE: LinesOf(timeline_asked, FIELDS)},
    )
    def timeline(
        root: Parent,
        info: strawberry.Info,
        kinds: Annotated[
            list[ActivityKind] | None, strawberry.argument(description="Only these kinds.")
        ] = strawberry.UNSET,
        first: FIRST = strawberry.UNSET,
        after: AFTER = strawberry.UNSET,
        last: LAST = strawberry.UNSET,
        before: BEFORE = strawberry.UNSET,
    ) -> Connection[Activity]:
        """A page of the timeline."""
        values = {"kinds": kinds, "first": first, "after": after, "last": last, "before": before}
        return timelines.TimelinePage(  # type: ignore[return-value]
            info.context, timeline_asked(info.context, values), root.id
        )

    conversations: Connection[Conversation] = connection(
        conversations.OF_CUSTOMER,
        "Conversations, the last active first.",
        filter=ConversationFilter,
        order=ConversationOrder,
    )
    campaigns: Connection[CampaignInteraction] = connection(
        campaigns.OF_CUSTOMER,
        "Campaigns sent in the last 12 calendar months, the newest first.",
        filter=CampaignInteractionFilter,
    )
    companies: Connection[Company] = connection(
        companies.OF_CUSTOMER, "Companies that the customer belongs to, by name."
    )
    tickets: Connection[Ticket] = connection(
        tickets.OF_CUSTOMER, "Tickets, the newest first.", filter=TicketFilter, order=TicketOrder
    )
    deals: Connection[Deal] = connection(
        deals.OF_CUSTOMER, "Deals, the newest first.", filter=DealFilter, order=DealOrder
    )
    tasks: Connection[Task] = connection(
        tasks.OF_CUSTOMER, "Tasks, the newest first.", filter=TaskFilter, order=TaskOrder
    )
    groups: list[Group] = every(groups.OF_CUSTOMER, "Groups that the customer is in, by name.")
    segments: list[Segment] = every(
        segments.OF_CUSTOMER, "Segments whose criteria the customer meets, by name."
    )
    carried_tags: list[CarriedTag] = grouped(
        tags.CARRIED_TAGS,
        Derived(tags.CARRIED, tags.CARRIED_TAG, many=True),
        "Tags that the customer carries, by name, and why: by hand, by lifetime value, or both.",
    )
    tags: list[Tag] = every(
        tags.OF_CUSTOMER,
        "Tags that the customer carries, by name. `carriedTags` says of each why.",
    )
