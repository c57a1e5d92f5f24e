"""Saving and deleting views of the table of customers."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import parse_id
from resolvers.loaders.customers import CUSTOMERS
from resolvers.loaders.statements import Statement
from schema.customer_filters import CustomerFilter, CustomerOrder, CustomerSort
from schema.givens import LEFT_OUT, given, given_id_or_none
from schema.inputs import DeleteInput, criteria_of
from schema.payloads import DeletePayload, Payload, change
from schema.stored_inputs import stored
from schema.views import CustomerView
from services.errors import invalid
from services.given import UNSET
from services.transactions import Transaction
from services.views import PropertyCriterion, ViewDraft, delete_view, save_view


@strawberry.input(description="A view: a new one, or another form of the one with `id`.")
class CustomerViewInput:
    """A view as it is to be."""

    id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The view to change; left out, a new one is made."
    )
    name: str = strawberry.field(description="What people call it: 1 to 200 letters.")
    columns: list[str] = strawberry.field(
        description="Keys of properties and names of Customer's fields, in their order, at most "
        "100. `fullName` comes first, given or not."
    )
    shared: bool | None = strawberry.field(
        default=LEFT_OUT, description="Whether everybody in the workspace has it. False at first."
    )
    filter: CustomerFilter | None = strawberry.field(
        default=LEFT_OUT, description="Whom it shows. Null: all. Left out, it stays as it is."
    )
    order_by: CustomerOrder | None = strawberry.field(
        default=LEFT_OUT, description="Its order. Null: the usual one. Left out, it stays."
    )

    async def draft(self, context: Context) -> ViewDraft:
        """The view as services take it. Raises a Refusal (INVALID) for a filter that makes none."""
        filter = self.filter
        criteria = []
        if isinstance(filter, CustomerFilter):
            await check_filter(context, filter)
            criteria = [
                PropertyCriterion(one.key, one.op, one.value) for one in filter.properties or ()
            ]
        return ViewDraft(
            id=given_id_or_none(self.id, models.CustomerView, "id"),
            name=self.name,
            columns=self.columns,
            shared=given(self.shared),
            filter=UNSET if filter is LEFT_OUT else stored(filter),
            order=UNSET if self.order_by is LEFT_OUT else stored(self.order_by),
            criteria=criteria,
            sorted_by=sorted_by(self.order_by),
        )


def sorted_by(order: CustomerOrder | None) -> str | None:
    """The key of the property that an order names. Raises a Refusal (INVALID) where it should, or
    should not, name one."""
    if not isinstance(order, CustomerOrder):
        return None
    by_property = order.by is CustomerSort.PROPERTY
    if by_property and not order.property:
        raise invalid("property: name the property to sort by.", "orderBy", "property")
    if order.property is not None and not by_property:
        raise invalid("property: it goes with by: PROPERTY.", "orderBy", "property")
    return order.property


async def check_filter(context: Context, filter: CustomerFilter) -> None:
    """Raise a Refusal (INVALID) for a period or an id that is none; not for a bad property."""
    named = {name: value for name, value in vars(filter).items() if name != "properties"}
    criteria = await criteria_of(context, CustomerFilter(**named)) or {}
    CUSTOMERS.conditions(Statement.of_root(context.workspace_id, context.now), criteria, None)


@strawberry.type(description="A view after a change.")
class CustomerViewPayload(Payload):
    """A view, or why nothing was changed."""

    customer_view: CustomerView | None = strawberry.field(description="The view as it is now.")


@strawberry.type
class ViewMutations:
    """The root fields that write views."""

    @strawberry.mutation(
        description="Make a view of the table of customers, or change one. A personal one belongs "
        "to the user, or the API key, who makes it; a shared one is changed by them and by "
        "administrators."
    )
    async def save_customer_view(
        self,
        info: strawberry.Info,
        input: Annotated[CustomerViewInput, strawberry.argument(description="The view.")],
    ) -> CustomerViewPayload:
        """Make or change one."""

        async def verb(context: Context, tx: Transaction) -> dict[str, Any]:
            return {"customer_view": await save_view(tx, await input.draft(context))}

        return await change(info, CustomerViewPayload, verb, customer_view=None)

    @strawberry.mutation(description="Delete a view. The customers on it stay as they are.")
    async def delete_customer_view(
        self,
        info: strawberry.Info,
        input: Annotated[DeleteInput, strawberry.argument(description="The view.")],
    ) -> DeletePayload:
        """Delete one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            await delete_view(tx, parse_id(input.id, models.CustomerView, "id"))
            return {"deleted_id": input.id}

        return await change(info, DeletePayload, verb, deleted_id=None)
