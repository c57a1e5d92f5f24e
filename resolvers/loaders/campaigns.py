"""Campaigns, and their interactions with customers while these can be seen."""

from typing import Any

import models
from resolvers.loaders.batches import Grouped
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of, one_of_ids
from resolvers.loaders.statements import WORKSPACE, Statement


def visible(statement: Statement) -> str:
    """Reading hides an interaction at the instant at which its 12 months are over."""
    return f"r.visible_until > {statement.instant()}"


FILTERS: dict[str, Any] = {
    "statuses": one_of("status"),
    "campaign_ids": one_of_ids("campaign_id", models.Campaign, "campaignIds"),
}

CAMPAIGNS = Collection(
    name="campaigns",
    model=models.Campaign,
    orders={"CREATED_AT": Order("r.created_at", "timestamptz", "created_at")},
    default=OrderBy("CREATED_AT"),
    searchable=True,
)
OF_CUSTOMER = Collection(
    name="customer.campaigns",
    model=models.CampaignInteraction,
    parent="r.customer_id = p.id",
    visible=visible,
    filters=FILTERS,
    orders={"SENT_AT": Order("r.sent_at", "timestamptz", "sent_at")},
    default=OrderBy("SENT_AT"),
)
RECIPIENTS = f"""(SELECT count(*) FROM campaign_interactions i
    WHERE i.workspace_id = {WORKSPACE} AND i.campaign_id = r.id)"""
"""How many customers campaign `r` was addressed to."""

COUNTED = {
    status.value.lower(): RECIPIENTS.replace(
        "i.campaign_id = r.id", f"i.campaign_id = r.id AND i.status = '{status.value}'"
    )
    for status in models.CampaignInteractionStatus
}
"""How many of campaign `r`'s messages came how far."""

INTERACTION_COUNTS = Grouped(
    "campaign.interactionCounts",
    f"""SELECT i.campaign_id AS parent__id, i.status, count(*) AS count
    FROM campaign_interactions i
    WHERE i.workspace_id = {WORKSPACE} AND i.campaign_id = ANY($2::uuid[])
    GROUP BY i.campaign_id, i.status""",
)
