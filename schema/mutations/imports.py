"""Importing customers from a file that was sent to POST /uploads."""

from typing import Annotated, Any

import strawberry

import models
from models import OnDuplicate
from resolvers.context import Context
from resolvers.ids import parse_id
from resolvers.imports import new_import
from schema.givens import LEFT_OUT, given_or_none
from schema.imports import Import
from schema.payloads import Payload, change
from services.importing.requests import ask_import, cancel_import
from services.transactions import Transaction


@strawberry.input(description="A column of the file, and the field that it feeds.")
class ColumnMapping:
    """Several columns of one field are joined by a space, in this order."""

    column: str = strawberry.field(description="The column's name, as the header has it.")
    field: str = strawberry.field(
        description="A field of AddCustomerInput, or the key of a custom property."
    )


@strawberry.input(description="A file to import, and how.")
class ImportInput:
    """An import to be."""

    upload_id: strawberry.ID = strawberry.field(
        description="What POST /uploads answered with: the file was its body."
    )
    mapping: list[ColumnMapping] | None = strawberry.field(
        default=LEFT_OUT,
        description="Which columns feed which fields. The others are guessed from their names, in "
        "English and Indonesian.",
    )
    on_duplicate: OnDuplicate | None = strawberry.field(
        default=LEFT_OUT,
        description="What becomes of customers who are there already: SKIP unless told.",
    )
    group_ids: list[strawberry.ID] | None = strawberry.field(
        default=LEFT_OUT,
        description="Groups that the customers of all rows come into, skipped ones too.",
    )
    tag_ids: list[strawberry.ID] | None = strawberry.field(
        default=LEFT_OUT,
        description="Tags that the customers of all rows get, skipped ones too.",
    )
    dry_run: bool | None = strawberry.field(
        default=LEFT_OUT,
        description="Only try it: count what would be done and show what would be refused, and "
        "keep nothing.",
    )


@strawberry.input(description="Which import to stop.")
class CancelImportInput:
    """An import."""

    import_id: strawberry.ID = strawberry.field(description="The import.")


@strawberry.type(description="An import after it was asked for, or cancelled.")
class ImportPayload(Payload):
    """An import, or why there is none."""

    import_: Import | None = strawberry.field(
        name="import",
        description="The import: a worker takes it up within seconds. Follow it by `import`, "
        "`imports` or the subscription `importProgress`.",
    )


@strawberry.type
class ImportMutations:
    """The root fields that import."""

    @strawberry.mutation(
        description="Import customers from a CSV or XLSX file of any size, in the background. "
        "Every row arrives once, whatever is killed in the middle."
    )
    async def import_customers(
        self,
        info: strawberry.Info,
        input: Annotated[ImportInput, strawberry.argument(description="The file, and how.")],
    ) -> ImportPayload:
        """Ask for one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            told = given_or_none(input.mapping) or []
            new = new_import(
                input.upload_id,
                [(one.column, one.field) for one in told],
                given_or_none(input.on_duplicate) or OnDuplicate.SKIP,
                given_or_none(input.group_ids) or [],
                given_or_none(input.tag_ids) or [],
                dry_run=bool(given_or_none(input.dry_run)),
            )
            return {"import_": await ask_import(tx, new)}

        return await change(info, ImportPayload, verb, import_=None)

    @strawberry.mutation(
        description="Stop an import behind the rows that are under way. What was imported stays."
    )
    async def cancel_import(
        self,
        info: strawberry.Info,
        input: Annotated[CancelImportInput, strawberry.argument(description="The import.")],
    ) -> ImportPayload:
        """Stop one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.import_id, models.Import, "importId")
            return {"import_": await cancel_import(tx, id)}

        return await change(info, ImportPayload, verb, import_=None)
