"""Imports: files on their way into the workspace."""

from datetime import datetime
from typing import ClassVar

import strawberry

import models
from resolvers.declarations import SOURCE, Computed
from resolvers.imports import ERROR_FILE_URL, error_file_url
from schema.fields import reference
from schema.nodes import Node
from schema.users import User


@strawberry.type(description="One import of one file, and how far it has come.")
class Import(Node):
    """A view over models.Import."""

    shows: ClassVar = models.Import

    status: models.ImportStatus = strawberry.field(description="Where it stands.")
    file_name: str = strawberry.field(description="The file's name.")
    total: int | None = strawberry.field(description="Its rows; null until they are counted.")
    done: int = strawberry.field(description="Rows that are dealt with, whatever came of them.")
    added: int = strawberry.field(description="Rows that became something new.")
    updated: int = strawberry.field(description="Rows that changed something that was there.")
    skipped: int = strawberry.field(description="Rows that changed nothing.")
    failed: int = strawberry.field(description="Rows that were refused, each with its reason.")

    @strawberry.field(
        description="Where the refused rows can be fetched, with their reasons: a path of this "
        "service. Null where there are none.",
        metadata={SOURCE: Computed(ERROR_FILE_URL)},
    )
    def error_file_url(root: strawberry.Parent[models.Import]) -> str | None:
        """The path of the file of refused rows."""
        return error_file_url(root)

    started_at: datetime | None = strawberry.field(description="When its first row was read.")
    finished_at: datetime | None = strawberry.field(description="When it ended, however.")
    added_by: User | None = reference("added_by_id", models.User, "Who started it, if a user did.")
