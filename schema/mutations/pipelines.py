"""Mutations of pipelines."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from schema.givens import LEFT_OUT, given_id_or_none
from schema.payloads import Payload, change
from schema.pipelines import Pipeline
from services.pipelines import PipelineReport, upsert_pipeline
from services.transactions import Transaction


@strawberry.input(description="A pipeline as it is to be.")
class PipelineInput:
    """A pipeline."""

    id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT,
        description="The pipeline; left out, the one of the kind with the name, or a new one.",
    )
    kind: models.PipelineKind = strawberry.field(
        description="What goes through it; it does not change."
    )
    name: str = strawberry.field(description="The pipeline's name; with its id, its new one.")
    stages: list[str] = strawberry.field(
        description="The names of all its stages in their order, 1 to 100. A stage is known by its "
        "name; one that is not named any more is deleted, or archived where records stand in it."
    )


@strawberry.type(description="The pipeline as it is now.")
class PipelinePayload(Payload):
    """What upsertPipeline answers with."""

    pipeline: Pipeline | None = strawberry.field(default=None, description="The pipeline.")


@strawberry.type
class PipelineMutations:
    """Root fields about pipelines."""

    @strawberry.mutation(description="Write a pipeline and its stages.")
    async def upsert_pipeline(
        self,
        info: strawberry.Info,
        input: Annotated[PipelineInput, strawberry.argument(description="The pipeline.")],
    ) -> PipelinePayload:
        """services.pipelines.upsert_pipeline."""

        async def verb(_context: Context, tx: Transaction) -> dict[str, Any]:
            return {"pipeline": await upsert_pipeline(tx, pipeline_report(input))}

        return await change(info, PipelinePayload, verb)


def pipeline_report(input: PipelineInput) -> PipelineReport:
    """The input with its id read; a Refusal (INVALID) where it is none."""
    return PipelineReport(
        id=given_id_or_none(input.id, models.Pipeline, "id"),
        kind=input.kind,
        name=input.name,
        stages=input.stages,
    )
