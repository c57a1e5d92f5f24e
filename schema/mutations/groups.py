"""Groups: making and deleting them, and who is in them."""

from typing import Annotated, Any

import strawberry

import models
from models import BulkChangeKind
from resolvers.context import Context
from resolvers.ids import global_id, parse_id
from schema.audiences import Group
from schema.bulk_changes import BulkChange
from schema.givens import LEFT_OUT, given_id_or_none
from schema.inputs import DeleteInput
from schema.mutations.bulk_changes import ChosenCustomers, change_many
from schema.payloads import DeletePayload, Payload, change
from services.groups import delete_group, find_group, save_group
from services.transactions import Transaction


@strawberry.input(description="A group: a new one, or another name of the one with `id`.")
class GroupInput:
    """A group as it is to be."""

    id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The group to change; left out, a new one is made."
    )
    name: str = strawberry.field(description="Its name: 1 to 200 letters, no other group's.")


@strawberry.input(description="A group, and the customers to put into it or take out.")
class GroupMembersInput(ChosenCustomers):
    """Ids, or all that match."""

    group_id: strawberry.ID = strawberry.field(description="The group.")


@strawberry.type(description="A group after a change.")
class GroupPayload(Payload):
    """A group, or why nothing was changed."""

    group: Group | None = strawberry.field(description="The group as it is now.")
    bulk_change: BulkChange | None = strawberry.field(
        description="Of who was put in or taken out: where that stands."
    )


@strawberry.type
class GroupMutations:
    """The root fields that change groups."""

    @strawberry.mutation(description="Make a group, or rename one.")
    async def save_group(
        self,
        info: strawberry.Info,
        input: Annotated[GroupInput, strawberry.argument(description="The group.")],
    ) -> GroupPayload:
        """Make or rename one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = given_id_or_none(input.id, models.Group, "id")
            return {"group": await save_group(tx, id, input.name), "bulk_change": None}

        return await change(info, GroupPayload, verb, group=None, bulk_change=None)

    @strawberry.mutation(
        description="Put customers into a group: those named, or all that match at this moment."
    )
    async def add_to_group(
        self,
        info: strawberry.Info,
        input: Annotated[GroupMembersInput, strawberry.argument(description="Whom, and where.")],
    ) -> GroupPayload:
        """Put some in."""
        return await _change_members(info, BulkChangeKind.ADD_TO_GROUP, input)

    @strawberry.mutation(
        description="Take customers out of a group: those named, or all that match at this moment."
    )
    async def remove_from_group(
        self,
        info: strawberry.Info,
        input: Annotated[GroupMembersInput, strawberry.argument(description="Whom, and where.")],
    ) -> GroupPayload:
        """Take some out."""
        return await _change_members(info, BulkChangeKind.REMOVE_FROM_GROUP, input)

    @strawberry.mutation(description="Delete a group. Its customers stay.")
    async def delete_group(
        self,
        info: strawberry.Info,
        input: Annotated[DeleteInput, strawberry.argument(description="The group.")],
    ) -> DeletePayload:
        """Delete one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.id, models.Group, "id")
            await delete_group(tx, id)
            return {"deleted_id": strawberry.ID(global_id(models.Group, id))}

        return await change(info, DeletePayload, verb, deleted_id=None)


async def _change_members(
    info: strawberry.Info, kind: BulkChangeKind, input: GroupMembersInput
) -> GroupPayload:
    async def prepare(tx: Transaction) -> tuple[dict[str, Any], dict[str, Any]]:
        group = await find_group(tx, parse_id(input.group_id, models.Group, "groupId"))
        return {"id": str(group.id)}, {"group": group}

    return await change_many(info, GroupPayload, kind, input, prepare, group=None)
