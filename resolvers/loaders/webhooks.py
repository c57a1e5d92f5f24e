"""Webhooks: endpoints, deliveries and attempts. What is deleted is not there."""

from typing import Any

import models
from resolvers.loaders.collections import Collection, Order, OrderBy
from resolvers.loaders.statements import WORKSPACE, Statement

CREATED_AT = {"CREATED_AT": Order("r.created_at", "timestamptz", "created_at")}
OF_LIVE_ENDPOINT = (
    "r.id = {id} AND EXISTS (SELECT 1 FROM webhook_endpoints e"
    f" WHERE e.workspace_id = {WORKSPACE} AND e.id = r.endpoint_id AND e.deleted_at IS NULL)"
    " AND EXISTS (SELECT 1 FROM events v"
    f" WHERE v.workspace_id = {WORKSPACE} AND v.id = r.event_id"
    " AND v.type <> ALL({hidden_events}))"
)
"""How a delivery `r` is found by its id: only while its endpoint is there, and by who may see what
it tells of."""


def not_deleted(_statement: Statement) -> str:
    """A deleted endpoint is there only until a job has removed its deliveries."""
    return "r.deleted_at IS NULL"


def of_seen(statement: Statement, types: Any) -> str:
    """The deliveries of events of these types."""
    return (
        "EXISTS (SELECT 1 FROM events v"
        f" WHERE v.workspace_id = {WORKSPACE} AND v.id = r.event_id"
        f" AND v.type = ANY({statement.bind([type.value for type in types], 'text[]')}))"
    )


def of_status(statement: Statement, status: Any) -> str:
    """The deliveries that stand so."""
    return f"r.status = {statement.bind(status.value, 'text')}"


ENDPOINTS = Collection(
    name="webhookEndpoints",
    model=models.WebhookEndpoint,
    visible=not_deleted,
    orders=CREATED_AT,
    default=OrderBy("CREATED_AT", descending=False),
)
DELIVERIES = Collection(
    name="webhookEndpoint.deliveries",
    model=models.WebhookDelivery,
    parent="r.endpoint_id = p.id",
    filters={"status": of_status, "seen": of_seen},
    orders=CREATED_AT,
    default=OrderBy("CREATED_AT"),
)
ATTEMPTS = Collection(
    name="webhookDelivery.attempts",
    model=models.WebhookAttempt,
    parent="r.delivery_id = p.id",
    orders={"ATTEMPTED_AT": Order("r.attempted_at", "timestamptz", "attempted_at")},
    default=OrderBy("ATTEMPTED_AT", descending=False),
)
