"""Lists of customers: what a search, a filter, a view and an order come to together."""

from collections.abc import Mapping, Sequence
from typing import Any

from resolvers.context import Context
from resolvers.loaders.batches import fetch
from resolvers.loaders.collections import LONGEST_SEARCH, OrderBy
from resolvers.loaders.customers import CUSTOMERS, recent_with_terms
from resolvers.loaders.statements import Statement
from services.errors import invalid
from services.searches import Term, near_terms, search_terms

BY_NAME = "FULL_NAME"
MANY = 10
"""Of the customers last updated: where so many meet a search, so very many do among all."""


async def searched(
    context: Context,
    search: str,
    criteria: Mapping[str, Any],
    order: OrderBy = CUSTOMERS.default,
) -> dict[str, Any]:
    """The criteria of a list with those of a search in it.

    The words are taken as they are typed if that finds anybody on the list, and else for typing
    errors. Raises a Refusal (INVALID) for a search that is too long.
    """
    if len(search) > LONGEST_SEARCH:
        wanted = f"give at most {LONGEST_SEARCH}."
        raise invalid(f"search has {len(search)} characters: {wanted}", "search")
    country = context.workspace.default_country
    terms = search_terms(search, country)
    if not terms:
        return dict(criteria)
    await context.plan_by_values()
    apart = order.name == BY_NAME
    near = near_terms(search, country)
    if near is not None and not await _finds(context, {**criteria, "has_terms": terms}):
        terms, apart = near, apart or not await _finds_many(context, near)
    return {**criteria, "found_apart" if apart else "has_terms": terms}


async def _finds(context: Context, criteria: Mapping[str, Any]) -> bool:
    """Whether anybody meets criteria."""
    statement = Statement.of_root(context.workspace_id, context.now)
    conditions = CUSTOMERS.conditions(statement, criteria, None)
    order = CUSTOMERS.orders[CUSTOMERS.default.name].expression
    sql = f"SELECT 1 FROM customers r WHERE {conditions} ORDER BY {order} DESC, r.id DESC LIMIT 1"
    return bool(await fetch(context, sql, statement.parameters))


async def _finds_many(context: Context, terms: Sequence[Term]) -> bool:
    """Whether so many meet a search that its first page is best read off the list."""
    statement = Statement.of_root(context.workspace_id, context.now)
    sql = recent_with_terms(statement, terms)
    [row] = await fetch(context, sql, statement.parameters)
    return bool(row["count"] >= MANY)
