"""Contact reports over GraphQL: each change counts once, on its day, and outlives everybody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import models
from models import ChannelKind, LogSource, Workspace
from services.contact_logs import count_anew
from services.customer_additions import add_customer
from services.customer_deletions import delete_customer, restore_customer
from services.customer_fields import NewCustomer
from services.ids import global_id
from tests.asking import ask
from tests.services.writing import as_user, change, customer, user

REPORT = """query($p: PeriodInput!) { contactReport(period: $p) {
    overview { totalAtStart totalAtEnd added connected deleted restored merged unmerged growth
        daily { date added deleted } bySource { source count } }
    added { totalCount nodes { createdAt contactId contactName source channel user { name } } }
    deleted { nodes { contactName } } connected { totalCount } merged { totalCount } } }"""
BEFORE = datetime(2026, 11, 20, 16, 59, 59, 999999, tzinfo=UTC)
"""The last instant of 20 November in Jakarta."""
DAY = timedelta(days=1)


async def report(workspace: Workspace, now: datetime = BEFORE + 2 * DAY, **period: Any) -> Any:
    """The report of a period."""
    return (await ask(workspace, REPORT, now=now, p=period))["contactReport"]


async def added(workspace: Workspace, at: datetime, **values: Any) -> models.Customer:
    """A customer who was added at an instant."""
    new = NewCustomer(full_name=values.pop("name", "Siti"), **values)
    return await change(workspace, add_customer, new, now=at)


async def test_days_turn_over_in_the_workspaces_time_zone(workspace: Workspace) -> None:
    await added(workspace, BEFORE)
    await added(workspace, BEFORE + timedelta(microseconds=1))
    for day, start, end in (("2026-11-20", 0, 1), ("2026-11-21", 1, 2), ("2026-11-22", 2, 2)):
        overview = (await report(workspace, day=day))["overview"]
        assert (overview["totalAtStart"], overview["totalAtEnd"]) == (start, end)
        assert overview["added"] == overview["growth"] == end - start
    month = (await report(workspace, month="2026-11"))["overview"]
    assert {one["date"]: one["added"] for one in month["daily"] if one["added"]} == {
        "2026-11-20": 1,
        "2026-11-21": 1,
    }


async def test_a_period_may_begin_and_end_at_any_instant(workspace: Workspace) -> None:
    for minutes in (0, 10, 20, 30):
        await added(workspace, BEFORE + timedelta(minutes=minutes))
    start, end = BEFORE + timedelta(minutes=5), BEFORE + timedelta(minutes=20)
    period = {"from": start.isoformat(), "to": end.isoformat()}
    overview = (await report(workspace, between=period))["overview"]
    assert (overview["totalAtStart"], overview["added"], overview["totalAtEnd"]) == (1, 1, 2)


async def test_an_entry_has_layanikas_columns_and_outlives_the_customer(
    workspace: Workspace,
) -> None:
    agent = await user(workspace, "Sari")
    actor = as_user(agent)
    new = NewCustomer(full_name="Siti Rahma", channel=ChannelKind.WHATSAPP, phone="0812345678")
    one = await change(workspace, add_customer, new, actor=actor, now=BEFORE)
    await change(workspace, delete_customer, one.id, actor=actor, now=BEFORE)
    found = await report(workspace, preset="ALL_TIME")
    assert found["added"]["nodes"] == [
        {
            "createdAt": "2026-11-20T16:59:59.999999Z",
            "contactId": global_id(models.Customer, one.id),
            "contactName": "Siti Rahma",
            "source": LogSource.MANUAL.value,
            "channel": "WHATSAPP",
            "user": {"name": "Sari"},
        }
    ]
    assert found["deleted"]["nodes"] == [{"contactName": "Siti Rahma"}]
    assert found["overview"]["bySource"] == [{"source": "WHATSAPP", "count": 1}]
    assert (found["overview"]["totalAtEnd"], found["overview"]["growth"]) == (0, 0)


async def test_who_comes_back_is_counted_again(workspace: Workspace) -> None:
    one = await added(workspace, BEFORE)
    await change(workspace, delete_customer, one.id, now=BEFORE + DAY)
    await change(workspace, restore_customer, one.id, now=BEFORE + DAY)
    overview = (await report(workspace, preset="ALL_TIME"))["overview"]
    assert (overview["added"], overview["deleted"], overview["restored"]) == (1, 1, 1)
    assert overview["totalAtEnd"] == 1


async def test_what_is_counted_as_it_is_written_is_what_the_log_has(workspace: Workspace) -> None:
    for number in range(5):
        one = await customer(workspace, f"Siti {number}")
        if number % 2:
            await change(workspace, delete_customer, one.id)
    now = BEFORE + 2 * DAY
    before = await report(workspace, now, preset="LAST_30_DAYS")
    await change(workspace, count_anew)
    assert await report(workspace, now, preset="LAST_30_DAYS") == before
    assert before["overview"]["totalAtEnd"] == 3


async def test_another_workspace_counts_for_nothing(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await added(other_workspace, BEFORE)
    found = await report(workspace, preset="ALL_TIME")
    assert found["overview"]["totalAtEnd"] == found["added"]["totalCount"] == 0
