"""Audiences and broadcasts."""

from pathlib import Path

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.migrations import operations as ops

from models.base import Reference, new_id
from models.events import EventType
from models.migration_operations import DeclareField, DeclareModel, RedeclareField, statements


class Migration(migrations.Migration):
    # Indexes on a table that may be large are made without holding up who writes to it.
    atomic = False
    dependencies = [("models", "0003_segments")]

    operations = [
        ops.RunSQL(statements(Path(__file__).with_suffix(".sql"))),
        DeclareField("Campaign", "waiting_count", fields.IntField(null=True)),
        DeclareField("Campaign", "left_out_count", fields.IntField(null=True)),
        DeclareField(
            "Campaign",
            "lease_until",
            fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        DeclareField(
            "CampaignInteraction",
            "queued_at",
            fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        DeclareModel(
            name="BroadcastBatch",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("workspace_id", fields.UUIDField()),
                ("campaign_id", Reference(table="campaigns")),
                ("position", fields.IntField()),
                ("identity_ids", ArrayField(default=list, element_type="uuid")),
            ],
            options={"table": "broadcast_batches", "app": "models", "pk_attr": "id"},
            bases=["WorkspaceModel"],
        ),
        RedeclareField(
            "Event",
            "type",
            fields.CharEnumField(
                description="\n".join(f"{one.name}: {one.value}" for one in EventType),
                enum_type=EventType,
                max_length=32,
            ),
        ),
    ]
