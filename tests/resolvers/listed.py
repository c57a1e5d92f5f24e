"""Every collection of the graph with each of its orders: how to ask for a page of it, and, told in
Python, which rows it has and in what order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import models
from models import ChannelKind, Priority, Workspace
from services.ids import global_id
from tests.records import Records
from tests.rows import NOW

ROWS = 8
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Listed:
    """One order of one collection. `field` is called `page` and has `%s` where its arguments go."""

    name: str
    field: str
    model: type[Any]
    key: Callable[[Any], Any]
    order: str | None = None
    descending: bool = True
    shown: Callable[[Any], bool] = lambda row: True

    def __str__(self) -> str:
        return f"{self.name} by {self.order or 'its own order'}"

    def arguments(self, descending: bool, arguments: str) -> str:
        """The field's arguments: the order, where it can be chosen, and the page's."""
        if self.order is None:
            return arguments
        direction = "DESC" if descending else "ASC"
        return f"orderBy: {{ by: {self.order}, direction: {direction} }}, {arguments}"

    def sorted(self, rows: list[Any], descending: bool) -> list[str]:
        """The ids of the rows that are shown, in order."""
        shown = [row for row in rows if self.shown(row)]
        shown.sort(key=lambda row: (self.key(row), row.id), reverse=descending)
        return [global_id(self.model, row.id) for row in shown]


def attribute(name: str, missing: Any = None) -> Callable[[Any], Any]:
    """What is sorted by: an attribute, or what stands for it where it is missing."""
    return lambda row: missing if getattr(row, name) is None else getattr(row, name)


def rank(row: Any) -> int:
    """Priorities from the least to the most."""
    return list(Priority).index(row.priority)


ORDERS: dict[type[Any], dict[str, Callable[[Any], Any]]] = {
    models.Customer: {
        "UPDATED_AT": attribute("updated_at"),
        "CREATED_AT": attribute("created_at"),
        "FULL_NAME": attribute("name_key"),
        "LIFETIME_VALUE": attribute("lifetime_value"),
        "LAST_INBOUND_AT": attribute("last_inbound_at", FIRST),
    },
    models.Conversation: {
        "LAST_MESSAGE_AT": attribute("activity_at"),
        "OPENED_AT": attribute("opened_at"),
    },
    models.Ticket: {
        "CREATED_AT": attribute("created_at"),
        "SLA_DUE_AT": attribute("sla_due_at", LAST),
        "PRIORITY": rank,
    },
    models.Deal: {
        "CREATED_AT": attribute("created_at"),
        "AMOUNT": attribute("amount"),
        "EXPECTED_CLOSE_ON": attribute("expected_close_on", date.max),
        "PRIORITY": rank,
    },
    models.Task: {
        "CREATED_AT": attribute("created_at"),
        "DUE_AT": attribute("due_at", LAST),
        "PRIORITY": rank,
    },
}
ONE = "customer(id: $customer)"


def listed_by(name: str, field: str, model: type[Any], **values: Any) -> list[Listed]:
    """Each order that can be chosen."""
    return [
        Listed(name, field, model, key, order, **values) for order, key in ORDERS[model].items()
    ]


NAME = attribute("name")
CREATED = attribute("created_at")

LISTED = [
    *listed_by("customers", "page: customers(%s)", models.Customer),
    *listed_by(
        "regularCustomers",
        "page: regularCustomers(%s)",
        models.Customer,
        shown=lambda row: row.paid_order_count > 0,
    ),
    *listed_by("customer.conversations", f"{ONE} {{ page: conversations(%s)", models.Conversation),
    *listed_by("customer.tickets", f"{ONE} {{ page: tickets(%s)", models.Ticket),
    *listed_by("customer.deals", f"{ONE} {{ page: deals(%s)", models.Deal),
    *listed_by("customer.tasks", f"{ONE} {{ page: tasks(%s)", models.Task),
    Listed(
        "conversations", "page: conversations(%s)", models.Conversation, attribute("activity_at")
    ),
    Listed("companies", "page: companies(%s)", models.Company, NAME, descending=False),
    Listed("tickets", "page: tickets(%s)", models.Ticket, CREATED),
    Listed("deals", "page: deals(%s)", models.Deal, CREATED),
    Listed("tasks", "page: tasks(%s)", models.Task, CREATED),
    Listed("campaigns", "page: campaigns(%s)", models.Campaign, CREATED),
    Listed("users", "page: users(%s)", models.User, NAME, descending=False),
    Listed("groups", "page: groups(%s)", models.Group, NAME, descending=False),
    Listed("segments", "page: segments(%s)", models.Segment, NAME, descending=False),
    Listed("tags", "page: tags(%s)", models.Tag, NAME, descending=False),
    Listed("events", "page: events(%s)", models.Event, attribute("seq"), descending=False),
    Listed(
        "customer.campaigns",
        f"{ONE} {{ page: campaigns(%s)",
        models.CampaignInteraction,
        attribute("sent_at"),
        shown=lambda row: row.visible_until > NOW,
    ),
    Listed("customer.orders", f"{ONE} {{ page: orders(%s)", models.Order, attribute("ordered_at")),
    Listed(
        "customer.companies",
        f"{ONE} {{ page: companies(%s)",
        models.Company,
        NAME,
        descending=False,
    ),
    Listed(
        "conversation.messages",
        "node(id: $conversation) { ... on Conversation { page: messages(%s)",
        models.Message,
        attribute("sent_at"),
    ),
]


def question(listed: Listed, selection: str, descending: bool) -> str:
    """A query for one page, whose arguments are variables, under the name `page`."""
    page = "first: $first, after: $after, last: $last, before: $before"
    field = listed.field % listed.arguments(descending, page)
    closing = " }" * listed.field.count("{ ")
    head = (
        "query($customer: ID!, $conversation: ID!,"
        " $first: Int, $after: String, $last: Int, $before: String)"
    )
    used = "a: customer(id: $customer) { id } b: node(id: $conversation) { id }"
    return f"{head} {{ {field} {{ {selection} }}{closing} {used} }}"


def page_in(data: Any) -> Any:
    """The page, however deep in the answer."""
    while "page" not in data:
        data = next(value for name, value in data.items() if name not in ("a", "b"))
    return data["page"]


def many_records(workspace: Workspace) -> tuple[Records, models.Customer, models.Conversation]:
    """Rows with ties, and with missing values, in every collection; all of them of one customer
    besides, and all messages of one conversation."""
    records = Records(workspace)
    whatsapp = records.channel(ChannelKind.WHATSAPP)
    tied = [NOW - timedelta(microseconds=n // 3) for n in range(ROWS)]
    customers = [
        records.customer(
            f"Budi {n // 2}",
            created_at=tied[n],
            updated_at=tied[-n],
            lifetime_value=Decimal(n // 3) / 4,
            last_inbound_at=tied[n] if n % 3 else None,
            paid_order_count=n % 2,
        )
        for n in range(ROWS)
    ]
    one = customers[0]
    identity = records.identity(one, whatsapp, main=True)
    conversations = [
        records.conversation(one, identity, activity_at=tied[n], opened_at=tied[-n])
        for n in range(ROWS)
    ]
    for n in range(ROWS):
        records.message(conversations[0], sent_at=tied[n])
        records.user(f"Sari {n // 2}")
        records.interaction(
            records.campaign(created_at=tied[n]), one, sent_at=tied[n] - timedelta(days=40 * n)
        )
        records.order(one, ordered_at=tied[n])
        records.segment()
        records.tag()
        records.group()
        records.event(models.EventType.CUSTOMER_UPDATED)
        records.associate(one, *_work(records, n, tied[n]))
    return records, one, conversations[0]


def _work(records: Records, n: int, at: datetime) -> list[Any]:
    priority = list(Priority)[n % 4]
    return [
        records.company(f"PT {n // 2}"),
        records.ticket(created_at=at, priority=priority, sla_due_at=at if n % 3 else None),
        records.deal(
            created_at=at,
            priority=priority,
            amount=Decimal(n // 2),
            expected_close_on=at.date() - timedelta(days=n // 2) if n % 3 else None,
        ),
        records.task(created_at=at, priority=priority, due_at=at if n % 3 else None),
    ]
