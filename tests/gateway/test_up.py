"""`up`: real servers, real signals, and what is left afterwards."""

import asyncio
import os
import signal
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.request import urlopen

import asyncpg
import pytest
import redis

from tests.gateway.installations import Up, command_line, free_port, satukan, still_running, up


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that has been started once. Its parents have mode 0700, as root's home has."""
    folder = tmp_path_factory.mktemp("installation") / "data"
    with up(folder) as started:
        assert started.end(signal.SIGTERM) == 0
    return folder


async def write(started: Up, word: str) -> None:
    connection = await asyncpg.connect(started.addresses["DATABASE_URL"])
    await connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
    await connection.execute("INSERT INTO words VALUES ($1)", word)
    await connection.close()


async def read(started: Up) -> list[str]:
    connection = await asyncpg.connect(started.addresses["DATABASE_URL"])
    rows = await connection.fetch("SELECT word FROM words")
    await connection.close()
    return [row["word"] for row in rows]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
async def test_nothing_is_left_running_and_data_survive(data: Path, ending: signal.Signals) -> None:
    with up(data) as started:
        await write(started, ending.name)
        with redis.Redis.from_url(started.addresses["REDIS_URL"]) as valkey:
            valkey.set(ending.name, "kept")
        pids = started.pids()
        assert len(pids) >= 4
        assert started.end(ending) == (-9 if ending is signal.SIGKILL else 0)
        assert still_running(pids) == []
    with up(data) as again:
        assert ending.name in await read(again)
        with redis.Redis.from_url(again.addresses["REDIS_URL"]) as valkey:
            assert valkey.get(ending.name) == b"kept"


async def test_a_start_right_after_a_kill_waits_for_the_orphans(data: Path) -> None:
    with up(data) as started:
        await write(started, "before the kill")
        started.process.kill()
        with up(data) as again:
            assert "before the kill" in await read(again)


def test_a_second_up_on_the_same_folder_is_told_so_and_the_first_goes_on(data: Path) -> None:
    with up(data) as first:
        before = first.addresses
        second = satukan("up", "--port", str(free_port()), "--data", str(data))
        assert second.returncode == 1
        assert f"Another `up` is running on the folder {data}" in second.stderr
        assert first.addresses == before
        assert urlopen(f"http://127.0.0.1:{first.port}/health/ready").status == 200


def test_two_folders_run_side_by_side(tmp_path: Path) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        starts = [pool.submit(up(tmp_path / name).__enter__) for name in ("one", "two")]
        started = [start.result() for start in starts]
        for each in started:
            stack.callback(each.end, signal.SIGTERM)
        addresses = [address for each in started for address in each.addresses.values()]
        assert len({address.rpartition("@")[2] for address in addresses}) == 4


async def test_a_server_that_dies_is_started_again(data: Path) -> None:
    with up(data) as started:
        await write(started, "before the crash")
        os.kill(started.program("/postgres "), signal.SIGKILL)
        assert "postgres ended (signal 9)" in started.read_error("starts again in")
        started.read_error("postgres was started again.")
        assert "before the crash" in await read_when_it_answers(started)


async def read_when_it_answers(started: Up) -> list[str]:
    """Read as soon as the server lets one in; it replays its log first."""
    async with asyncio.timeout(20):
        while True:
            with suppress(OSError, asyncpg.PostgresError):
                return await read(started)


def test_secrets_are_the_owners_alone(data: Path) -> None:
    with up(data) as started:
        for name in ("secrets.json", "running.json"):
            assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
        passwords = [url.split("@")[0].rsplit(":", 1)[1] for url in started.addresses.values()]
        lines = " ".join(command_line(pid) for pid in started.pids())
        assert not any(password in lines for password in passwords)


def test_a_port_in_use_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = satukan("up", "--port", str(port), "--data", str(tmp_path / "data"))
    assert outcome.returncode == 1
    assert f"Port {port} is in use by another program." in outcome.stderr
    assert "--port" in outcome.stderr
    assert not (tmp_path / "data").exists()


def test_several_gateways_answer_on_one_port(data: Path) -> None:
    with up(data, "--workers", "2") as started:
        gateways = [pid for pid in started.pids() if "serving" in command_line(pid)]
        assert len(gateways) == 2
        assert started.printed[-1] == f"ready: http://127.0.0.1:{started.port}/graphql"
        pids = started.pids()
        started.end(signal.SIGKILL)
        assert still_running(pids) == []


def test_commands_find_the_running_installation_by_its_folder(data: Path) -> None:
    with up(data):
        made = satukan("workspace", "create", "Toko Tiga", "--data", str(data))
        listed = satukan("workspace", "list", SATUKAN_DATA=str(data))
    assert made.returncode == 0
    assert made.stdout.split()[0] in listed.stdout
    stopped = satukan("workspace", "list", "--data", str(data))
    assert stopped.returncode == 1
    assert f"No installation is running on the folder {data}" in stopped.stderr
