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
OF_CAMPAIGN = Collection(
    name="campaign.interactions",
    model=models.CampaignInteraction,
    parent="r.campaign_id = p.id",
    visible=visible,
    filters=FILTERS,
    orders={"CREATED_AT": Order("r.created_at", "timestamptz", "created_at")},
    default=OrderBy("CREATED_AT", descending=False),
)


def waits_to_be_sent(statement: Statement) -> str:
    """The queue holds what is to be sent now, to somebody who is there.

    The status is written out, so that every plan may use the partial index on it.
    """
    return (
        f"r.status = 'QUEUED' AND r.queued_at IS NOT NULL AND r.identity_id IS NOT NULL "
        f"AND {visible(statement)} "
        f"AND EXISTS (SELECT 1 FROM campaigns s WHERE s.workspace_id = {WORKSPACE} "
        f"AND s.id = r.campaign_id AND s.status = 'SENDING') "
        f"AND EXISTS (SELECT 1 FROM customers c WHERE c.workspace_id = {WORKSPACE} "
        f"AND c.id = r.customer_id AND c.deleted_at IS NULL)"
    )


QUEUE = Collection(
    name="campaign.queue",
    model=models.CampaignInteraction,
    parent="r.campaign_id = p.id",
    visible=waits_to_be_sent,
    orders={"CREATED_AT": Order("r.created_at", "timestamptz", "created_at")},
    default=OrderBy("CREATED_AT", descending=False),
)
MESSAGES = f"""(SELECT count(*) FROM campaign_interactions i
    WHERE i.workspace_id = {WORKSPACE} AND i.campaign_id = r.id)"""
RECIPIENTS = f"({MESSAGES} + coalesce(r.waiting_count, 0))"
"""How many customers campaign `r` was addressed to; of a broadcast, also who is still to be queued.
"""

COUNTED = {
    status.value.lower(): MESSAGES.replace(
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
