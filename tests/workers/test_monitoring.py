"""The job that counts customers anew, once in each workspace's night."""

from datetime import UTC, datetime

from models import Workspace
from services.due_work import nightly_workspaces
from tests.records import Records
from tests.services.writing import rows
from tests.workers.arq_workers import Handed
from workers.monitoring import recount_customers
from workers.registrations import Resources

KEPT = "SELECT sum(total)::int AS total FROM monitoring_days WHERE workspace_id = $1"
NIGHT = datetime(2026, 11, 21, 20, 0, 30, tzinfo=UTC)
"""03:00:30 in Jakarta, 04:00:30 in Makassar."""


async def test_what_was_loaded_past_the_services_is_counted_at_three_in_the_night(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    for one in (workspace, other_workspace):
        records = Records(one)
        records.customer()
        await records.save()
    due = [id async for id in nightly_workspaces(NIGHT)]
    assert workspace.id in due
    assert other_workspace.id not in due
    await recount_customers(Resources(enqueue=Handed(), clock=lambda: NIGHT))
    assert await rows(workspace, KEPT) == [{"total": 1}]
    assert await rows(other_workspace, KEPT) == [{"total": None}]


async def test_a_night_begins_once(workspace: Workspace) -> None:
    quarters = [NIGHT.replace(minute=minute) for minute in (0, 15, 30, 45)]
    found = [[id async for id in nightly_workspaces(at)] for at in quarters]
    assert [workspace.id in due for due in found] == [True, False, False, False]
