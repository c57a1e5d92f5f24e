"""Tags: those that somebody gave, and those that come by themselves with the lifetime value."""

from typing import Any

import models
from resolvers.ids import parse_id
from resolvers.loaders.collections import Collection, Order, OrderBy
from resolvers.loaders.statements import WORKSPACE, Statement

IN_RANGE = (
    "(t.ltv_min IS NOT NULL OR t.ltv_max IS NOT NULL) "
    "AND {value} >= coalesce(t.ltv_min, '-infinity') "
    "AND {value} < coalesce(t.ltv_max, 'infinity')"
)
"""Whether a lifetime value lies in a tag's range: from `ltv_min`, to below `ltv_max`."""


def carries_tag(statement: Statement, values: Any) -> str:
    """Whether customer `r` carries one of the given tags, by hand or by lifetime value."""
    ids = statement.bind(
        [parse_id(value, models.Tag, "filter", "tagIds", str(i)) for i, value in enumerate(values)],
        "uuid[]",
    )
    return (
        f"(EXISTS (SELECT 1 FROM customer_tags a WHERE a.workspace_id = {WORKSPACE} "
        f"AND a.customer_id = r.id AND a.tag_id = ANY({ids})) "
        f"OR EXISTS (SELECT 1 FROM tags t WHERE t.workspace_id = {WORKSPACE} AND t.id = ANY({ids}) "
        f"AND {IN_RANGE.format(value='r.lifetime_value')}))"
    )


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
        f"AND {IN_RANGE.replace('t.', 'r.').format(value='c.lifetime_value')}))"
    ),
    orders=ORDERS,
    default=BY_NAME,
)
