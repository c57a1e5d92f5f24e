"""Anything by its id."""

from collections.abc import Sequence
from typing import Any

import models
from resolvers.access import may_read
from resolvers.context import Context
from resolvers.customers import standing_for
from resolvers.ids import decode_id
from services.errors import invalid

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
        models.Merge,
        models.PropertyDefinition,
    }
)
"""The models that a type of the schema shows. A test holds it against the schema."""


async def node(context: Context, id: str, *field: str) -> Any:
    """The row that a global id names; None where the caller may not see it, or there is none.

    A customer who was merged away answers with the main one. Raises a Refusal (INVALID) where it
    is no id at all.
    """
    found = decode_id(id)
    if found is None:
        raise invalid("This is no id. Give one as the API printed it.", *(field or ("id",)))
    model, row_id = found
    if model not in SHOWN or not may_read(context.actor, model.__name__):
        return None
    if model is models.Customer:
        return await standing_for(context, row_id)
    row = await context.loaders.row(model, row_id)
    if isinstance(row, models.CampaignInteraction) and row.visible_until <= context.now:
        return None
    return row


async def check_nodes(ids: Sequence[str]) -> None:
    """Raise a Refusal (INVALID) for more ids than one call may name."""
    if len(ids) > MOST_NODES:
        raise invalid(f"ids has {len(ids)} ids: at most {MOST_NODES} at a time.", "ids")
