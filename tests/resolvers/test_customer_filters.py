"""Filters and search of customers, each held against the same question asked of Python."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from models import Acquisition, ChannelKind, CustomerStatus, Workspace
from services.ids import global_id
from services.texts import fold
from services.workspaces import create_workspace
from tests.asking import ask
from tests.records import Records
from tests.rows import NOW

QUERY = """query($f: CustomerFilter, $s: String) {
    customers(filter: $f, search: $s, first: 100) { totalCount nodes { id } } }"""
MANY = 60
SIZES, COLOURS = ("S", "M", "L"), ("red", "green", "blue")


@dataclass
class Shop:
    """Customers who differ in everything that can be filtered by."""

    workspace: Workspace
    records: Records
    users: list[models.User]
    memberships: dict[Any, set[Any]]
    """The customers in each group and segment, and those who were given each tag, by its id."""

    @property
    def customers(self) -> list[models.Customer]:
        """Those whom lists show."""
        rows = self.records.rows[models.Customer]
        return [row for row in rows if row.deleted_at is None and row.merged_into_id is None]

    def tagged(self, customer: models.Customer, tag: models.Tag) -> bool:
        """Whether a customer carries a tag, by hand or by their lifetime value."""
        if customer.id in self.memberships[tag.id]:
            return True
        if tag.ltv_min is None and tag.ltv_max is None:
            return False
        low = tag.ltv_min is None or customer.lifetime_value >= tag.ltv_min
        return low and (tag.ltv_max is None or customer.lifetime_value < tag.ltv_max)

    async def found(self, filter: dict[str, Any] | None, search: str | None = None) -> set[Any]:
        """The ids of those whom the API finds. Its count must agree."""
        data = await ask(self.workspace, QUERY, f=filter, s=search)
        ids = {node["id"] for node in data["customers"]["nodes"]}
        assert data["customers"]["totalCount"] == len(ids)
        return ids

    def expected(self, *conditions: Callable[[models.Customer], bool]) -> set[str]:
        """The ids of those whom Python finds."""
        return {
            global_id(models.Customer, row.id)
            for row in self.customers
            if all(condition(row) for condition in conditions)
        }


@pytest_asyncio.fixture(scope="module")
async def shop(database: None) -> Shop:
    """One for the whole module: these tests only read."""
    workspace = await create_workspace("Toko Saring")
    records = Records(workspace)
    dice = random.Random(7)
    users = [records.user() for _ in range(3)]
    define_properties(records)
    things: list[Any] = [
        *(records.group() for _ in range(3)),
        *(records.tag() for _ in range(2)),
        records.tag("Besar", ltv_min=Decimal(500)),
        records.tag("Kecil", ltv_max=Decimal(500)),
        records.tag("Sedang", ltv_min=Decimal(200), ltv_max=Decimal(700)),
    ]
    segments = [records.segment() for _ in range(3)]
    memberships: dict[Any, set[Any]] = {one.id: set() for one in (*things, *segments)}
    for _ in range(MANY):
        customer = a_customer(records, dice, users)
        for one in dice.sample(things, 2):
            records.associate(customer, one)
            memberships[one.id].add(customer.id)
        for segment in dice.sample(segments, 1):
            records.enter(customer, segment)
            memberships[segment.id].add(customer.id)
    rows = records.rows[models.Customer]
    records.merge(rows[0], rows[1])
    records.merge(rows[2], rows[3], rows[4])
    await records.save()
    return Shop(workspace, records, users, memberships)


def define_properties(records: Records) -> None:
    """A property of each type of comparison."""
    records.property("note")
    records.property("score", models.PropertyType.NUMBER)
    records.property("price", models.PropertyType.DECIMAL)
    records.property("vip", models.PropertyType.BOOLEAN)
    records.property("birthday", models.PropertyType.DATE)
    records.property("seen", models.PropertyType.DATETIME)
    records.property("size", models.PropertyType.SINGLE_SELECT, SIZES)
    records.property("colours", models.PropertyType.MULTI_SELECT, COLOURS)


def a_customer(records: Records, dice: random.Random, users: list[models.User]) -> models.Customer:
    """A customer by throws of dice."""

    def maybe(value: Any) -> Any:
        return value if dice.random() < 0.7 else None

    last = NOW - timedelta(hours=dice.choice([1, 23, 24, 25, 900]))
    properties = {
        "note": maybe(dice.choice(["Kopi Tubruk", "kopi", "50% off", "a_b", "Teh", "back\\slash"])),
        "score": maybe(dice.randint(-2, 4)),
        "price": maybe(f"{dice.randint(0, 4)}.50"),
        "vip": maybe(dice.random() < 0.5),
        "birthday": maybe((NOW.date() - timedelta(days=dice.randint(0, 9))).isoformat()),
        "seen": maybe(f"2026-11-{dice.randint(18, 23)}T18:00:00.000000Z"),
        "size": maybe(dice.choice(SIZES)),
        "colours": maybe(dice.sample(COLOURS, 2)),
    }
    return records.customer(
        dice.choice(["Budi", "Élise Dupont", "ELISE", "Siti 100%", "Siti_Ayu", "C:\\Dir", "Łucja"]),
        source=maybe(dice.choice([ChannelKind.WHATSAPP, ChannelKind.LINE])),
        status=maybe(dice.choice(list(CustomerStatus))),
        acquisition=dice.choice(list(Acquisition)),
        owner_id=maybe(dice.choice(users).id),
        assignee_id=maybe(dice.choice(users).id),
        last_inbound_at=maybe(last),
        created_at=NOW - timedelta(hours=dice.randint(0, 800)),
        updated_at=NOW - timedelta(hours=dice.randint(0, 800)),
        lifetime_value=Decimal(dice.randint(0, 10) * 100),
        paid_order_count=dice.choice([0, 1, 5]),
        deleted_at=NOW if dice.random() < 0.1 else None,
        properties={key: value for key, value in properties.items() if value is not None},
    )


def between(name: str) -> tuple[dict[str, Any], Callable[[Any], bool]]:
    """A period, and whether a customer lies in it."""
    start, end = NOW - timedelta(hours=400), NOW - timedelta(hours=100)
    attribute = f"{name}_at"
    period = {"between": {"from": start.isoformat(), "to": end.isoformat()}}
    return {name: period}, lambda row: bool(start <= getattr(row, attribute) < end)


ALONE: list[tuple[dict[str, Any], Callable[[Any], bool]]] = [
    ({}, lambda row: True),
    ({"sources": ["WHATSAPP"]}, lambda row: row.source == "WHATSAPP"),
    ({"sources": ["LINE", "WHATSAPP"]}, lambda row: row.source is not None),
    ({"sources": []}, lambda row: False),
    ({"statuses": ["LEAD", "CHURNED"]}, lambda row: row.status in ("LEAD", "CHURNED")),
    ({"acquisitions": ["IMPORT"]}, lambda row: row.acquisition == "IMPORT"),
    (
        {"window": "ACTIVE"},
        lambda row: bool(row.last_inbound_at and NOW - row.last_inbound_at < timedelta(hours=24)),
    ),
    (
        {"window": "PASSIVE"},
        lambda row: not (row.last_inbound_at and NOW - row.last_inbound_at < timedelta(hours=24)),
    ),
    ({"productive": True}, lambda row: row.paid_order_count > 0),
    ({"productive": False}, lambda row: row.paid_order_count == 0),
    ({"merged": True}, lambda row: row.member_count > 0),
    ({"merged": False}, lambda row: row.member_count == 0),
    ({"merged": None, "sources": None, "created": None}, lambda row: True),
    between("created"),
    between("updated"),
]
CHOICES = st.lists(st.sampled_from(range(len(ALONE))), min_size=1, max_size=4, unique=True)


@pytest.mark.parametrize("number", range(len(ALONE)), ids=lambda n: str(ALONE[n][0]))
async def test_a_filter_alone(shop: Shop, number: int) -> None:
    filter, condition = ALONE[number]
    assert await shop.found(filter) == shop.expected(condition)


@settings(max_examples=25, deadline=None)
@given(numbers=CHOICES)
async def test_filters_together_ask_for_all_of_them(shop: Shop, numbers: list[int]) -> None:
    filter: dict[str, Any] = {}
    conditions = []
    for number in numbers:
        one, condition = ALONE[number]
        if not filter.keys() & one.keys():
            filter |= one
            conditions.append(condition)
    assert await shop.found(filter) == shop.expected(*conditions)


async def test_owners_and_assignees(shop: Shop) -> None:
    for user in shop.users:
        id = [global_id(models.User, user.id)]
        assert await shop.found({"ownerIds": id}) == shop.expected(
            lambda row, user=user: row.owner_id == user.id  # type: ignore[misc]
        )
        assert await shop.found({"assigneeIds": id}) == shop.expected(
            lambda row, user=user: row.assignee_id == user.id  # type: ignore[misc]
        )


@pytest.mark.parametrize(
    ("name", "model"), [("groupIds", models.Group), ("segmentIds", models.Segment)]
)
async def test_groups_and_segments(shop: Shop, name: str, model: Any) -> None:
    rows = shop.records.rows[model]
    for some in ([rows[0]], rows[:2], rows):
        members = set().union(*(shop.memberships[row.id] for row in some))
        found = await shop.found({name: [global_id(model, row.id) for row in some]})
        assert found == shop.expected(lambda row, members=members: row.id in members)  # type: ignore[misc]


async def test_tags_given_by_hand_and_carried_by_lifetime_value(shop: Shop) -> None:
    tags = shop.records.rows[models.Tag]
    for some in (*([tag] for tag in tags), tags[1:4], tags):
        found = await shop.found({"tagIds": [global_id(models.Tag, tag.id) for tag in some]})
        assert found == shop.expected(
            lambda row, some=some: any(shop.tagged(row, tag) for tag in some)  # type: ignore[misc]
        )


async def test_a_tags_own_customers_and_count_agree_with_the_filter(shop: Shop) -> None:
    query = "{ tags { nodes { id name customerCount customers(first: 100) { nodes { id } } } } }"
    for tag in (await ask(shop.workspace, query))["tags"]["nodes"]:
        members = {node["id"] for node in tag["customers"]["nodes"]}
        assert members == await shop.found({"tagIds": [tag["id"]]})
        assert tag["customerCount"] == len(members)


async def test_a_customers_own_tags_agree_with_the_filter(shop: Shop) -> None:
    data = await ask(shop.workspace, "{ customers(first: 100) { nodes { id tags { name } } } }")
    carried = {
        node["id"]: {tag["name"] for tag in node["tags"]} for node in data["customers"]["nodes"]
    }
    for row in shop.customers:
        names = {tag.name for tag in shop.records.rows[models.Tag] if shop.tagged(row, tag)}
        assert carried[global_id(models.Customer, row.id)] == names


def value_of(key: str) -> Callable[[Any], Any]:
    """A customer's value of a property."""
    return lambda row: row.properties.get(key)


def holds(key: str, condition: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Whether a customer has a value that meets a condition."""
    return lambda row: key in row.properties and condition(row.properties[key])


def lacks(key: str, condition: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Whether a customer has no value that meets a condition, or none at all."""
    return lambda row: not holds(key, condition)(row)


TODAY = date(2026, 11, 22)
PROPERTIES: list[tuple[str, str, Any, Callable[[Any], bool]]] = [
    ("note", "EQ", "KOPI", holds("note", lambda v: v == "kopi")),
    ("note", "NE", "kopi", lacks("note", lambda v: v == "kopi")),
    ("note", "IN", ["kopi", "Teh"], holds("note", lambda v: v in ("kopi", "Teh"))),
    ("note", "NOT_IN", ["kopi", "Teh"], lacks("note", lambda v: v in ("kopi", "Teh"))),
    ("note", "CONTAINS", "kopi", holds("note", lambda v: "kopi" in v.lower())),
    ("note", "CONTAINS", "%", holds("note", lambda v: "%" in v)),
    ("note", "CONTAINS", "_", holds("note", lambda v: "_" in v)),
    ("note", "CONTAINS", "\\", holds("note", lambda v: "\\" in v)),
    ("note", "STARTS_WITH", "kopi t", holds("note", lambda v: v.lower().startswith("kopi t"))),
    ("note", "STARTS_WITH", "tubruk", lambda row: False),
    ("note", "IS_SET", None, lambda row: "note" in row.properties),
    ("note", "IS_NOT_SET", None, lambda row: "note" not in row.properties),
    ("score", "EQ", 2, holds("score", lambda v: v == 2)),
    ("score", "EQ", 2.0, holds("score", lambda v: v == 2)),
    ("score", "GT", 1, holds("score", lambda v: v > 1)),
    ("score", "GTE", 1, holds("score", lambda v: v >= 1)),
    ("score", "LT", 0.5, holds("score", lambda v: v < 0.5)),
    ("score", "LTE", -1, holds("score", lambda v: v <= -1)),
    ("score", "BETWEEN", [-1, 2], holds("score", lambda v: -1 <= v <= 2)),
    ("price", "EQ", "1.5", holds("price", lambda v: v == "1.50")),
    ("price", "GT", "2.50", holds("price", lambda v: Decimal(v) > Decimal("2.5"))),
    ("price", "IN", ["0.5", "3.500"], holds("price", lambda v: v in ("0.50", "3.50"))),
    ("vip", "EQ", True, holds("vip", lambda v: v is True)),
    ("vip", "NE", True, lacks("vip", lambda v: v is True)),
    ("birthday", "EQ", "2026-11-20", holds("birthday", lambda v: v == "2026-11-20")),
    ("birthday", "LT", "2026-11-20", holds("birthday", lambda v: v < "2026-11-20")),
    (
        "birthday",
        "WITHIN_LAST_DAYS",
        3,
        holds("birthday", lambda v: TODAY - timedelta(days=3) < date.fromisoformat(v) <= TODAY),
    ),
    (
        "seen",
        "GTE",
        "2026-11-21T01:00:00+07:00",
        holds(
            "seen", lambda v: datetime.fromisoformat(v) >= datetime(2026, 11, 20, 18, tzinfo=UTC)
        ),
    ),
    (
        "seen",
        "WITHIN_LAST_DAYS",
        2,
        holds("seen", lambda v: v[:10] in ("2026-11-20", "2026-11-21")),
    ),
    ("size", "EQ", "M", holds("size", lambda v: v == "M")),
    ("size", "NOT_IN", ["M", "L"], lacks("size", lambda v: v in ("M", "L"))),
    ("colours", "CONTAINS", "red", holds("colours", lambda v: "red" in v)),
    ("colours", "EQ", "red", holds("colours", lambda v: "red" in v)),
    ("colours", "NE", "red", lacks("colours", lambda v: "red" in v)),
    ("colours", "IN", ["red", "blue"], holds("colours", lambda v: bool({"red", "blue"} & set(v)))),
]


@pytest.mark.parametrize(("key", "op", "value", "condition"), PROPERTIES)
async def test_a_condition_on_a_property(
    shop: Shop, key: str, op: str, value: Any, condition: Callable[[Any], bool]
) -> None:
    found = await shop.found({"properties": [{"key": key, "op": op, "value": value}]})
    assert found == shop.expected(condition)


@settings(max_examples=20, deadline=None)
@given(numbers=st.lists(st.sampled_from(range(len(PROPERTIES))), max_size=4))
async def test_conditions_on_properties_ask_for_all_of_them(shop: Shop, numbers: list[int]) -> None:
    some = [PROPERTIES[number] for number in numbers]
    conditions = [{"key": key, "op": op, "value": value} for key, op, value, _ in some]
    found = await shop.found({"properties": conditions, "productive": True})
    productive = [lambda row: row.paid_order_count > 0]
    assert found == shop.expected(*productive, *(condition for *_, condition in some))


@pytest.mark.parametrize(
    "search",
    [
        "budi",
        "BUDI",
        "élise",
        "elise",
        "Elise dup",
        "  elise   dupont ",
        "100%",
        "%",
        "_",
        "siti_",
        "\\",
        "c:\\d",
        "łucja",
        "customer-7",
        "zzz",
        "''; DROP TABLE customers",
    ],
)
async def test_search_folds_case_and_accents_and_knows_no_wildcards(
    shop: Shop, search: str
) -> None:
    found = await shop.found(None, search)
    assert found == shop.expected(lambda row: fold(search) in row.search_text)


async def test_search_and_filter_together(shop: Shop) -> None:
    found = await shop.found({"productive": True}, "elise")
    assert found == shop.expected(lambda row: row.paid_order_count > 0 and "elise" in row.name_key)
    assert 0 < len(found) < len(await shop.found(None, "elise"))
