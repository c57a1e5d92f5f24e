"""Campaigns, and what became of them with each customer."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

import models
from resolvers import campaigns
from resolvers.declarations import SOURCE, Computed, Parts
from resolvers.loaders.campaigns import COUNTED, OF_CAMPAIGN, QUEUE, RECIPIENTS
from schema.connections import Connection
from schema.fields import connection, reference
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.customers import Customer
    from schema.identities import ChannelIdentity


@strawberry.type(description="How many messages came how far.")
class InteractionCounts:
    """Counts by status."""

    queued: int = strawberry.field(description="Not sent yet.")
    sent: int = strawberry.field(description="Sent, and nothing more is known.")
    delivered: int = strawberry.field(description="Delivered, but not read.")
    read: int = strawberry.field(description="Read, but not replied to.")
    replied: int = strawberry.field(description="Replied to.")
    failed: int = strawberry.field(description="Failed.")


@strawberry.type(
    description="How a broadcast's audience came to its recipients, when it was frozen: "
    "matched = recipients + duplicatesAvoided + unreachable."
)
class CampaignAudience:
    """What `services.broadcasts.creating` has kept, and what has become of it."""

    matched: int = strawberry.field(description="How many names the audience had.")
    recipients: int = strawberry.field(description="How many people: each once, on one channel.")
    duplicates_avoided: int = strawberry.field(
        description="How many of the names were people whom another name had counted already."
    )
    unreachable: int = strawberry.field(
        description="How many people had no identity to be reached by on the channel."
    )
    waiting: int = strawberry.field(
        description="How many recipients' messages are still to be queued; 0 when all are."
    )
    left_out: int = strawberry.field(
        description="For how many recipients nothing was queued, because they were deleted, had "
        "become one person with another recipient, or the broadcast was cancelled."
    )


@strawberry.input(description="Which interactions to show: those that meet all that is given.")
class CampaignInteractionFilter:
    """A filter of campaign interactions."""

    statuses: list[models.CampaignInteractionStatus] | None = strawberry.field(
        default=None, description="That came just so far."
    )
    campaign_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of one of these campaigns."
    )


@strawberry.type(description="A message sent to many customers.")
class Campaign(Node):
    """A view over models.Campaign."""

    shows: ClassVar = models.Campaign

    external_id: str | None = strawberry.field(description="Its id in the connected system.")
    name: str = strawberry.field(description="The campaign's name.")
    channel: models.ChannelKind = strawberry.field(description="The platform that it is sent on.")
    template: str | None = strawberry.field(description="The text, or the template's name.")
    status: models.CampaignStatus = strawberry.field(description="Where it stands.")
    scheduled_at: datetime | None = strawberry.field(description="When it is to be sent.")
    sent_at: datetime | None = strawberry.field(description="When it was sent.")

    @strawberry.field(
        description="How many customers it was addressed to.",
        metadata={SOURCE: Computed(RECIPIENTS)},
    )
    async def recipient_count(
        root: strawberry.Parent[models.Campaign], info: strawberry.Info
    ) -> int:
        """All interactions of the campaign, and those that a broadcast has yet to queue."""
        return await campaigns.recipient_count(info.context, root)

    @strawberry.field(
        description="How many of its messages came how far.", metadata={SOURCE: Parts(COUNTED)}
    )
    async def interaction_counts(
        root: strawberry.Parent[models.Campaign], info: strawberry.Info
    ) -> InteractionCounts:
        """The interactions by status."""
        counts = await campaigns.interaction_counts(info.context, root)
        return InteractionCounts(**{name.lower(): count for name, count in counts.items()})

    @strawberry.field(
        description="Of a broadcast: how its audience came to its recipients, and how far it is "
        "with queueing their messages. Null for a campaign that a connected system has reported."
    )
    def audience(root: strawberry.Parent[models.Campaign]) -> CampaignAudience | None:
        """What was frozen."""
        if root.waiting_count is None:
            return None
        told = root.audience
        return CampaignAudience(
            matched=told["matched"],
            recipients=told["recipients"],
            duplicates_avoided=told["duplicatesAvoided"],
            unreachable=told["unreachable"],
            waiting=root.waiting_count,
            left_out=root.left_out_count or 0,
        )

    interactions: Connection[
        Annotated["CampaignInteraction", strawberry.lazy("schema.campaigns")]
    ] = connection(
        OF_CAMPAIGN,
        "Its messages to customers that can be seen, in the order in which they were written.",
        filter=CampaignInteractionFilter,
    )
    queue: Connection[Annotated["CampaignInteraction", strawberry.lazy("schema.campaigns")]] = (
        connection(
            QUEUE,
            "Of a broadcast: the messages to be sent now, the first queued first. Empty before "
            "its time and once it is cancelled; a message leaves it with the report that it was "
            "sent, or failed (recordCampaignInteraction).",
        )
    )


@strawberry.type(description="A campaign's message to one customer, and what became of it.")
class CampaignInteraction(Node):
    """A view over models.CampaignInteraction."""

    shows: ClassVar = models.CampaignInteraction

    external_id: str | None = strawberry.field(description="Its id in the connected system.")
    campaign: Campaign = reference("campaign_id", models.Campaign, "The campaign.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] = reference(
        "customer_id", models.Customer, "The customer, as of now: after a merge the main one."
    )
    status: models.CampaignInteractionStatus = strawberry.field(description="How far it came.")
    identity: Annotated["ChannelIdentity", strawberry.lazy("schema.identities")] | None = reference(
        "identity_id",
        models.ChannelIdentity,
        "By which of the customer's identities it was sent, or is to be; null where nobody knows.",
    )
    sent_at: datetime = strawberry.field(
        description="When it was sent; of one that is QUEUED, when it is to be."
    )
    delivered_at: datetime | None = strawberry.field(description="When it was delivered.")
    read_at: datetime | None = strawberry.field(description="When it was read.")
    replied_at: datetime | None = strawberry.field(description="When the customer replied.")
    failure_reason: str | None = strawberry.field(description="Why it failed.")
    visible_until: datetime = strawberry.field(
        description="Until when it can be seen: 12 calendar months after it was sent, "
        "in the workspace's time zone."
    )
