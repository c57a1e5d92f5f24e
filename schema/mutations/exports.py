"""Exporting customers into a file."""

from typing import Annotated, Any

import strawberry

import models
from resolvers import views
from resolvers.access import require
from resolvers.context import Context
from resolvers.customer_lists import searched
from resolvers.exports import frozen, narrowed
from resolvers.ids import parse_id
from resolvers.loaders.customers import CUSTOMERS
from schema.customer_filters import CustomerFilter
from schema.customer_lists import criteria_of_view
from schema.exports import Export
from schema.givens import LEFT_OUT, given_or_none
from schema.inputs import criteria_of
from schema.payloads import Payload, change, user_error
from services.errors import Refusal
from services.exporting.requests import NewExport, ask_export
from services.transactions import Transaction


@strawberry.input(description="Whom to export, and how. Nothing but the format: everybody.")
class ExportInput:
    """An export to be."""

    format: models.ExportFormat = strawberry.field(description="The file's format.")
    view_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT,
        description="A view: only customers whom its filter shows, and only its columns.",
    )
    group_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="Only customers in this group."
    )
    segment_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="Only customers in this segment."
    )
    filter: CustomerFilter | None = strawberry.field(
        default=LEFT_OUT, description="Only customers who meet all of this."
    )
    search: str | None = strawberry.field(
        default=LEFT_OUT, description="Only customers whom this search finds."
    )


@strawberry.type(description="An export after it was asked for.")
class ExportPayload(Payload):
    """An export, or why there is none."""

    export: Export | None = strawberry.field(
        description="The export: a worker takes it up within seconds. Ask for it by `export` or "
        "`node` until its `url` is there."
    )


@strawberry.type
class ExportMutations:
    """The root fields that export."""

    @strawberry.mutation(
        description="Export customers into a CSV, XLSX or JSONL file, in the background. A CSV or "
        "XLSX can be imported again."
    )
    async def export_customers(
        self,
        info: strawberry.Info,
        input: Annotated[ExportInput, strawberry.argument(description="Whom, and how.")],
    ) -> ExportPayload:
        """Ask for one."""

        context: Context = info.context
        try:
            require(context.actor, info.field_name)
            new = await asked(context, input)
        except Refusal as refusal:
            return ExportPayload(export=None, errors=[user_error(refusal)])

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return {"export": await ask_export(tx, new)}

        return await change(info, ExportPayload, verb, export=None)


async def asked(context: Context, input: ExportInput) -> NewExport:
    """The export as services take it.

    Raises a Refusal: INVALID where the input makes no sense, NOT_FOUND for a view, group or segment
    that is not there.
    """
    criteria = await criteria_of(context, given_or_none(input.filter)) or {}
    group_id, segment_id = given_or_none(input.group_id), given_or_none(input.segment_id)
    criteria = await narrowed(context, criteria, group_id, segment_id)
    columns = None
    if (view_id := given_or_none(input.view_id)) is not None:
        id = parse_id(view_id, models.CustomerView, "viewId")
        view = await views.view(context, id, "viewId")
        columns = await views.columns_of(context, view)
        of_view = await criteria_of_view(context, view)
        criteria = {**criteria, "of_view": of_view} if of_view else criteria
    search = given_or_none(input.search)
    if search is not None and search.strip():
        criteria = await searched(context, search, criteria, CUSTOMERS.default)
    return NewExport(format=input.format, of=frozen(context, criteria), columns=columns)
