"""Tasks: what somebody has to do for a customer."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

import models
from resolvers.loaders import customers
from schema.connections import Connection
from schema.fields import connection, reference
from schema.inputs import Direction
from schema.nodes import Node
from schema.pipelines import Stage
from schema.users import User

if TYPE_CHECKING:
    from schema.customers import Customer


class TaskSort(StrEnum):
    """What tasks can be sorted by."""

    CREATED_AT = "CREATED_AT"
    DUE_AT = "DUE_AT"
    PRIORITY = "PRIORITY"


strawberry.enum(TaskSort, description="What tasks can be sorted by.")


@strawberry.input(description="How to sort tasks.")
class TaskOrder:
    """An order of tasks."""

    by: TaskSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(description="Which end comes first.")


@strawberry.input(description="Which tasks to show: those that meet all that is given.")
class TaskFilter:
    """A filter of tasks."""

    statuses: list[models.TaskStatus] | None = strawberry.field(
        default=None, description="With one of these statuses."
    )
    stage_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In one of these stages."
    )
    assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Assigned to one of these users."
    )
    priorities: list[models.Priority] | None = strawberry.field(
        default=None, description="With one of these priorities."
    )


@strawberry.type(description="Something to do.")
class Task(Node):
    """A view over models.Task."""

    shows: ClassVar = models.Task

    external_id: str | None = strawberry.field(description="Its id in the connected system.")
    title: str = strawberry.field(description="What is to be done.")
    status: models.TaskStatus = strawberry.field(description="Where it stands.")
    stage: Stage | None = reference("stage_id", models.Stage, "Where in its pipeline it is.")
    priority: models.Priority = strawberry.field(description="How soon it wants to be seen to.")
    assignee: User | None = reference("assignee_id", models.User, "The user who is to do it.")
    due_at: datetime | None = strawberry.field(description="When it is to be done by.")
    completed_at: datetime | None = strawberry.field(description="When it was done.")
    created_at: datetime = strawberry.field(description="When it was made.")
    customers: Connection[Annotated["Customer", strawberry.lazy("schema.customers")]] = connection(
        customers.OF_TASK, "The customers whom it concerns."
    )
