"""The customer table: properties, imports and exports, as they went on after the first schema."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migration_operations import statements


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]
    # Indexes on large tables are made while others write to them: each statement by itself.
    atomic = False

    operations = [
        ops.RunSQL(statements(Path(__file__).with_suffix(".sql"))),
    ]
