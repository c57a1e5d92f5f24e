"""The job: how a run survives its worker, and what it costs."""

from datetime import timedelta

import pytest

from models import EventType, Workspace
from services.duplicates import running
from services.job_runs import LEASE
from tests.rows import NOW
from tests.services.duplicates.acting import WRITTEN, after, edit, shown, somebody
from tests.services.duplicates.bases import compare, febrl, make_base, suggested
from tests.services.writing import rows


async def test_a_run_that_is_stopped_goes_on_where_it_was(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 100)
    base = await make_base(workspace, febrl())
    first = await compare(workspace, after(3))
    assert (first.compared, first.finished) == (300, False)
    second = await compare(workspace, after(4))
    assert (second.compared, second.finished) == (400, False)
    last = await compare(workspace)
    assert (last.compared, last.finished) == (300, True)
    assert await base.quality() >= (0.98, 0.95)


async def test_stopped_or_not_a_run_finds_the_same(
    workspace: Workspace, other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    bases = [await make_base(one, febrl()) for one in (workspace, other_workspace)]
    await compare(workspace)
    monkeypatch.setattr(running, "BATCH", 170)
    while not (await compare(other_workspace, after(1))).finished:
        assert len(await suggested(other_workspace)) <= 600
    numbers = []
    for base in bases:
        place = {customer.id: index for index, customer in enumerate(base.customers)}
        found = await suggested(base.workspace)
        numbers.append({frozenset(map(place.__getitem__, p)): s for p, s in found.items()})
    assert numbers[0] == numbers[1]


async def test_everybody_again_changes_nothing(workspace: Workspace) -> None:
    await make_base(workspace, febrl())
    await compare(workspace)
    before = await suggested(workspace)
    run = await compare(workspace, everybody=True)
    assert run.compared == 1_000
    assert await suggested(workspace) == before


async def test_one_by_one_or_all_at_once_they_find_the_same_people(workspace: Workspace) -> None:
    """Changes that come in one after another are compared with all, in either direction."""
    base = await make_base(workspace, febrl())
    await compare(workspace)
    before = await suggested(workspace)
    for customer in base.customers[:40]:
        await edit(workspace, customer, job_title="Guru")
    run = await compare(workspace)
    assert run.compared == 40
    assert await suggested(workspace) == before


async def test_of_two_at_once_one_works(workspace: Workspace) -> None:
    await somebody(workspace)
    assert (await compare(workspace, after(0))).compared == 0
    held = {"lease_until": NOW + LEASE}
    await rows(
        workspace,
        "UPDATE job_runs SET lease_until = $2 WHERE workspace_id = $1 RETURNING id",
        held["lease_until"],
    )
    assert not (await compare(workspace)).finished
    later = await compare(workspace, now=NOW + LEASE + timedelta(seconds=1))
    assert (later.compared, later.finished) == (1, True)


async def test_everybody_is_compared_anew_once_the_workspace_has_doubled(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "FEW", 2)
    await somebody(workspace)
    assert (await compare(workspace)).compared == 1
    for number in range(4):
        await somebody(workspace, f"Nama {number}", phone=None, email=None)
    assert (await compare(workspace)).compared == 4
    assert (await compare(workspace)).compared == 5
    assert (await compare(workspace)).compared == 0


async def test_a_new_property_is_compared(workspace: Workspace) -> None:
    base = await make_base(workspace, febrl(), ("soc_sec_id",))
    await compare(workspace)
    await rows(
        workspace,
        "INSERT INTO property_definitions (workspace_id, id, key, label, type, position,"
        " created_at, updated_at) VALUES ($1, $2, 'card', 'Card', 'TEXT', 9, $3, $3) RETURNING id",
        base.customers[0].id,
        NOW,
    )
    assert (await compare(workspace)).compared == 1_000


async def test_another_workspace_is_neither_seen_nor_felt(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await somebody(workspace)
    await somebody(other_workspace)
    await compare(other_workspace)
    before = await rows(other_workspace, WRITTEN)
    await compare(workspace)
    assert await rows(other_workspace, WRITTEN) == before
    assert await shown(workspace) == set()


async def test_a_name_and_a_telephone_that_very_many_have_take_no_time(
    workspace: Workspace,
) -> None:
    """The work follows the customers, and not the square of those who share something."""
    people = febrl()
    for index in range(0, 900):
        people.rows[index] = {
            **dict.fromkeys(people.rows[index], ""),
            "given_name": "muhammad",
            "surname": "rizki",
            "phone": "+622155500100",
        }
    await make_base(workspace, people)
    run = await compare(workspace)
    assert (run.compared, run.finished) == (1_000, True)
    assert len(await suggested(workspace)) < 60


def test_every_event_that_changes_who_somebody_is_like_is_listened_to() -> None:
    others = {
        EventType.MAIN_IDENTITY_CHANGED,
        EventType.WINDOW_OPENED,
        EventType.WINDOW_CLOSED,
        EventType.BROADCAST_QUEUED,
        EventType.CAMPAIGN_EXPIRED,
        EventType.SEGMENT_ENTERED,
        EventType.SEGMENT_LEFT,
        EventType.IMPORT_FINISHED,
    }
    assert set(running.CHANGING) | others == set(EventType)
    assert not set(running.CHANGING) & others
