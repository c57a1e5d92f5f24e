"""Merging customers, unmerging them, and by what they are reached first."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import parse_id
from schema.customers import Customer
from schema.merge_inputs import (
    MergeConversationInput,
    MergeInput,
    SetMainIdentityInput,
    UnmergeInput,
)
from schema.merges import Merge
from schema.mutations.customers import CustomerPayload
from schema.payloads import Payload, change
from services.customer_additions import customer_now
from services.merging.main_identities import set_main_identity
from services.merging.merges import MergedCustomers, merge_conversation_customer, merge_customers
from services.merging.unmerges import unmerge_customer
from services.transactions import Transaction


@strawberry.type(description="What a merge answers with.")
class MergePayload(Payload):
    """A merge, or why nothing was merged."""

    customer: Customer | None = strawberry.field(
        description="The main customer as they are now, their members included."
    )
    merge: Merge | None = strawberry.field(description="The merge.")


@strawberry.type(description="What unmergeCustomer answers with.")
class UnmergePayload(Payload):
    """Two customers who were one, or why nothing was changed."""

    customer: Customer | None = strawberry.field(
        description="Who was a member, as they are now: a customer of their own."
    )
    main: Customer | None = strawberry.field(
        description="Whom they were merged into, as they are now."
    )


@strawberry.type
class MergeMutations:
    """The root fields that merge and unmerge."""

    @strawberry.mutation(
        description="Merge customers who are one person into a main one. Their records, identities "
        "and memberships become the main customer's, and their ids answer with them from then on. "
        "unmergeCustomer undoes it for each member, at any time and in any order. It is done whole "
        "or not at all; a customer of others' merge at the same moment is CONFLICT, with where "
        "they are now in conflictingId."
    )
    async def merge_customers(
        self,
        info: strawberry.Info,
        input: Annotated[MergeInput, strawberry.argument(description="The merge.")],
    ) -> MergePayload:
        """Merge."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return answer(await merge_customers(tx, input.merging()))

        return await change(info, MergePayload, verb, customer=None, merge=None)

    @strawberry.mutation(
        description="Merge the customer of a conversation into a main one, from the inbox."
    )
    async def merge_conversation_customer(
        self,
        info: strawberry.Info,
        input: Annotated[MergeConversationInput, strawberry.argument(description="The merge.")],
    ) -> MergePayload:
        """Merge whom a conversation is with."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return answer(await merge_conversation_customer(tx, input.merging()))

        return await change(info, MergePayload, verb, customer=None, merge=None)

    @strawberry.mutation(
        description="Take a member out of their main customer. What came in with them goes back, "
        "what arrived for them since included; values that they gave leave the main customer, but "
        "for fields that were edited since. Other members stay."
    )
    async def unmerge_customer(
        self,
        info: strawberry.Info,
        input: Annotated[UnmergeInput, strawberry.argument(description="The member.")],
    ) -> UnmergePayload:
        """Unmerge one member."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.customer_id, models.Customer, "customerId")
            parted = await unmerge_customer(tx, id)
            return {"customer": parted.customer, "main": parted.main}

        return await change(info, UnmergePayload, verb, customer=None, main=None)

    @strawberry.mutation(
        description='Set the main channel of a customer: the identity that comes first ("Set as '
        'Main Channel"). No id changes by it.'
    )
    async def set_main_identity(
        self,
        info: strawberry.Info,
        input: Annotated[
            SetMainIdentityInput,
            strawberry.argument(description="The customer and their identity."),
        ],
    ) -> CustomerPayload:
        """Set the main identity."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            customer = await set_main_identity(tx, *input.ids())
            return {"customer": await customer_now(tx, customer.id)}

        return await change(info, CustomerPayload, verb, customer=None)


def answer(merged: MergedCustomers) -> dict[str, Any]:
    """The fields of a merge's payload."""
    return {"customer": merged.customer, "merge": merged.merge}
