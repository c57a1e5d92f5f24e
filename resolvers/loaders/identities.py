"""Channel identities of customers and of the members merged into them."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy
from resolvers.loaders.statements import WORKSPACE

ORDERS = {"CONNECTED_AT": Order("r.connected_at", "timestamptz", "connected_at")}
OLDEST = OrderBy("CONNECTED_AT", descending=False)

OF_CUSTOMER = Collection(
    name="customer.identities",
    model=models.ChannelIdentity,
    parent="r.customer_id = p.id",
    orders=ORDERS,
    default=OLDEST,
)
OF_MEMBER = Collection(
    name="member.identities",
    model=models.ChannelIdentity,
    parent="r.origin_customer_id = p.id",
    orders=ORDERS,
    default=OLDEST,
)

IS_MAIN = f"""EXISTS (SELECT 1 FROM customers c WHERE c.workspace_id = {WORKSPACE}
    AND c.id = r.customer_id AND c.main_identity_id = r.id)"""
"""Whether identity `r` is its customer's main one."""

MEMBER_NAME = f"""(SELECT c.full_name FROM customers c WHERE c.workspace_id = {WORKSPACE}
    AND c.id = r.customer_id)"""
"""The own name of member `r`."""
