"""What lists of customers can be filtered and sorted by."""

from enum import StrEnum
from typing import Any

import strawberry

import models
from resolvers import customers
from resolvers.context import Context
from resolvers.loaders.collections import OrderBy
from schema.inputs import Direction, PeriodInput
from schema.properties import PropertyFilter
from services.errors import invalid


class CustomerSort(StrEnum):
    """What customers can be sorted by."""

    UPDATED_AT = "UPDATED_AT"
    CREATED_AT = "CREATED_AT"
    FULL_NAME = "FULL_NAME"
    LIFETIME_VALUE = "LIFETIME_VALUE"
    LAST_INBOUND_AT = "LAST_INBOUND_AT"
    PROPERTY = "PROPERTY"


strawberry.enum(
    CustomerSort,
    description="What customers can be sorted by. PROPERTY: by a custom property, which `property` "
    "names.",
)


@strawberry.input(description="How to sort customers.")
class CustomerOrder:
    """An order of customers."""

    by: CustomerSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(description="Which end comes first.")
    property: str | None = strawberry.field(
        default=None,
        description="With PROPERTY: the key of a custom property in use. Numbers and times are "
        "sorted as such, all else as text, of several options the first one counts; who has no "
        "value comes last, whichever the direction.",
    )

    async def resolved(self, context: Context) -> OrderBy | None:
        """The order by the property; None for a built-in order. Raises a Refusal (INVALID)."""
        if self.by is not CustomerSort.PROPERTY:
            if self.property is not None:
                raise invalid("property: it goes with by: PROPERTY.", "orderBy", "property")
            return None
        descending = self.direction is Direction.DESC
        return await customers.order_by_property(context, self.property, descending)


@strawberry.input(description="Which customers to show: those who meet all that is given.")
class CustomerFilter:
    """A filter of customers."""

    sources: list[models.ChannelKind] | None = strawberry.field(
        default=None, description="Who came from one of these platforms."
    )
    updated: PeriodInput | None = strawberry.field(
        default=None, description="Whose profile was last changed in this period."
    )
    created: PeriodInput | None = strawberry.field(
        default=None, description="Who were added in this period."
    )
    owner_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Owned by one of these users."
    )
    assignee_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Assigned to one of these users."
    )
    statuses: list[models.CustomerStatus] | None = strawberry.field(
        default=None, description="With one of these statuses."
    )
    acquisitions: list[models.Acquisition] | None = strawberry.field(
        default=None, description="Who came in one of these ways."
    )
    window: models.WindowStatus | None = strawberry.field(
        default=None, description="Whose messaging window is open (ACTIVE), or is not."
    )
    productive: bool | None = strawberry.field(
        default=None, description="Who have paid for an order, or have not."
    )
    merged: bool | None = strawberry.field(
        default=None, description="Into whom others are merged, or nobody is."
    )
    group_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In one of these groups."
    )
    segment_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="In one of these segments."
    )
    tag_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Who carry one of these tags."
    )
    properties: list[PropertyFilter] | None = strawberry.field(
        default=None, description="Whose custom properties meet all of these conditions."
    )

    async def resolved(self, context: Context, found: dict[str, Any]) -> dict[str, Any]:
        """The filter with the window as an instant and properties as conditions on them."""
        if "window" in found:
            found["window"] = customers.window_bound(context, found["window"])
        if "properties" in found:
            found["properties"] = await customers.property_conditions(context, found["properties"])
        return found
