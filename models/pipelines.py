"""Pipelines: the stages that tickets, deals and tasks go through."""

from enum import StrEnum

from tortoise import fields

from models.base import WorkspaceModel, reference


class PipelineKind(StrEnum):
    """What goes through a pipeline."""

    TICKET = "TICKET"
    DEAL = "DEAL"
    TASK = "TASK"


class Priority(StrEnum):
    """How soon something wants to be seen to, from the least to the most."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    URGENT = "URGENT"


class Pipeline(WorkspaceModel):
    """A row of stages."""

    kind = fields.CharEnumField(PipelineKind, max_length=8)
    name = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "pipelines"


class Stage(WorkspaceModel):
    """One stage of a pipeline."""

    pipeline_id = reference("pipelines")
    name = fields.CharField(max_length=200)
    position = fields.IntField()
    archived_at = fields.DatetimeField(null=True)
    """Set where a pipeline was saved without a stage that records still stand in."""

    class Meta:
        table = "stages"
