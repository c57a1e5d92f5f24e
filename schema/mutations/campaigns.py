"""Mutations of campaigns and of what became of them with each customer."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import parse_id
from schema.campaigns import Campaign, CampaignInteraction
from schema.givens import LEFT_OUT, given, given_value
from schema.payloads import Payload, change
from services.campaign_interactions import InteractionReport, record_campaign_interaction
from services.campaigns import CampaignReport, upsert_campaign
from services.transactions import Transaction


@strawberry.input(description="A campaign, as a connected system has it.")
class CampaignInput:
    """A campaign."""

    external_id: str = strawberry.field(
        description="Its id in the connected system: what it is known by."
    )
    name: str = strawberry.field(description="The campaign's name.")
    channel: models.ChannelKind | None = strawberry.field(
        default=LEFT_OUT, description="The platform that it is sent on: WHATSAPP unless told."
    )
    template: str | None = strawberry.field(
        default=LEFT_OUT, description="The text, or the template's name."
    )
    status: models.CampaignStatus | None = strawberry.field(
        default=LEFT_OUT,
        description="Where it stands. Left out of a new one: SENT with a sentAt, SCHEDULED with a "
        "scheduledAt, else DRAFT.",
    )
    scheduled_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it is to be sent."
    )
    sent_at: datetime | None = strawberry.field(default=LEFT_OUT, description="When it was sent.")


@strawberry.type(description="The campaign as it is now.")
class CampaignPayload(Payload):
    """What upsertCampaign answers with."""

    campaign: Campaign | None = strawberry.field(default=None, description="The campaign.")


@strawberry.input(description="A campaign's message to one customer, as a connected system has it.")
class CampaignInteractionInput:
    """A campaign's message to a customer."""

    external_id: str = strawberry.field(
        description="Its id in the connected system: what it is known by."
    )
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    customer_id: strawberry.ID = strawberry.field(
        description="The customer. One who was merged away stands for the main customer."
    )
    status: models.CampaignInteractionStatus = strawberry.field(
        description="How far it came. It only moves on, in this order: QUEUED, SENT, FAILED, "
        "DELIVERED, READ, REPLIED."
    )
    sent_at: datetime = strawberry.field(
        description="When it was sent: it can be seen for 12 calendar months from then."
    )
    delivered_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it was delivered."
    )
    read_at: datetime | None = strawberry.field(default=LEFT_OUT, description="When it was read.")
    replied_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When the customer replied."
    )
    failure_reason: str | None = strawberry.field(
        default=LEFT_OUT, description="Why it failed; kept while it has."
    )


@strawberry.type(description="The campaign's message to the customer as it is now.")
class CampaignInteractionPayload(Payload):
    """What recordCampaignInteraction answers with."""

    campaign_interaction: CampaignInteraction | None = strawberry.field(
        default=None, description="The interaction."
    )


@strawberry.type
class CampaignMutations:
    """Root fields about campaigns."""

    @strawberry.mutation(
        description="Write a campaign by its externalId. What is left out stays as it is."
    )
    async def upsert_campaign(
        self,
        info: strawberry.Info,
        input: Annotated[CampaignInput, strawberry.argument(description="The campaign.")],
    ) -> CampaignPayload:
        """services.campaigns.upsert_campaign."""

        async def verb(_context: Context, tx: Transaction) -> dict[str, Any]:
            return {"campaign": await upsert_campaign(tx, campaign_report(input))}

        return await change(info, CampaignPayload, verb)

    @strawberry.mutation(
        description="Write what became of a campaign's message to a customer, by its externalId. "
        "Reports may come twice and in any order. What is left out stays as it is."
    )
    async def record_campaign_interaction(
        self,
        info: strawberry.Info,
        input: Annotated[
            CampaignInteractionInput,
            strawberry.argument(description="The campaign's message to the customer."),
        ],
    ) -> CampaignInteractionPayload:
        """services.campaign_interactions.record_campaign_interaction."""

        async def verb(_context: Context, tx: Transaction) -> dict[str, Any]:
            recorded = await record_campaign_interaction(tx, interaction_report(input))
            return {"campaign_interaction": recorded}

        return await change(info, CampaignInteractionPayload, verb)


def campaign_report(input: CampaignInput) -> CampaignReport:
    """The input in the service's form."""
    return CampaignReport(
        external_id=input.external_id,
        name=input.name,
        channel=given_value(input.channel),
        template=given(input.template),
        status=given_value(input.status),
        scheduled_at=given(input.scheduled_at),
        sent_at=given(input.sent_at),
    )


def interaction_report(input: CampaignInteractionInput) -> InteractionReport:
    """The input with its ids read; a Refusal (INVALID) for one that is none."""
    return InteractionReport(
        external_id=input.external_id,
        campaign_id=parse_id(input.campaign_id, models.Campaign, "campaignId"),
        customer_id=parse_id(input.customer_id, models.Customer, "customerId"),
        status=input.status,
        sent_at=input.sent_at,
        delivered_at=given(input.delivered_at),
        read_at=given(input.read_at),
        replied_at=given(input.replied_at),
        failure_reason=given(input.failure_reason),
    )
