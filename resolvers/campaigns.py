"""Campaigns: the counts of their interactions."""

import models
from models import CampaignInteractionStatus
from resolvers.context import Context
from resolvers.loaders.campaigns import INTERACTION_COUNTS


async def recipient_count(context: Context, campaign: models.Campaign) -> int:
    """How many customers a campaign was addressed to, those who are still to be queued, too."""
    counts = await interaction_counts(context, campaign)
    return sum(counts.values()) + (campaign.waiting_count or 0)


async def interaction_counts(context: Context, campaign: models.Campaign) -> dict[str, int]:
    """How many of a campaign's interactions have each status, those with none as 0."""
    rows = await context.loaders.grouped(INTERACTION_COUNTS, campaign.id)
    found = {row["status"]: int(row["count"]) for row in rows}
    return {status.value: found.get(status.value, 0) for status in CampaignInteractionStatus}
