"""Views: which of them a caller is shown, and what they leave out for now."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import models
from resolvers.context import Context
from resolvers.customers import all_definitions
from resolvers.loaders.paging import Question
from resolvers.loaders.views import VIEWS
from services.errors import not_found
from services.property_filters import Operator
from services.views import (
    Omission,
    PropertyCriterion,
    may_see,
    shown_columns,
    unavailable_columns,
    unavailable_criteria,
    unavailable_order,
)


async def views_asked(context: Context, _values: dict[str, Any]) -> Question:
    """What `customerViews` asks its collection."""
    actor = context.actor
    whose = (actor.user_id, actor.api_key_id)
    return context.loaders.question(VIEWS, filter={"shown_to": whose})


async def view(context: Context, id: UUID, *field: str) -> models.CustomerView:
    """A view that the caller is shown. Raises a Refusal (NOT_FOUND) at `field` where it is not."""
    found: models.CustomerView | None = await context.loaders.row(models.CustomerView, id)
    if found is None or not may_see(context.actor, found):
        raise not_found("view", *field)
    return found


def criteria_in(view: models.CustomerView) -> list[PropertyCriterion]:
    """The conditions on custom properties in a view's filter."""
    kept = (view.filter_criteria or {}).get("properties") or ()
    return [PropertyCriterion(one["key"], Operator(one["op"]), one.get("value")) for one in kept]


async def columns_of(context: Context, view: models.CustomerView) -> list[str]:
    """The columns of a view that can be shown."""
    return shown_columns(view, await all_definitions(context))


async def left_out_of(context: Context, view: models.CustomerView) -> list[Omission]:
    """What a view leaves out for now."""
    definitions = await all_definitions(context)
    found = unavailable_criteria(criteria_in(view), definitions, context.workspace, context.now)
    return [
        *unavailable_columns(view, definitions),
        *found.values(),
        *unavailable_order(view, definitions),
    ]


async def standing_criteria(
    context: Context, view: models.CustomerView, criteria: Sequence[Any]
) -> list[Any]:
    """Those of the conditions on properties in a view's filter that it does not leave out."""
    definitions = await all_definitions(context)
    left_out = unavailable_criteria(criteria_in(view), definitions, context.workspace, context.now)
    return [one for index, one in enumerate(criteria) if index not in left_out]
