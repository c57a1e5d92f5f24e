"""Tasks: what somebody has to do for a customer."""

from enum import StrEnum

from tortoise import fields

from models.base import WorkspaceModel, reference
from models.pipelines import Priority


class TaskStatus(StrEnum):
    """Where a task stands."""

    TODO = "TODO"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class Task(WorkspaceModel):
    """Something to do."""

    external_id = fields.CharField(max_length=255, null=True)
    title = fields.CharField(max_length=500)
    status = fields.CharEnumField(TaskStatus, max_length=16, default=TaskStatus.TODO)
    stage_id = reference("stages", null=True)
    priority = fields.CharEnumField(Priority, max_length=8, default=Priority.MEDIUM)
    assignee_id = reference("users", null=True)
    due_at = fields.DatetimeField(null=True)
    completed_at = fields.DatetimeField(null=True)
    search_text = fields.TextField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "tasks"


class CustomerTask(WorkspaceModel):
    """A task concerns a customer."""

    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    task_id = reference("tasks")
    created_at = fields.DatetimeField()

    class Meta:
        table = "customer_tasks"
