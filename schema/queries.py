"""The root fields of queries."""

import asyncio
from typing import Annotated, Any

import strawberry

import models
from resolvers import contact_reports, customers, nodes, views
from resolvers.context import Context
from resolvers.declarations import SOURCE, AllOf, Derived, FoundRow, NodesOf
from resolvers.events import shown_events
from resolvers.loaders import (
    actors,
    bulk_changes,
    campaigns,
    channels,
    companies,
    conversations,
    deals,
    events,
    groups,
    pipelines,
    properties,
    segments,
    tags,
    tasks,
    tickets,
    users,
    webhooks,
)
from resolvers.loaders.customers import (
    BY_IDENTITY,
    REGULAR_CUSTOMERS,
    STANDING_FOR,
)
from resolvers.loaders.paging import Question
from resolvers.monitoring import COUNTED
from resolvers.monitoring import Monitoring as KeptCounts
from schema.audience_previews import AudienceQueries
from schema.audiences import Group, Segment, Tag
from schema.bulk_changes import BulkChange
from schema.campaigns import Campaign
from schema.channels import Channel
from schema.companies import Company
from schema.connections import Connection
from schema.contact_reports import ContactReport
from schema.conversations import Conversation, ConversationFilter
from schema.customer_lists import customer_list
from schema.customers import Customer, CustomerOrder
from schema.deals import Deal, DealFilter
from schema.duplicates import DuplicateSuggestion, suggestions
from schema.events import Event
from schema.exports import FileQueries
from schema.fields import connection, described, every
from schema.inputs import PeriodInput, period_of
from schema.merge_previews import MergePreviewQueries
from schema.monitoring import Monitoring
from schema.nodes import Node
from schema.pipelines import Pipeline
from schema.properties import PropertyDefinition
from schema.segments import SegmentQueries
from schema.tasks import Task, TaskFilter
from schema.tickets import Ticket, TicketFilter
from schema.users import User
from schema.views import CustomerView
from schema.webhooks import WebhookEndpoint
from schema.workspaces import Viewer

Id = Annotated[strawberry.ID, strawberry.argument(description="The global id.")]


async def pipelines_asked(context: Context, values: dict[str, Any]) -> Question:
    """What `pipelines` asks its collection."""
    kind = values.get("kind")
    return context.loaders.question(pipelines.PIPELINES, filter={"kinds": [kind]} if kind else None)


async def properties_asked(context: Context, values: dict[str, Any]) -> Question:
    """What `customerProperties` asks its collection."""
    filter: dict[str, Any] = {} if values.get("include_archived") else {"archived": False}
    if values.get("enabled") in (True, False):
        filter["enabled"] = values["enabled"]
    return context.loaders.question(properties.ALL_PROPERTIES, filter=filter)


@strawberry.type(description="What can be asked. Everything is of the caller's workspace.")
class Query(MergePreviewQueries, AudienceQueries, SegmentQueries, FileQueries):
    """Reading."""

    @strawberry.field(
        description="Who is asking, and in which workspace.",
        metadata={SOURCE: Derived(actors.ASKING, actors.FIELDS)},
    )
    def viewer(self, info: strawberry.Info) -> Viewer:
        """The request's actor."""
        context: Context = info.context
        return context.actor  # type: ignore[return-value]

    @strawberry.field(
        description="Anything by its id; null where there is none to be seen.",
        metadata={SOURCE: NodesOf("id", False, nodes.node_asked, nodes.CONDITIONS)},
    )
    async def node(self, info: strawberry.Info, id: Id) -> Node | None:
        """The row that an id names."""
        found: Node | None = await nodes.node(info.context, id)
        return found

    @strawberry.field(
        description="Several things by their ids, in the order asked.",
        metadata={SOURCE: NodesOf("ids", True, nodes.nodes_asked, nodes.CONDITIONS)},
    )
    async def nodes(
        self,
        info: strawberry.Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="At most 100 global ids.")
        ],
    ) -> list[Node | None]:
        """The rows that ids name, null for each that names none."""
        nodes.check_nodes(ids)
        found: list[Any] = await asyncio.gather(
            *(nodes.node(info.context, id, "ids", str(i)) for i, id in enumerate(ids))
        )
        return found

    @strawberry.field(
        description="A customer by id. An id that was merged away answers with the customer "
        "whom it became part of; a deleted one has `deletedAt`.",
        metadata={SOURCE: FoundRow(models.Customer, STANDING_FOR, customers.customer_asked)},
    )
    async def customer(self, info: strawberry.Info, id: Id) -> Customer | None:
        """The customer that an id stands for."""
        found: Any = await customers.customer(info.context, id)
        return found  # type: ignore[no-any-return]

    @strawberry.field(
        description="The customer who is reached by an identifier on a channel.",
        metadata={SOURCE: FoundRow(models.Customer, BY_IDENTITY, customers.identity_asked)},
    )
    async def customer_by_identity(
        self,
        info: strawberry.Info,
        channel: Annotated[models.ChannelKind, strawberry.argument(description="The platform.")],
        identifier: Annotated[
            str,
            strawberry.argument(
                description="Who it is on the platform: for phones and e-mail in any spelling."
            ),
        ],
    ) -> Customer | None:
        """The customer of an identity."""
        found: Any = await customers.customer_by_identity(info.context, channel, identifier)
        return found  # type: ignore[no-any-return]

    customers: Connection[Customer] = customer_list(
        "Customers, the last updated first. Those merged into others are shown by these."
    )
    conversations: Connection[Conversation] = connection(
        conversations.CONVERSATIONS,
        "Conversations, the last active first.",
        filter=ConversationFilter,
        search=True,
    )
    companies: Connection[Company] = connection(
        companies.COMPANIES, "Companies, by name.", search=True
    )
    tickets: Connection[Ticket] = connection(
        tickets.TICKETS, "Tickets, the newest first.", filter=TicketFilter, search=True
    )
    deals: Connection[Deal] = connection(
        deals.DEALS, "Deals, the newest first.", filter=DealFilter, search=True
    )
    tasks: Connection[Task] = connection(
        tasks.TASKS, "Tasks, the newest first.", filter=TaskFilter, search=True
    )
    campaigns: Connection[Campaign] = connection(
        campaigns.CAMPAIGNS, "Campaigns, the newest first.", search=True
    )
    regular_customers: Connection[Customer] = connection(
        REGULAR_CUSTOMERS,
        "“Pelanggan Tetap”: customers who have paid for an order.",
        order=CustomerOrder,
    )
    bulk_changes: Connection[BulkChange] = connection(
        bulk_changes.BULK_CHANGES, "Changes of many customers, the newest first."
    )
    groups: Connection[Group] = connection(groups.GROUPS, "Groups, by name.", search=True)
    segments: Connection[Segment] = connection(segments.SEGMENTS, "Segments, by name.", search=True)
    tags: Connection[Tag] = connection(tags.TAGS, "Tags, by name.", search=True)
    events: Connection[Event] = connection(
        events.EVENTS,
        "The log of all that happened, the oldest first: what subscriptions and webhooks replay.",
        filters={"types": described(list[models.EventType], "Of one of these types.")},
        narrowed=shown_events,
    )
    duplicate_suggestions: Connection[DuplicateSuggestion] = suggestions
    users: Connection[User] = connection(users.USERS, "Users, by name.", search=True)
    webhook_endpoints: list[WebhookEndpoint] = every(
        webhooks.ENDPOINTS, "The addresses that hear of what happens, the oldest first."
    )
    channels: list[Channel] = every(channels.CHANNELS, "The workspace's accounts, by name.")

    @strawberry.field(
        description="The properties of customers in their order: built-in ones, switched on or "
        "off, and the workspace's own.",
        metadata={SOURCE: AllOf(properties.ALL_PROPERTIES, ask=properties_asked)},
    )
    async def customer_properties(
        self,
        info: strawberry.Info,
        include_archived: Annotated[
            bool | None, strawberry.argument(description="Those put away, too.")
        ] = strawberry.UNSET,
        enabled: Annotated[
            bool | None,
            strawberry.argument(description="Only those switched on; false: only those off."),
        ] = strawberry.UNSET,
    ) -> list[PropertyDefinition]:
        """The definitions."""
        context: Context = info.context
        values = {"include_archived": include_archived, "enabled": enabled}
        question = await properties_asked(context, values)
        found: list[Any] = (await context.loaders.page(question)).rows
        return found

    @strawberry.field(
        description="How the number of customers grew over a period, by what, and the log of it. "
        "Days are those of the workspace's time zone."
    )
    def contact_report(
        self,
        info: strawberry.Info,
        period: Annotated[
            PeriodInput,
            strawberry.argument(description="At most ten years; ALL_TIME begins with the log."),
        ],
    ) -> ContactReport:
        """The report, read where it is looked at."""
        context: Context = info.context
        return contact_reports.ContactReport(  # type: ignore[return-value]
            context, period_of(context, period)
        )

    @strawberry.field(
        description="How many customers there are, of which kinds, now and before.",
        metadata={SOURCE: COUNTED},
    )
    def monitoring(self, info: strawberry.Info) -> Monitoring:
        """The counts, read where they are looked at."""
        return KeptCounts(info.context)  # type: ignore[return-value]

    @strawberry.field(
        description="The views of the table of customers, by name: shared ones, and the caller's "
        "own."
    )
    async def customer_views(self, info: strawberry.Info) -> list[CustomerView]:
        """The views that the caller is shown."""
        context: Context = info.context
        question = await views.views_asked(context, {})
        found: list[Any] = (await context.loaders.page(question)).rows
        return found

    @strawberry.field(
        description="Pipelines, by name.",
        metadata={SOURCE: AllOf(pipelines.PIPELINES, ask=pipelines_asked)},
    )
    async def pipelines(
        self,
        info: strawberry.Info,
        kind: Annotated[
            models.PipelineKind | None, strawberry.argument(description="Only of this kind.")
        ] = strawberry.UNSET,
    ) -> list[Pipeline]:
        """All pipelines, or those of a kind."""
        context: Context = info.context
        question = await pipelines_asked(context, {"kind": kind})
        found: list[Any] = (await context.loaders.page(question)).rows
        return found
