"""Exports, and the root fields of files on their way in and out."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

import strawberry

import models
from resolvers.declarations import SOURCE, FoundRow
from resolvers.exports import file_url
from resolvers.ids import parse_id
from resolvers.imports import export_asked, import_asked
from resolvers.loaders.imports import EXPORTS, IMPORTS
from schema.connections import Connection
from schema.fields import connection, reference
from schema.imports import Import
from schema.nodes import Node
from schema.users import User

BY_ID = "r.id = {id}"


@strawberry.type(description="One export of customers into a file, and how far it has come.")
class Export(Node):
    """A view over models.Export."""

    shows: ClassVar = models.Export

    status: models.ExportStatus = strawberry.field(description="Where it stands.")
    format: models.ExportFormat = strawberry.field(description="The file's format.")
    total: int | None = strawberry.field(
        description="The customers that it is of; null until they are counted."
    )
    done: int = strawberry.field(description="Customers written so far.")
    size: int | None = strawberry.field(description="The file's bytes; null until it is whole.")

    @strawberry.field(
        description="Where the file can be fetched, without a key and in parts (Range), for an "
        "hour from now on; ask again for a fresh address. Null until it is whole, and when its "
        "time is over."
    )
    def url(root: strawberry.Parent[models.Export], info: strawberry.Info) -> str | None:
        """The signed address of the file."""
        return file_url(info.context, root)

    failure: str | None = strawberry.field(description="Why there is no file, if it failed.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a worker took it up.")
    finished_at: datetime | None = strawberry.field(description="When it ended, however.")
    expires_at: datetime | None = strawberry.field(description="Until when the file is kept.")
    added_by: User | None = reference("added_by_id", models.User, "Who asked for it, if a user.")


Id = Annotated[strawberry.ID, strawberry.argument(description="The global id.")]


@strawberry.type
class FileQueries:
    """Reading imports and exports."""

    imports: Connection[Import] = connection(IMPORTS, "Imports of files, the newest first.")
    exports: Connection[Export] = connection(EXPORTS, "Exports into files, the newest first.")

    @strawberry.field(
        name="import",
        description="An import by its id; null where there is none.",
        metadata={SOURCE: FoundRow(models.Import, BY_ID, import_asked)},
    )
    async def import_(self, info: strawberry.Info, id: Id) -> Import | None:
        """One import."""
        row_id = parse_id(id, models.Import, "id")
        found: Any = await info.context.loaders.row(models.Import, row_id)
        return found  # type: ignore[no-any-return]

    @strawberry.field(
        description="An export by its id; null where there is none.",
        metadata={SOURCE: FoundRow(models.Export, BY_ID, export_asked)},
    )
    async def export(self, info: strawberry.Info, id: Id) -> Export | None:
        """One export."""
        row_id = parse_id(id, models.Export, "id")
        found: Any = await info.context.loaders.row(models.Export, row_id)
        return found  # type: ignore[no-any-return]
