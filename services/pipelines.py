"""Pipelines and the stages that tickets, deals and tasks go through."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models import Pipeline, PipelineKind
from models.base import new_id
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.rows import insert_row, update_row
from services.texts import clean_line, fold
from services.transactions import RetryTransaction, Transaction

MOST_STAGES = 100

BY_ID = "SELECT * FROM pipelines WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE"
BY_NAME = """
    SELECT * FROM pipelines WHERE workspace_id = $1 AND kind = $2 AND name = $3
    FOR NO KEY UPDATE"""
# FOR UPDATE waits for records that are being put into a stage, and keeps others out.
STAGES = """
    SELECT * FROM stages WHERE workspace_id = $1 AND pipeline_id = $2 ORDER BY id FOR UPDATE"""
DELETE_UNUSED = """
    DELETE FROM stages s
    WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])
      AND NOT EXISTS (SELECT 1 FROM tickets r WHERE r.workspace_id = $1 AND r.stage_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM deals r WHERE r.workspace_id = $1 AND r.stage_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM tasks r WHERE r.workspace_id = $1 AND r.stage_id = s.id)"""
ARCHIVE = """
    UPDATE stages SET archived_at = $3
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND archived_at IS NULL"""
WRITE = """
    INSERT INTO stages (workspace_id, id, pipeline_id, name, position)
    SELECT $1, s.id, $2, s.name, s.position
    FROM unnest($3::uuid[], $4::text[], $5::int[]) AS s(id, name, position)
    ON CONFLICT (workspace_id, id)
        DO UPDATE SET name = excluded.name, position = excluded.position, archived_at = NULL"""


@dataclass(frozen=True, kw_only=True)
class PipelineReport:
    """A pipeline as it is to be, with the names of its stages in their order."""

    id: UUID | None = None
    kind: PipelineKind
    name: str
    stages: Sequence[str]


async def upsert_pipeline(tx: Transaction, report: PipelineReport) -> Pipeline:
    """Write a pipeline, known by its id or else by its kind and name, and its stages.

    A stage is known by its name, whatever the case. One that is no longer named is deleted, or
    archived where records stand in it; named again, it is back. Positions count from 1. Raises a
    Refusal: INVALID for names that are none or doubled, for no stage, and for another kind;
    NOT_FOUND for an id of nobody here; CONFLICT for a name that another pipeline has;
    LIMIT_EXCEEDED for over 100 stages.
    """
    name = clean_line(report.name, "name")
    stages = _checked_stages(report.stages)
    if report.id is not None:
        pipeline = await _rename(tx, report.id, report.kind, name)
    else:
        pipeline = await _by_name(tx, report.kind, name)
    await _write_stages(tx, pipeline, stages)
    return pipeline


def _checked_stages(names: Sequence[str]) -> dict[str, str]:
    """The stages' names in their order, by what tells them apart: case and accents do not."""
    if not names:
        raise invalid("A pipeline has at least one stage.", "stages")
    if len(names) > MOST_STAGES:
        raise Refusal(
            ErrorCode.LIMIT_EXCEEDED,
            f"A pipeline has at most {MOST_STAGES} stages, and this one {len(names)}.",
            ("stages",),
        )
    found: dict[str, str] = {}
    for index, name in enumerate(names):
        clean = clean_line(name, "stages", str(index))
        if fold(clean) in found:
            raise invalid(f"The stage “{clean}” is named twice.", "stages", str(index))
        found[fold(clean)] = clean
    return found


async def _rename(tx: Transaction, id: UUID, kind: PipelineKind, name: str) -> Pipeline:
    """The pipeline of this id, with this name from now on."""
    rows = await tx.fetch(BY_ID, tx.workspace_id, id)
    if not rows:
        raise not_found("pipeline", "id")
    pipeline = Pipeline._init_from_db(**rows[0])
    if pipeline.kind is not kind:
        raise invalid(f"This pipeline is of kind {pipeline.kind}: that does not change.", "kind")
    others = await tx.fetch(BY_NAME, tx.workspace_id, kind, name)
    if others and others[0]["id"] != id:
        raise Refusal(
            ErrorCode.CONFLICT,
            f"Another pipeline is called “{name}”.",
            ("name",),
            (Pipeline, others[0]["id"]),
        )
    pipeline.name = name
    pipeline.updated_at = tx.now
    try:
        await update_row(tx, pipeline, ["name", "updated_at"])
    except IntegrityError as error:
        raise RetryTransaction from error  # another one took the name at this moment
    return pipeline


async def _by_name(tx: Transaction, kind: PipelineKind, name: str) -> Pipeline:
    """The pipeline of this name, made where there is none."""
    rows = await tx.fetch(BY_NAME, tx.workspace_id, kind, name)
    if rows:
        pipeline = Pipeline._init_from_db(**rows[0])
        pipeline.updated_at = tx.now
        await update_row(tx, pipeline, ["updated_at"])
        return pipeline
    pipeline = Pipeline(
        id=new_id(),
        workspace_id=tx.workspace_id,
        kind=kind,
        name=name,
        created_at=tx.now,
        updated_at=tx.now,
    )
    if not await insert_row(tx, pipeline):
        raise RetryTransaction
    return pipeline


async def _write_stages(tx: Transaction, pipeline: Pipeline, names: dict[str, str]) -> None:
    """Have the pipeline consist of the named stages, in this order."""
    rows = await tx.fetch(STAGES, tx.workspace_id, pipeline.id)
    known = {fold(row["name"]): row["id"] for row in rows}
    left = [id for key, id in known.items() if key not in names]
    if left:
        await tx.execute(DELETE_UNUSED, tx.workspace_id, left)
        await tx.execute(ARCHIVE, tx.workspace_id, left, tx.now)
    await tx.execute(
        WRITE,
        tx.workspace_id,
        pipeline.id,
        [known.get(key) or new_id() for key in names],
        list(names.values()),
        list(range(1, len(names) + 1)),
    )
