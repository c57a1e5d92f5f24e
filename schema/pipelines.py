"""Pipelines and their stages."""

from typing import ClassVar

import strawberry

import models
from resolvers.loaders import pipelines
from schema.fields import every, reference
from schema.nodes import Node


@strawberry.type(description="A step of a pipeline.")
class Stage(Node):
    """A view over models.Stage."""

    shows: ClassVar = models.Stage

    name: str = strawberry.field(description="The stage's name.")
    position: int = strawberry.field(description="Its place in the pipeline, from 1.")
    pipeline: "Pipeline" = reference("pipeline_id", models.Pipeline, "The pipeline that it is of.")


@strawberry.type(description="A row of stages that tickets, deals or tasks go through.")
class Pipeline(Node):
    """A view over models.Pipeline."""

    shows: ClassVar = models.Pipeline

    name: str = strawberry.field(description="The pipeline's name.")
    kind: models.PipelineKind = strawberry.field(description="What goes through it.")
    stages: list[Stage] = every(pipelines.STAGES, "Its stages, the first one first.")
