"""Exporting customers into a file."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.exports import customers_asked, narrowed
from schema.customer_filters import CustomerFilter
from schema.exports import Export
from schema.givens import LEFT_OUT, given_or_none
from schema.inputs import criteria_of
from schema.payloads import Payload, change
from services.exporting.requests import NewExport, ask_export
from services.transactions import Transaction


@strawberry.input(description="Whom to export, and how. Nothing but the format: everybody.")
class ExportInput:
    """An export to be."""

    format: models.ExportFormat = strawberry.field(description="The file's format.")
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

        async def verb(context: Context, tx: Transaction) -> dict[str, Any]:
            criteria = await criteria_of(context, given_or_none(input.filter)) or {}
            criteria = await narrowed(
                tx, criteria, given_or_none(input.group_id), given_or_none(input.segment_id)
            )
            of = customers_asked(context, criteria, given_or_none(input.search))
            return {"export": await ask_export(tx, NewExport(format=input.format, of=of))}

        return await change(info, ExportPayload, verb, export=None)
