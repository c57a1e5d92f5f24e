"""The jobs that keep duplicate suggestions up to date."""

from datetime import UTC, datetime, timedelta

from models import Workspace
from services.batches import always
from services.customer_additions import add_customer
from services.customer_fields import NewCustomer
from services.due_work import due_comparisons
from services.duplicates.running import compare_customers
from services.job_runs import LEASE
from services.jobs import Job, JobName
from settings import Settings
from tests.services.duplicates.bases import suggested
from tests.services.writing import change
from tests.workers.arq_workers import Handed, empty_queue, work_off
from workers.duplicates import compare_workspace, find_due_comparisons
from workers.queues import ArqQueue
from workers.registrations import Resources

NOW = datetime(2026, 11, 22, 9, 30, 10, tzinfo=UTC)


async def add_twins(workspace: Workspace) -> None:
    for name in ("Wulandari Hadikusumo", "Wulandari Hadikusuma"):
        new = NewCustomer(full_name=name, phone="+6281234567001", allow_duplicate=True)
        await change(workspace, add_customer, new)


async def handed(now: datetime = NOW) -> list[Job]:
    """The jobs that the sweep of a minute hands in."""
    queue = Handed()
    await find_due_comparisons(Resources(enqueue=queue, clock=lambda: now))
    return queue.jobs


async def test_each_workspace_is_asked_for_in_which_somebody_has_changed(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await add_twins(workspace)
    due = [id async for id in due_comparisons()]
    assert workspace.id in due
    assert other_workspace.id not in due
    [job] = [one for one in await handed() if one.arguments == (str(workspace.id),)]
    assert job.name is JobName.COMPARE_CUSTOMERS
    assert job.key == f"compare_customers:{workspace.id}:202611220930"
    await compare_workspace(Resources(enqueue=Handed()), str(workspace.id))
    assert len(await suggested(workspace)) == 1
    assert workspace.id not in [id async for id in due_comparisons()]


async def test_a_run_whose_worker_died_is_asked_for_when_its_lease_is_over(
    workspace: Workspace,
) -> None:
    """Also where the log says nothing new: as after the second comparison of everybody."""
    await add_twins(workspace)
    await compare_customers(workspace.id, clock=lambda: NOW, proceed=always)
    answers = iter([True])
    await compare_customers(
        workspace.id,
        clock=lambda: NOW,
        proceed=lambda: next(answers, False),
        everybody=True,
    )
    later = NOW + LEASE + timedelta(seconds=1)
    assert (str(workspace.id),) in [one.arguments for one in await handed(later)]


async def test_a_worker_does_what_the_sweep_asks_for(
    workspace: Workspace, settings: Settings
) -> None:
    await add_twins(workspace)
    async with empty_queue(settings) as redis:
        await ArqQueue(redis)(Job(JobName.COMPARE_CUSTOMERS, (str(workspace.id),), "now"))
        await work_off(redis)
    assert len(await suggested(workspace)) == 1
