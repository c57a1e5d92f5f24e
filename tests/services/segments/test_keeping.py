"""Who is in a segment follows each change at once, each large one by the job, and the days."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models import (
    BulkChangeKind,
    CampaignInteractionStatus,
    ChannelKind,
    Customer,
    EventType,
    Group,
    MessageDirection,
    OrderStatus,
    PropertyType,
    Tag,
    Workspace,
)
from services.batches import always
from services.bulk.choices import Choice
from services.bulk.records import freeze
from services.bulk.runs import run_bulk_change
from services.campaign_interactions import InteractionReport, record_campaign_interaction
from services.campaigns import CampaignReport, upsert_campaign
from services.customer_additions import add_customer
from services.customer_deletions import delete_customer, restore_customer
from services.customer_fields import CustomerChanges, NewCustomer
from services.customer_updates import update_customer
from services.erasing.customers import erase_customer
from services.errors import Refusal
from services.groups import delete_group, save_group
from services.ids import global_id
from services.messages import NewMessage, record_message
from services.orders import OrderItemReport, OrderReport, upsert_order
from services.properties import PropertyDraft, PropertyEntry, save_property
from services.segments.refreshing import refresh_segments
from services.segments.saving import delete_segment, save_segment
from services.tags import save_tag
from services.windows import close_windows
from tests.services.merging.families import events, merge, unmerge
from tests.services.segments.keeping import (
    is_right,
    job,
    kept,
    recounted,
    segment,
    segments,
)
from tests.services.writing import NOW, change, count, customer, rows

DAY = timedelta(days=1)


@dataclass
class Shop:
    """A workspace in which things happen at random, and segments of every kind."""

    workspace: Workspace
    dice: random.Random
    now: datetime = NOW
    people: list[UUID] = field(default_factory=list)
    groups: list[UUID] = field(default_factory=list)
    tags: list[UUID] = field(default_factory=list)
    campaign: Any = None
    done: list[str] = field(default_factory=list)
    number: int = 0

    def someone(self) -> UUID:
        """One of the customers, whatever has become of them."""
        return self.dice.choice(self.people)

    def next(self) -> int:
        """A number that was not there before."""
        self.number += 1
        return self.number

    async def change(self, verb: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        """Do something, or be refused."""
        try:
            await change(self.workspace, verb, *arguments, now=self.now)
        except Refusal as refusal:
            self.done.append(f"  refused: {refusal.message}")

    async def an_order(self) -> None:
        """A new order, or one that is reported again: of another customer, or not paid any more."""
        again = self.number and self.dice.random() < 0.5
        report = OrderReport(
            external_id=f"order-{self.dice.randint(1, self.number) if again else self.next()}",
            customer_id=self.someone(),
            status=self.dice.choice([OrderStatus.PAID, OrderStatus.PAID, *OrderStatus]),
            total=Decimal(self.dice.choice([10, 20, 40])),
            ordered_at=self.now - timedelta(days=self.dice.choice([0, 1, 6, 7, 40])),
            items=[
                OrderItemReport(product=name, quantity=1, unit_price=Decimal(1))
                for name in self.dice.sample(["Kopi", "Teh"], self.dice.choice([0, 1, 2]))
            ],
        )
        await self.change(upsert_order, report)

    async def a_message(self) -> None:
        """A message from or to somebody who is known by their phone, or not yet known."""
        person = self.dice.randrange(len(self.people) + 1)
        direction = self.dice.choice(list(MessageDirection))
        at = self.now - timedelta(hours=self.dice.choice([0, 1, 23, 25, 200]))
        new = NewMessage(
            channel=ChannelKind.WHATSAPP,
            identifier=f"+62812555500{person:02}",
            direction=direction,
            external_id=f"m{self.next()}",
            sent_at=at,
        )
        found = await change(self.workspace, record_message, new, now=self.now)
        if found.customer.id not in self.people:
            self.people.append(found.customer.id)

    async def an_edit(self) -> None:
        """Other fields, properties, groups and tags."""
        given: dict[str, Any] = {
            "province": self.dice.choice([None, "Bali", "Jawa Barat"]),
            "properties": [PropertyEntry("score", self.dice.choice([None, 1, 5, 9]))],
            "group_ids": self.dice.sample(self.groups, self.dice.choice([0, 1, len(self.groups)])),
            "tag_ids": self.dice.sample(self.tags, self.dice.choice([0, 1])),
        }
        some = self.dice.sample(sorted(given), 2)
        changes = CustomerChanges(**{name: given[name] for name in some})
        await self.change(update_customer, self.someone(), changes)

    async def a_receipt(self) -> None:
        """What became of the campaign's message to somebody."""
        report = InteractionReport(
            external_id=f"in-{self.dice.randint(1, 8)}",
            campaign_id=self.campaign.id,
            customer_id=self.someone(),
            status=self.dice.choice(list(CampaignInteractionStatus)),
            sent_at=self.now,
        )
        await self.change(record_campaign_interaction, report)

    async def a_merge(self) -> None:
        """Somebody is merged into somebody."""
        try:
            await merge(self.workspace, self.someone(), self.someone(), now=self.now)
        except Refusal as refusal:
            self.done.append(f"  refused: {refusal.message}")

    async def an_unmerge(self) -> None:
        """Somebody who is merged leaves."""
        sql = "SELECT id FROM customers WHERE workspace_id = $1 AND merged_into_id IS NOT NULL"
        merged = sorted(row["id"] for row in await rows(self.workspace, sql))
        if merged:
            try:
                await unmerge(self.workspace, self.dice.choice(merged), now=self.now)
            except Refusal as refusal:
                self.done.append(f"  refused: {refusal.message}")

    async def a_deletion(self) -> None:
        """Somebody is deleted."""
        await self.change(delete_customer, self.someone())

    async def a_restoration(self) -> None:
        """Somebody is brought back."""
        await self.change(restore_customer, self.someone())

    async def an_erasure(self) -> None:
        """Somebody is erased, once in a while."""
        if self.dice.random() < 0.3:
            await self.change(erase_customer, self.someone())

    async def a_newcomer(self) -> None:
        """Somebody is typed in."""
        new = NewCustomer(full_name="Dewi")
        self.people.append((await change(self.workspace, add_customer, new, now=self.now)).id)

    async def a_range(self) -> None:
        """A tag's range moves."""
        low = self.dice.choice([None, Decimal(10), Decimal(40)])
        await self.change(save_tag, self.tags[0], "Tinggi", low, None)

    async def a_day(self) -> None:
        """Hours go by, and the jobs run."""
        self.now += timedelta(hours=self.dice.choice([2, 13, 30]))
        await close_windows(self.workspace.id, clock=lambda: self.now, proceed=always)
        await job(self.workspace, self.now)


VERBS = [
    Shop.an_order,
    Shop.an_order,
    Shop.a_message,
    Shop.an_edit,
    Shop.an_edit,
    Shop.a_receipt,
    Shop.a_merge,
    Shop.an_unmerge,
    Shop.a_deletion,
    Shop.a_restoration,
    Shop.a_restoration,
    Shop.an_erasure,
    Shop.a_newcomer,
    Shop.a_range,
    Shop.a_day,
]


async def open_shop(workspace: Workspace, dice: random.Random) -> Shop:
    """Six customers, and segments of each kind of condition."""
    shop = Shop(workspace, dice)
    draft = PropertyDraft(key="score", label="Score", type=PropertyType.NUMBER)
    await change(workspace, save_property, draft)
    for number in range(6):
        made = await customer(workspace, f"Siti {number}", phone=f"+62812555500{number:02}")
        shop.people.append(made.id)
    shop.groups = [(await change(workspace, save_group, None, name)).id for name in ("A", "B")]
    tag = await change(workspace, save_tag, None, "Tinggi", Decimal(40), None)
    shop.tags = [tag.id, (await change(workspace, save_tag, None, "Tetap")).id]
    shop.campaign = await change(workspace, upsert_campaign, CAMPAIGN)
    tagged, grouped = global_id(Tag, tag.id), global_id(Group, shop.groups[0])
    campaign = {"campaignId": global_id(type(shop.campaign), shop.campaign.id), "status": "READ"}
    for criteria in (
        {"orders": {"measure": "COUNT", "op": "GTE", "value": "2"}},
        {"orders": {"measure": "SUM", "op": "LT", "value": "30", "withinDays": 7}},
        {"orders": {"measure": "AVERAGE", "op": "GT", "value": "15"}},
        {"not": {"orders": {"measure": "DAYS_SINCE_LAST", "op": "LTE", "value": "1"}}},
        {"bought": {"product": "Kopi", "op": "GTE", "times": 1, "withinDays": 7}},
        {"messages": {"direction": "INBOUND", "op": "GTE", "count": 2}},
        {"messages": {"direction": "OUTBOUND", "op": "EQ", "count": 0, "withinDays": 2}},
        {"campaign": campaign},
        {"any": [{"tagId": tagged}, {"field": {"key": "score", "op": "GT", "value": 3}}]},
        {"all": [{"groupId": grouped}, {"not": {"window": "ACTIVE"}}]},
        {"field": {"key": "province", "op": "NE", "value": "Bali"}},
        {"field": {"key": "updatedAt", "op": "WITHIN_LAST_DAYS", "value": 2}},
        {"productive": False},
        {"window": "ACTIVE"},
    ):
        await segment(workspace, criteria)
    return shop


CAMPAIGN = CampaignReport(external_id="promo", name="Promo")


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_kept_equals_a_recount_after_each_change(
    seed: int, workspace: Workspace
) -> None:
    dice = random.Random(seed)
    shop = await open_shop(workspace, dice)
    moved = 0
    for _ in range(40):
        verb = dice.choice(VERBS)
        shop.done.append(verb.__name__)
        await verb(shop)
        assert await kept(workspace) == await recounted(workspace, shop.now), shop.done[-5:]
    members = await is_right(workspace, shop.now)
    moved = len(await events(workspace, EventType.SEGMENT_ENTERED, EventType.SEGMENT_LEFT))
    assert moved > 40
    assert any(members.values())
    assert (await job(workspace, shop.now + DAY)).looked_at == 0


async def test_a_deleted_group_leaves_nobody_who_is_in_it(workspace: Workspace) -> None:
    group = await change(workspace, save_group, None, "VIP")
    one = await customer(workspace, group_ids=[group.id])
    found = await segment(workspace, {"groupId": global_id(Group, group.id)})
    assert await kept(workspace) == {found.id: {one.id}}
    await change(workspace, delete_group, group.id)
    assert await is_right(workspace) == {found.id: set()}


async def test_many_customers_are_looked_at_by_the_job(workspace: Workspace) -> None:
    group = await change(workspace, save_group, None, "VIP")
    people = [await customer(workspace, f"Siti {number}") for number in range(3)]
    found = await segment(workspace, {"groupId": global_id(Group, group.id)})

    async def bulk(tx: Any) -> Any:
        choice = Choice([one.id for one in people])
        return await freeze(tx, BulkChangeKind.ADD_TO_GROUP, {"id": str(group.id)}, choice)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("services.segments.changes.AT_ONCE", 2)
        started = await change(workspace, bulk)
        await run_bulk_change(workspace.id, started.id, clock=lambda: NOW, proceed=always)
    assert await kept(workspace) == {found.id: set()}
    assert await count(workspace, "segment_refreshes") == 3
    run = await job(workspace)
    assert (run.looked_at, run.moved) == (3, 3)
    assert await is_right(workspace) == {found.id: {one.id for one in people}}
    assert await count(workspace, "segment_refreshes") == 0


async def test_a_large_segment_is_filled_by_the_job_and_gone_on_with_after_a_kill(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.segments.refreshing.SMALL", 1)
    monkeypatch.setattr("services.segments.refreshing.BATCH", 2)
    people = [await customer(workspace, f"Siti {number}") for number in range(5)]
    found = await segment(workspace, {"productive": False})
    assert (found.refreshed_at, await kept(workspace)) == (None, {found.id: set()})
    asked = iter([True, True, True, True])

    def killed() -> bool:
        if next(asked, None) is None:
            raise KeyboardInterrupt
        return True

    with pytest.raises(KeyboardInterrupt):
        await refresh_segments(workspace.id, clock=lambda: NOW, proceed=killed)
    half = (await kept(workspace))[found.id]
    assert 0 < len(half) < 5
    assert (await job(workspace)).segments == 0, "the lease is the dead worker's"
    later = NOW + timedelta(seconds=61)
    assert (await job(workspace, later)).segments == 1
    assert await is_right(workspace, later) == {found.id: {one.id for one in people}}
    [row] = await segments(workspace)
    assert row.refreshed_at == later
    settled = NOW + timedelta(seconds=91)
    assert (await job(workspace, settled)).segments == 1
    assert (await job(workspace, settled + DAY)).segments == 0


async def test_days_are_counted_anew_at_midnight(workspace: Workspace) -> None:
    one = await customer(workspace)
    order = OrderReport(
        external_id="1",
        customer_id=one.id,
        status=OrderStatus.PAID,
        total=Decimal(1),
        ordered_at=NOW,
    )
    await change(workspace, upsert_order, order)
    condition = {"measure": "COUNT", "op": "GTE", "value": "1", "withinDays": 1}
    found = await segment(workspace, {"orders": condition})
    await job(workspace, NOW + timedelta(minutes=2))
    midnight = datetime.fromisoformat("2026-11-23T00:00:00+07:00")
    before = midnight - timedelta(microseconds=1)
    assert (await job(workspace, before)).segments == 0
    assert await kept(workspace) == {found.id: {one.id}}
    assert (await job(workspace, midnight)).moved == 1
    assert await is_right(workspace, midnight) == {found.id: set()}


async def test_a_segment_is_changed_renamed_and_deleted(workspace: Workspace) -> None:
    one = await customer(workspace)
    found = await segment(workspace, {"productive": False}, "Baru")
    renamed = await change(workspace, save_segment, found.id, "Lama", {"productive": False})
    assert (renamed.name, renamed.refreshed_at) == ("Lama", found.refreshed_at)
    await change(workspace, save_segment, found.id, "Lama", {"productive": True})
    assert await is_right(workspace) == {found.id: set()}
    await change(workspace, save_segment, found.id, "Lama", {"not": {"productive": True}})
    assert await is_right(workspace) == {found.id: {one.id}}
    await change(workspace, delete_segment, found.id)
    assert await segments(workspace) == []
    assert await count(workspace, "customer_segments") == 0


async def test_criteria_that_cannot_be_read_any_more_keep_whom_they_have(
    workspace: Workspace,
) -> None:
    draft = PropertyDraft(key="score", label="Score", type=PropertyType.NUMBER)
    made = await change(workspace, save_property, draft)
    one = await customer(workspace, properties=[PropertyEntry("score", 5)])
    found = await segment(workspace, {"field": {"key": "score", "op": "GT", "value": 3}})
    wordy = PropertyDraft(
        id=made.id, key="score", label="Score", type=PropertyType.BOOLEAN, convert=True
    )
    await change(workspace, save_property, wordy)
    await change(workspace, update_customer, one.id, CustomerChanges(province="Bali"))
    assert await kept(workspace) == {found.id: {one.id}}
    await change(
        workspace, save_segment, found.id, "x", {"field": {"key": "score", "op": "IS_SET"}}
    )
    assert await is_right(workspace) == {found.id: set()}


async def test_without_segments_a_change_asks_once_and_writes_nothing(
    workspace: Workspace, other_workspace: Workspace, recorded_statements: list[str]
) -> None:
    await segment(other_workspace, {"productive": False})
    recorded_statements.clear()
    one: Customer = await customer(workspace)
    about = [sql for sql in recorded_statements if "segment" in sql]
    assert len(about) == 1
    assert await count(workspace, "customer_segments") == 0
    assert one.id not in (await kept(other_workspace)).popitem()[1]
