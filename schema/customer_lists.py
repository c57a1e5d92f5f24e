"""`Query.customers`: the table of customers, with its search, filter, view and order."""

from typing import Any

import strawberry

import models
from resolvers import views
from resolvers.context import Context
from resolvers.customer_lists import searched
from resolvers.customer_pages import counted_quickly, criteria_apart, found_page
from resolvers.declarations import SOURCE, PageOf
from resolvers.ids import parse_id
from resolvers.loaders.collections import OrderBy
from resolvers.loaders.customers import CUSTOMERS
from resolvers.loaders.paging import Question
from resolvers.pages import Page, PageArguments, question_of
from schema.customer_filters import CustomerFilter, CustomerOrder
from schema.fields import PAGE_ARGUMENTS, described, given, order_asked, with_arguments
from schema.inputs import criteria_of
from schema.stored_inputs import Unreadable, restored
from services.errors import Refusal

ARGUMENTS: dict[str, Any] = {
    "search": described(
        str,
        "Words, or parts of words, of the name, e-mail, username or external id, or a phone number "
        "in any spelling; case and accents do not matter. Where nobody on the list has all words, "
        "each of four letters or more may have one letter wrong.",
    ),
    "filter": described(CustomerFilter, "Only those that meet all of this."),
    "view": described(
        strawberry.ID,
        "A view, whose filter and order are taken: with `filter` both must be met, and `orderBy` "
        "comes before the view's.",
    ),
    "order_by": described(CustomerOrder, "What to sort by; the last updated first unless told."),
    **PAGE_ARGUMENTS,
}


async def customers_asked(context: Context, values: dict[str, Any]) -> Question:
    """What `customers` asks its collection.

    Raises a Refusal: INVALID where an argument makes no sense, NOT_FOUND (view) for a view that is
    not there, or is somebody else's.
    """
    told = given(values)
    order = await order_asked(context, told.get("order_by"))
    criteria = await criteria_of(context, told.get("filter")) or {}
    if "view" in told:
        view = await views.view(
            context, parse_id(told["view"], models.CustomerView, "view"), "view"
        )
        order = order or await order_of_view(context, view)
        of_view = await criteria_of_view(context, view)
        criteria = {**criteria, "of_view": of_view} if of_view else criteria
    order = order or CUSTOMERS.default
    if criteria:
        await context.plan_by_values()
        criteria = await criteria_apart(context, criteria)
    if told.get("search", "").strip():
        criteria = await searched(context, told["search"], criteria, order)
    question = question_of(
        context,
        CUSTOMERS,
        PageArguments(**{name: told[name] for name in PAGE_ARGUMENTS if name in told}),
        filter=criteria,
        order=order,
    )
    question = counted_quickly(context, question, criteria)
    return await found_page(context, question, criteria)


async def order_of_view(context: Context, view: models.CustomerView) -> OrderBy | None:
    """The order that a view keeps; None where it keeps none that there is, or is in use."""
    try:
        return await order_asked(context, restored(CustomerOrder, view.order_by))
    except (Unreadable, AttributeError, Refusal):
        return None


async def criteria_of_view(context: Context, view: models.CustomerView) -> dict[str, Any]:
    """What a view's filter asks for, without what it leaves out."""
    if not view.filter_criteria:
        return {}
    filter = restored(CustomerFilter, view.filter_criteria)
    if filter.properties:
        filter.properties = await views.standing_criteria(context, view, filter.properties)
    return await criteria_of(context, filter) or {}


async def _resolve(root: Any, info: Any, **values: Any) -> Any:
    return Page(info.context, await customers_asked(info.context, values), None)


def customer_list(description: str) -> Any:
    """The field that lists the workspace's customers."""
    return strawberry.field(
        resolver=with_arguments(_resolve, ARGUMENTS),
        description=description,
        metadata={SOURCE: PageOf(CUSTOMERS, customers_asked)},
    )
