"""A workspace keeps deleted customers for as many days as it wants to, and then erases them."""

from datetime import timedelta

from models import Customer, Workspace
from services.batches import always
from services.customer_deletions import delete_customer, restore_customer
from services.erasing.purging import purge_deleted_customers
from services.transactions import workspace_transaction
from tests.services.writing import NOW, change, customer, merged, stored

DAYS = 30
OVER = NOW + timedelta(days=DAYS)


async def keep_deleted_for(workspace: Workspace, days: int | None) -> None:
    """Set the workspace's retention."""
    async with workspace_transaction(workspace.id) as tx:
        await tx.execute(
            "UPDATE workspaces SET deleted_retention_days = $2 WHERE workspace_id = $1",
            workspace.id,
            days,
        )


async def deleted(workspace: Workspace, name: str) -> Customer:
    """A customer who was deleted at NOW."""
    added = await customer(workspace, name)
    await change(workspace, delete_customer, added.id)
    return added


async def test_who_is_due_is_erased_at_the_instant_and_not_before(workspace: Workspace) -> None:
    await keep_deleted_for(workspace, DAYS)
    gone, living = await deleted(workspace, "Ani"), await customer(workspace, "Budi")
    early = OVER - timedelta(microseconds=1)
    for now, erased in ((early, 0), (OVER, 1), (OVER, 0)):
        run = await purge_deleted_customers(workspace.id, clock=lambda now=now: now, proceed=always)  # type: ignore[misc]
        assert (run.erased, run.finished) == (erased, True)
    assert (await stored(workspace, gone.id)).erased_at == OVER
    assert (await stored(workspace, living.id)).erased_at is None


async def test_who_was_brought_back_stays(workspace: Workspace) -> None:
    await keep_deleted_for(workspace, DAYS)
    back = await deleted(workspace, "Ani")
    await change(workspace, restore_customer, back.id)
    run = await purge_deleted_customers(workspace.id, clock=lambda: OVER, proceed=always)
    assert run.erased == 0


async def test_members_go_with_their_main_customer(workspace: Workspace) -> None:
    await keep_deleted_for(workspace, DAYS)
    main, member = await customer(workspace, "Ani"), await customer(workspace, "Anny")
    await merged(workspace, member, main)
    await change(workspace, delete_customer, main.id)
    run = await purge_deleted_customers(workspace.id, clock=lambda: OVER, proceed=always)
    assert run.erased == 1
    assert (await stored(workspace, member.id)).erased_at == OVER


async def test_without_a_retention_nobody_is_erased(workspace: Workspace) -> None:
    kept = await deleted(workspace, "Ani")
    years = NOW + timedelta(days=5_000)
    run = await purge_deleted_customers(workspace.id, clock=lambda: years, proceed=always)
    assert (run.erased, run.finished) == (0, True)
    assert (await stored(workspace, kept.id)).full_name == "Ani"


async def test_a_run_that_is_told_to_end_says_so(workspace: Workspace) -> None:
    await keep_deleted_for(workspace, 0)
    await deleted(workspace, "Ani")
    await deleted(workspace, "Budi")
    turns = iter([True, False])
    run = await purge_deleted_customers(
        workspace.id, clock=lambda: NOW, proceed=lambda: next(turns)
    )
    assert (run.erased, run.finished) == (1, False)
