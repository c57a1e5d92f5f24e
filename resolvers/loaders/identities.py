"""Channel identities of customers and of the members merged into them."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy

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
