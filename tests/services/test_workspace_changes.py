"""Changes of a workspace's settings, and what was computed by them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import WindowStatus, Workspace
from services.batches import always
from services.errors import ErrorCode, Refusal
from services.windows import close_windows
from services.workspace_changes import Changed, WorkspaceChanges, change_workspace
from services.workspaces import find_workspace
from tests.asking import ask
from tests.rows import NOW
from tests.services.reports import happened, message, order, rows, the_customer

LATE = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
"""20 November, 23:30 in Jakarta; the 21st in Jayapura."""
REPORT = """query($p: PeriodInput!) { contactReport(period: $p) {
    overview { added daily { date added } } } }"""
STANDING = """{ monitoring { total active passive }
    customers(filter: { window: ACTIVE }) { totalCount } }"""
HOUR = timedelta(hours=1)


async def changed(workspace: Workspace, now: datetime = NOW, **values: Any) -> Changed:
    """The workspace after a change."""
    return await change_workspace(workspace.id, WorkspaceChanges(**values), clock=lambda: now)


async def present(workspace: Workspace) -> Workspace:
    """The workspace as it is now."""
    found = await find_workspace(workspace.id)
    assert found is not None
    return found


async def added_on(workspace: Workspace, day: str) -> tuple[int, dict[str, int]]:
    """How many the report of a day says were added, and the days of November with any."""
    one = await ask(workspace, REPORT, p={"day": day})
    month = await ask(workspace, REPORT, p={"month": "2026-11"})
    days = month["contactReport"]["overview"]["daily"]
    counts = {each["date"]: each["added"] for each in days if each["added"]}
    return one["contactReport"]["overview"]["added"], counts


async def test_days_of_the_report_turn_over_in_the_new_time_zone(workspace: Workspace) -> None:
    await message(workspace, LATE)
    assert await added_on(workspace, "2026-11-20") == (1, {"2026-11-20": 1})
    done = await changed(workspace, timezone="Asia/Jayapura")
    assert done.workspace.timezone == "Asia/Jayapura"
    jayapura = await present(workspace)
    assert await added_on(jayapura, "2026-11-20") == (0, {"2026-11-21": 1})
    await changed(workspace, timezone="Asia/Jayapura")
    assert await added_on(jayapura, "2026-11-21") == (1, {"2026-11-21": 1})


async def test_more_hours_open_windows_again_once(workspace: Workspace) -> None:
    found = await message(workspace, NOW - 30 * HOUR)
    await close_windows(workspace.id, clock=lambda: NOW, proceed=always)
    assert await happened(workspace) == [*["CUSTOMER_ADDED", "WINDOW_OPENED"], "WINDOW_CLOSED"]
    for reopened in (1, 0):
        assert (await changed(workspace, window_hours=48)).reopened == reopened
    customer = await the_customer(workspace, found.customer.id)
    assert customer.window_status is WindowStatus.ACTIVE
    assert (await happened(workspace))[3:] == ["WINDOW_OPENED"]
    data = await ask(await present(workspace), STANDING)
    assert data["monitoring"] == {"total": 1, "active": 1, "passive": 0}
    assert data["customers"]["totalCount"] == 1


async def test_fewer_hours_leave_windows_to_the_job(workspace: Workspace) -> None:
    await message(workspace, NOW - 10 * HOUR)
    await changed(workspace, window_hours=5)
    fewer = await present(workspace)
    data = await ask(fewer, STANDING)
    assert data["customers"]["totalCount"] == data["monitoring"]["active"] == 0
    await close_windows(workspace.id, clock=lambda: NOW, proceed=always)
    assert (await happened(workspace))[-1] == "WINDOW_CLOSED"
    assert (await ask(fewer, STANDING))["monitoring"] == {"total": 1, "active": 0, "passive": 1}


async def test_a_currency_is_taken_before_there_are_orders_only(workspace: Workspace) -> None:
    found = await message(workspace)
    assert (await changed(workspace, currency="usd")).workspace.currency == "USD"
    await order(workspace, found.customer.id, currency="USD")
    await changed(workspace, currency="USD")
    with pytest.raises(Refusal) as refused:
        await changed(workspace, currency="IDR", name="Nobody")
    assert refused.value.code is ErrorCode.CONFLICT
    assert (await present(workspace)).name == workspace.name


@pytest.mark.parametrize(
    "values",
    [
        {"timezone": "Asia/Atlantis"},
        {"country": "XX"},
        {"currency": "RUPIAH"},
        {"window_hours": 0},
        {"window_hours": 10_000},
        {"name": " "},
    ],
)
async def test_what_is_none_is_refused(workspace: Workspace, values: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        await changed(workspace, **values)
    assert refused.value.code is ErrorCode.INVALID


async def test_other_workspaces_stay_as_they_are(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await message(other_workspace, NOW - 30 * HOUR)
    await close_windows(other_workspace.id, clock=lambda: NOW, proceed=always)
    await changed(workspace, window_hours=48, timezone="Asia/Jayapura")
    untouched = await present(other_workspace)
    before = (other_workspace.timezone, other_workspace.window_hours)
    assert (untouched.timezone, untouched.window_hours) == before
    sql = "SELECT window_status FROM customers WHERE workspace_id = $1"
    assert [row["window_status"] for row in await rows(other_workspace, sql)] == ["PASSIVE"]
