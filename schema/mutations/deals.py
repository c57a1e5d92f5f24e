"""Writing deals."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from schema.deals import Deal
from schema.givens import LEFT_OUT, given, given_id, given_ids
from schema.payloads import Payload, change
from services.deals import DealReport, upsert_deal
from services.transactions import Transaction


@strawberry.input(
    description="A deal as the connected system has it: left out is unchanged, null clears."
)
class DealInput:
    """A deal that is reported."""

    external_id: str = strawberry.field(
        description="Its id in the connected system: the same one again changes the deal."
    )
    name: str = strawberry.field(description="What it is called: 1 to 200 letters.")
    amount: Decimal = strawberry.field(
        description="What it is worth: 0 or more, with at most 2 digits behind the point."
    )
    currency: str | None = strawberry.field(
        default=LEFT_OUT, description="ISO 4217. The workspace's currency at first."
    )
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT,
        description="The pipeline, of kind DEAL. Another one leaves the stage behind.",
    )
    stage_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The stage; it implies its pipeline."
    )
    priority: models.Priority | None = strawberry.field(
        default=LEFT_OUT, description="How soon it wants to be seen to. MEDIUM at first."
    )
    approval_status: models.ApprovalStatus | None = strawberry.field(
        default=LEFT_OUT,
        description="Whether someone has to agree, and did. NOT_REQUIRED at first.",
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The user whose deal it is."
    )
    expected_close_on: date | None = strawberry.field(
        default=LEFT_OUT, description="The day on which it is expected to close."
    )
    created_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it was made. Now, or when it was closed, at first."
    )
    closed_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it was closed: not before it was made."
    )
    won: bool | None = strawberry.field(
        default=LEFT_OUT,
        description="Whether it was won, or lost: it is closed with that, now unless told. Null "
        "opens it again.",
    )
    customer_ids: list[strawberry.ID] | None = strawberry.field(
        default=LEFT_OUT,
        description="Customers whom it is with, too: at most 1,000. None are taken away.",
    )

    def report(self) -> DealReport:
        """The deal as services take it."""
        return DealReport(
            external_id=self.external_id,
            name=self.name,
            amount=self.amount,
            currency=given(self.currency),
            pipeline_id=given_id(self.pipeline_id, models.Pipeline, "pipelineId"),
            stage_id=given_id(self.stage_id, models.Stage, "stageId"),
            priority=given(self.priority),
            approval_status=given(self.approval_status),
            owner_id=given_id(self.owner_id, models.User, "ownerId"),
            expected_close_on=given(self.expected_close_on),
            created_at=given(self.created_at),
            closed_at=given(self.closed_at),
            won=given(self.won),
            customer_ids=given_ids(self.customer_ids, models.Customer, "customerIds"),
        )


@strawberry.type(description="A deal after a change.")
class DealPayload(Payload):
    """A deal, or why nothing was changed."""

    deal: Deal | None = strawberry.field(description="The deal as it is now.")


@strawberry.type
class DealMutations:
    """The root fields that write deals."""

    @strawberry.mutation(description="Make or change the deal of an external id.")
    async def upsert_deal(
        self,
        info: strawberry.Info,
        input: Annotated[DealInput, strawberry.argument(description="The deal.")],
    ) -> DealPayload:
        """Write one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return {"deal": await upsert_deal(tx, input.report())}

        return await change(info, DealPayload, verb, deal=None)
