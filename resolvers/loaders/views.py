"""Saved views of the table of customers."""

from typing import Any

import models
from resolvers.loaders.collections import Collection, Order, OrderBy
from resolvers.loaders.statements import Statement

SHOWN = (
    "(r.shared OR (r.owner_id IS NOT DISTINCT FROM {user} "
    "AND r.api_key_id IS NOT DISTINCT FROM {key}))"
)


def shown_to(statement: Statement, whose: Any) -> str:
    """Whether a view is shown to a user, or to an API key: `services.views.may_see`."""
    user_id, api_key_id = whose
    user, key = statement.bind(user_id, "uuid"), statement.bind(api_key_id, "uuid")
    return SHOWN.format(user=user, key=key)


SHOWN_TO_CALLER = SHOWN.format(user="{user_id}", key="{api_key_id}")
"""Whether it is shown to who is asking."""

VIEWS = Collection(
    name="customerViews",
    model=models.CustomerView,
    filters={"shown_to": shown_to},
    orders={"NAME": Order("r.name", "text", "name")},
    default=OrderBy("NAME", descending=False),
)
