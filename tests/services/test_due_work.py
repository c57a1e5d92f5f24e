"""Finding where work is due: one look into an index for each workspace, whatever it has besides."""

from datetime import timedelta

import asyncpg
import pytest

from models import BulkChangeKind, JobKind, Workspace
from services.batches import always
from services.bulk.choices import Choice
from services.bulk.records import LEASE, claim, freeze
from services.bulk.runs import run_bulk_change
from services.customer_deletions import delete_customer
from services.due_work import (
    INTERACTIONS,
    WINDOWS,
    abandoned_runs,
    closing_windows,
    due_expiries,
    due_purges,
    waiting_bulk_changes,
)
from services.workspaces import keep_for
from settings import Settings
from tests.services.writing import NOW, change, customer
from tests.workers.records import FAR_AWAY, customers_who_wrote, interactions


@pytest.mark.parametrize(
    ("statement", "indexes"),
    [
        (WINDOWS, {"customers_window_open_index"}),
        (
            INTERACTIONS,
            {"campaign_interactions_unexpired_index", "campaign_interactions_expired_index"},
        ),
    ],
)
async def test_each_workspace_is_one_probe_of_a_partial_index(
    settings: Settings, workspace: Workspace, statement: str, indexes: set[str]
) -> None:
    connection = await asyncpg.connect(settings.database_url)
    try:
        # A table of a few rows is read whole for good reason; here it is to act as a large one.
        await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        inlined = statement.replace("$1", f"'{workspace.id}'").replace("$2", "1000")
        plan = [line[0] for line in await connection.fetch(f"EXPLAIN {inlined}")]
    finally:
        await connection.close()
    probes = [number for number, line in enumerate(plan) if any(name in line for name in indexes)]
    assert len(probes) == len(indexes)
    for number in probes:
        assert any("Limit" in line for line in plan[number - 3 : number])


async def test_every_workspace_is_looked_at_page_by_page(
    workspace: Workspace, other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.due_work.PAGE", 1)
    for each in (workspace, other_workspace):
        await customers_who_wrote(each, FAR_AWAY)
        await interactions(each, FAR_AWAY)
    ours = {workspace.id, other_workspace.id}
    later = FAR_AWAY.replace(year=FAR_AWAY.year + 1)
    assert {found async for found in closing_windows(later)} >= ours
    assert {found async for found in due_expiries(later)} >= ours


async def test_a_workspace_with_nothing_is_not_found(workspace: Workspace) -> None:
    assert workspace.id not in {found async for found in closing_windows(FAR_AWAY)}
    assert workspace.id not in {found async for found in due_expiries(FAR_AWAY)}
    assert workspace.id not in await abandoned_runs(JobKind.EXPIRY, FAR_AWAY)


async def test_deleted_customers_are_due_when_their_retention_is_over(workspace: Workspace) -> None:
    added = await customer(workspace)
    await change(workspace, delete_customer, added.id)
    later = NOW + timedelta(days=7)
    assert workspace.id not in [found async for found in due_purges(later)]
    await keep_for(workspace.id, deleted_days=7)
    early = later - timedelta(seconds=1)
    assert workspace.id not in [found async for found in due_purges(early)]
    assert workspace.id in [found async for found in due_purges(later)]


async def test_a_bulk_change_waits_until_somebody_holds_it(workspace: Workspace) -> None:
    added = await customer(workspace)
    choice = Choice(ids=[added.id])
    bulk = await change(workspace, freeze, BulkChangeKind.DELETE, {}, choice)
    found = (workspace.id, bulk.id)
    assert found in await waiting_bulk_changes(NOW)
    await change(workspace, claim, bulk.id)
    assert found not in await waiting_bulk_changes(NOW)
    later = NOW + LEASE
    assert found in await waiting_bulk_changes(later)
    await run_bulk_change(workspace.id, bulk.id, clock=lambda: later, proceed=always)
    assert found not in await waiting_bulk_changes(later + LEASE)
