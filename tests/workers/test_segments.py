"""The job that keeps segments: which workspaces it finds, and what it does there."""

from datetime import timedelta

from models import Workspace
from services.due_work import due_segments
from services.segments.changes import wait
from tests.services.segments.keeping import is_right, kept, segment, segments
from tests.services.writing import NOW, change, customer, rows
from tests.workers.arq_workers import Handed
from workers.registrations import Resources
from workers.segments import keep_segments

LATELY = {"orders": {"measure": "COUNT", "op": "EQ", "value": "0", "withinDays": 7}}
EMPTY = "DELETE FROM customer_segments WHERE workspace_id = $1 RETURNING id"


async def test_segments_are_due_when_days_are_counted_and_when_somebody_waits(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    one = await customer(workspace)
    await segment(workspace, LATELY)
    await change(other_workspace, wait, [one.id])

    async def due(now: object = NOW) -> bool:
        found = [id async for id in due_segments(now)]  # type: ignore[arg-type]
        assert other_workspace.id not in found, "it has no segments"
        return workspace.id in found

    assert not await due()
    settled = NOW + timedelta(seconds=91)
    assert await due(settled)
    await keep_segments(Resources(enqueue=Handed(), clock=lambda: settled))
    assert not await due(settled)
    await change(workspace, wait, [one.id])
    assert await due(settled)
    await keep_segments(Resources(enqueue=Handed(), clock=lambda: settled))
    assert not await due(settled)
    tomorrow = NOW + timedelta(days=1)
    assert await due(tomorrow)
    await keep_segments(Resources(enqueue=Handed(), clock=lambda: tomorrow))
    assert await is_right(workspace, tomorrow)
    [row] = await segments(workspace)
    assert row.refreshed_at == tomorrow


async def test_a_membership_that_was_lost_comes_back_with_the_next_refresh(
    workspace: Workspace,
) -> None:
    one = await customer(workspace)
    found = await segment(workspace, LATELY)
    await rows(workspace, EMPTY)
    assert await kept(workspace) == {found.id: set()}
    tomorrow = NOW + timedelta(days=1)
    await keep_segments(Resources(enqueue=Handed(), clock=lambda: tomorrow))
    assert await kept(workspace) == {found.id: {one.id}}
