"""Pipelines and their stages: renamed, moved, added, deleted, archived and brought back."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from models import Pipeline, PipelineKind, Task, Workspace
from models.base import new_id
from services.errors import ErrorCode, Refusal
from services.pipelines import PipelineReport, upsert_pipeline
from services.rows import insert_row
from tests.services.reports import NOW, everything, rows, within


async def pipeline(workspace: Workspace, *stages: str, **given: Any) -> Pipeline:
    values: dict[str, Any] = {"kind": PipelineKind.TASK, "name": "Toko", "stages": stages}
    report = PipelineReport(**values | given)
    return await within(workspace, lambda tx: upsert_pipeline(tx, report))


async def stages_of(workspace: Workspace, of: Pipeline) -> dict[str, UUID]:
    """The stages in use, in their order; positions are checked to count from 1."""
    found = await rows(
        workspace,
        "SELECT name, id, position FROM stages WHERE workspace_id = $1 AND pipeline_id = $2"
        " AND archived_at IS NULL ORDER BY position",
        of.id,
    )
    assert [row["position"] for row in found] == list(range(1, len(found) + 1))
    return {row["name"]: row["id"] for row in found}


async def task_in(workspace: Workspace, stage_id: UUID) -> None:
    task = Task(
        id=new_id(),
        workspace_id=workspace.id,
        title="Telepon",
        stage_id=stage_id,
        search_text="telepon",
        created_at=NOW,
        updated_at=NOW,
    )
    await within(workspace, lambda tx: insert_row(tx, task))


async def test_a_pipeline_has_its_stages_in_the_order_that_they_are_named(
    workspace: Workspace,
) -> None:
    found = await pipeline(workspace, "Baru", "Dikerjakan", "Selesai")
    assert list(await stages_of(workspace, found)) == ["Baru", "Dikerjakan", "Selesai"]


async def test_it_is_known_by_its_kind_and_name(workspace: Workspace) -> None:
    first = await pipeline(workspace, "Baru")
    assert (await pipeline(workspace, "Baru")).id == first.id
    assert (await pipeline(workspace, "Baru", kind=PipelineKind.DEAL)).id != first.id
    assert (await pipeline(workspace, "Baru", name="Cabang")).id != first.id


async def test_a_stage_keeps_its_id_wherever_it_is_moved_and_however_it_is_written(
    workspace: Workspace,
) -> None:
    found = await pipeline(workspace, "Baru", "Dikerjakan", "Selesai")
    before = await stages_of(workspace, found)
    await pipeline(workspace, "SELESAI", "Menunggu", "Baru", "Dikerjakan")
    after = await stages_of(workspace, found)
    assert list(after) == ["SELESAI", "Menunggu", "Baru", "Dikerjakan"]
    assert after["SELESAI"] == before["Selesai"]
    assert after["Baru"] == before["Baru"]
    assert after["Menunggu"] not in before.values()


async def test_a_stage_no_longer_named_is_deleted_or_archived_where_records_stand_in_it(
    workspace: Workspace,
) -> None:
    found = await pipeline(workspace, "Baru", "Kosong", "Dipakai")
    used = (await stages_of(workspace, found))["Dipakai"]
    await task_in(workspace, used)
    await pipeline(workspace, "Baru")
    left = await rows(workspace, "SELECT * FROM stages WHERE workspace_id = $1 ORDER BY name")
    assert [(row["name"], row["archived_at"]) for row in left] == [("Baru", None), ("Dipakai", NOW)]


async def test_an_archived_stage_that_is_named_again_is_back(workspace: Workspace) -> None:
    found = await pipeline(workspace, "Baru", "Dipakai")
    used = (await stages_of(workspace, found))["Dipakai"]
    await task_in(workspace, used)
    await pipeline(workspace, "Baru")
    await pipeline(workspace, "Dipakai", "Baru")
    assert (await stages_of(workspace, found))["Dipakai"] == used


async def test_with_its_id_it_is_renamed(workspace: Workspace) -> None:
    first = await pipeline(workspace, "Baru")
    renamed = await pipeline(workspace, "Baru", "Selesai", id=first.id, name="Gudang")
    assert (renamed.id, renamed.name) == (first.id, "Gudang")
    assert list(await stages_of(workspace, first)) == ["Baru", "Selesai"]


async def test_a_name_that_another_pipeline_has_is_a_conflict(workspace: Workspace) -> None:
    first = await pipeline(workspace, "Baru")
    other = await pipeline(workspace, "Baru", name="Gudang")
    before = await everything(workspace)
    with pytest.raises(Refusal) as refused:
        await pipeline(workspace, "Lain", id=first.id, name="Gudang")
    assert (refused.value.code, refused.value.field) == (ErrorCode.CONFLICT, ("name",))
    assert refused.value.conflicting == (Pipeline, other.id)
    assert await everything(workspace) == before


async def test_sent_at_one_instant_it_is_one_pipeline(workspace: Workspace) -> None:
    found = await asyncio.gather(*(pipeline(workspace, "Baru", "Selesai") for _ in range(10)))
    assert len({one.id for one in found}) == 1
    assert list(await stages_of(workspace, found[0])) == ["Baru", "Selesai"]


async def test_pipelines_renamed_to_one_name_at_one_instant_keep_one_of_it(
    workspace: Workspace,
) -> None:
    made = [await pipeline(workspace, "Baru", name=f"Toko {number}") for number in range(6)]
    found = await asyncio.gather(
        *(pipeline(workspace, "Baru", id=one.id, name="Gudang") for one in made),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Pipeline) for one in found) == 1
    refused = [one for one in found if isinstance(one, Refusal)]
    assert [one.code for one in refused] == [ErrorCode.CONFLICT] * 5


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": ""}, ErrorCode.INVALID, ("name",)),
        ({"stages": []}, ErrorCode.INVALID, ("stages",)),
        ({"stages": ["Baru", " "]}, ErrorCode.INVALID, ("stages", "1")),
        ({"stages": ["Baru", "x" * 201]}, ErrorCode.INVALID, ("stages", "1")),
        ({"stages": ["Baru", "Selesai", " BARU "]}, ErrorCode.INVALID, ("stages", "2")),
        ({"stages": [f"{n}" for n in range(101)]}, ErrorCode.LIMIT_EXCEEDED, ("stages",)),
        ({"id": new_id()}, ErrorCode.NOT_FOUND, ("id",)),
    ],
)
async def test_what_will_not_do_is_refused_and_changes_nothing(
    workspace: Workspace, given: dict[str, Any], code: ErrorCode, field: tuple[str, ...]
) -> None:
    await pipeline(workspace, "Lama")
    before = await everything(workspace)
    with pytest.raises(Refusal) as refused:
        await pipeline(workspace, "Baru", **given)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await everything(workspace) == before


async def test_its_kind_does_not_change(workspace: Workspace) -> None:
    first = await pipeline(workspace, "Baru")
    with pytest.raises(Refusal) as refused:
        await pipeline(workspace, "Baru", id=first.id, kind=PipelineKind.DEAL)
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, ("kind",))


async def test_another_workspaces_pipeline_is_not_found_and_its_names_are_its_own(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    foreign = await pipeline(other_workspace, "Baru")
    with pytest.raises(Refusal) as refused:
        await pipeline(workspace, "Baru", id=foreign.id)
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, ("id",))
    before = await everything(other_workspace)
    assert (await pipeline(workspace, "Lain")).id != foreign.id
    assert await everything(other_workspace) == before
