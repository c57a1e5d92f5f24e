"""Segments: saving and deleting them."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import global_id, parse_id
from schema.audiences import Segment
from schema.givens import LEFT_OUT, given_id_or_none
from schema.inputs import DeleteInput
from schema.payloads import DeletePayload, Payload, change
from schema.segments import SegmentCriteria
from schema.stored_inputs import stored
from services.segments.saving import delete_segment, save_segment
from services.transactions import Transaction


@strawberry.input(description="A segment: a new one, or another form of the one with `id`.")
class SegmentInput:
    """A segment as it is to be."""

    id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The segment to change; left out, a new one is made."
    )
    name: str = strawberry.field(description="Its name: 1 to 200 letters, no other segment's.")
    criteria: SegmentCriteria = strawberry.field(description="Whom it is of.")


@strawberry.type(description="A segment after a change.")
class SegmentPayload(Payload):
    """A segment, or why nothing was changed."""

    segment: Segment | None = strawberry.field(description="The segment as it is now.")


@strawberry.type
class SegmentMutations:
    """The root fields that change segments."""

    @strawberry.mutation(
        description="Make a segment, or change one. Customers are in it as long as they meet its "
        "criteria: at once in a workspace of up to 5,000 customers, in a larger one when a worker "
        "has filled it, which `refreshedAt` tells. Each who enters or leaves is an event."
    )
    async def save_segment(
        self,
        info: strawberry.Info,
        input: Annotated[SegmentInput, strawberry.argument(description="The segment.")],
    ) -> SegmentPayload:
        """Make or change one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = given_id_or_none(input.id, models.Segment, "id")
            return {"segment": await save_segment(tx, id, input.name, stored(input.criteria))}

        return await change(info, SegmentPayload, verb, segment=None)

    @strawberry.mutation(description="Delete a segment. Its customers stay.")
    async def delete_segment(
        self,
        info: strawberry.Info,
        input: Annotated[DeleteInput, strawberry.argument(description="The segment.")],
    ) -> DeletePayload:
        """Delete one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.id, models.Segment, "id")
            await delete_segment(tx, id)
            return {"deleted_id": strawberry.ID(global_id(models.Segment, id))}

        return await change(info, DeletePayload, verb, deleted_id=None)
