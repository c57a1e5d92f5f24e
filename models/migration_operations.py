"""Operations of our migrations: models that Tortoise only takes note of, and SQL from a file."""

from pathlib import Path

from tortoise.migrations.operations import CreateModel
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class DeclareModel(CreateModel):
    """A model that Tortoise takes into its state; its table is made by SQL of the same migration.

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


def statements(file: Path) -> list[str]:
    """The SQL statements of a file, which an empty line parts: each is run on its own."""
    return [
        part.strip().rstrip(";") for part in file.read_text("utf8").split("\n\n") if part.strip()
    ]
