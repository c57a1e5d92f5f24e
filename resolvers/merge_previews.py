"""Merge previews: read as a service reads them, on the request's own connection."""

from resolvers.context import Context
from services.merging.previews import MergePreview, preview_merge
from services.merging.requests import Merging
from services.transactions import Transaction


async def merge_preview(context: Context, merging: Merging) -> MergePreview:
    """What a merge would do at the request's instant. Raises a Refusal as `preview_merge` does."""
    connection = await context.connection()
    return await preview_merge(
        Transaction(connection, context.workspace, context.now, context.actor), merging
    )
