"""Broadcasts: creating and cancelling them."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import parse_id
from schema.audience_previews import AudienceInput
from schema.givens import LEFT_OUT, given_or_none
from schema.mutations.campaigns import CampaignPayload
from schema.payloads import change
from services.broadcasts.creating import NewBroadcast, create_broadcast
from services.broadcasts.ending import cancel_broadcast
from services.broadcasts.queueing import AT_ONCE, run_broadcast
from services.errors import Refusal
from services.lookups import find_row
from services.transactions import Transaction


@strawberry.input(description="A message to an audience, now or at a time.")
class BroadcastInput:
    """A broadcast to be."""

    name: str = strawberry.field(description="What to call it: 1 to 200 letters.")
    template: str = strawberry.field(description="The text, or the template's name.")
    audience: AudienceInput = strawberry.field(description="Whom to reach.")
    scheduled_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When to send it; left out, now. Not in the past."
    )
    idempotency_key: str | None = strawberry.field(
        default=LEFT_OUT,
        description="At most 255 letters. Sent again with the same key and input, it answers with "
        "the broadcast that the first call made.",
    )

    def new(self) -> NewBroadcast:
        """The broadcast as services take it; a Refusal (INVALID) for what is no id."""
        return NewBroadcast(
            name=self.name,
            template=self.template,
            audience=self.audience.audience("audience"),
            scheduled_at=given_or_none(self.scheduled_at),
            idempotency_key=given_or_none(self.idempotency_key),
        )


@strawberry.input(description="Which broadcast to cancel.")
class CancelBroadcastInput:
    """A broadcast."""

    campaign_id: strawberry.ID = strawberry.field(description="The campaign that it made.")


@strawberry.type
class BroadcastMutations:
    """The root fields of broadcasts."""

    @strawberry.mutation(
        description="Freeze an audience into a campaign, with one QUEUED message a person: who "
        f"joins or leaves later changes nothing. To {AT_ONCE:,} recipients all is queued by the "
        "answer, to more in the background. Connected systems fetch the campaign's `queue` and "
        "report with recordCampaignInteraction."
    )
    async def create_broadcast(
        self,
        info: strawberry.Info,
        input: Annotated[BroadcastInput, strawberry.argument(description="The broadcast.")],
    ) -> CampaignPayload:
        """services.broadcasts."""
        context: Context = info.context

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return {"campaign": await create_broadcast(tx, input.new())}

        answer: Any = await change(info, CampaignPayload, verb)
        campaign: models.Campaign | None = answer.campaign
        if campaign is not None and 0 < (campaign.waiting_count or 0) <= AT_ONCE:
            # Where others stand in the way a worker goes on with it: the broadcast is made.
            with suppress(Refusal):
                await run_broadcast(
                    context.workspace_id,
                    campaign.id,
                    clock=lambda: context.now,
                    proceed=lambda: True,
                )
            async with context.changing() as tx:
                answer.campaign = await find_row(tx, models.Campaign, campaign.id, "campaign")
        return answer  # type: ignore[no-any-return]

    @strawberry.mutation(
        description="Send nothing more of a broadcast: messages that are QUEUED become FAILED, "
        "with the reason. What was sent stays."
    )
    async def cancel_broadcast(
        self,
        info: strawberry.Info,
        input: Annotated[CancelBroadcastInput, strawberry.argument(description="The broadcast.")],
    ) -> CampaignPayload:
        """services.broadcasts.ending.cancel_broadcast."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.campaign_id, models.Campaign, "campaignId")
            return {"campaign": await cancel_broadcast(tx, id)}

        return await change(info, CampaignPayload, verb)
