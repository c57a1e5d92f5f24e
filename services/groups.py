"""Groups: customers put together by hand."""

from uuid import UUID

from models import AudienceKind, Group
from services.audience_sizes import forget_size
from services.named_sets import NamedSet, delete_named, find_named, save_named
from services.segments.refreshing import refill_named
from services.transactions import Transaction

GROUP = NamedSet(Group, "group", "customer_groups", "group_id", longest=200)


async def save_group(tx: Transaction, id: UUID | None, name: str) -> Group:
    """Make a group, or give the one with `id` another name.

    Raises a Refusal: INVALID (name) for a name that will not do, DUPLICATE (name) where another
    group has it, in whatever case, NOT_FOUND (id).
    """
    group: Group = await save_named(tx, GROUP, id, name, {})
    return group


async def delete_group(tx: Transaction, id: UUID) -> None:
    """Delete a group; its customers stay. Raises a Refusal (NOT_FOUND) at `id`."""
    await delete_named(tx, GROUP, id)
    await refill_named(tx, id)
    await forget_size(tx, AudienceKind.GROUP, id)


async def find_group(tx: Transaction, id: UUID) -> Group:
    """The group of this id, which stays until the transaction's end.

    Raises a Refusal (NOT_FOUND) at `groupId`.
    """
    group: Group = await find_named(tx, GROUP, id, "groupId", lock="KEY SHARE")
    return group
