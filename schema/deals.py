"""Deals: what customers may buy."""

from datetime import date, datetime
from decimal import Decimal
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


class DealSort(StrEnum):
    """What deals can be sorted by."""

    CREATED_AT = "CREATED_AT"
    AMOUNT = "AMOUNT"
    EXPECTED_CLOSE_ON = "EXPECTED_CLOSE_ON"
    PRIORITY = "PRIORITY"


strawberry.enum(DealSort, description="What deals can be sorted by.")


@strawberry.input(description="How to sort deals.")
class DealOrder:
    """An order of deals."""

    by: DealSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(description="Which end comes first.")


@strawberry.input(description="Which deals to show: those that meet all that is given.")
class DealFilter:
    """A filter of deals."""

    approval_statuses: list[models.ApprovalStatus] | None = strawberry.field(
        default=None, description="With one of these approval statuses."
    )
    pipeline_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In one of these pipelines."
    )
    stage_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In one of these stages."
    )
    owner_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Owned by one of these users."
    )
    priorities: list[models.Priority] | None = strawberry.field(
        default=None, description="With one of these priorities."
    )


@strawberry.type(description="A possible sale.")
class Deal(Node):
    """A view over models.Deal."""

    shows: ClassVar = models.Deal

    external_id: str | None = strawberry.field(description="Its id in the connected system.")
    name: str = strawberry.field(description="The deal's name.")
    amount: Decimal = strawberry.field(description="What it is worth, in its currency.")
    currency: str = strawberry.field(description="The ISO 4217 code of its currency.")
    pipeline: Pipeline | None = reference("pipeline_id", models.Pipeline, "What it goes through.")
    stage: Stage | None = reference("stage_id", models.Stage, "Where in the pipeline it is.")
    priority: models.Priority = strawberry.field(description="How soon it wants to be seen to.")
    approval_status: models.ApprovalStatus = strawberry.field(
        description="Whether someone has to agree to it, and did."
    )
    owner: User | None = reference("owner_id", models.User, "The user whose deal it is.")
    expected_close_on: date | None = strawberry.field(
        description="The day on which it is expected to be won."
    )
    closed_at: datetime | None = strawberry.field(description="When it was won or lost.")
    won: bool | None = strawberry.field(description="Whether it was won; null while it is open.")
    created_at: datetime = strawberry.field(description="When it was made.")
    customers: Connection[Annotated["Customer", strawberry.lazy("schema.customers")]] = connection(
        customers.OF_DEAL, "The customers whom it is with."
    )
