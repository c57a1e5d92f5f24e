"""Imports and exports of the workspace."""

import models
from resolvers.loaders.collections import Collection, Order, OrderBy

ORDERS = {"CREATED_AT": Order("r.created_at", "timestamptz", "created_at")}
NEWEST = OrderBy("CREATED_AT")

IMPORTS = Collection(name="imports", model=models.Import, orders=ORDERS, default=NEWEST)
EXPORTS = Collection(name="exports", model=models.Export, orders=ORDERS, default=NEWEST)
