"""A worker that is killed with -9 in the middle, five times: every row arrives exactly once."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from uuid import UUID

import pytest

from models import ImportStatus, OnDuplicate
from settings import Settings, child_environment
from tests.addresses import addresses_of
from tests.services.importing.queues import Queue, counts, table
from tests.services.writing import count, event_types, rows

KILLS = 5
LOOKS = 20_000


def people(number: int) -> bytes:
    """People by name alone, so that nothing but the import itself tells their rows apart."""
    return table(["fullName", "phone"], *map(person, range(number)))


def person(n: int) -> list[str]:
    """Every fiftieth has no name, every second one a phone."""
    phone = f"0812{n:08}" if n % 2 or n % 50 == 0 else ""
    return [f"Budi {n}" if n % 50 else "", phone]


async def started(queue: Queue, settings: Settings, id: UUID, turn: int, batch: int) -> Process:
    """A worker's process that goes on with the import, once the lease of the one before is over."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.services.importing.working",
        str(queue.workspace.id),
        str(id),
        str(queue.files.folder),
        str(turn * 10),
        str(batch),
        env=child_environment(addresses_of(settings)),
    )


async def killed_behind(queue: Queue, id: UUID, process: Process, done: int) -> None:
    """Kill a worker as soon as so many rows are done."""
    for _ in range(LOOKS):
        if (await queue.row(id)).done >= done or process.returncode is not None:
            break
    assert process.returncode is None, "the worker has ended by itself"
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL


async def test_killed_five_times_every_row_arrives_exactly_once(
    queue: Queue, settings: Settings, request: pytest.FixtureRequest
) -> None:
    total, batch = (100_000, 2_000) if request.config.getoption("--long") else (1_500, 20)
    id = await queue.ask(people(total), on_duplicate=OnDuplicate.SKIP)
    for turn in range(KILLS):
        process = await started(queue, settings, id, turn, batch)
        await killed_behind(queue, id, process, (turn + 1) * total // (KILLS + 2))
    last = await started(queue, settings, id, KILLS, batch)
    assert await last.wait() == 0
    done = await queue.row(id)
    named = sum(1 for n in range(total) if n % 50)
    assert done.status is ImportStatus.FINISHED
    assert counts(done) == (total, named, 0, 0, total - named)
    names = await rows(
        queue.workspace,
        "SELECT count(*) AS rows, count(DISTINCT full_name) AS names FROM customers"
        " WHERE workspace_id = $1",
    )
    assert names == [{"rows": named, "names": named}]
    assert await count(queue.workspace, "contact_logs") == named
    types = await event_types(queue.workspace)
    assert len(types) == named + 1
    lines = [int(one["line"]) for one in queue.errors(done)]
    assert lines == [n + 2 for n in range(total) if n % 50 == 0]
    assert not (await queue.run(id)).claimed
