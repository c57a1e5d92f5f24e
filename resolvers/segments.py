"""Segment previews: read as a service reads them, on the request's own connection."""

import asyncio
from dataclasses import dataclass
from typing import Any

import models
from resolvers.context import Context
from services.segments.membership import preview
from services.segments.reading import read_criteria
from services.transactions import Transaction

SAMPLE = 10


@dataclass(frozen=True)
class Preview:
    """Who meets criteria."""

    customer_count: int
    sample: list[models.Customer]


async def segment_preview(context: Context, criteria: Any) -> Preview:
    """Who meets criteria, JSON as the API takes it, at the request's instant.

    Raises a Refusal as `read_criteria` does.
    """
    connection = await context.connection()
    tx = Transaction(connection, context.workspace, context.now, context.actor)
    count, ids = await preview(tx, await read_criteria(tx, criteria), SAMPLE)
    rows = await asyncio.gather(*(context.loaders.row(models.Customer, id) for id in ids))
    return Preview(count, [row for row in rows if row is not None])
