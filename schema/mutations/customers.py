"""Adding, changing, deleting and restoring customers."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry

import models
from resolvers.access import require
from resolvers.context import Context
from resolvers.customers import standing_for
from resolvers.ids import global_id, parse_id
from schema.customer_inputs import (
    AddCustomerInput,
    DeleteCustomerInput,
    RestoreCustomerInput,
    UpdateCustomerInput,
)
from schema.customers import Customer
from schema.givens import given_or_none
from schema.payloads import DeletePayload, Payload, UserError, change, user_error
from services.customer_additions import add_customer, customer_now
from services.customer_batches import Added, add_each
from services.customer_deletions import delete_customer, restore_customer
from services.customer_fields import NewCustomer
from services.customer_updates import update_customer
from services.errors import Refusal, invalid
from services.transactions import Transaction, retrying

MOST_ADDED = 1_000
ADDED_AT_ONCE = 50
"""In one transaction: nobody waits long for what it holds."""


@strawberry.type(description="A customer after a change.")
class CustomerPayload(Payload):
    """A customer, or why nothing was changed."""

    customer: Customer | None = strawberry.field(description="The customer as they are now.")


@strawberry.input(description="Customers to add, at most 1,000.")
class AddCustomersInput:
    """Some new customers."""

    customers: list[AddCustomerInput] = strawberry.field(description="The customers.")


@strawberry.type(description="Customers after they were added.")
class AddCustomersPayload(Payload):
    """Those who were added, and why the others were not."""

    customers: list[Customer] = strawberry.field(
        description="Those who were added, in the order of the input. An error names the place of "
        "each other one in its `field`: customers, the place from 0 on, and what is wrong there."
    )


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
        description="Add up to 1,000 customers, each as addCustomer does: a bad one is an error, "
        "and the good ones are kept. For more, send a file to importCustomers."
    )
    async def add_customers(
        self,
        info: strawberry.Info,
        input: Annotated[AddCustomersInput, strawberry.argument(description="The customers.")],
    ) -> AddCustomersPayload:
        """Add some."""
        return await add_many(info, input.customers)

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


async def add_many(
    info: strawberry.Info, customers: Sequence[AddCustomerInput]
) -> AddCustomersPayload:
    """Add customers, some in one transaction, and answer with all of them."""
    context: Context = info.context
    errors: dict[int, UserError] = {}
    ids: list[UUID] = []
    try:
        require(context.actor, info.field_name)
        if not 1 <= len(customers) <= MOST_ADDED:
            raise invalid(f"Give 1 to {MOST_ADDED:,} customers.", "customers")
    except Refusal as refusal:
        return AddCustomersPayload(customers=[], errors=[user_error(refusal)])
    for start in range(0, len(customers), ADDED_AT_ONCE):
        asked: dict[int, tuple[NewCustomer, str | None]] = {}
        for place in range(start, min(start + ADDED_AT_ONCE, len(customers))):
            try:
                new, key = customers[place].new_customer(), customers[place].idempotency_key
                asked[place] = new, given_or_none(key)
            except Refusal as refusal:
                errors[place] = _at(place, refusal)
        found = await retrying(lambda asked=asked: _add_some(context, asked))  # type: ignore[misc]
        for place, one in found.items():
            if isinstance(one, Refusal):
                errors[place] = _at(place, one)
            else:
                ids.append(one.id)
    rows = await asyncio.gather(*(standing_for(context, id) for id in ids))
    return AddCustomersPayload(
        customers=[row for row in rows if row is not None],  # type: ignore[misc]
        errors=[error for _, error in sorted(errors.items())],
    )


async def _add_some(
    context: Context, asked: dict[int, tuple[NewCustomer, str | None]]
) -> dict[int, Added]:
    async with context.changing() as tx:
        return await add_each(tx, asked)


def _at(place: int, refusal: Refusal) -> UserError:
    """The refusal of one of several customers, at their place."""
    error = user_error(refusal)
    error.field = ["customers", str(place), *refusal.field]
    return error
