"""Segments: what their conditions concern, when they are due, and whom changes left to look at."""

from pathlib import Path

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.migrations import operations as ops

from models.base import new_id
from models.migration_operations import DeclareField, DeclareModel, statements


class Migration(migrations.Migration):
    dependencies = [("models", "0002_customer_table")]

    operations = [
        ops.RunSQL(statements(Path(__file__).with_suffix(".sql"))),
        DeclareField(
            model_name="Segment",
            name="concerns",
            field=ArrayField(default=list, element_type="TEXT"),
        ),
        DeclareField(
            model_name="Segment",
            name="mentions",
            field=ArrayField(default=list, element_type="UUID"),
        ),
        DeclareField(
            model_name="Segment",
            name="next_refresh_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        DeclareModel(
            name="SegmentRefresh",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("workspace_id", fields.UUIDField()),
                ("customer_id", fields.UUIDField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "segment_refreshes", "app": "models", "pk_attr": "id"},
            bases=["WorkspaceModel"],
        ),
    ]
