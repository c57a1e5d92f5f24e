"""Customers: their lists and what each list can be filtered and sorted by."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import models
from models import WindowStatus
from resolvers.loaders.batches import Grouped
from resolvers.loaders.collections import (
    Collection,
    Order,
    OrderBy,
    associated_with,
    holds,
    one_of,
    one_of_ids,
    through,
    within,
)
from resolvers.loaders.property_filters import (
    properties_match,
    properties_probed,
    property_apart,
)
from resolvers.loaders.statements import WORKSPACE, Statement
from resolvers.loaders.tags import carries_tag
from services.searches import Term
from services.tag_ranges import carries_one_of

SHOWN = "r.deleted_at IS NULL AND r.merged_into_id IS NULL"
RECENT = 2_000
"""Of how many customers it is judged whether very many meet a search."""
LONGEST_NUMBER = 16
"""Characters of a phone number in the form of E.164."""


def shown(_statement: Statement) -> str:
    """Lists show a customer who is neither deleted nor merged into another."""
    return SHOWN


def in_window(statement: Statement, value: tuple[WindowStatus, datetime]) -> str:
    """Whether the messaging window is open, judged by the latest instant at which it is not."""
    status, closed_since = value
    bound = statement.bind(closed_since, "timestamptz")
    if status is WindowStatus.ACTIVE:
        return f"r.last_inbound_at > {bound}"
    return f"coalesce(r.last_inbound_at, '-infinity') <= {bound}"


def has_terms(statement: Statement, terms: Sequence[Term], row: str = "r") -> str:
    """Whether a customer meets each term of a search."""
    parts = []
    for term in terms:
        if term.number is not None:
            parts.append(has_number(statement, term.number, term.text, row))
        elif len(term.patterns) == 1:
            parts.append(f"{row}.search_text LIKE {statement.bind(term.patterns[0], 'text')}")
        else:
            bound = statement.bind(list(term.patterns), "text[]")
            parts.append(f"{row}.search_text LIKE ANY({bound})")
    return " AND ".join(parts) or "true"


def has_number(statement: Statement, digits: str, text: str, row: str) -> str:
    """Whether a customer has a phone number that begins with some digits, or an external id."""
    low = statement.bind(f"+{digits}", "text")
    high = statement.bind(f"+{digits}".ljust(LONGEST_NUMBER, "9"), "text")
    id = statement.bind(text, "text")
    return (
        f"{row}.id = ANY(ARRAY("
        f"SELECT c.id FROM customers c WHERE c.workspace_id = {WORKSPACE} "
        f"AND c.phone BETWEEN {low} AND {high} "
        f"UNION ALL SELECT i.customer_id FROM channel_identities i "
        f"WHERE i.workspace_id = {WORKSPACE} AND i.phone BETWEEN {low} AND {high} "
        f"UNION ALL SELECT c.id FROM customers c WHERE c.workspace_id = {WORKSPACE} "
        f"AND c.external_id = {id}))"
    )


def found_apart(statement: Statement, terms: Sequence[Term]) -> str:
    """Like `has_terms`, but those who meet the terms are found first, by themselves.

    PostgreSQL may take the words that customers have for spread evenly over a list, and read it in
    its order until a page is full. It must not where they are not, as in the order of names, or
    where there may be none at all of the many patterns of typing errors.
    """
    return (
        f"r.id = ANY(ARRAY(SELECT s.id FROM customers s WHERE s.workspace_id = {WORKSPACE} "
        f"AND s.deleted_at IS NULL AND s.merged_into_id IS NULL "
        f"AND {has_terms(statement, terms, 's')}))"
    )


def recent_with_terms(statement: Statement, terms: Sequence[Term]) -> str:
    """How many of the customers last updated meet each term of a search."""
    return (
        f"SELECT count(*) AS count FROM (SELECT * FROM customers r "
        f"WHERE r.workspace_id = {WORKSPACE} AND {SHOWN} "
        f"ORDER BY r.updated_at DESC, r.id DESC LIMIT {RECENT}) s "
        f"WHERE {has_terms(statement, terms, 's')}"
    )


def met_by(statement: Statement, criteria: Mapping[str, Any]) -> str:
    """Whether a customer meets criteria of their own, beside those that stand around them."""
    parts = [FILTERS[name](statement, value) for name, value in criteria.items()]
    return " AND ".join(parts) or "true"


FILTERS: dict[str, Any] = {
    "sources": one_of("source"),
    "updated": within("updated_at"),
    "created": within("created_at"),
    "owner_ids": one_of_ids("owner_id", models.User, "ownerIds"),
    "assignee_ids": one_of_ids("assignee_id", models.User, "assigneeIds"),
    "statuses": one_of("status"),
    "acquisitions": one_of("acquisition"),
    "window": in_window,
    "productive": holds("r.paid_order_count > 0"),
    "merged": holds("r.member_count > 0"),
    "group_ids": associated_with("customer_groups", "group_id", models.Group, "groupIds"),
    "segment_ids": associated_with("customer_segments", "segment_id", models.Segment, "segmentIds"),
    "tag_ids": carries_tag,
    "properties": properties_match,
    "properties_probed": properties_probed,
    "property_apart": property_apart,
    "has_terms": has_terms,
    "found_apart": found_apart,
    "of_view": met_by,
}
"""By the names of `CustomerFilter`'s fields; the last three are of the arguments beside it."""
ORDERS = {
    "UPDATED_AT": Order("r.updated_at", "timestamptz", "updated_at"),
    "CREATED_AT": Order("r.created_at", "timestamptz", "created_at"),
    "FULL_NAME": Order("r.name_key", "text", "name_key"),
    "LIFETIME_VALUE": Order("r.lifetime_value", "numeric", "lifetime_value"),
    "LAST_INBOUND_AT": Order(
        "coalesce(r.last_inbound_at, '-infinity')", "timestamptz", "last_inbound_at", "-infinity"
    ),
}
NEWEST = OrderBy("UPDATED_AT")


def regular(_statement: Statement) -> str:
    """A regular customer has paid for an order."""
    return f"{SHOWN} AND r.paid_order_count > 0"


def customers(
    name: str, parent: str | None, visible: Callable[[Statement], str] = shown
) -> Collection:
    """The customers of a parent, or of the workspace."""
    return Collection(
        name=name,
        model=models.Customer,
        parent=parent,
        visible=visible,
        filters=FILTERS,
        orders=ORDERS,
        default=NEWEST,
    )


CUSTOMERS = customers("customers", None)
REGULAR_CUSTOMERS = customers("regularCustomers", None, regular)
OF_COMPANY = customers(
    "company.customers", through("customer_companies", "company_id", "customer_id")
)
OF_TICKET = customers("ticket.customers", through("customer_tickets", "ticket_id", "customer_id"))
OF_DEAL = customers("deal.customers", through("customer_deals", "deal_id", "customer_id"))
OF_TASK = customers("task.customers", through("customer_tasks", "task_id", "customer_id"))
OF_GROUP = customers("group.customers", through("customer_groups", "group_id", "customer_id"))
OF_SEGMENT = customers(
    "segment.customers", through("customer_segments", "segment_id", "customer_id")
)
OF_TAG = customers("tag.customers", carries_one_of("ARRAY[p.id]", "r"))


def _associated(table: str, column: str) -> str:
    return (
        f"(SELECT count(DISTINCT a.{column}) FROM {table} a "
        f"WHERE a.workspace_id = {WORKSPACE} AND a.customer_id = r.id)"
    )


COUNTED = {
    "chats": (
        "(SELECT count(*) FROM conversations c "
        f"WHERE c.workspace_id = {WORKSPACE} AND c.customer_id = r.id)"
    ),
    "tickets": _associated("customer_tickets", "ticket_id"),
    "deals": _associated("customer_deals", "deal_id"),
    "tasks": _associated("customer_tasks", "task_id"),
    "campaigns": (
        f"(SELECT count(*) FROM campaign_interactions i WHERE i.workspace_id = {WORKSPACE} "
        "AND i.customer_id = r.id AND i.visible_until > {now})"
    ),
    "companies": _associated("customer_companies", "company_id"),
}
"""How many of each kind customer `r` has, `{now}` being the present instant."""

ACTIVITY_COUNTS = Grouped(
    "customer.activityCounts",
    "SELECT r.id AS parent__id, "
    + ", ".join(f"{sql} AS {name}" for name, sql in COUNTED.items()).format(now="$3::timestamptz")
    + " FROM unnest($2::uuid[]) AS r(id)",
    instant=True,
)

FIRST_OF_IDENTITY = f"""SELECT i.customer_id FROM channel_identities i
    WHERE i.workspace_id = {WORKSPACE} AND i.kind = {{kind}} AND i.identifier = {{identifier}}
    ORDER BY i.connected_at, i.id LIMIT 1"""
"""The customer of an identity, the first connected of several accounts of the kind."""

STANDING_FOR = f"""r.erased_at IS NULL AND r.id = (SELECT coalesce(m.merged_into_id, m.id)
    FROM customers m WHERE m.workspace_id = {WORKSPACE} AND m.id = {{id}})"""
"""Whether customer `r` is the one that an id stands for: the main one where it was merged away."""

BY_IDENTITY = STANDING_FOR.replace("{id}", f"({FIRST_OF_IDENTITY})")
"""Whether customer `r` is the one who is reached by an identity."""
