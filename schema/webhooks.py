"""Webhooks: where partners hear of what happens, and what became of each message."""

from datetime import datetime
from typing import ClassVar

import strawberry

import models
from resolvers.declarations import SOURCE, Computed
from resolvers.events import shown_deliveries
from resolvers.loaders import webhooks
from resolvers.loaders.statements import instant
from schema.connections import Connection
from schema.events import Event
from schema.fields import connection, described, every, reference
from schema.nodes import Node


@strawberry.type(description="One try to deliver.")
class WebhookAttempt:
    """A view over models.WebhookAttempt."""

    @strawberry.field(
        description="When it was begun.", metadata={SOURCE: Computed(instant("r.attempted_at"))}
    )
    def at(root: strawberry.Parent[models.WebhookAttempt]) -> datetime:
        """The instant."""
        return root.attempted_at

    status_code: int | None = strawberry.field(
        description="The HTTP status that the receiver answered with; null where it did not."
    )
    error: str | None = strawberry.field(
        description="What went wrong, where the status does not say it."
    )
    duration_ms: int = strawberry.field(description="How long it took, in milliseconds.")


@strawberry.type(description="An event on its way to an endpoint.")
class WebhookDelivery(Node):
    """A view over models.WebhookDelivery."""

    shows: ClassVar = models.WebhookDelivery

    event: Event = reference("event_id", models.Event, "What it tells of.")
    status: models.DeliveryStatus = strawberry.field(description="Where it stands.")
    attempts: list[WebhookAttempt] = every(webhooks.ATTEMPTS, "The tries so far, in their order.")
    next_attempt_at: datetime | None = strawberry.field(
        description="When it is tried next; null where it is not."
    )


@strawberry.type(description="An address that hears of what happens.")
class WebhookEndpoint(Node):
    """A view over models.WebhookEndpoint. Secrets are no part of it."""

    shows: ClassVar = models.WebhookEndpoint

    url: str = strawberry.field(description="Where messages are posted to.")

    @strawberry.field(
        description="The types of events that it hears of.",
        metadata={SOURCE: Computed("to_json(r.types)")},
    )
    def types(root: strawberry.Parent[models.WebhookEndpoint]) -> list[models.EventType]:
        """The types, in the order of the schema."""
        return [models.EventType(one) for one in root.types]

    enabled: bool = strawberry.field(
        description="Whether messages are sent. What happens while they are not is sent when they "
        "are again."
    )
    description: str | None = strawberry.field(description="What it is for.")
    disabled_reason: str | None = strawberry.field(
        description="Why it was disabled without anybody's doing; null where somebody did it."
    )
    deliveries: Connection[WebhookDelivery] = connection(
        webhooks.DELIVERIES,
        "What was made of events for this endpoint, the newest first. Kept for 30 days after it "
        "has ended, unless the operator says otherwise. Those of events that the caller may not "
        "see are left out.",
        filters={"status": described(models.DeliveryStatus, "Only those that stand so.")},
        narrowed=shown_deliveries,
    )
