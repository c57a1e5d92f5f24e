"""Tickets: what customers asked for help with."""

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
from schema.pipelines import Pipeline, Stage
from schema.users import User

if TYPE_CHECKING:
    from schema.customers import Customer


class TicketSort(StrEnum):
    """What tickets can be sorted by."""

    CREATED_AT = "CREATED_AT"
    SLA_DUE_AT = "SLA_DUE_AT"
    PRIORITY = "PRIORITY"


strawberry.enum(TicketSort, description="What tickets can be sorted by.")


@strawberry.input(description="How to sort tickets.")
class TicketOrder:
    """An order of tickets."""

    by: TicketSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(description="Which end comes first.")


@strawberry.input(description="Which tickets to show: those that meet all that is given.")
class TicketFilter:
    """A filter of tickets."""

    sla_statuses: list[models.SlaStatus] | None = strawberry.field(
        default=None, description="With one of these SLA statuses."
    )
    pipeline_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In one of these pipelines."
    )
    stage_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In one of these stages."
    )
    reporter_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Reported by one of these users."
    )
    assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Assigned to one of these users."
    )
    priorities: list[models.Priority] | None = strawberry.field(
        default=None, description="With one of these priorities."
    )


@strawberry.type(description="A request for help.")
class Ticket(Node):
    """A view over models.Ticket."""

    shows: ClassVar = models.Ticket

    external_id: str | None = strawberry.field(description="Its id in the connected system.")
    number: str = strawberry.field(description="Its number in the workspace, such as T-000042.")
    subject: str = strawberry.field(description="What it is about.")
    pipeline: Pipeline | None = reference("pipeline_id", models.Pipeline, "What it goes through.")
    stage: Stage | None = reference("stage_id", models.Stage, "Where in the pipeline it is.")
    priority: models.Priority = strawberry.field(description="How soon it wants to be seen to.")
    sla_status: models.SlaStatus = strawberry.field(
        description="Whether the promised time is kept."
    )
    sla_due_at: datetime | None = strawberry.field(description="The promised time.")
    reporter: User | None = reference("reporter_id", models.User, "The user who wrote it down.")
    assignee: User | None = reference("assignee_id", models.User, "The user who sees to it.")
    created_at: datetime = strawberry.field(description="When it was made.")
    closed_at: datetime | None = strawberry.field(description="When it was closed.")
    customers: Connection[Annotated["Customer", strawberry.lazy("schema.customers")]] = connection(
        customers.OF_TICKET, "The customers whom it concerns."
    )
