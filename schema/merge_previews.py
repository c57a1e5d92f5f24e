"""Merge previews: what a merge would do, and what stands in its way."""

from typing import Annotated

import strawberry

import models
from resolvers import merge_previews
from resolvers.ids import global_id, parse_id
from schema.activities import ActivityCounts
from schema.customers import Customer
from schema.givens import LEFT_OUT
from schema.identities import ChannelIdentity
from schema.merge_inputs import OVERRIDES, STRATEGY, FieldChoice, field_choices, strategy_of
from schema.scalars import JSON
from services.merging import previews
from services.merging.previews import MergeBlockerCode
from services.merging.requests import Merging


@strawberry.type(description="What stands in a merge's way.")
class MergeBlocker:
    """A view over services.merging.previews.MergeBlocker."""

    code: MergeBlockerCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason, for people.")

    @strawberry.field(description="The id, as it was named, of the customer whom it is about.")
    def customer_id(root: strawberry.Parent[previews.MergeBlocker]) -> strawberry.ID | None:
        """The customer's global id."""
        if root.customer_id is None:
            return None
        return strawberry.ID(global_id(models.Customer, root.customer_id))


@strawberry.type(description="What one customer has in a field.")
class FieldValue:
    """A value of services.merging.previews.FieldPreview."""

    customer_id: strawberry.ID = strawberry.field(description="The customer's id.")
    value: JSON | None = strawberry.field(
        description="The value as the API writes it, users by their ids; null for none."
    )


@strawberry.type(description="What a merge makes of one field of the main customer.")
class FieldPreview:
    """A view over services.merging.previews.FieldPreview."""

    field: str = strawberry.field(
        description='The field of Customer, "properties.<key>" for a custom one: what an override '
        "names."
    )
    label: str = strawberry.field(description="What the field is called.")
    result: JSON | None = strawberry.field(
        description="What the main customer would have, as the API writes it."
    )
    conflict: bool = strawberry.field(
        description="Whether those who take part have different values. Nothing differs from no "
        "value."
    )

    @strawberry.field(
        description="The value of everyone who takes part, the main customer's first."
    )
    def values(root: strawberry.Parent[previews.FieldPreview]) -> list[FieldValue]:
        """The values with the customers' global ids."""
        return [
            FieldValue(
                customer_id=strawberry.ID(global_id(models.Customer, id)),
                value=value,
            )
            for id, value in root.values
        ]


@strawberry.type(
    description="What a merge would do with those members who can be merged, at this instant."
)
class MergePreview:
    """A view over services.merging.previews.MergePreview."""

    allowed: bool = strawberry.field(description="Whether the merge could be done: no blockers.")
    blockers: list[MergeBlocker] = strawberry.field(description="What stands in its way.")
    main: Customer = strawberry.field(
        description="The main customer as they are, the one whom mainId stands for."
    )
    members: list[Customer] = strawberry.field(
        description="Who would become members: those named, then the members that they bring along."
    )
    fields: list[FieldPreview] = strawberry.field(
        description="The fields that a merge decides of: the plain ones, then the custom "
        "properties of which anybody has a value."
    )
    identities: list[ChannelIdentity] = strawberry.field(
        description="The ways to reach the main customer then, the main one first."
    )
    moves: ActivityCounts = strawberry.field(
        description="How many of the members' records would become the main customer's."
    )
    member_count_after: int = strawberry.field(
        description="How many members the main customer would have; at most 10 are allowed."
    )


@strawberry.type
class MergePreviewQueries:
    """The root field that previews a merge."""

    @strawberry.field(
        description="What mergeCustomers would do with the same arguments, and what stands in its "
        "way. Changes nothing."
    )
    async def merge_preview(
        self,
        info: strawberry.Info,
        main_id: Annotated[
            strawberry.ID, strawberry.argument(description="The main customer's id.")
        ],
        member_ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description="The ids of those to be merged into it."),
        ],
        strategy: Annotated[
            models.SurvivorshipStrategy | None, strawberry.argument(description=STRATEGY)
        ] = LEFT_OUT,
        overrides: Annotated[
            list[FieldChoice] | None, strawberry.argument(description=OVERRIDES)
        ] = LEFT_OUT,
    ) -> MergePreview:
        """What the merge would do."""
        merging = Merging(
            main_id=parse_id(main_id, models.Customer, "mainId"),
            member_ids=[
                parse_id(id, models.Customer, "memberIds", str(index))
                for index, id in enumerate(member_ids)
            ],
            strategy=strategy_of(strategy),
            overrides=field_choices(overrides),
        )
        found: MergePreview = await merge_previews.merge_preview(  # type: ignore[assignment]
            info.context, merging
        )
        return found
