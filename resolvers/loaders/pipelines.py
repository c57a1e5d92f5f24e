"""Pipelines and their stages; and how priorities are sorted."""

from typing import Any

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of
from resolvers.loaders.statements import Statement

RANKS: dict[Any, int] = {priority: rank for rank, priority in enumerate(models.Priority, start=1)}
PRIORITY = Order(
    "CASE r.priority "
    + " ".join(f"WHEN '{priority.value}' THEN {rank}" for priority, rank in RANKS.items())
    + " END",
    "int",
    "priority",
    ranks=RANKS,
)


def in_use(_statement: Statement) -> str:
    """An archived stage is no stage of its pipeline any more."""
    return "r.archived_at IS NULL"


PIPELINES = Collection(
    name="pipelines",
    model=models.Pipeline,
    filters={"kinds": one_of("kind")},
    orders={"NAME": Order("r.name", "text", "name")},
    default=OrderBy("NAME", descending=False),
)
STAGES = Collection(
    name="pipeline.stages",
    model=models.Stage,
    parent="r.pipeline_id = p.id",
    visible=in_use,
    orders={"POSITION": Order("r.position", "int", "position")},
    default=OrderBy("POSITION", descending=False),
)
