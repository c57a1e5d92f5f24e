"""Associating customers with companies, tickets, deals and tasks."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import parse_id
from schema.customers import Customer
from schema.givens import LEFT_OUT, given_id_or_none
from schema.payloads import Payload, change
from services.associations import Association, associate, dissociate
from services.transactions import Transaction


@strawberry.input(description="A customer, and exactly one of a company, ticket, deal and task.")
class AssociateInput:
    """An association."""

    customer_id: strawberry.ID = strawberry.field(
        description="The customer; an id that was merged away stands for the main customer."
    )
    company_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The company."
    )
    ticket_id: strawberry.ID | None = strawberry.field(default=LEFT_OUT, description="The ticket.")
    deal_id: strawberry.ID | None = strawberry.field(default=LEFT_OUT, description="The deal.")
    task_id: strawberry.ID | None = strawberry.field(default=LEFT_OUT, description="The task.")

    def association(self) -> Association:
        """The association as services take it."""
        return Association(
            customer_id=parse_id(self.customer_id, models.Customer, "customerId"),
            company_id=given_id_or_none(self.company_id, models.Company, "companyId"),
            ticket_id=given_id_or_none(self.ticket_id, models.Ticket, "ticketId"),
            deal_id=given_id_or_none(self.deal_id, models.Deal, "dealId"),
            task_id=given_id_or_none(self.task_id, models.Task, "taskId"),
        )


@strawberry.type(description="A customer whose associations were changed.")
class AssociationPayload(Payload):
    """A customer, or why nothing was changed."""

    customer: Customer | None = strawberry.field(description="The customer.")


Input = Annotated[AssociateInput, strawberry.argument(description="The customer and the record.")]


@strawberry.type
class AssociationMutations:
    """The root fields that begin and end associations."""

    @strawberry.mutation(
        description="Associate a customer with a record that exists. Nothing changes where they "
        "are associated already."
    )
    async def associate(self, info: strawberry.Info, input: Input) -> AssociationPayload:
        """Begin an association."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return {"customer": await associate(tx, input.association())}

        return await change(info, AssociationPayload, verb, customer=None)

    @strawberry.mutation(
        description="End the association of a customer and a record. Nothing changes where there "
        "is none."
    )
    async def dissociate(self, info: strawberry.Info, input: Input) -> AssociationPayload:
        """End an association."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return {"customer": await dissociate(tx, input.association())}

        return await change(info, AssociationPayload, verb, customer=None)
