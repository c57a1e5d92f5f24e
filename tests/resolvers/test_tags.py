"""Tags by hand and by lifetime value: both are shown, told apart, and counted once."""

from decimal import Decimal
from typing import Any

import pytest

from models import Customer, OrderStatus, Tag, Workspace
from services.bulk.memberships import change_membership
from services.customer_deletions import delete_customer, restore_customer
from services.errors import ErrorCode
from services.ids import global_id
from services.memberships import TAGS
from services.merging.merges import merge_customers
from services.merging.requests import Merging
from services.merging.unmerges import unmerge_customer
from services.orders import OrderItemReport, OrderReport, upsert_order
from services.tags import save_tag
from tests.asking import ask
from tests.rows import NOW
from tests.services.writing import change, customer, refused

CARRIED = """query($id: ID!) { customer(id: $id) { tags { name }
    carriedTags { tag { name ltvMin } byHand byLifetimeValue givenAt } } }"""
COUNTS = """{ tags { nodes { name customerCount
    customers(first: 100) { totalCount nodes { fullName } } } } }"""
FILTERED = """query($f: CustomerFilter) { customers(filter: $f, first: 100) {
    totalCount nodes { fullName } } }"""

BOUGHT = """{ regularCustomers { totalCount nodes { fullName lifetimeValue
    purchases { product timesBought quantity spent } } } }"""


async def carried(workspace: Workspace, one: Customer) -> dict[str, tuple[bool, bool]]:
    """The tags that a customer carries: by hand, and by their lifetime value."""
    found = (await ask(workspace, CARRIED, id=global_id(Customer, one.id)))["customer"]
    named = {
        each["tag"]["name"]: (each["byHand"], each["byLifetimeValue"])
        for each in found["carriedTags"]
    }
    assert list(named) == [each["name"] for each in found["tags"]]
    for each in found["carriedTags"]:
        assert (each["givenAt"] is not None) == each["byHand"]
    return named


async def counts(workspace: Workspace) -> dict[str, int]:
    """How many carry each tag, which all ways of asking must agree about."""
    found: dict[str, int] = {}
    for each in (await ask(workspace, COUNTS))["tags"]["nodes"]:
        page = each["customers"]
        assert each["customerCount"] == page["totalCount"] == len(page["nodes"])
        found[each["name"]] = each["customerCount"]
    return found


async def pays(
    workspace: Workspace,
    one: Customer,
    total: str,
    name: str = "order",
    status: OrderStatus = OrderStatus.PAID,
    currency: str = "IDR",
) -> None:
    """An order as a connected system reports it."""
    report = OrderReport(
        external_id=name,
        customer_id=one.id,
        status=status,
        total=Decimal(total),
        currency=currency,
        ordered_at=NOW,
    )
    await change(workspace, upsert_order, report)


async def tags(workspace: Workspace) -> dict[str, Tag]:
    """High, Middle and Low, as CRMs have them; Top, which overlaps; Hand, which has no range."""
    ranges: dict[str, tuple[Any, Any]] = {
        "High": (Decimal(100), None),
        "Middle": (Decimal(30), Decimal(100)),
        "Low": (None, Decimal(30)),
        "Top": (Decimal(99), Decimal(1_000)),
        "Hand": (None, None),
    }
    return {
        name: await change(workspace, save_tag, None, name, *bounds)
        for name, bounds in ranges.items()
    }


@pytest.mark.parametrize(
    ("total", "wanted"),
    [
        ("0", {"Low"}),
        ("29.99", {"Low"}),
        ("30", {"Middle"}),
        ("98.99", {"Middle"}),
        ("99.99", {"Middle", "Top"}),
        ("100", {"High", "Top"}),
        ("999.99", {"High", "Top"}),
        ("1000", {"High"}),
    ],
)
async def test_a_range_holds_its_lower_bound_and_not_its_upper_one(
    workspace: Workspace, total: str, wanted: set[str]
) -> None:
    await tags(workspace)
    one = await customer(workspace)
    await pays(workspace, one, total)
    assert await carried(workspace, one) == dict.fromkeys(sorted(wanted), (False, True))
    assert {name for name, number in (await counts(workspace)).items() if number} == wanted


async def test_customers_enter_and_leave_as_their_value_changes(workspace: Workspace) -> None:
    await tags(workspace)
    one, other = await customer(workspace, "Ani"), await customer(workspace, "Budi")

    async def both() -> list[list[str]]:
        return [list(await carried(workspace, each)) for each in (one, other)]

    assert await both() == [["Low"], ["Low"]]
    await pays(workspace, one, "60", "first")
    await pays(workspace, one, "60", "second")
    assert await both() == [["High", "Top"], ["Low"]]
    await pays(workspace, one, "60", "second", OrderStatus.REFUNDED)
    assert await both() == [["Middle"], ["Low"]]
    await pays(workspace, one, "20", "first")  # partly refunded: the total is what is left
    assert await both() == [["Low"], ["Low"]]
    await pays(workspace, other, "70", "first")  # it was the other one's
    assert await both() == [["Low"], ["Middle"]]
    await pays(workspace, one, "500", "third", currency="USD")
    assert await both() == [["Low"], ["Middle"]]
    assert (await counts(workspace))["Middle"] == 1


async def test_merging_adds_values_up_and_unmerging_parts_them(workspace: Workspace) -> None:
    await tags(workspace)
    one, other = await customer(workspace, "Ani"), await customer(workspace, "Budi")
    await pays(workspace, one, "60", "first")
    await pays(workspace, other, "60", "second")
    before = await counts(workspace)
    await change(workspace, merge_customers, Merging(main_id=one.id, member_ids=[other.id]))
    assert list(await carried(workspace, one)) == ["High", "Top"]
    assert await counts(workspace) == {"Hand": 0, "High": 1, "Low": 0, "Middle": 0, "Top": 1}
    await change(workspace, unmerge_customer, other.id)
    assert await counts(workspace) == before
    assert before == {"Hand": 0, "High": 0, "Low": 0, "Middle": 2, "Top": 0}


async def test_by_hand_and_by_value_are_told_apart_and_count_once(workspace: Workspace) -> None:
    all_tags = await tags(workspace)
    one, other = await customer(workspace, "Ani"), await customer(workspace, "Budi")
    await pays(workspace, one, "60")
    for name, chosen in (("Middle", [one.id, other.id]), ("Hand", [one.id])):
        await change(workspace, change_membership, TAGS, all_tags[name].id, chosen, member=True)
    assert await carried(workspace, one) == {"Hand": (True, False), "Middle": (True, True)}
    assert await carried(workspace, other) == {"Low": (False, True), "Middle": (True, False)}
    assert await counts(workspace) == {"Hand": 1, "High": 0, "Low": 1, "Middle": 2, "Top": 0}
    wanted = {"tagIds": [global_id(Tag, all_tags[name].id) for name in ("Middle", "Hand")]}
    assert (await ask(workspace, FILTERED, f=wanted))["customers"]["totalCount"] == 2
    await change(
        workspace, change_membership, TAGS, all_tags["Middle"].id, [one.id, other.id], member=False
    )
    assert (await carried(workspace, one))["Middle"] == (False, True)
    assert await carried(workspace, other) == {"Low": (False, True)}


async def test_a_range_that_changes_moves_customers_at_once(workspace: Workspace) -> None:
    middle = (await tags(workspace))["Middle"]
    one = await customer(workspace)
    await pays(workspace, one, "60")
    await change(workspace, save_tag, middle.id, "Middle", Decimal(61))
    assert await carried(workspace, one) == {}
    await change(workspace, save_tag, middle.id, "Middle", None, None)
    assert (await counts(workspace))["Middle"] == 0


async def test_who_is_deleted_carries_no_tag_that_counts(workspace: Workspace) -> None:
    await tags(workspace)
    one = await customer(workspace)
    await change(workspace, delete_customer, one.id)
    assert set((await counts(workspace)).values()) == {0}
    await change(workspace, restore_customer, one.id)
    assert (await counts(workspace))["Low"] == 1


@pytest.mark.parametrize(("low", "high"), [("2", "1"), ("1", "1"), ("0.01", "0")])
async def test_a_range_that_holds_nothing_is_refused(
    workspace: Workspace, low: str, high: str
) -> None:
    attempt = change(workspace, save_tag, None, "Bad", Decimal(low), Decimal(high))
    await refused(ErrorCode.INVALID, ("ltvMin",), attempt)
    made = await change(workspace, save_tag, None, "Good", Decimal("0.5"), Decimal(3))
    again = change(workspace, save_tag, made.id, "Good", Decimal(4))
    await refused(ErrorCode.INVALID, ("ltvMin",), again)


async def test_what_others_do_is_not_counted(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await tags(workspace)
    await tags(other_workspace)
    await pays(other_workspace, await customer(other_workspace), "60")
    assert set((await counts(workspace)).values()) == {0}


async def test_what_was_spent_on_a_product_is_of_paid_orders_in_the_workspaces_currency(
    workspace: Workspace,
) -> None:
    """An order that is refunded takes its products with it; a product of another currency stays."""
    one, member = await customer(workspace, "Ani"), await customer(workspace, "Budi")
    kopi = OrderItemReport(product="Kopi", quantity=2, unit_price=Decimal(5))
    for name, who, status, currency in (
        ("first", one, OrderStatus.PAID, "IDR"),
        ("second", member, OrderStatus.PAID, "IDR"),
        ("third", one, OrderStatus.PAID, "USD"),
        ("fourth", one, OrderStatus.REFUNDED, "IDR"),
        ("fifth", one, OrderStatus.PENDING, "IDR"),
    ):
        report = OrderReport(
            external_id=name,
            customer_id=who.id,
            status=status,
            total=Decimal(10),
            currency=currency,
            ordered_at=NOW,
            items=[kopi],
        )
        await change(workspace, upsert_order, report)
    await change(workspace, merge_customers, Merging(main_id=one.id, member_ids=[member.id]))
    found = (await ask(workspace, BOUGHT))["regularCustomers"]
    assert found["totalCount"] == 1
    [node] = found["nodes"]
    assert node["lifetimeValue"] == "20.00"
    assert [(p["timesBought"], p["quantity"], p["spent"]) for p in node["purchases"]] == [
        (3, 6, "20.00")
    ]
