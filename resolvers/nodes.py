"""Anything by its id."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tortoise.models import Model

import models
from resolvers.access import may_read, seen_events
from resolvers.context import Context
from resolvers.customers import standing_for
from resolvers.ids import decode_id
from resolvers.loaders.customers import STANDING_FOR
from resolvers.loaders.views import SHOWN_TO_CALLER
from resolvers.loaders.webhooks import OF_LIVE_ENDPOINT
from services.errors import invalid
from services.views import may_see

MOST_NODES = 100
SHOWN = frozenset(
    {
        models.Workspace,
        models.User,
        models.Channel,
        models.Customer,
        models.ChannelIdentity,
        models.Conversation,
        models.Message,
        models.Campaign,
        models.CampaignInteraction,
        models.Company,
        models.Ticket,
        models.Deal,
        models.Task,
        models.Order,
        models.Pipeline,
        models.Stage,
        models.Group,
        models.Segment,
        models.Tag,
        models.BulkChange,
        models.Merge,
        models.DuplicateSuggestion,
        models.Import,
        models.Export,
        models.PropertyDefinition,
        models.WebhookEndpoint,
        models.WebhookDelivery,
        models.ApiKey,
        models.CustomerView,
        models.ProfileChange,
    }
)
"""The models that a type of the schema shows. A test holds it against the schema."""


CONDITIONS: dict[type[Model], str] = {
    models.Customer: STANDING_FOR,
    models.CustomerView: f"r.id = {{id}} AND {SHOWN_TO_CALLER}",
    models.CampaignInteraction: "r.id = {id} AND r.visible_until > {now}",
    models.WebhookEndpoint: "r.id = {id} AND r.deleted_at IS NULL",
    models.WebhookDelivery: OF_LIVE_ENDPOINT,
}
"""How a row `r` is found by `{id}`, where that is not simply by its key."""

Found = tuple[type[Model] | None, UUID | None]


def named(context: Context, id: str, *field: str) -> Found:
    """The model and the row that a global id names; None and None where the caller may not see it.

    Raises a Refusal (INVALID) where it is no id at all.
    """
    found = decode_id(id)
    if found is None:
        raise invalid("This is no id. Give one as the API printed it.", *(field or ("id",)))
    model, row_id = found
    if model not in SHOWN or not may_read(context.actor, model.__name__):
        return None, None
    return model, row_id


def node_asked(context: Context, values: dict[str, Any]) -> list[Found]:
    """What `node` asks for, for a compiled plan."""
    return [named(context, values["id"])]


def nodes_asked(context: Context, values: dict[str, Any]) -> list[Found]:
    """What `nodes` asks for, for a compiled plan."""
    check_nodes(values["ids"])
    return [named(context, id, "ids", str(index)) for index, id in enumerate(values["ids"])]


async def node(context: Context, id: str, *field: str) -> Any:
    """The row that a global id names; None where the caller may not see it, or there is none.

    A customer who was merged away answers with the main one. Raises a Refusal (INVALID) where it
    is no id at all.
    """
    model, row_id = named(context, id, *field)
    if model is None:
        return None
    if model is models.Customer:
        return await standing_for(context, row_id)
    row = await context.loaders.row(model, row_id)
    return row if await is_shown(context, row) else None


async def is_shown(context: Context, row: Any) -> bool:
    """Whether a row that was found by its key is there for anybody: what `CONDITIONS` say."""
    if isinstance(row, models.CustomerView):
        return may_see(context.actor, row)
    if isinstance(row, models.CampaignInteraction):
        return row.visible_until > context.now
    if isinstance(row, models.WebhookDelivery):
        event = await context.loaders.row(models.Event, row.event_id)
        if event is None or event.type not in seen_events(context.actor):
            return False
        row = await context.loaders.row(models.WebhookEndpoint, row.endpoint_id)
    return not isinstance(row, models.WebhookEndpoint) or row.deleted_at is None


def check_nodes(ids: Sequence[str]) -> None:
    """Raise a Refusal (INVALID) for more ids than one call may name."""
    if len(ids) > MOST_NODES:
        raise invalid(f"ids has {len(ids)} ids: at most {MOST_NODES} at a time.", "ids")
