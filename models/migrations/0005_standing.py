"""Tags by lifetime value, regular customers and monitoring."""

from pathlib import Path

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.base import new_id
from models.migration_operations import DeclareModel, ForgetField, statements
from models.monitoring import AudienceKind


class Migration(migrations.Migration):
    dependencies = [("models", "0004_audiences")]

    operations = [
        ops.RunSQL(statements(Path(__file__).with_suffix(".sql"))),
        ForgetField("MonitoringDay", "passive"),
        DeclareModel(
            name="AudienceSize",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("workspace_id", fields.UUIDField()),
                (
                    "kind",
                    fields.CharEnumField(
                        description="\n".join(f"{one.name}: {one.value}" for one in AudienceKind),
                        enum_type=AudienceKind,
                        max_length=16,
                    ),
                ),
                ("audience_id", fields.UUIDField()),
                ("customers", fields.BigIntField()),
            ],
            options={"table": "audience_sizes", "app": "models", "pk_attr": "id"},
            bases=["WorkspaceModel"],
        ),
    ]
