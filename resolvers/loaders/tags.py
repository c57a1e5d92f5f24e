"""Tags: those that somebody gave, and those that come by themselves with the lifetime value."""

from typing import Any

import models
from resolvers.ids import parse_id
from resolvers.loaders.collections import Collection, Order, OrderBy
from resolvers.loaders.statements import WORKSPACE, Statement
from services.tag_ranges import carries_one_of, in_range


def carries_tag(statement: Statement, values: Any) -> str:
    """Whether customer `r` carries one of the given tags, by hand or by lifetime value."""
    ids = statement.bind(
        [parse_id(value, models.Tag, "filter", "tagIds", str(i)) for i, value in enumerate(values)],
        "uuid[]",
    )
    return carries_one_of(ids, "r")


ORDERS = {"NAME": Order("r.name", "text", "name")}
BY_NAME = OrderBy("NAME", descending=False)

TAGS = Collection(name="tags", model=models.Tag, orders=ORDERS, default=BY_NAME, searchable=True)
OF_CUSTOMER = Collection(
    name="customer.tags",
    model=models.Tag,
    parent=(
        f"(EXISTS (SELECT 1 FROM customer_tags a WHERE a.workspace_id = {WORKSPACE} "
        "AND a.customer_id = p.id AND a.tag_id = r.id) "
        f"OR EXISTS (SELECT 1 FROM customers c WHERE c.workspace_id = {WORKSPACE} AND c.id = p.id "
        f"AND {in_range('r', 'c.lifetime_value')}))"
    ),
    orders=ORDERS,
    default=BY_NAME,
)
