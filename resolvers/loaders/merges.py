"""Members: the customers that are merged into others now."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy
from resolvers.loaders.statements import WORKSPACE, Statement

ORDERS = {"MERGED_AT": Order("r.merged_at", "timestamptz", "merged_at")}
OLDEST = OrderBy("MERGED_AT", descending=False)


def not_undone(_statement: Statement) -> str:
    """A member's row stands until they are unmerged, or come along into another customer."""
    return "r.unmerged_at IS NULL AND r.carried_on_at IS NULL"


OF_MAIN = Collection(
    name="customer.members",
    model=models.MergeMember,
    parent="r.main_id = p.id",
    visible=not_undone,
    orders=ORDERS,
    default=OLDEST,
)
OF_MEMBER = Collection(
    name="member.membership",
    model=models.MergeMember,
    parent="r.customer_id = p.id",
    visible=not_undone,
    orders=ORDERS,
    default=OLDEST,
)
OF_MERGE = Collection(
    name="merge.members",
    model=models.MergeMember,
    parent="r.merge_id = p.id",
    orders=ORDERS,
    default=OLDEST,
)
MEMBER_IDS = f"""(SELECT coalesce(json_agg(
        'cus_' || replace(m.customer_id::text, '-', '') ORDER BY m.merged_at, m.id), '[]')
    FROM merge_members m WHERE m.workspace_id = {WORKSPACE} AND m.merge_id = r.id)"""
"""The ids of merge `r`'s members, in the order in which they were merged."""
