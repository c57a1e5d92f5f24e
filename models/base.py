"""What every table of a workspace has in common: its key, its workspace, its references."""

from typing import Any, Literal, overload
from uuid import UUID

import uuid_utils
import uuid_utils.compat
from tortoise import fields
from tortoise.models import Model


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562): unique everywhere; roughly in the order of making, no more."""
    return uuid_utils.compat.uuid7()


def new_id_text() -> str:
    """A new id as text, in a quarter of the time: for rows of which nothing but SQL asks by it."""
    return str(uuid_utils.uuid7())


class Reference(fields.UUIDField[UUID]):
    """A column that holds the id of a row of another table of the same workspace.

    The database holds it to that by a foreign key on (workspace_id, this column), written in a
    migration: Tortoise knows no composite keys. It is no Tortoise relation, so that no access to an
    attribute loads a row behind a loader's back.
    """

    def __init__(self, table: str, **options: Any) -> None:
        super().__init__(**options)
        self.table = table


@overload
def reference(table: str) -> "fields.Field[UUID]": ...
@overload
def reference(table: str, *, null: Literal[True]) -> "fields.Field[UUID | None]": ...
def reference(table: str, *, null: bool = False) -> Any:
    """A column that refers to `table`'s rows in the same workspace."""
    return Reference(table, null=null)


def money(*, default: Any = None) -> Any:
    """An amount of money: at most 18 digits before the point and exactly 2 behind it."""
    options: dict[str, Any] = {} if default is None else {"default": default}
    return fields.DecimalField(max_digits=20, decimal_places=2, **options)


class WorkspaceModel(Model):
    """A row of one workspace. The database's primary key is (workspace_id, id)."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    workspace_id = fields.UUIDField()

    class Meta:
        abstract = True
