"""Campaigns: the counts of their interactions."""

import models
from models import CampaignInteractionStatus
from resolvers.context import Context
from resolvers.loaders.campaigns import INTERACTION_COUNTS


async def interaction_counts(context: Context, campaign: models.Campaign) -> dict[str, int]:
    """How many of a campaign's interactions have each status, those with none as 0."""
    rows = await context.loaders.grouped(INTERACTION_COUNTS, campaign.id)
    found = {row["status"]: int(row["count"]) for row in rows}
    return {status.value: found.get(status.value, 0) for status in CampaignInteractionStatus}
