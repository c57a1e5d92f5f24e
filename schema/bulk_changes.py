"""Bulk changes: one change of many customers, done in the background where they are many."""

from datetime import datetime
from typing import ClassVar

import strawberry

import models
from resolvers.declarations import SOURCE, Computed
from resolvers.ids import global_id
from resolvers.loaders import bulk_changes
from schema.connections import Connection
from schema.fields import connection, reference
from schema.nodes import Node
from schema.users import User
from services.errors import ErrorCode


@strawberry.type(description="A customer whom a bulk change did not change, and why.")
class BulkChangeFailure:
    """A view over models.BulkChangeFailure."""

    shows: ClassVar = models.BulkChangeFailure

    @strawberry.field(
        description="The customer's id, as it was asked for.",
        metadata={SOURCE: Computed("'cus_' || replace(r.customer_id::text, '-', '')")},
    )
    def customer_id(root: strawberry.Parent[models.BulkChangeFailure]) -> strawberry.ID:
        """The global id."""
        return strawberry.ID(global_id(models.Customer, root.customer_id))

    code: ErrorCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason, for people.")


@strawberry.type(
    description="One change of many customers: those who were named, or who matched when it was "
    "asked for. It is done by and by; each customer is changed once."
)
class BulkChange(Node):
    """A view over models.BulkChange."""

    shows: ClassVar = models.BulkChange

    kind: models.BulkChangeKind = strawberry.field(description="What is done to each.")
    status: models.BulkChangeStatus = strawberry.field(description="Where it stands.")
    total: int = strawberry.field(description="How many customers it is of.")
    done: int = strawberry.field(description="How many have been seen to, failures among them.")
    failed: int = strawberry.field(description="How many could not be changed.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    user: User | None = reference("user_id", models.User, "Who asked for it.")
    failures: Connection[BulkChangeFailure] = connection(
        bulk_changes.FAILURES, "Whom it has not changed, and why."
    )
