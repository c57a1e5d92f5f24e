"""Tasks."""

from typing import Any

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of, one_of_ids, through
from resolvers.loaders.pipelines import PRIORITY

FILTERS: dict[str, Any] = {
    "statuses": one_of("status"),
    "stage_ids": one_of_ids("stage_id", models.Stage, "stageIds"),
    "assignee_ids": one_of_ids("assignee_id", models.User, "assigneeIds"),
    "priorities": one_of("priority"),
}
ORDERS = {
    "CREATED_AT": Order("r.created_at", "timestamptz", "created_at"),
    "DUE_AT": Order("coalesce(r.due_at, 'infinity')", "timestamptz", "due_at", "infinity"),
    "PRIORITY": PRIORITY,
}
NEWEST = OrderBy("CREATED_AT")

TASKS = Collection(
    name="tasks",
    model=models.Task,
    filters=FILTERS,
    orders=ORDERS,
    default=NEWEST,
    searchable=True,
)
OF_CUSTOMER = Collection(
    name="customer.tasks",
    model=models.Task,
    parent=through("customer_tasks", "customer_id", "task_id"),
    filters=FILTERS,
    orders=ORDERS,
    default=NEWEST,
)
