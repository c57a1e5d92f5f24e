"""Writing tickets."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from schema.givens import LEFT_OUT, given, given_id, given_ids
from schema.payloads import Payload, change
from schema.tickets import Ticket
from services.tickets import TicketReport, upsert_ticket
from services.transactions import Transaction


@strawberry.input(
    description="A ticket as the connected system has it: left out is unchanged, null clears."
)
class TicketInput:
    """A ticket that is reported."""

    external_id: str = strawberry.field(
        description="Its id in the connected system: the same one again changes the ticket."
    )
    subject: str = strawberry.field(description="What it is about: 1 to 500 letters.")
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT,
        description="The pipeline, of kind TICKET. Another one leaves the stage behind.",
    )
    stage_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The stage; it implies its pipeline."
    )
    priority: models.Priority | None = strawberry.field(
        default=LEFT_OUT, description="How soon it wants to be seen to. MEDIUM at first."
    )
    sla_status: models.SlaStatus | None = strawberry.field(
        default=LEFT_OUT, description="Whether the promised time is kept. ON_TRACK at first."
    )
    sla_due_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="The promised time."
    )
    reporter_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The user who wrote it down."
    )
    assignee_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The user who sees to it."
    )
    created_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it was made. Now, or when it was closed, at first."
    )
    closed_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it was closed: not before it was made."
    )
    customer_ids: list[strawberry.ID] | None = strawberry.field(
        default=LEFT_OUT,
        description="Customers whom it concerns, too: at most 1,000. None are taken away.",
    )

    def report(self) -> TicketReport:
        """The ticket as services take it."""
        return TicketReport(
            external_id=self.external_id,
            subject=self.subject,
            pipeline_id=given_id(self.pipeline_id, models.Pipeline, "pipelineId"),
            stage_id=given_id(self.stage_id, models.Stage, "stageId"),
            priority=given(self.priority),
            sla_status=given(self.sla_status),
            sla_due_at=given(self.sla_due_at),
            reporter_id=given_id(self.reporter_id, models.User, "reporterId"),
            assignee_id=given_id(self.assignee_id, models.User, "assigneeId"),
            created_at=given(self.created_at),
            closed_at=given(self.closed_at),
            customer_ids=given_ids(self.customer_ids, models.Customer, "customerIds"),
        )


@strawberry.type(description="A ticket after a change.")
class TicketPayload(Payload):
    """A ticket, or why nothing was changed."""

    ticket: Ticket | None = strawberry.field(description="The ticket as it is now.")


@strawberry.type
class TicketMutations:
    """The root fields that write tickets."""

    @strawberry.mutation(description="Make or change the ticket of an external id.")
    async def upsert_ticket(
        self,
        info: strawberry.Info,
        input: Annotated[TicketInput, strawberry.argument(description="The ticket.")],
    ) -> TicketPayload:
        """Write one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return {"ticket": await upsert_ticket(tx, input.report())}

        return await change(info, TicketPayload, verb, ticket=None)
