"""Tags: those that somebody gave, and those that come by themselves with the lifetime value."""

from typing import Any

import models
from resolvers.ids import parse_id
from resolvers.loaders.batches import Grouped
from resolvers.loaders.collections import Collection, Order, OrderBy
from resolvers.loaders.statements import WORKSPACE, Statement, instant
from services.tag_ranges import HAS_RANGE, carries_one_of, in_range


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

CUSTOMER_COUNT = f"""(
    (SELECT count(*) FROM customers c
        WHERE c.workspace_id = {WORKSPACE} AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
            AND {HAS_RANGE.format(tag="r")}
            AND c.lifetime_value >= coalesce(r.ltv_min, '-infinity')
            AND c.lifetime_value < coalesce(r.ltv_max, 'infinity'))
    + (SELECT count(DISTINCT a.customer_id) FROM customer_tags a
        JOIN customers c ON c.workspace_id = {WORKSPACE} AND c.id = a.customer_id
        WHERE a.workspace_id = {WORKSPACE} AND a.tag_id = r.id
            AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
            AND NOT {in_range("r", "c.lifetime_value")}))"""
"""How many customers carry tag `r`: those in its range, which an index counts, and the others to
whom it was given."""
CUSTOMER_COUNTS = Grouped(
    "tag.customerCount",
    f"SELECT r.id AS parent__id, {CUSTOMER_COUNT} AS count "
    f"FROM tags r WHERE r.workspace_id = {WORKSPACE} AND r.id = ANY($2::uuid[])",
)

CARRIED = f"""SELECT t.id AS tag_id, h.given_at IS NOT NULL AS by_hand,
        {in_range("t", "c.lifetime_value")} AS by_lifetime_value, h.given_at
    FROM customers c JOIN tags t ON t.workspace_id = {WORKSPACE}
    LEFT JOIN (
        SELECT a.tag_id, min(a.created_at) AS given_at FROM customer_tags a
        WHERE a.workspace_id = {WORKSPACE} AND a.customer_id = p.id GROUP BY a.tag_id
    ) h ON h.tag_id = t.id
    WHERE c.workspace_id = {WORKSPACE} AND c.id = p.id
        AND (h.given_at IS NOT NULL OR {in_range("t", "c.lifetime_value")})
    ORDER BY t.name, t.id"""
"""The tags that customer `p` carries, and why."""
CARRIED_TAG = {
    "tag_id": "r.tag_id",
    "by_hand": "r.by_hand",
    "by_lifetime_value": "r.by_lifetime_value",
    "given_at": instant("r.given_at"),
}
CARRIED_TAGS = Grouped(
    "customer.carriedTags",
    "SELECT p.id AS parent__id, r.* FROM unnest($2::uuid[]) AS p(id) "
    f"CROSS JOIN LATERAL ({CARRIED}) r",
)
