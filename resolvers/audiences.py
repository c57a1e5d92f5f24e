"""Previews of audiences: read as a service reads them, on the request's own connection."""

import asyncio
from typing import Any

import models
from resolvers.context import Context
from services.audiences import Audience, AudiencePreview, preview_audience
from services.transactions import Transaction


async def audience_preview(context: Context, audience: Audience) -> AudiencePreview:
    """Whom a broadcast would reach at the request's instant. Raises a Refusal like
    `preview_audience`."""
    connection = await context.connection()
    return await preview_audience(
        Transaction(connection, context.workspace, context.now, context.actor), audience
    )


async def sample_of(context: Context, preview: AudiencePreview) -> list[Any]:
    """Some of those whom it would reach."""
    rows = [context.loaders.row(models.Customer, id) for id in preview.sample]
    return list(await asyncio.gather(*rows))
