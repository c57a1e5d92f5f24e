"""Pages of customers by their properties, filtered by them and in their order: whichever way a page
is found, it has the same rows as Python finds, page by page, in both directions."""

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

import models
from models import PropertyType, Workspace
from resolvers import customer_pages
from services.ids import global_id
from services.workspaces import create_workspace
from tests.asking import ask, compiled, refusal
from tests.records import Records
from tests.rows import NOW

QUERY = """query($f: CustomerFilter, $o: CustomerOrder, $first: Int, $after: String, $last: Int,
        $before: String, $s: String) {
    customers(filter: $f, orderBy: $o, first: $first, after: $after, last: $last, before: $before,
        search: $s) {
        totalCount edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
REGULAR = """query($o: CustomerOrder) {
    regularCustomers(orderBy: $o, first: 100) { totalCount nodes { id } } }"""
WRITTEN = """{ regularCustomers(orderBy: { by: PROPERTY, property: "score", direction: ASC }) {
    nodes { id } } }"""
MANY, PAGE = 32, 10
SIZES, COLOURS = ("S", "M", "L"), ("red", "green", "blue")
TYPES: dict[str, tuple[PropertyType, tuple[str, ...], list[Any]]] = {
    "note": (PropertyType.TEXT, (), ["Kopi", "kopi", "Élan", "elan", "50%", "Teh", "z" * 300]),
    "score": (PropertyType.NUMBER, (), [-2, 0, 0.5, 1, 2, 10, 1e9]),
    "price": (PropertyType.DECIMAL, (), ["0.0", "-3.50", "12.50", "9.99", "100"]),
    "vip": (PropertyType.BOOLEAN, (), [True, False]),
    "birthday": (PropertyType.DATE, (), ["1990-05-17", "0999-01-01", "2026-11-22"]),
    "seen": (
        PropertyType.DATETIME,
        (),
        [f"2026-11-{day}T18:00:00.00000{day % 3}Z" for day in (18, 19, 20, 21)],
    ),
    "size": (PropertyType.SINGLE_SELECT, SIZES, list(SIZES)),
    "colours": (PropertyType.MULTI_SELECT, COLOURS, [["red", "blue"], ["green"], list(COLOURS)]),
    "site": (PropertyType.URL, (), ["https://a.example", "https://b.example/X"]),
    "mail": (PropertyType.EMAIL, (), ["b@example.com", "a@example.com"]),
    "mobile": (PropertyType.PHONE, (), ["+628110001", "+628119999"]),
    "mentor": (PropertyType.USER, (), ["usr_" + "1" * 32, "usr_" + "2" * 32]),
    "empty": (PropertyType.TEXT, (), []),
    "full": (PropertyType.NUMBER, (), []),
}
WAYS = {"apart": (4_000, 25_000), "walked": (0, 25_000), "gathered": (0, 5)}
FILTERS: list[tuple[dict[str, Any], Callable[[Any], bool]]] = [
    ({"key": "score", "op": "GTE", "value": 1}, lambda v: v.get("score", -9) >= 1),
    ({"key": "note", "op": "CONTAINS", "value": "ko"}, lambda v: "ko" in v.get("note", "").lower()),
    (
        {"key": "colours", "op": "IN", "value": ["red", "blue"]},
        lambda v: "red" in v.get("colours", []),
    ),
    ({"key": "vip", "op": "NE", "value": True}, lambda v: v.get("vip") is not True),
    ({"key": "price", "op": "IS_NOT_SET"}, lambda v: "price" not in v),
    ({"key": "empty", "op": "IS_SET"}, lambda v: False),
    ({"key": "colours", "op": "IS_SET"}, lambda v: "colours" in v),
]


@pytest_asyncio.fixture(scope="module")
async def shop(database: None) -> tuple[Workspace, list[models.Customer]]:
    """Customers with some values of each type, many of them alike."""
    workspace = await create_workspace("Toko Urut")
    records, dice = Records(workspace), random.Random(11)
    for key, (type, options, _) in TYPES.items():
        records.property(key, type, options)
    rows = [
        records.customer(
            dice.choice(["Budi", "Siti", "Élise"]),
            updated_at=NOW - timedelta(hours=dice.randint(0, 9)),
            created_at=NOW - timedelta(hours=dice.randint(0, 9)),
            last_inbound_at=dice.choice([None, NOW - timedelta(hours=dice.randint(0, 9))]),
            lifetime_value=Decimal(dice.randint(0, 3) * 100),
            paid_order_count=dice.choice([0, 1]),
            deleted_at=NOW if dice.random() < 0.1 else None,
            properties={"full": number % 9}
            | {
                key: dice.choice(values)
                for key, (_, _, values) in TYPES.items()
                if values and dice.random() < 0.6
            },
        )
        for number in range(MANY)
    ]
    records.merge(rows[0], rows[1], rows[2])
    await records.save()
    shown = [row for row in rows if row.deleted_at is None and row.merged_into_id is None]
    return workspace, shown


@pytest.fixture(params=WAYS, autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way of finding a page in turn, whichever would be the quickest."""
    few, longest = WAYS[request.param]
    for name, value in (("FEW", few), ("OFTEN", 1), ("LONGEST", longest), ("SHORTER", longest)):
        monkeypatch.setattr(customer_pages, name, value)
    return str(request.param)


def compared(key: str, value: Any) -> Any:
    """A value as orders compare it."""
    type = TYPES[key][0]
    if type is PropertyType.MULTI_SELECT:
        return min(value)
    if type is PropertyType.BOOLEAN:
        return str(value).lower()
    if type in (PropertyType.NUMBER, PropertyType.DECIMAL):
        return Decimal(str(value))
    return value.replace("É", "e").lower()[:200]


def by_property(rows: list[Any], key: str, descending: bool) -> list[str]:
    """The ids in the order of a property: who has none last."""
    have = [row for row in rows if key in row.properties]
    lack = [row for row in rows if key not in row.properties]
    have.sort(key=lambda row: (compared(key, row.properties[key]), row.id), reverse=descending)
    lack.sort(key=lambda row: row.id, reverse=descending)
    return [global_id(models.Customer, row.id) for row in have + lack]


def by_attribute(rows: list[Any], name: str, descending: bool) -> list[str]:
    """The ids in the order of a column."""
    nothing = NOW - timedelta(days=999)
    rows = sorted(
        rows,
        key=lambda row: (
            getattr(row, name) or nothing if "_at" in name else getattr(row, name),
            row.id,
        ),
        reverse=descending,
    )
    return [global_id(models.Customer, row.id) for row in rows]


async def paged(workspace: Workspace, expected: list[str], **asked: Any) -> None:
    """Page through a list forwards and backwards: it is just what was expected."""
    for size, cursor, begin, ahead, end in (
        ("first", "after", expected, "hasNextPage", "endCursor"),
        ("last", "before", expected[::-1], "hasPreviousPage", "startCursor"),
    ):
        found: list[str] = []
        told: dict[str, Any] = {size: PAGE}
        more = True
        while more:
            data = (await ask(workspace, QUERY, **asked, **told))["customers"]
            assert data["totalCount"] == len(expected)
            ids = [edge["node"]["id"] for edge in data["edges"]]
            found += ids if size == "first" else ids[::-1]
            assert len(found) <= len(begin), (asked, size)
            more = data["pageInfo"][ahead]
            assert more is (len(found) < len(begin))
            told[cursor] = data["pageInfo"][end]
        assert found == begin, (asked, size)


@pytest.mark.parametrize("way", ["walked", "gathered"], indirect=True)
@pytest.mark.parametrize("key", TYPES)
async def test_an_order_by_a_property(shop: tuple[Workspace, list[Any]], key: str) -> None:
    workspace, rows = shop
    for descending in (False, True):
        direction = "DESC" if descending else "ASC"
        order = {"by": "PROPERTY", "property": key, "direction": direction}
        await paged(workspace, by_property(rows, key, descending), o=order)


@pytest.mark.parametrize(("condition", "meets"), FILTERS)
async def test_a_filter_in_each_order(
    shop: tuple[Workspace, list[Any]], condition: dict[str, Any], meets: Callable[[Any], bool]
) -> None:
    workspace, rows = shop
    met = [row for row in rows if meets(row.properties)]
    filter = {"properties": [condition]}
    for by, name in (("FULL_NAME", "name_key"), ("LAST_INBOUND_AT", "last_inbound_at")):
        order = {"by": by, "direction": "ASC"}
        await paged(workspace, by_attribute(met, name, False), f=filter, o=order)
    for key in ("score", "colours"):
        order = {"by": "PROPERTY", "property": key, "direction": "DESC"}
        await paged(workspace, by_property(met, key, True), f=filter, o=order)


async def test_both_paths_know_such_pages(shop: tuple[Workspace, list[Any]]) -> None:
    order = {"by": "PROPERTY", "property": "score", "direction": "ASC"}
    for variables in ({"o": order}, {"f": {"properties": [FILTERS[0][0]]}}):
        found = await compiled(shop[0], QUERY, now=NOW, actor=None, variables=variables)
        assert found["customers"]["edges"]


async def test_several_conditions_beside_others(shop: tuple[Workspace, list[Any]]) -> None:
    workspace, rows = shop
    filter = {
        "productive": True,
        "updated": {
            "between": {
                "from": (NOW - timedelta(hours=8)).isoformat(),
                "to": (NOW + timedelta(hours=1)).isoformat(),
            }
        },
        "properties": [
            {"key": "score", "op": "BETWEEN", "value": [-2, 10]},
            {"key": "size", "op": "IS_SET"},
            {"key": "birthday", "op": "NE", "value": "2026-11-22"},
        ],
    }
    met = [
        row
        for row in rows
        if row.paid_order_count
        and row.updated_at >= NOW - timedelta(hours=8)
        and -2 <= row.properties.get("score", -9) <= 10
        and "size" in row.properties
        and row.properties.get("birthday") != "2026-11-22"
    ]
    assert met
    await paged(workspace, by_attribute(met, "updated_at", True), f=filter)
    order = {"by": "PROPERTY", "property": "score", "direction": "ASC"}
    await paged(workspace, by_property(met, "score", False), f=filter, o=order)


async def test_a_condition_beside_one_that_says_no(shop: tuple[Workspace, list[Any]]) -> None:
    workspace, rows = shop
    filter = {"productive": False, "merged": False, "properties": [FILTERS[0][0]]}
    met = [
        row
        for row in rows
        if not row.paid_order_count and not row.member_count and FILTERS[0][1](row.properties)
    ]
    assert met
    await paged(workspace, by_attribute(met, "updated_at", True), f=filter)


async def test_a_search_in_the_order_of_a_property(shop: tuple[Workspace, list[Any]]) -> None:
    workspace, rows = shop
    met = [row for row in rows if row.full_name == "Siti"]
    order = {"by": "PROPERTY", "property": "note", "direction": "ASC"}
    await paged(workspace, by_property(met, "note", False), s="siti", o=order)
    await paged(workspace, by_property(met, "note", False), s="sity", o=order)


async def test_regular_customers_by_a_property(shop: tuple[Workspace, list[Any]]) -> None:
    workspace, rows = shop
    expected = by_property([row for row in rows if row.paid_order_count], "score", False)
    order = {"by": "PROPERTY", "property": "score", "direction": "ASC"}
    data = await ask(workspace, REGULAR, o=order)
    assert [node["id"] for node in data["regularCustomers"]["nodes"]] == expected
    for _ in range(2):
        data = await ask(workspace, WRITTEN)
        assert [node["id"] for node in data["regularCustomers"]["nodes"]] == expected[:20]


@pytest.mark.parametrize("way", ["walked"], indirect=True)
@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"by": "PROPERTY"}, "name the property"),
        ({"by": "PROPERTY", "property": "nope"}, "nope is not defined"),
        ({"by": "PROPERTY", "property": "jobTitle"}, "jobTitle is not defined"),
        ({"by": "UPDATED_AT", "property": "score"}, "goes with by: PROPERTY"),
    ],
)
async def test_an_order_that_is_none_is_refused(
    shop: tuple[Workspace, list[Any]], order: dict[str, Any], message: str
) -> None:
    found = await refusal(shop[0], QUERY, o={**order, "direction": "ASC"})
    assert found.field == ("orderBy", "property")
    assert message in found.message


@pytest.mark.parametrize("way", ["walked"], indirect=True)
async def test_cursors_of_another_property_are_refused(shop: tuple[Workspace, list[Any]]) -> None:
    workspace, _ = shop
    order = {"by": "PROPERTY", "property": "score", "direction": "ASC"}
    data = await ask(workspace, QUERY, o=order, first=1)
    after = data["customers"]["pageInfo"]["endCursor"]
    for other in ({"property": "price"}, {"direction": "DESC"}):
        found = await refusal(workspace, QUERY, o={**order, **other}, after=after)
        assert "cursor of another list or order" in found.message
