"""Conversations and messages."""

from typing import Any

import models
from resolvers.loaders.collections import Collection, Order, OrderBy, one_of

FILTERS: dict[str, Any] = {"statuses": one_of("status"), "channels": one_of("channel_kind")}
ORDERS = {
    "LAST_MESSAGE_AT": Order("r.activity_at", "timestamptz", "activity_at"),
    "OPENED_AT": Order("r.opened_at", "timestamptz", "opened_at"),
}
NEWEST = OrderBy("LAST_MESSAGE_AT")

CONVERSATIONS = Collection(
    name="conversations",
    model=models.Conversation,
    filters=FILTERS,
    orders=ORDERS,
    default=NEWEST,
    searchable=True,
)
OF_CUSTOMER = Collection(
    name="customer.conversations",
    model=models.Conversation,
    parent="r.customer_id = p.id",
    filters=FILTERS,
    orders=ORDERS,
    default=NEWEST,
)
MESSAGES = Collection(
    name="conversation.messages",
    model=models.Message,
    parent="r.conversation_id = p.id",
    orders={"SENT_AT": Order("r.sent_at", "timestamptz", "sent_at")},
    default=OrderBy("SENT_AT"),
)
