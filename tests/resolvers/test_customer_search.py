"""Searching the table of customers, on both paths: words, phones, and typing errors."""

from typing import Any

import pytest
import pytest_asyncio

from models import ChannelKind, Workspace
from services.workspaces import create_workspace
from tests.asking import ask, refusal
from tests.records import Records
from tests.rows import NOW

QUERY = """query($s: String, $f: CustomerFilter, $o: CustomerOrder, $n: Int, $a: String) {
    customers(search: $s, filter: $f, orderBy: $o, first: $n, after: $a) {
        totalCount nodes { fullName } pageInfo { hasNextPage endCursor } } }"""
PEOPLE = {
    "Siti Rahma": {"phone": "+6281234567890", "email": "siti.rahma@example.com"},
    "Siti Aminah": {"phone": "+6281399900011", "source": ChannelKind.LINE},
    "Élise Dupont": {"phone": "+33612345678", "username": "elise.d"},
    "Budi Santoso": {"phone": "+62215551234", "source": ChannelKind.WHATSAPP},
    "Budiman Santosa": {"email": "budiman@example.com"},
    "Wulandari": {},
    "Zo": {},
}


@pytest_asyncio.fixture(scope="module")
async def shop(database: None) -> Workspace:
    """One for the whole module: these tests only read."""
    workspace = await create_workspace("Toko Cari")
    records = Records(workspace)
    for name, values in PEOPLE.items():
        records.customer(name, **values)
    person = records.customer("Rina")
    whatsapp = records.channel(ChannelKind.WHATSAPP)
    records.identity(person, whatsapp, "+6287712345678", phone="+6287712345678")
    records.customer("Siti Terhapus", deleted_at=NOW)
    await records.save()
    return workspace


async def found(workspace: Workspace, search: str, **values: Any) -> list[str]:
    """The names of those who are found, by name. The count agrees."""
    page = (await ask(workspace, QUERY, s=search, n=100, **values))["customers"]
    assert page["totalCount"] == len(page["nodes"])
    return sorted(node["fullName"] for node in page["nodes"])


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("siti", ["Siti Aminah", "Siti Rahma"]),
        ("rahma siti", ["Siti Rahma"]),
        ("ELISE", ["Élise Dupont"]),
        ("dup", ["Élise Dupont"]),
        ("@elise.d", ["Élise Dupont"]),
        ("siti.rahma@example.com", ["Siti Rahma"]),
        ("budi", ["Budi Santoso", "Budiman Santosa"]),
        ("zo", ["Zo"]),
        ("  ", sorted([*PEOPLE, "Rina"])),
        ("081234567890", ["Siti Rahma"]),
        ("0812-3456-7890", ["Siti Rahma"]),
        ("+62 812 3456 7890", ["Siti Rahma"]),
        ("6281234567890", ["Siti Rahma"]),
        ("0812 3456", ["Siti Rahma"]),
        ("7890", ["Siti Rahma"]),
        ("(021) 555 1234", ["Budi Santoso"]),
        ("+33 6 12 34 56 78", ["Élise Dupont"]),
        ("0877 1234 5678", ["Rina"]),
        ("siti 0812 3456 7890", ["Siti Rahma"]),
        ("budi 0812 3456 7890", []),
    ],
)
async def test_words_and_phones(shop: Workspace, search: str, names: list[str]) -> None:
    assert await found(shop, search) == names


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("sity", ["Siti Aminah", "Siti Rahma"]),
        ("ssiti", ["Siti Aminah", "Siti Rahma"]),
        ("siit", ["Siti Aminah", "Siti Rahma"]),
        ("ramha", ["Siti Rahma"]),
        ("wulandri", ["Wulandari"]),
        ("wulandarii", ["Wulandari"]),
        ("wilanda", ["Wulandari"]),
        ("budi santozo", ["Budi Santoso"]),
        ("elize", ["Élise Dupont"]),
        ("wulxndxri", []),
        ("081234567891", []),
    ],
)
async def test_one_letter_may_be_wrong_where_nobody_has_the_words_as_they_are(
    shop: Workspace, search: str, names: list[str]
) -> None:
    assert await found(shop, search) == names


async def test_who_has_the_words_as_they_are_typed_is_found_alone(shop: Workspace) -> None:
    assert await found(shop, "santosa") == ["Budiman Santosa"]
    assert await found(shop, "santoso") == ["Budi Santoso"]


async def test_it_is_decided_by_who_is_on_the_list(shop: Workspace) -> None:
    line = {"sources": ["LINE"]}
    assert await found(shop, "sitti", f=line) == ["Siti Aminah"]
    whatsapp = {"sources": ["WHATSAPP"]}
    assert await found(shop, "santosa", f=whatsapp) == ["Budi Santoso"]


@pytest.mark.parametrize("by", ["UPDATED_AT", "CREATED_AT", "FULL_NAME", "LIFETIME_VALUE"])
@pytest.mark.parametrize("search", ["santoso", "sitti"])
async def test_pages_of_a_search_hold_each_customer_once_in_every_order(
    shop: Workspace, search: str, by: str
) -> None:
    order = {"by": by, "direction": "ASC"}
    names, after = [], None
    while True:
        page = (await ask(shop, QUERY, s=search, o=order, n=1, a=after))["customers"]
        names += [node["fullName"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sorted(names) == await found(shop, search)
    if by == "FULL_NAME":
        assert names == sorted(names)


async def test_very_many_who_are_near_are_read_off_the_list(database: None) -> None:
    workspace = await create_workspace("Toko Ramai")
    records = Records(workspace)
    for _ in range(30):
        records.customer("Siti")
    await records.save()
    data = await ask(workspace, QUERY, s="sitti", n=20)
    assert data["customers"]["totalCount"] == 30
    assert len(data["customers"]["nodes"]) == 20


async def test_a_search_that_is_too_long_is_refused(shop: Workspace) -> None:
    refused = await refusal(shop, QUERY, s="x" * 201)
    assert refused.field == ("search",)


async def test_another_workspaces_customers_decide_nothing(
    shop: Workspace, workspace: Workspace
) -> None:
    records = Records(workspace)
    records.customer("Sity")
    await records.save()
    assert await found(shop, "sity") == ["Siti Aminah", "Siti Rahma"]
    assert await found(workspace, "siti") == ["Sity"]
