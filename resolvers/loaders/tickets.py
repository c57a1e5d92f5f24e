"""Tickets."""

from typing import Any

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of, one_of_ids, through
from resolvers.loaders.pipelines import PRIORITY

FILTERS: dict[str, Any] = {
    "sla_statuses": one_of("sla_status"),
    "pipeline_ids": one_of_ids("pipeline_id", models.Pipeline, "pipelineIds"),
    "stage_ids": one_of_ids("stage_id", models.Stage, "stageIds"),
    "reporter_ids": one_of_ids("reporter_id", models.User, "reporterIds"),
    "assignee_ids": one_of_ids("assignee_id", models.User, "assigneeIds"),
    "priorities": one_of("priority"),
}
ORDERS = {
    "CREATED_AT": Order("r.created_at", "timestamptz", "created_at"),
    "SLA_DUE_AT": Order(
        "coalesce(r.sla_due_at, 'infinity')", "timestamptz", "sla_due_at", "infinity"
    ),
    "PRIORITY": PRIORITY,
}
NEWEST = OrderBy("CREATED_AT")

TICKETS = Collection(
    name="tickets",
    model=models.Ticket,
    filters=FILTERS,
    orders=ORDERS,
    default=NEWEST,
    searchable=True,
)
OF_CUSTOMER = Collection(
    name="customer.tickets",
    model=models.Ticket,
    parent=through("customer_tickets", "customer_id", "ticket_id"),
    filters=FILTERS,
    orders=ORDERS,
    default=NEWEST,
)
