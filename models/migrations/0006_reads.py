"""Indexes for reading."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migration_operations import statements


class Migration(migrations.Migration):
    dependencies = [("models", "0005_standing")]

    operations = [
        ops.RunSQL(statements(Path(__file__).with_suffix(".sql"))),
    ]
