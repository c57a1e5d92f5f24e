"""Imports: files on their way into the workspace."""

from datetime import datetime
from typing import ClassVar

import strawberry

import models
from resolvers.imports import error_file_url
from schema.fields import reference
from schema.nodes import Node
from schema.users import User


@strawberry.type(description="A column of an imported file.")
class ImportColumn:
    """What a column became."""

    column: str = strawberry.field(description="Its name, as the header has it.")
    fields: list[str] = strawberry.field(
        description="The fields that it feeds; empty where it is not imported."
    )


@strawberry.type(description="A row of a file that was refused.")
class ImportProblem:
    """A row, and what is wrong with it."""

    line: int = strawberry.field(description="The line of the file on which the row begins.")
    column: str = strawberry.field(description="The columns that are wrong; empty: the whole row.")
    message: str = strawberry.field(description="What is wrong, and how to mend it.")


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

    dry_run: bool = strawberry.field(
        description="Whether it was only tried: the numbers are those of a run, and nothing stays."
    )

    @strawberry.field(description="What becomes of each column; empty until the file was opened.")
    def columns(root: strawberry.Parent[models.Import]) -> list[ImportColumn]:
        """The columns as they were mapped."""
        return [ImportColumn(column=one["column"], fields=one["fields"]) for one in root.columns]

    @strawberry.field(description="The first rows that were refused, at most 20, with the reason.")
    def problems(root: strawberry.Parent[models.Import]) -> list[ImportProblem]:
        """The first refused rows."""
        return [ImportProblem(**one) for one in root.problems]

    failure: str | None = strawberry.field(
        description="Why nothing more could be imported of the file, if it failed."
    )

    @strawberry.field(
        description="Where the refused rows can be fetched as a CSV with their lines, columns and "
        "reasons, without a key, for an hour from now on. Mend it and import it. Null where none "
        "was refused, and when the time of the file is over."
    )
    def error_file_url(root: strawberry.Parent[models.Import], info: strawberry.Info) -> str | None:
        """The signed address of the file of refused rows."""
        return error_file_url(info.context, root)

    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When its first row was read.")
    finished_at: datetime | None = strawberry.field(description="When it ended, however.")
    added_by: User | None = reference("added_by_id", models.User, "Who started it, if a user did.")
