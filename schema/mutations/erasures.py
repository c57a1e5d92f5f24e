"""Erasing a person, and giving them what is held of them."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import global_id, parse_id
from schema.payloads import Payload, change
from schema.scalars import JSON
from services.customer_data import customer_data
from services.erasing.customers import erase_customer
from services.transactions import Transaction


@strawberry.input(description="Whose personal data to erase.")
class EraseCustomerInput:
    """A customer."""

    customer_id: strawberry.ID = strawberry.field(
        description="The customer. A member's id stands for the main customer: a person is erased "
        "whole."
    )


@strawberry.type(description="What eraseCustomer answers with.")
class ErasePayload(Payload):
    """Who is gone."""

    erased_id: strawberry.ID | None = strawberry.field(
        description="The id of the main customer who was erased. It names nobody any more."
    )


@strawberry.input(description="Whose data to give.")
class ExportCustomerDataInput:
    """A customer."""

    customer_id: strawberry.ID = strawberry.field(
        description="The customer; deleted ones too. A member's id stands for the whole person."
    )


@strawberry.type(description="What exportCustomerData answers with.")
class CustomerDataPayload(Payload):
    """All that is held of one person."""

    data: JSON | None = strawberry.field(
        description="Everything that is held of the person, by sections: profiles, identities, "
        "conversations, messages, campaignInteractions, orders, tickets and so on."
    )


@strawberry.type
class ErasureMutations:
    """The root fields for the rights of the people whom the data are about."""

    @strawberry.mutation(
        description="Erase a person for good, with all who were merged into them: their data leave "
        "every table, and only rows that name nobody stay where sums need them. It cannot be "
        "undone. For owners and administrators."
    )
    async def erase_customer(
        self,
        info: strawberry.Info,
        input: Annotated[EraseCustomerInput, strawberry.argument(description="The customer.")],
    ) -> ErasePayload:
        """Erase one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.customer_id, models.Customer, "customerId")
            erased = await erase_customer(tx, id)
            return {"erased_id": strawberry.ID(global_id(models.Customer, erased))}

        return await change(info, ErasePayload, verb, erased_id=None)

    @strawberry.mutation(
        description="Give everything that is held of one person as JSON, for their own right of "
        "access. For owners and administrators."
    )
    async def export_customer_data(
        self,
        info: strawberry.Info,
        input: Annotated[ExportCustomerDataInput, strawberry.argument(description="The customer.")],
    ) -> CustomerDataPayload:
        """Give one person's data."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.customer_id, models.Customer, "customerId")
            return {"data": await customer_data(tx, id)}

        return await change(info, CustomerDataPayload, verb, data=None)
