"""Tags: making and deleting them, and who carries them by hand."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

import models
from models import BulkChangeKind
from resolvers.context import Context
from resolvers.ids import global_id, parse_id
from schema.audiences import Tag
from schema.bulk_changes import BulkChange
from schema.givens import LEFT_OUT, given, given_id_or_none
from schema.inputs import DeleteInput
from schema.mutations.bulk_changes import ChosenCustomers, change_many
from schema.payloads import DeletePayload, Payload, change
from services.tags import delete_tag, find_tag, save_tag
from services.transactions import Transaction


@strawberry.input(description="A tag: a new one, or another form of the one with `id`.")
class TagInput:
    """A tag as it is to be."""

    id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The tag to change; left out, a new one is made."
    )
    name: str = strawberry.field(description="Its name: 1 to 100 letters, no other tag's.")
    ltv_min: Decimal | None = strawberry.field(
        default=LEFT_OUT,
        description="Customers of this lifetime value and more carry the tag by themselves. Null: "
        "from 0 on. Left out of a change, it stays as it is.",
    )
    ltv_max: Decimal | None = strawberry.field(
        default=LEFT_OUT,
        description="Only customers below this lifetime value, which is not in the range itself, "
        "carry it by themselves. Null: there is no upper end. Without either bound, the tag is "
        "given by hand only.",
    )


@strawberry.input(description="A tag, and the customers to give it to or take it from.")
class TagCustomersInput(ChosenCustomers):
    """Ids, or all that match."""

    tag_id: strawberry.ID = strawberry.field(description="The tag.")


@strawberry.type(description="A tag after a change.")
class TagPayload(Payload):
    """A tag, or why nothing was changed."""

    tag: Tag | None = strawberry.field(description="The tag as it is now.")
    bulk_change: BulkChange | None = strawberry.field(
        description="Of who was given it or lost it: where that stands."
    )


@strawberry.type
class TagMutations:
    """The root fields that change tags."""

    @strawberry.mutation(
        description="Make a tag, or change one. With a range of lifetime value, customers in the "
        "range carry it by themselves, from now on and as their value changes."
    )
    async def save_tag(
        self,
        info: strawberry.Info,
        input: Annotated[TagInput, strawberry.argument(description="The tag.")],
    ) -> TagPayload:
        """Make or change one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = given_id_or_none(input.id, models.Tag, "id")
            saved = await save_tag(tx, id, input.name, given(input.ltv_min), given(input.ltv_max))
            return {"tag": saved, "bulk_change": None}

        return await change(info, TagPayload, verb, tag=None, bulk_change=None)

    @strawberry.mutation(
        description="Give a tag to customers: to those named, or all that match at this moment."
    )
    async def tag_customers(
        self,
        info: strawberry.Info,
        input: Annotated[TagCustomersInput, strawberry.argument(description="Whom, and which.")],
    ) -> TagPayload:
        """Give it."""
        return await _change_customers(info, BulkChangeKind.TAG, input)

    @strawberry.mutation(
        description="Take a tag from customers: from those named, or all that match at this "
        "moment. Who carries it by their lifetime value goes on doing so."
    )
    async def untag_customers(
        self,
        info: strawberry.Info,
        input: Annotated[TagCustomersInput, strawberry.argument(description="Whom, and which.")],
    ) -> TagPayload:
        """Take it."""
        return await _change_customers(info, BulkChangeKind.UNTAG, input)

    @strawberry.mutation(description="Delete a tag. Its customers stay.")
    async def delete_tag(
        self,
        info: strawberry.Info,
        input: Annotated[DeleteInput, strawberry.argument(description="The tag.")],
    ) -> DeletePayload:
        """Delete one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.id, models.Tag, "id")
            await delete_tag(tx, id)
            return {"deleted_id": strawberry.ID(global_id(models.Tag, id))}

        return await change(info, DeletePayload, verb, deleted_id=None)


async def _change_customers(
    info: strawberry.Info, kind: BulkChangeKind, input: TagCustomersInput
) -> TagPayload:
    async def prepare(tx: Transaction) -> tuple[dict[str, Any], dict[str, Any]]:
        tag = await find_tag(tx, parse_id(input.tag_id, models.Tag, "tagId"))
        return {"id": str(tag.id)}, {"tag": tag}

    return await change_many(info, TagPayload, kind, input, prepare, tag=None)
