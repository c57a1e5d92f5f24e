"""Deals."""

from typing import Any

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of, one_of_ids, through
from resolvers.loaders.pipelines import PRIORITY

FILTERS: dict[str, Any] = {
    "approval_statuses": one_of("approval_status"),
    "pipeline_ids": one_of_ids("pipeline_id", models.Pipeline, "pipelineIds"),
    "stage_ids": one_of_ids("stage_id", models.Stage, "stageIds"),
    "owner_ids": one_of_ids("owner_id", models.User, "ownerIds"),
    "priorities": one_of("priority"),
}
ORDERS = {
    "CREATED_AT": Order("r.created_at", "timestamptz", "created_at"),
    "AMOUNT": Order("r.amount", "numeric", "amount"),
    "EXPECTED_CLOSE_ON": Order(
        "coalesce(r.expected_close_on, 'infinity')", "date", "expected_close_on", "infinity"
    ),
    "PRIORITY": PRIORITY,
}
NEWEST = OrderBy("CREATED_AT")

DEALS = Collection(
    name="deals",
    model=models.Deal,
    filters=FILTERS,
    orders=ORDERS,
    default=NEWEST,
    searchable=True,
)
OF_CUSTOMER = Collection(
    name="customer.deals",
    model=models.Deal,
    parent=through("customer_deals", "customer_id", "deal_id"),
    filters=FILTERS,
    orders=ORDERS,
    default=NEWEST,
)
