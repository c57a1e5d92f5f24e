"""Companies."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, through

ORDERS = {"NAME": Order("r.name", "text", "name")}
BY_NAME = OrderBy("NAME", descending=False)

COMPANIES = Collection(
    name="companies", model=models.Company, orders=ORDERS, default=BY_NAME, searchable=True
)
OF_CUSTOMER = Collection(
    name="customer.companies",
    model=models.Company,
    parent=through("customer_companies", "customer_id", "company_id"),
    orders=ORDERS,
    default=BY_NAME,
)
