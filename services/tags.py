"""Tags: words that customers carry, given by hand or by a range of lifetime value."""

from decimal import Decimal
from uuid import UUID

from models import Tag
from services.amounts import checked_amount
from services.errors import invalid
from services.given import UNSET, Given
from services.named_sets import NamedSet, delete_named, find_named, save_named
from services.segments.refreshing import refill_named
from services.transactions import Transaction

TAG = NamedSet(Tag, "tag", "customer_tags", "tag_id", longest=100)


async def save_tag(
    tx: Transaction,
    id: UUID | None,
    name: str,
    ltv_min: Given[Decimal | None] = UNSET,
    ltv_max: Given[Decimal | None] = UNSET,
) -> Tag:
    """Make a tag, or change the one with `id`.

    Customers whose lifetime value is at least `ltv_min` and below `ltv_max` carry it by themselves,
    from this commit on and as their value changes; a bound that is null is open, and without either
    the tag is given by hand only. Ranges of several tags may overlap. Raises a Refusal: INVALID
    (name, ltvMin, ltvMax) for what will not do, a range that holds nothing among it, DUPLICATE
    (name) where another tag has it, in whatever case, NOT_FOUND (id).
    """
    values = {}
    for column, field, amount in (("ltv_min", "ltvMin", ltv_min), ("ltv_max", "ltvMax", ltv_max)):
        if amount is not UNSET:
            values[column] = None if amount is None else checked_amount(amount, field)
    tag: Tag = await save_named(tx, TAG, id, name, values, check=_refuse_empty_range)
    if values and id is not None:
        await refill_named(tx, tag.id)
    return tag


def _refuse_empty_range(tag: Tag) -> None:
    if tag.ltv_min is not None and tag.ltv_max is not None and tag.ltv_min >= tag.ltv_max:
        raise invalid(
            f"ltvMin is {tag.ltv_min} and ltvMax {tag.ltv_max}: give a higher ltvMax, which is not "
            "in the range itself.",
            "ltvMin",
        )


async def delete_tag(tx: Transaction, id: UUID) -> None:
    """Delete a tag; its customers stay. Raises a Refusal (NOT_FOUND) at `id`."""
    await delete_named(tx, TAG, id)
    await refill_named(tx, id)


async def find_tag(tx: Transaction, id: UUID) -> Tag:
    """The tag of this id, which stays until the transaction's end.

    Raises a Refusal (NOT_FOUND) at `tagId`.
    """
    tag: Tag = await find_named(tx, TAG, id, "tagId", lock="KEY SHARE")
    return tag
