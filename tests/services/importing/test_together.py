"""Imports beside other things: beside each other, beside a database that goes away, and a trial
beside the run that it stands for."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from models import ImportStatus, OnDuplicate
from settings import Settings
from tests.services.importing.queues import POLICIES, Queue, counts, table
from tests.services.writing import NOW, count, customer, group, merged, rows

HEADER = ["externalId", "fullName", "phone", "email", "jobTitle"]


async def mixed(queue: Queue) -> bytes:
    """A workspace with some people, and a file of rows of every kind."""
    workspace = queue.workspace
    await customer(workspace, "Siti", external_id="A-1", phone="081211111111")
    await customer(workspace, "Dewi", email="dewi@example.com")
    gone = await customer(workspace, "Joko", external_id="A-3")
    member = await customer(workspace, "Agus", external_id="A-4")
    await merged(workspace, member, await customer(workspace, "Agus S."))
    await rows(
        workspace,
        "UPDATE customers SET deleted_at = created_at WHERE workspace_id = $1 AND id = $2"
        " RETURNING id",
        gone.id,
    )
    return table(
        HEADER,
        ["A-1", "Siti", "081211111111", "", ""],  # as they are
        ["A-1", "Siti R.", "", "siti@example.com", "Guru"],  # the same, changed
        ["", "Dewi L.", "", "DEWI@example.com", "Dosen"],  # by e-mail
        ["A-3", "Joko", "", "", ""],  # deleted
        ["A-4", "Agus S.", "", "", "Guru"],  # merged away
        ["B-1", "Budi", "081222222222", "", ""],  # new
        ["", "Budi lagi", "0812 2222 2222", "budi@example.com", ""],  # the same within the file
        ["B-2", "", "081233333333", "", ""],  # without a name
        ["B-3", "Rina", "123", "", ""],  # no phone
        ["B-4", "Wati", "", "dewi@example.com", ""],  # of Dewi, with an id of her own
        ["A-1", "Siti", "", "dewi@example.com", ""],  # of two
    )


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_trial_counts_what_the_run_then_does(queue: Queue, policy: OnDuplicate) -> None:
    file = await mixed(queue)
    expo = await group(queue.workspace, "Expo")
    told: dict[str, Any] = {"on_duplicate": policy, "group_ids": [expo.id]}
    before = await queue.customers()
    trial = await queue.done(file, dry_run=True, **told)
    assert await queue.customers() == before
    done = await queue.done(file, **told)
    assert counts(trial) == counts(done)
    assert trial.problems == done.problems
    assert queue.errors(trial) == queue.errors(done)
    assert counts(done)[0] == sum(counts(done)[1:]) == 11
    assert await count(queue.workspace, "customers") == len(before) + done.added


@pytest.mark.parametrize("policy", POLICIES)
async def test_of_two_imports_of_one_file_at_once_each_row_arrives_once(
    queue: Queue, policy: OnDuplicate
) -> None:
    file = table(HEADER, *([f"A-{n}", f"Budi {n}", f"0812{n:08}", "", ""] for n in range(200)))
    ids = [await queue.ask(file, on_duplicate=policy) for _ in range(2)]
    await asyncio.gather(*(queue.run(id, batch_rows=20) for id in ids))
    for turn in range(1, 5):  # who lost too many races goes on when the lease is over
        for id in ids:
            await queue.run(id, batch_rows=20, now=NOW + timedelta(minutes=10 * turn))
    found = [await queue.row(id) for id in ids]
    assert [one.status for one in found] == [ImportStatus.FINISHED] * 2
    assert sum(one.added for one in found) == await count(queue.workspace, "customers") == 200
    assert sum(one.skipped for one in found) == 200


async def test_an_import_that_loses_the_database_is_gone_on_with(
    queue: Queue, settings: Settings
) -> None:
    file = table(HEADER, *([f"A-{n}", f"Budi {n}", "", "", ""] for n in range(100)))
    id = await queue.ask(file)
    owner = await asyncpg.connect(settings.database_url)
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(queue.run(id, batch_rows=20))
        # A batch that adds somebody needs the workspace's row, waits for it, and is cut off there.
        async with owner.transaction():
            await owner.execute(
                "SELECT 1 FROM workspaces WHERE workspace_id = $1 FOR UPDATE", queue.workspace.id
            )
            await cut_off(settings)
    assert not run.result().finished
    await owner.close()
    broken = await queue.row(id)
    assert broken.status is ImportStatus.RUNNING
    assert (await queue.run(id, batch_rows=20, now=NOW + timedelta(minutes=10))).finished
    assert counts(await queue.row(id)) == (100, 100, 0, 0, 0)
    assert await count(queue.workspace, "customers") == 100


async def cut_off(settings: Settings) -> None:
    """End the sessions of this database that wait for a lock, as soon as there is one."""
    killer = await asyncpg.connect(settings.database_url)
    for _ in range(2_000):
        ended = await killer.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        if ended:
            break
    else:
        raise AssertionError("nobody has waited")
    await killer.close()
