"""Monitoring over GraphQL: both paths give the counts, and nobody sees another workspace's."""

from datetime import timedelta
from typing import Any

import pytest

from models import Workspace
from services.customer_additions import add_customer
from services.customer_fields import NewCustomer
from services.errors import ErrorCode
from services.groups import save_group
from services.monitoring import recount
from services.segments.saving import save_segment
from tests.asking import answer, ask, compiled
from tests.records import Records
from tests.rows import NOW
from tests.services.writing import change

COUNTS = """{ monitoring { total passive active productive asOf
    largestGroup { name customerCount } largestSegment { name customerCount } } }"""
HISTORY = """query($p: PeriodInput!) { monitoring { total history(period: $p) {
    date total passive active productive } } }"""
DAY = timedelta(days=1)


async def a_shop(workspace: Workspace) -> None:
    """Five customers, of whom three are active, two have paid, and four are in a group."""
    records = Records(workspace)
    groups = [records.group("B"), records.group("A"), records.group("Kosong")]
    for number in range(5):
        values = {"last_inbound_at": NOW - timedelta(hours=number * 9), "window_status": "ACTIVE"}
        one = records.customer(f"Siti {number}", paid_order_count=int(number < 2), **values)
        records.associate(one, *groups[: 2 if number < 4 else 1])
    records.customer("Deleted", deleted_at=NOW, paid_order_count=1)
    await records.save()
    await change(workspace, recount, now=NOW)
    await change(workspace, save_segment, None, "Pembeli", PAID, now=NOW)


PAID = {"productive": True}


async def test_the_counts_of_now(workspace: Workspace, other_workspace: Workspace) -> None:
    await a_shop(workspace)
    found = (await ask(workspace, COUNTS))["monitoring"]
    assert (found["total"], found["active"], found["passive"]) == (5, 3, 2)
    assert found["productive"] == 2
    assert found["asOf"] == "2026-11-22T09:30:00.000000Z"
    assert found["largestGroup"] == {"name": "B", "customerCount": 5}
    assert found["largestSegment"] == {"name": "Pembeli", "customerCount": 2}
    assert await compiled(workspace, COUNTS, now=NOW, actor=None, variables={}) is not None
    nobody = (await ask(other_workspace, COUNTS))["monitoring"]
    assert {nobody[name] for name in ("total", "active", "passive", "productive")} == {0}
    assert nobody["largestGroup"] is nobody["largestSegment"] is None


async def test_of_groups_of_one_size_the_first_by_name_is_the_largest(
    workspace: Workspace,
) -> None:
    groups = [(await change(workspace, save_group, None, name)).id for name in ("B", "A")]
    await change(workspace, add_customer, NewCustomer(full_name="Siti", group_ids=groups))
    assert (await ask(workspace, COUNTS))["monitoring"]["largestGroup"]["name"] == "A"


async def test_windows_run_out_at_their_instant_without_any_job(workspace: Workspace) -> None:
    await a_shop(workspace)
    for hours, active in ((5.9, 3), (6, 2), (15, 1), (23.99, 1), (24, 0)):
        now = NOW + timedelta(hours=hours)
        found = (await ask(workspace, COUNTS, now=now))["monitoring"]
        assert (found["active"], found["passive"]) == (active, 5 - active)


async def history(workspace: Workspace, now: Any = NOW, **period: Any) -> list[dict[str, Any]]:
    found = (await ask(workspace, HISTORY, now=now, p=period))["monitoring"]
    days: list[dict[str, Any]] = found["history"]
    return days


async def test_days_are_those_of_the_workspaces_time_zone_until_today(
    workspace: Workspace,
) -> None:
    await change(workspace, add_customer, NewCustomer(full_name="Ani"), now=NOW - 3 * DAY)
    await change(workspace, add_customer, NewCustomer(full_name="Budi"), now=NOW)
    found = await history(workspace, preset="LAST_7_DAYS")
    assert [day["date"] for day in found] == [f"2026-11-{day}" for day in range(16, 23)]
    assert [day["total"] for day in found] == [0, 0, 0, 1, 1, 1, 2]
    assert all(day["passive"] == day["total"] for day in found)
    assert await history(workspace, preset="ALL_TIME") == found[3:]
    assert await history(workspace, day="2026-11-20") == [found[4]]
    assert await history(workspace, month="2026-12") == []
    late = NOW.replace(hour=17, minute=0)  # midnight in Jakarta
    assert (await history(workspace, late, preset="TODAY"))[0]["date"] == "2026-11-23"


async def test_a_history_of_more_than_ten_years_is_refused(workspace: Workspace) -> None:
    period = {"between": {"from": "2001-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}}
    found = await answer(workspace, HISTORY, p=period)
    assert found.refusal.code is ErrorCode.INVALID
    assert found.refusal.field == ("period",)


@pytest.mark.parametrize("number", [1, 40])
async def test_asking_takes_the_same_statements_whatever_there_is(
    workspace: Workspace, number: int
) -> None:
    records = Records(workspace)
    for _ in range(number):
        records.associate(records.customer(), records.group())
    await records.save()
    await change(workspace, recount, now=NOW)
    assert len((await answer(workspace, COUNTS)).statements) <= 4
