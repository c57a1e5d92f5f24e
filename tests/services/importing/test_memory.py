"""The memory that an import takes does not grow with its file: under 200 MB, of both kinds."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.imports import write_csv, write_workbook
from models import ImportStatus
from settings import Settings, child_environment
from tests.addresses import addresses_of
from tests.services.importing.queues import Queue, counts

MOST_MEGABYTES = 200.0
KINDS: dict[str, Callable[[Path, int], None]] = {"csv": write_csv, "xlsx": write_workbook}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_import_takes_less_than_200_megabytes(
    queue: Queue, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    total = 100_000 if request.config.getoption("--long") else 6_000
    path = tmp_path / f"people.{kind}"
    await asyncio.to_thread(KINDS[kind], path, total)
    id = await queue.ask(path.read_bytes(), path.name)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.services.importing.working", str(queue.workspace.id)),
        *(str(id), str(queue.files.folder), "0", "2000"),
        env=child_environment(addresses_of(settings)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    done = await queue.row(id)
    assert done.status is ImportStatus.FINISHED, done.failure
    assert counts(done) == (total, total, 0, 0, 0)
    taken = json.loads(said.splitlines()[-1])
    assert taken["own"] + taken["child"] < MOST_MEGABYTES, taken
