"""Which customers a change of many is of: ids, or all that a filter and a search find."""

from collections.abc import Mapping, Sequence
from typing import Any

import models
from resolvers.context import Context
from resolvers.ids import parse_id
from resolvers.loaders.customers import CUSTOMERS
from resolvers.loaders.statements import Statement
from services.bulk.choices import Choice
from services.errors import invalid


def choice_of(
    context: Context,
    ids: Sequence[str] | None,
    filter: Mapping[str, Any] | None,
) -> Choice:
    """The customers of these global ids, or all in the list that `filter` finds.

    An empty filter is everybody. Raises a Refusal (INVALID) where both or neither are given, and
    for an id that is none of a customer.
    """
    if (ids is None) == (filter is None):
        raise invalid("Give either customerIds or a filter (or search).", "customerIds")
    if ids is not None:
        return Choice(
            ids=[parse_id(id, models.Customer, "customerIds", str(i)) for i, id in enumerate(ids)]
        )
    statement = Statement.of_root(context.workspace_id, context.now)
    conditions = CUSTOMERS.conditions(statement, filter, None)
    return Choice(
        statement=f"SELECT r.id FROM customers r WHERE {conditions}",
        parameters=statement.parameters,
    )
