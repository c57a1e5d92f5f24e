"""Recounts: what each customer's row has to say, counted anew from the records around them.

Written apart from the services: it reads the rows of a snapshot, and knows who is part of whom.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from models import PropertyDefinition
from services.customers import searchable_text
from services.property_indexes import index_values
from services.texts import fold
from tests.services.merging.twins.snapshots import Names, Row, Snapshot

OWNED = "origin_customer_id"


def mistakes(
    found: Snapshot,
    main: Mapping[str, str],
    definitions: Mapping[str, PropertyDefinition],
    now: datetime,
) -> list[str]:
    """What is not as the records say; nothing where all is right.

    `main` says for each customer's name who they are part of: themselves, or the main customer.
    """
    names = Names(found)
    customers = {names.of[row["id"]]: row for row in found["customers"]}
    told = [
        *misplaced(found, names, main),
        *(f"{name}: is not known" for name in customers.keys() - main.keys()),
        *(f"{name}: is gone" for name in main.keys() - customers.keys()),
    ]
    by_owner = records_by_owner(found, names)
    for name, row in customers.items():
        if row["erased_at"] is not None:
            # What is left of them is nobody's, and told by no record.
            continue
        wanted = expected(name, by_owner, main, customers, definitions, row, names)
        told += [
            f"{name}: {column} is {actual(row, column)!r}, counted anew {value!r}"
            for column, value in wanted.items()
            if actual(row, column) != value
        ]
        told += wrong_window(name, row, main, now)
    told += wrong_index(found, names, customers, definitions)
    return told


def misplaced(found: Snapshot, names: Names, main: Mapping[str, str]) -> Iterable[str]:
    """Records that stand with another customer than the one whom their origin is part of now."""
    for table, rows in found.items():
        for row in rows:
            if OWNED in row:
                owner, origin = names.of[row["customer_id"]], names.of[row[OWNED]]
                if owner != main.get(origin):
                    yield f"{table} {names.of.get(row['id'], '')}: is {owner}'s, of {origin}"


def records_by_owner(found: Snapshot, names: Names) -> dict[str, dict[str, list[Row]]]:
    """The records of each customer, by table."""
    by_owner: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for table, rows in found.items():
        for row in rows:
            if OWNED in row:
                by_owner[names.of[row["customer_id"]]][table].append(row)
    return by_owner


def expected(
    name: str,
    by_owner: dict[str, dict[str, list[Row]]],
    main: Mapping[str, str],
    customers: dict[str, Row],
    definitions: Mapping[str, PropertyDefinition],
    row: Row,
    names: Names,
) -> dict[str, Any]:
    """The columns of a customer that follow from others."""
    members = [one for one, of in main.items() if of == name and one != name]
    is_member = main.get(name, name) != name
    records = by_owner[name]
    identities = sorted(
        records["channel_identities"],
        key=lambda one: (datetime.fromisoformat(one["connected_at"]), one["id"]),
    )
    wanted: dict[str, Any] = {
        "merged_into_id": names.customers[main[name]] if is_member else None,
        "member_count": 0 if is_member else len(members),
        "name_key": fold(row["full_name"])[:400],
    }
    if is_member:
        # Hidden: what others see of their records is the main customer's.
        return wanted
    heard = [
        datetime.fromisoformat(one["last_inbound_at"])
        for one in identities
        if one["kind"] == "WHATSAPP" and one["last_inbound_at"] is not None
    ]
    paid = [one for one in records["orders"] if one["status"] == "PAID"]
    wanted |= {
        "last_inbound_at": max(heard, default=None),
        "paid_order_count": len(paid),
        "lifetime_value": sum(
            (Decimal(str(one["total"])) for one in paid if one["currency"] == "IDR"), Decimal(0)
        ),
        "search_text": searchable_text(
            row["full_name"],
            row["phone"],
            row["email"],
            row["username"],
            row["external_id"],
            *(one["identifier"] for one in identities),
        ),
    }
    own = {one["id"] for one in identities}
    if row["main_identity_id"] not in (own or {None}):
        wanted["main_identity_id"] = "one of theirs"
    return wanted


def actual(row: Row, column: str) -> Any:
    """A column's value, as `expected` writes it."""
    value = row[column]
    if column == "last_inbound_at" and value is not None:
        return datetime.fromisoformat(value)
    return Decimal(str(value)) if column == "lifetime_value" else value


def wrong_window(name: str, row: Row, main: Mapping[str, str], now: datetime) -> Iterable[str]:
    """The window's column: an open one is never PASSIVE, and a hidden customer has none open.

    One that has run out may stand as ACTIVE until the job comes.
    """
    last = row["last_inbound_at"]
    is_open = last is not None and now < datetime.fromisoformat(last) + timedelta(hours=24)
    if main.get(name, name) != name:
        if row["window_status"] != "PASSIVE":
            yield f"{name}: is part of another, and their window is open"
    elif is_open and row["window_status"] != "ACTIVE":
        yield f"{name}: the window is open, and PASSIVE in the column"


def wrong_index(
    found: Snapshot,
    names: Names,
    customers: dict[str, Row],
    definitions: Mapping[str, PropertyDefinition],
) -> Iterable[str]:
    """Index entries that are not those of the customers' custom properties."""
    by_id = {str(one.id): one for one in definitions.values()}
    there: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in found["property_index_entries"]:
        key = by_id[row["property_id"]].key
        number = row["number_value"]
        value = row["text_value"] if number is None else Decimal(str(number))
        there[names.of[row["customer_id"]], key].append(value)
    for name, row in customers.items():
        for key, definition in definitions.items():
            values = index_values(definition, row["properties"].get(key))
            wanted: list[Any] = [one.text if one.number is None else one.number for one in values]
            wanted.sort()
            if sorted(there[name, key]) != wanted:
                yield f"{name}: the index of {key} is {there[name, key]}, counted anew {wanted}"


def counted_anew(found: Snapshot, names: Names, name: str, now: datetime) -> dict[str, Any]:
    """What the API has to say of a customer: counts, and the groups and tags by hand."""

    def of(table: str) -> list[Row]:
        return [row for row in found[table] if names.of[row["customer_id"]] == name]

    def distinct(table: str, column: str) -> int:
        return len({row[column] for row in of(table)})

    visible = [
        one
        for one in of("campaign_interactions")
        if datetime.fromisoformat(one["visible_until"]) > now
    ]
    return {
        "chats": len(of("conversations")),
        "tickets": distinct("customer_tickets", "ticket_id"),
        "deals": distinct("customer_deals", "deal_id"),
        "tasks": distinct("customer_tasks", "task_id"),
        "campaigns": len(visible),
        "companies": distinct("customer_companies", "company_id"),
        "groups": sorted({row["group_id"] for row in of("customer_groups")}),
        "tags": sorted({row["tag_id"] for row in of("customer_tags")}),
        "identities": sorted(row["id"] for row in of("channel_identities")),
    }
