"""Changing many customers at once: by a list of ids, or all that match a filter."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import strawberry

import models
from models import BulkChangeKind
from resolvers.access import require
from resolvers.choices import choice_of
from resolvers.context import Context
from resolvers.customer_lists import searched
from resolvers.ids import parse_id
from schema.bulk_changes import BulkChange
from schema.customer_filters import CustomerFilter
from schema.customer_inputs import entries_of, optional
from schema.givens import given, given_id, given_or_none
from schema.inputs import criteria_of
from schema.payloads import Payload, UserError, change, user_error
from schema.properties import PropertyValueInput
from services.bulk.choices import Choice
from services.bulk.records import cancel_bulk_change, failures_of, find_bulk_change, freeze
from services.bulk.runs import AT_ONCE, run_bulk_change
from services.bulk.verbs import options_of
from services.customer_fields import CustomerChanges, check_references
from services.errors import ErrorCode, Refusal
from services.transactions import Transaction

Prepare = Callable[[Transaction], Awaitable[tuple[dict[str, Any], dict[str, Any]]]]
"""Gives the options of a bulk change, and the payload's own fields."""
PLAIN = ("job_title", "province", "regency_city", "district", "subdistrict", "zip_code", "status")


@strawberry.input
class ChosenCustomers:
    """Which customers to change."""

    customer_ids: list[strawberry.ID] | None = optional("These customers: 1 to 1,000 ids.")
    filter: CustomerFilter | None = optional(
        "All customers who match this at the moment of the call, instead of ids. An empty filter "
        "is everybody."
    )
    search: str | None = optional("Only those whom this search finds, with or without a filter.")


@strawberry.input(description="Which customers to change, and what to set: null clears.")
class UpdateCustomersInput(ChosenCustomers):
    """The same change for many."""

    owner_id: strawberry.ID | None = optional("The user whose customers they are.")
    assignee_id: strawberry.ID | None = optional("The user who sees to them.")
    status: models.CustomerStatus | None = optional("How far on the way to buying.")
    job_title: str | None = optional("What they work as. At most 200 letters.")
    province: str | None = optional("The province. At most 200 letters.")
    regency_city: str | None = optional("The regency or city. At most 200 letters.")
    district: str | None = optional("The district (kecamatan). At most 200 letters.")
    subdistrict: str | None = optional("The subdistrict (kelurahan). At most 200 letters.")
    zip_code: str | None = optional("The postal code. At most 16 letters.")
    properties: list[PropertyValueInput] | None = optional(
        "Values of custom properties; those not named stay."
    )

    def changes(self) -> CustomerChanges:
        """The changes as services take them."""
        plain: dict[str, Any] = {name: given(getattr(self, name)) for name in PLAIN}
        return CustomerChanges(
            owner_id=given_id(self.owner_id, models.User, "ownerId"),
            assignee_id=given_id(self.assignee_id, models.User, "assigneeId"),
            properties=entries_of(given(self.properties)),
            **plain,
        )


@strawberry.input(description="Which customers to delete.")
class DeleteCustomersInput(ChosenCustomers):
    """Those to delete."""


@strawberry.input(description="Which bulk change to stop.")
class CancelBulkChangeInput:
    """A bulk change."""

    bulk_change_id: strawberry.ID = strawberry.field(description="The bulk change.")


@strawberry.type(description="A bulk change after it was asked for.")
class BulkChangePayload(Payload):
    """A bulk change, or why none was begun."""

    bulk_change: BulkChange | None = strawberry.field(
        description=f"The change and where it stands. Of {AT_ONCE} customers and fewer it is done "
        "by now; more are changed in the background."
    )


PayloadType = TypeVar("PayloadType", bound=Payload)


async def change_many(
    info: strawberry.Info,
    payload: Callable[..., PayloadType],
    kind: BulkChangeKind,
    chosen: ChosenCustomers,
    prepare: Prepare,
    **nothing: Any,
) -> PayloadType:
    """Write down a change of the chosen customers, and do it at once where they are few.

    Whoever of a list of ids could not be changed is among the payload's errors, at their place in
    the list; the others are changed.
    """
    context: Context = info.context
    try:
        require(context.actor, info.field_name)
        choice = await chosen_customers(context, chosen)
    except Refusal as refusal:
        return payload(bulk_change=None, **nothing, errors=[user_error(refusal)])

    async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
        options, fields = await prepare(tx)
        return {**fields, "bulk_change": await freeze(tx, kind, options, choice)}

    answer: Any = await change(info, payload, verb, bulk_change=None, **nothing)
    frozen: models.BulkChange | None = answer.bulk_change
    if frozen is not None and frozen.total <= AT_ONCE:
        await run_bulk_change(
            context.workspace_id, frozen.id, clock=lambda: context.now, proceed=lambda: True
        )
        async with context.changing() as tx:
            answer.bulk_change = await find_bulk_change(tx, frozen.id)
            answer.errors = await errors_of(tx, answer.bulk_change, choice)
    return answer  # type: ignore[no-any-return]


async def chosen_customers(context: Context, chosen: ChosenCustomers) -> Choice:
    """The choice that an input makes. Raises a Refusal for a filter or an id that will not do."""
    criteria = await criteria_of(context, given_or_none(chosen.filter))
    search = given_or_none(chosen.search)
    if search is not None:
        criteria = await searched(context, search, criteria or {})
    return choice_of(context, given_or_none(chosen.customer_ids), criteria)


async def errors_of(
    tx: Transaction, bulk_change: models.BulkChange, choice: Choice
) -> list[UserError]:
    """Why some of a list of ids were not changed, each at its place."""
    if not bulk_change.failed or choice.statement is not None:
        return []
    places = {id: str(index) for index, id in reversed([*enumerate(choice.ids)])}
    failures = await failures_of(tx, bulk_change.id)
    return [
        user_error(
            Refusal(
                ErrorCode(failure.code),
                failure.message,
                ("customerIds", places[failure.customer_id]),
            )
        )
        for failure in failures
        if failure.customer_id in places
    ]


@strawberry.type
class BulkChangeMutations:
    """The root fields that change many customers."""

    @strawberry.mutation(
        description="Change many customers alike: those named, or all that match at this moment. "
        "It goes on in the background where they are many."
    )
    async def update_customers(
        self,
        info: strawberry.Info,
        input: Annotated[UpdateCustomersInput, strawberry.argument(description="The change.")],
    ) -> BulkChangePayload:
        """Change many."""

        async def prepare(tx: Transaction) -> tuple[dict[str, Any], dict[str, Any]]:
            changes = input.changes()
            await check_references(tx, changes)
            return options_of(changes), {}

        return await change_many(info, BulkChangePayload, BulkChangeKind.UPDATE, input, prepare)

    @strawberry.mutation(
        description="Delete many customers softly: those named, or all that match at this moment. "
        "restoreCustomer brings each back."
    )
    async def delete_customers(
        self,
        info: strawberry.Info,
        input: Annotated[DeleteCustomersInput, strawberry.argument(description="Whom.")],
    ) -> BulkChangePayload:
        """Delete many."""

        async def prepare(_: Transaction) -> tuple[dict[str, Any], dict[str, Any]]:
            return {}, {}

        return await change_many(info, BulkChangePayload, BulkChangeKind.DELETE, input, prepare)

    @strawberry.mutation(
        description="Stop a bulk change. What is done stays; the customers who are left stay as "
        "they are."
    )
    async def cancel_bulk_change(
        self,
        info: strawberry.Info,
        input: Annotated[
            CancelBulkChangeInput, strawberry.argument(description="The bulk change.")
        ],
    ) -> BulkChangePayload:
        """Stop one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.bulk_change_id, models.BulkChange, "bulkChangeId")
            return {"bulk_change": await cancel_bulk_change(tx, id)}

        return await change(info, BulkChangePayload, verb, bulk_change=None)
