"""Operations of our migrations: what Tortoise only takes note of, and SQL from a file."""

from pathlib import Path

from tortoise.migrations.operations import (
    AddField,
    AlterField,
    CreateModel,
    RemoveField,
    TortoiseOperation,
)
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class NotedOnly(TortoiseOperation):
    """What Tortoise takes into its state; the database is changed by SQL of the same migration.

    Tortoise would make a primary key of the id alone. Ours begin with the workspace.
    """

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Leave the database alone."""

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Leave the database alone."""


class DeclareModel(NotedOnly, CreateModel):
    """A model, or one that is declared anew."""


class DeclareField(NotedOnly, AddField):
    """A field that a model gained."""


class ForgetField(NotedOnly, RemoveField):
    """A field that a model has lost."""


class RedeclareField(NotedOnly, AlterField):
    """A field that is another one now, such as an enum with one more value."""


def statements(file: Path) -> list[str]:
    """The SQL statements of a file, which an empty line parts: each is run on its own."""
    return [
        part.strip().rstrip(";") for part in file.read_text("utf8").split("\n\n") if part.strip()
    ]
