"""Adding, changing, deleting and restoring customers."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import global_id, parse_id
from schema.customer_inputs import (
    AddCustomerInput,
    DeleteCustomerInput,
    RestoreCustomerInput,
    UpdateCustomerInput,
)
from schema.customers import Customer
from schema.givens import given_or_none
from schema.payloads import DeletePayload, Payload, change
from services.customer_additions import add_customer, customer_now
from services.customer_deletions import delete_customer, restore_customer
from services.customer_updates import update_customer
from services.transactions import Transaction


@strawberry.type(description="A customer after a change.")
class CustomerPayload(Payload):
    """A customer, or why nothing was changed."""

    customer: Customer | None = strawberry.field(description="The customer as they are now.")


@strawberry.type
class CustomerMutations:
    """The root fields that change a customer."""

    @strawberry.mutation(
        description="Add a customer. A phone, e-mail, channel identity or external id that another "
        "one has is refused: DUPLICATE."
    )
    async def add_customer(
        self,
        info: strawberry.Info,
        input: Annotated[AddCustomerInput, strawberry.argument(description="The customer.")],
    ) -> CustomerPayload:
        """Add one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            key = given_or_none(input.idempotency_key)
            added = await add_customer(tx, input.new_customer(), key)
            return {"customer": await customer_now(tx, added.id)}

        return await change(info, CustomerPayload, verb, customer=None)

    @strawberry.mutation(
        description="Change what is given of a customer. The version grows only where something "
        "changes."
    )
    async def update_customer(
        self,
        info: strawberry.Info,
        input: Annotated[UpdateCustomerInput, strawberry.argument(description="The changes.")],
    ) -> CustomerPayload:
        """Change one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.customer_id, models.Customer, "customerId")
            version = given_or_none(input.expected_version)
            key = given_or_none(input.idempotency_key)
            updated = await update_customer(tx, id, input.changes(), version, key)
            return {"customer": await customer_now(tx, updated.id)}

        return await change(info, CustomerPayload, verb, customer=None)

    @strawberry.mutation(
        description="Delete a customer softly: they leave every list and count, and "
        "restoreCustomer undoes it whole."
    )
    async def delete_customer(
        self,
        info: strawberry.Info,
        input: Annotated[DeleteCustomerInput, strawberry.argument(description="The customer.")],
    ) -> DeletePayload:
        """Delete one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.customer_id, models.Customer, "customerId")
            deleted = await delete_customer(tx, id)
            return {"deleted_id": strawberry.ID(global_id(models.Customer, deleted.id))}

        return await change(info, DeletePayload, verb, deleted_id=None)

    @strawberry.mutation(
        description="Bring a deleted customer back, as they were. One who is not deleted stays as "
        "they are."
    )
    async def restore_customer(
        self,
        info: strawberry.Info,
        input: Annotated[RestoreCustomerInput, strawberry.argument(description="The customer.")],
    ) -> CustomerPayload:
        """Restore one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.customer_id, models.Customer, "customerId")
            restored = await restore_customer(tx, id)
            return {"customer": await customer_now(tx, restored.id)}

        return await change(info, CustomerPayload, verb, customer=None)
