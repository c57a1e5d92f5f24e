"""Campaigns, and what became of them with each customer."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

import models
from resolvers import campaigns
from resolvers.declarations import SOURCE, Computed, Parts
from resolvers.loaders.campaigns import COUNTED, RECIPIENTS
from schema.fields import reference
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.customers import Customer


@strawberry.type(description="How many messages came how far.")
class InteractionCounts:
    """Counts by status."""

    queued: int = strawberry.field(description="Not sent yet.")
    sent: int = strawberry.field(description="Sent, and nothing more is known.")
    delivered: int = strawberry.field(description="Delivered, but not read.")
    read: int = strawberry.field(description="Read, but not replied to.")
    replied: int = strawberry.field(description="Replied to.")
    failed: int = strawberry.field(description="Failed.")


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
        """All interactions of the campaign."""
        return sum((await campaigns.interaction_counts(info.context, root)).values())

    @strawberry.field(
        description="How many of its messages came how far.", metadata={SOURCE: Parts(COUNTED)}
    )
    async def interaction_counts(
        root: strawberry.Parent[models.Campaign], info: strawberry.Info
    ) -> InteractionCounts:
        """The interactions by status."""
        counts = await campaigns.interaction_counts(info.context, root)
        return InteractionCounts(**{name.lower(): count for name, count in counts.items()})


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
    sent_at: datetime = strawberry.field(description="When it was sent.")
    delivered_at: datetime | None = strawberry.field(description="When it was delivered.")
    read_at: datetime | None = strawberry.field(description="When it was read.")
    replied_at: datetime | None = strawberry.field(description="When the customer replied.")
    failure_reason: str | None = strawberry.field(description="Why it failed.")
    visible_until: datetime = strawberry.field(
        description="Until when it can be seen: 12 calendar months after it was sent, "
        "in the workspace's time zone."
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
