"""Merges: who became part of whom."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

import models
from resolvers.declarations import SOURCE, Computed
from resolvers.ids import global_id
from resolvers.loaders import merges
from schema.fields import reference
from schema.nodes import Node
from schema.users import User

if TYPE_CHECKING:
    from schema.customers import Customer


@strawberry.type(description="One merge into a main customer.")
class Merge(Node):
    """A view over models.Merge."""

    shows: ClassVar = models.Merge

    main: Annotated["Customer", strawberry.lazy("schema.customers")] = reference(
        "main_id", models.Customer, "The customer whom the members became part of."
    )

    @strawberry.field(
        description="The ids that the members had.",
        metadata={SOURCE: Computed(merges.MEMBER_IDS)},
    )
    async def member_ids(
        root: strawberry.Parent[models.Merge], info: strawberry.Info
    ) -> list[strawberry.ID]:
        """The members' global ids, in the order in which they were merged."""
        loaders = info.context.loaders
        rows = (await loaders.page(loaders.question(merges.OF_MERGE), root.id)).rows
        return [strawberry.ID(global_id(models.Customer, row.customer_id)) for row in rows]

    merged_at: datetime = strawberry.field(description="When it was done.")
    user: User | None = reference("user_id", models.User, "Who did it.")
    source: models.MergeSource = strawberry.field(description="Where it was asked for.")
    undone_at: datetime | None = strawberry.field(
        description="When the last of its members was unmerged."
    )
