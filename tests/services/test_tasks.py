"""Tasks that connected systems report."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models import PipelineKind, Priority, TaskStatus, Workspace
from models.base import new_id
from services.errors import ErrorCode
from services.pipelines import PipelineReport, upsert_pipeline
from services.tasks import TaskReport, upsert_task
from tests.services.writing import NOW, change, count, refused, rows, user

HOUR = timedelta(hours=1)


def report(**fields: Any) -> TaskReport:
    """A task of the external id A."""
    return TaskReport(**{"external_id": "A", "title": "Call back", **fields})


async def stage(workspace: Workspace, kind: PipelineKind) -> Any:
    """A stage of a pipeline of a kind; its id."""
    pipeline = await change(
        workspace, upsert_pipeline, PipelineReport(kind=kind, name="P", stages=["New"])
    )
    found = await rows(
        workspace,
        "SELECT id FROM stages WHERE workspace_id = $1 AND pipeline_id = $2",
        pipeline.id,
    )
    return found[0]["id"]


async def test_new_task_has_what_goes_without_saying(workspace: Workspace) -> None:
    task = await change(workspace, upsert_task, report(due_at=NOW + HOUR))
    assert (task.status, task.priority) == (TaskStatus.TODO, Priority.MEDIUM)
    assert (task.created_at, task.due_at, task.completed_at) == (NOW, NOW + HOUR, None)
    assert task.search_text == "call back a"


async def test_sent_again_it_changes_what_is_given(workspace: Workspace) -> None:
    agent = await user(workspace)
    given = report(assignee_id=agent.id, due_at=NOW + HOUR, priority=Priority.HIGH)
    first = await change(workspace, upsert_task, given)
    again = report(title="Write", due_at=None, status=None)
    second = await change(workspace, upsert_task, again, now=NOW + HOUR)
    assert (second.id, second.title) == (first.id, "Write")
    assert (second.assignee_id, second.due_at, second.priority) == (agent.id, None, Priority.HIGH)
    assert second.updated_at == NOW + HOUR


async def test_sent_twice_at_one_instant_it_is_one(workspace: Workspace) -> None:
    await asyncio.gather(*(change(workspace, upsert_task, report()) for _ in range(4)))
    assert await count(workspace, "tasks") == 1


async def test_done_task_is_completed(workspace: Workspace) -> None:
    await change(workspace, upsert_task, report(created_at=NOW - HOUR))
    done = report(status=TaskStatus.DONE)
    assert (await change(workspace, upsert_task, done)).completed_at == NOW
    again = await change(workspace, upsert_task, done, now=NOW + HOUR)
    assert again.completed_at == NOW
    told = report(status=TaskStatus.DONE, completed_at=NOW - HOUR)
    assert (await change(workspace, upsert_task, told)).completed_at == NOW - HOUR
    reopened = await change(workspace, upsert_task, report(status=TaskStatus.IN_PROGRESS))
    assert reopened.completed_at is None


async def test_stage_is_one_of_tasks(workspace: Workspace, other_workspace: Workspace) -> None:
    tasks = await stage(workspace, PipelineKind.TASK)
    assert (await change(workspace, upsert_task, report(stage_id=tasks))).stage_id == tasks
    deals = await stage(workspace, PipelineKind.DEAL)
    attempt = change(workspace, upsert_task, report(stage_id=deals))
    await refused(ErrorCode.INVALID, ("stageId",), attempt)
    for id in (await stage(other_workspace, PipelineKind.TASK), new_id()):
        attempt = change(workspace, upsert_task, report(stage_id=id))
        refusal = await refused(ErrorCode.NOT_FOUND, ("stageId",), attempt)
        assert refusal.message == "No stage has this id."
    assert (await change(workspace, upsert_task, report(stage_id=None))).stage_id is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"external_id": ""}, "externalId"),
        ({"title": ""}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"created_at": NOW - HOUR, "completed_at": NOW - 2 * HOUR}, "completedAt"),
        ({"completed_at": NOW + HOUR}, "completedAt"),
        ({"created_at": NOW + HOUR}, "createdAt"),
    ],
)
async def test_bad_value_is_refused_at_its_field(
    workspace: Workspace, fields: dict[str, Any], field: str
) -> None:
    await refused(ErrorCode.INVALID, (field,), change(workspace, upsert_task, report(**fields)))
    assert await count(workspace, "tasks") == 0
