"""Finding where work is due: one look into an index for each workspace, whatever it has besides."""

import asyncpg
import pytest

from models import JobKind, Workspace
from services.due_work import INTERACTIONS, WINDOWS, abandoned_runs, closing_windows, due_expiries
from settings import Settings
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
