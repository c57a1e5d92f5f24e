"""Monitoring: whatever happens, the kept counts are what counting the customers anew gives."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import (
    ChannelKind,
    MessageDirection,
    OrderStatus,
    Workspace,
)
from resolvers.context import Context
from resolvers.monitoring import Monitoring
from services.batches import always
from services.bulk.memberships import change_membership
from services.customer_additions import add_customer
from services.customer_deletions import delete_customer, restore_customer
from services.customer_fields import CustomerChanges, NewCustomer
from services.customer_updates import update_customer
from services.customers import held_customers
from services.erasing.customers import erase_customer
from services.errors import Refusal
from services.groups import delete_group, save_group
from services.memberships import GROUPS
from services.merging.merges import merge_customers
from services.merging.requests import Merging
from services.merging.unmerges import unmerge_customer
from services.messages import NewMessage, record_message
from services.monitoring import Standing, recount
from services.orders import OrderReport, upsert_order
from services.periods import Period, start_of_day
from services.transactions import Transaction
from services.windows import close_windows
from services.workspaces import create_workspace
from tests.asking import an_actor
from tests.records import Records
from tests.rows import NOW
from tests.services.writing import change, rows

ANEW = """
    SELECT count(*) AS total, count(*) FILTER (WHERE paid_order_count > 0) AS productive,
        count(*) FILTER (WHERE last_inbound_at > $2) AS active
    FROM customers WHERE workspace_id = $1 AND deleted_at IS NULL AND merged_into_id IS NULL"""
SIZES = """
    SELECT g.name, count(DISTINCT c.id) AS customers FROM groups g
    JOIN customer_groups a ON a.workspace_id = $1 AND a.group_id = g.id
    JOIN customers c ON c.workspace_id = $1 AND c.id = a.customer_id
        AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
    WHERE g.workspace_id = $1 GROUP BY g.id, g.name ORDER BY 2 DESC, 1 LIMIT 1"""
WINDOW = timedelta(hours=24)
INSTANT = timedelta(microseconds=1)


async def counted_anew(workspace: Workspace, now: datetime) -> Standing:
    """The counts by the customers' rows alone, at an instant at which nothing happens."""
    [row] = await rows(workspace, ANEW, now - WINDOW)
    return Standing(**row)


@dataclass
class Reader:
    """What monitoring answers."""

    workspace: Workspace
    now: datetime

    async def read(self, read: Callable[[Monitoring], Awaitable[Any]]) -> Any:
        """One answer of a request of its own."""
        context = Context(an_actor(self.workspace), self.workspace, now=self.now)
        try:
            return await read(Monitoring(context))
        finally:
            await context.close()


async def kept(workspace: Workspace, now: datetime) -> Standing:
    """The counts as monitoring has them."""
    found: Standing = await Reader(workspace, now).read(lambda one: one.standing())
    return found


async def days(workspace: Workspace, now: datetime, period: Period) -> dict[date, Standing]:
    """The history as monitoring has it."""
    found = await Reader(workspace, now).read(lambda one: one.history(period))
    return {day.date: day.standing for day in found}


@dataclass
class Shop:
    """A workspace to which things happen, and what its days were counted as at their ends."""

    workspace: Workspace
    zone: ZoneInfo
    now: datetime = NOW
    known: list[UUID] = field(default_factory=list)
    groups: list[UUID] = field(default_factory=list)
    ended: dict[date, Standing] = field(default_factory=dict)
    number: int = 0

    def one(self, dice: random.Random) -> UUID:
        return dice.choice(self.known)

    async def do(self, verb: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        """A verb as a mutation does it; what is refused changes nothing."""
        self.number += 1
        try:
            return await change(self.workspace, verb, *arguments, now=self.now)
        except Refusal:
            return None

    async def wait(self, hours: float) -> None:
        """Time goes by; at the end of each day its customers are counted."""
        until = self.now + timedelta(hours=hours)
        day = self.now.astimezone(self.zone).date()
        while (end := start_of_day(day + timedelta(days=1), self.zone)) <= until:
            self.ended[day] = await counted_anew(self.workspace, end - INSTANT)
            day += timedelta(days=1)
        self.now = until

    async def check(self) -> None:
        """Now, and on each day that is over, the counts are those of counting anew."""
        anew = await counted_anew(self.workspace, self.now)
        assert await kept(self.workspace, self.now) == anew
        found = await days(self.workspace, self.now, Period(start=NOW, end=None))
        today = self.now.astimezone(self.zone).date()
        assert {day: one for day, one in found.items() if day != today} == self.ended
        assert found[today] == anew
        largest = await Reader(self.workspace, self.now).read(lambda one: one.largest_group())
        sizes = await rows(self.workspace, SIZES)
        assert (largest and largest.name) == (sizes[0]["name"] if sizes else None)


async def add(shop: Shop, dice: random.Random) -> None:
    groups = dice.sample(shop.groups, min(dice.choice([0, 1, 2]), len(shop.groups)))
    new = NewCustomer(full_name=f"Siti {shop.number}", group_ids=groups)
    made = await shop.do(add_customer, new)
    if made is not None:
        shop.known.append(made.id)


async def write(shop: Shop, dice: random.Random) -> None:
    """A message, late or not, of somebody new or not, who may have been deleted."""
    new = NewMessage(
        channel=dice.choice([ChannelKind.WHATSAPP] * 4 + [ChannelKind.TELEGRAM]),
        identifier=f"+62812000{dice.randrange(6):04}",
        direction=dice.choice([MessageDirection.INBOUND] * 5 + [MessageDirection.OUTBOUND]),
        external_id=f"message-{shop.number}",
        sent_at=shop.now - timedelta(hours=dice.choice([0, 0, 0, 1, 20, 30, 50])),
        text="Halo",
    )
    recorded = await shop.do(record_message, new)
    if recorded is not None:
        shop.known.append(recorded.customer.id)


async def order(shop: Shop, dice: random.Random) -> None:
    """An order, which may move to another customer, be refunded, or paid after all."""
    report = OrderReport(
        external_id=f"order-{dice.randrange(5)}",
        customer_id=shop.one(dice),
        status=dice.choice([OrderStatus.PAID] * 3 + list(OrderStatus)),
        total=Decimal(dice.randrange(100)),
        ordered_at=shop.now,
    )
    await shop.do(upsert_order, report)


async def merge(shop: Shop, dice: random.Random) -> None:
    main, *members = dice.choices(shop.known, k=dice.choice([2, 3]))
    await shop.do(merge_customers, Merging(main_id=main, member_ids=members))


async def unmerge(shop: Shop, dice: random.Random) -> None:
    await shop.do(unmerge_customer, shop.one(dice))


async def delete(shop: Shop, dice: random.Random) -> None:
    await shop.do(delete_customer, shop.one(dice))


async def restore(shop: Shop, dice: random.Random) -> None:
    await shop.do(restore_customer, shop.one(dice))


async def erase(shop: Shop, dice: random.Random) -> None:
    await shop.do(erase_customer, shop.one(dice))


async def close(shop: Shop, dice: random.Random) -> None:
    await close_windows(shop.workspace.id, clock=lambda: shop.now, proceed=always)


async def regroup(shop: Shop, dice: random.Random) -> None:
    """Into a group or out of it: a customer's whole set, or many customers at once."""
    if dice.random() < 0.5:
        groups = dice.sample(shop.groups, dice.randrange(3))
        await shop.do(update_customer, shop.one(dice), CustomerChanges(group_ids=groups))
        return
    chosen, group_id, member = dice.choices(shop.known, k=3), shop.groups[0], dice.random() < 0.7

    async def verb(tx: Transaction) -> None:
        held = await held_customers(tx, chosen)
        ids = {one.id for one in held.values() if one.deleted_at is None}
        await change_membership(tx, GROUPS, group_id, sorted(ids), member=member)

    await shop.do(verb)


async def regather(shop: Shop, dice: random.Random) -> None:
    """A group goes, and another one comes."""
    gone = dice.choice(shop.groups)
    await shop.do(delete_group, gone)
    made = await shop.do(save_group, None, f"Grup {shop.number}")
    shop.groups = [made.id if one == gone else one for one in shop.groups]


STEPS = [add, merge, unmerge, delete, restore, erase, close, regroup, regather]
STEPS += [write, write, write, order, order, merge, unmerge, delete, restore]


async def a_shop(timezone: str) -> Shop:
    workspace = await create_workspace("Toko", timezone=timezone)
    shop = Shop(workspace, ZoneInfo(timezone))
    for name in ("A", "B"):
        shop.groups.append((await shop.do(save_group, None, name)).id)
    for seed in range(3):
        await add(shop, random.Random(seed))
    return shop


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    timezone=st.sampled_from(["Asia/Jakarta", "America/New_York", "Pacific/Auckland"]),
    taken=st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 999), st.sampled_from([0, 0, 3, 9, 30])),
        min_size=4,
        max_size=16,
    ),
)
async def test_counts_are_those_of_counting_anew_now_and_for_each_day(
    database: None, timezone: str, taken: list[Any]
) -> None:
    shop = await a_shop(timezone)
    for step, seed, hours in taken:
        await shop.wait(hours)
        await step(shop, random.Random(seed))
        await shop.check()
    assert await shop.do(recount) == {"total": 0, "active": 0, "productive": 0, "audiences": 0}


async def test_a_window_that_nobody_has_closed_counts_until_it_ran_out(
    workspace: Workspace,
) -> None:
    shop = Shop(workspace, ZoneInfo(workspace.timezone))
    await write(shop, random.Random(1))
    await shop.wait(71)
    assert [one.active for one in shop.ended.values()] == [1, 0, 0]
    await shop.check()
    await close(shop, random.Random(0))
    await shop.check()


async def test_what_happens_at_once_is_counted_once_each(workspace: Workspace) -> None:
    shop = Shop(workspace, ZoneInfo(workspace.timezone))
    shop.groups.append((await shop.do(save_group, None, "A")).id)
    await asyncio.gather(*(add(shop, random.Random(n)) for n in (1, 5, 7, 9, 12)))
    await asyncio.gather(*(delete(shop, random.Random(n)) for n in range(8)))
    await shop.check()


async def test_a_crowd_that_does_all_of_it_at_once_leaves_the_counts_right(
    database: None,
) -> None:
    """Merges, messages, orders and deletions of the same few customers, by eight at a time."""
    shop = await a_shop("Asia/Jakarta")
    dice = random.Random(7)
    places = asyncio.Semaphore(8)

    async def one(step: Any, seed: int) -> None:
        async with places:
            await step(shop, random.Random(seed))

    crowd = [one(dice.choice(STEPS), dice.randrange(999)) for _ in range(120)]
    await asyncio.gather(*crowd)
    await shop.check()
    assert await shop.do(recount) == {"total": 0, "active": 0, "productive": 0, "audiences": 0}


async def test_a_recount_mends_what_was_loaded_past_the_services(workspace: Workspace) -> None:
    records = Records(workspace)
    group = records.group("A")
    for number in range(3):
        values = {"last_inbound_at": NOW, "window_status": "ACTIVE"} if number else {}
        one = records.customer(f"Siti {number}", paid_order_count=number, **values)
        records.associate(one, group)
    await records.save()
    assert await kept(workspace, NOW) == Standing()
    found = await change(workspace, recount, now=NOW)
    assert found == {"total": 3, "active": 2, "productive": 2, "audiences": 1}
    assert await kept(workspace, NOW) == Standing(3, 2, 2)
    largest = await Reader(workspace, NOW).read(lambda one: one.largest_group())
    assert largest.id == group.id
    assert set((await change(workspace, recount, now=NOW)).values()) == {0}


async def test_another_workspace_counts_for_nothing(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    shop = Shop(other_workspace, ZoneInfo(other_workspace.timezone))
    await write(shop, random.Random(1))
    assert await kept(workspace, shop.now) == Standing()
    assert set((await days(workspace, NOW, Period())).values()) == {Standing()}
    assert (await kept(other_workspace, shop.now)).total == 1


@pytest.mark.parametrize("hours", [0, 24])
async def test_history_ends_with_today_as_it_is_now(workspace: Workspace, hours: int) -> None:
    shop = Shop(workspace, ZoneInfo(workspace.timezone), now=datetime(2026, 11, 20, 3, tzinfo=UTC))
    await add(shop, random.Random(0))
    await shop.wait(hours)
    found = await days(workspace, shop.now, Period())
    assert list(found) == [date(2026, 11, 20 + n) for n in range(hours // 24 + 1)]
    assert set(found.values()) == {Standing(total=1)}
