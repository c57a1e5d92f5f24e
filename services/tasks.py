"""Tasks, as connected systems report them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models import PipelineKind, Priority, Task, TaskStatus, User
from models.base import new_id
from services.associations import TASKS, associate_held, hold_associated
from services.given import UNSET, Given
from services.instants import checked_instant, past_instant
from services.records import (
    Upsert,
    begun_at,
    clean_external_id,
    find_record,
    refuse_early,
    write_record,
)
from services.references import require_rows
from services.stages import Place, place_in
from services.texts import clean_line, search_text
from services.transactions import Transaction

LONGEST_TITLE = 500


@dataclass(frozen=True, kw_only=True)
class TaskReport:
    """A task as a connected system has it. Left out stays as it is; None clears.

    A status, a priority and an instant of making cannot be nothing: None leaves them.
    """

    external_id: str
    title: str
    status: Given[TaskStatus | None] = UNSET
    stage_id: Given[UUID | None] = UNSET
    priority: Given[Priority | None] = UNSET
    assignee_id: Given[UUID | None] = UNSET
    due_at: Given[datetime | None] = UNSET
    created_at: Given[datetime | None] = UNSET
    completed_at: Given[datetime | None] = UNSET
    customer_ids: Given[Sequence[UUID] | None] = UNSET


async def upsert_task(tx: Transaction, report: TaskReport) -> Task:
    """Write a task by its external id, and associate it with these customers too.

    One that becomes DONE was completed now unless told; one that is reported as anything else is
    not completed unless told. Raises a Refusal at the API's name of the field: INVALID for a value
    that will not do, a stage of a pipeline that is not for tasks, a completion before the making;
    NOT_FOUND for a stage, user or customer; and RetryTransaction where another transaction got in
    first.
    """
    external_id = clean_external_id(report.external_id)
    customers = await hold_associated(tx, report.customer_ids or ())
    await require_rows(tx, User, {("assigneeId",): report.assignee_id or None})
    task = await find_record(tx, Task, external_id)
    upsert = Upsert(task or _new(tx, external_id), task is not None)
    row = upsert.row
    upsert.put("title", clean_line(report.title, "title", most=LONGEST_TITLE))
    upsert.choose("priority", report.priority)
    upsert.put("assignee_id", report.assignee_id)
    before = Place(None, row.stage_id)
    row.stage_id = (await place_in(tx, PipelineKind.TASK, UNSET, report.stage_id, before)).stage_id
    upsert.choose("status", report.status)
    _put_instants(tx, upsert, report)
    row.search_text = search_text(row.title, external_id)
    await write_record(tx, upsert)
    await associate_held(tx, TASKS, row.id, customers)
    return row


def _put_instants(tx: Transaction, upsert: Upsert[Task], report: TaskReport) -> None:
    row, due, completed = upsert.row, report.due_at, report.completed_at
    upsert.put("due_at", checked_instant(due, "dueAt") if due else due)
    if completed is not UNSET:
        row.completed_at = past_instant(completed, tx.now, "completedAt") if completed else None
    elif report.status:
        done = report.status is TaskStatus.DONE
        row.completed_at = (row.completed_at or tx.now) if done else None
    begun_at(tx, upsert, report.created_at, [row.completed_at])
    refuse_early(row, "completed_at", "completedAt")


def _new(tx: Transaction, external_id: str) -> Task:
    return Task(
        id=new_id(),
        workspace_id=tx.workspace_id,
        external_id=external_id,
        created_at=tx.now,
        updated_at=tx.now,
    )
