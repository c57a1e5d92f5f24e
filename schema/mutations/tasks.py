"""Writing tasks."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from schema.givens import LEFT_OUT, given, given_id, given_ids
from schema.payloads import Payload, change
from schema.tasks import Task
from services.tasks import TaskReport, upsert_task
from services.transactions import Transaction


@strawberry.input(
    description="A task as the connected system has it: left out is unchanged, null clears."
)
class TaskInput:
    """A task that is reported."""

    external_id: str = strawberry.field(
        description="Its id in the connected system: the same one again changes the task."
    )
    title: str = strawberry.field(description="What is to be done: 1 to 500 letters.")
    status: models.TaskStatus | None = strawberry.field(
        default=LEFT_OUT,
        description="Where it stands. TODO at first; with DONE it is completed, now unless told.",
    )
    stage_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The stage, of a pipeline of kind TASK."
    )
    priority: models.Priority | None = strawberry.field(
        default=LEFT_OUT, description="How soon it wants to be seen to. MEDIUM at first."
    )
    assignee_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The user who sees to it."
    )
    due_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it is to be done."
    )
    created_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it was made. Now, or when it was completed, at first."
    )
    completed_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="When it was completed: not before it was made."
    )
    customer_ids: list[strawberry.ID] | None = strawberry.field(
        default=LEFT_OUT,
        description="Customers whom it concerns, too: at most 1,000. None are taken away.",
    )

    def report(self) -> TaskReport:
        """The task as services take it."""
        return TaskReport(
            external_id=self.external_id,
            title=self.title,
            status=given(self.status),
            stage_id=given_id(self.stage_id, models.Stage, "stageId"),
            priority=given(self.priority),
            assignee_id=given_id(self.assignee_id, models.User, "assigneeId"),
            due_at=given(self.due_at),
            created_at=given(self.created_at),
            completed_at=given(self.completed_at),
            customer_ids=given_ids(self.customer_ids, models.Customer, "customerIds"),
        )


@strawberry.type(description="A task after a change.")
class TaskPayload(Payload):
    """A task, or why nothing was changed."""

    task: Task | None = strawberry.field(description="The task as it is now.")


@strawberry.type
class TaskMutations:
    """The root fields that write tasks."""

    @strawberry.mutation(description="Make or change the task of an external id.")
    async def upsert_task(
        self,
        info: strawberry.Info,
        input: Annotated[TaskInput, strawberry.argument(description="The task.")],
    ) -> TaskPayload:
        """Write one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return {"task": await upsert_task(tx, input.report())}

        return await change(info, TaskPayload, verb, task=None)
