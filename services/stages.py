"""Stages: where in a pipeline a ticket, deal or task stands."""

from dataclasses import dataclass
from uuid import UUID

from models import Pipeline, PipelineKind, Stage
from services.errors import invalid, not_found
from services.given import UNSET, Given
from services.lookups import find_row
from services.transactions import Transaction

STAGE = """
    SELECT s.*, p.kind AS kind FROM stages s
    JOIN pipelines p ON p.workspace_id = $1 AND p.id = s.pipeline_id
    WHERE s.workspace_id = $1 AND s.id = $2 FOR KEY SHARE OF s"""


@dataclass(frozen=True)
class Place:
    """A pipeline and a stage of it; either may be nothing, but no stage is without its pipeline."""

    pipeline_id: UUID | None = None
    stage_id: UUID | None = None


async def place_in(
    tx: Transaction,
    kind: PipelineKind,
    pipeline_id: Given[UUID | None],
    stage_id: Given[UUID | None],
    before: Place,
) -> Place:
    """Where a record stands, by what was given and where it stood.

    A stage implies its pipeline; another pipeline without a stage leaves the stage behind. Raises a
    Refusal at `pipelineId` or `stageId`: NOT_FOUND for one that is not there; INVALID for a
    pipeline of another kind, a stage of another pipeline than the one given, and a stage that is no
    longer part of its pipeline, unless the record stands in it already.
    """
    if isinstance(pipeline_id, UUID):
        pipeline = await find_row(tx, Pipeline, pipeline_id, "pipeline", "pipelineId")
        _refuse_kind(pipeline.kind, kind, "pipelineId")
    if isinstance(stage_id, UUID):
        return await _at_stage(tx, kind, pipeline_id, stage_id, before)
    if pipeline_id is UNSET:
        return before if stage_id is UNSET else Place(before.pipeline_id)
    if pipeline_id == before.pipeline_id and stage_id is UNSET:
        return before
    return Place(pipeline_id)


async def _at_stage(
    tx: Transaction,
    kind: PipelineKind,
    pipeline_id: Given[UUID | None],
    stage_id: UUID,
    before: Place,
) -> Place:
    rows = await tx.fetch(STAGE, tx.workspace_id, stage_id)
    if not rows:
        raise not_found("stage", "stageId")
    _refuse_kind(PipelineKind(rows[0].pop("kind")), kind, "stageId")
    stage = Stage._init_from_db(**rows[0])
    if pipeline_id is not UNSET and pipeline_id != stage.pipeline_id:
        raise invalid("stageId is a stage of another pipeline.", "stageId")
    if stage.archived_at is not None and stage.id != before.stage_id:
        raise invalid(f"The stage {stage.name} is no longer part of its pipeline.", "stageId")
    return Place(stage.pipeline_id, stage.id)


def _refuse_kind(found: PipelineKind, wanted: PipelineKind, field: str) -> None:
    if found is not wanted:
        raise invalid(
            f"{field}: the pipeline is one of kind {found.value}, not {wanted.value}.", field
        )
