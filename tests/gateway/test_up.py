"""`up`: real servers, real signals, and what is left afterwards."""

import asyncio
import json
import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import asyncpg
import pytest
import redis

from settings import Settings
from tests.conftest import at_database, create_database, drop_database
from tests.gateway.installations import Up, command_line, free_port, satukan, still_running, up


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """An installation. The parents of its folder have mode 0700, as root's home has."""
    with up(tmp_path_factory.mktemp("running") / "data") as started:
        yield started


async def write(started: Up, word: str) -> None:
    """Write the word into both servers."""
    connection = await asyncpg.connect(started.addresses["DATABASE_URL"])
    await connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
    await connection.execute("INSERT INTO words VALUES ($1)", word)
    await connection.close()
    with redis.Redis.from_url(started.addresses["REDIS_URL"]) as valkey:
        valkey.rpush("words", word)


async def read(started: Up) -> list[str]:
    """The words that PostgreSQL has."""
    connection = await asyncpg.connect(started.addresses["DATABASE_URL"])
    rows = await connection.fetch("SELECT word FROM words")
    await connection.close()
    return [row["word"] for row in rows]


def read_valkey(started: Up) -> list[str]:
    """The words that Valkey has."""
    with redis.Redis.from_url(started.addresses["REDIS_URL"], decode_responses=True) as valkey:
        return list(valkey.lrange("words", 0, -1))


async def test_nothing_is_left_running_and_data_survive_each_end(tmp_path: Path) -> None:
    """Each end is followed by the next start at once, also by that after a `kill -9`."""
    written: list[str] = []
    for ending in (signal.SIGINT, signal.SIGKILL, signal.SIGHUP, signal.SIGTERM):
        with up(tmp_path) as started:
            if written:
                assert await read(started) == written
                assert read_valkey(started) == written
            await write(started, ending.name)
            written.append(ending.name)
            pids = started.pids()
            assert len(pids) >= 4
            assert started.end(ending) == (-9 if ending is signal.SIGKILL else 0)
        if ending is not signal.SIGKILL:
            assert still_running(pids, 0) == []
    with up(tmp_path) as started:
        assert await read(started) == written
        pids = started.pids()
        started.end(signal.SIGKILL)
        assert still_running(pids) == []


def test_a_second_up_on_the_same_folder_is_told_so_and_the_first_goes_on(running: Up) -> None:
    before = running.addresses
    second = satukan("up", "--port", str(free_port()), "--data", str(running.data))
    assert second.returncode == 1
    assert f"Another `up` is running on the folder {running.data}" in second.stderr
    assert running.addresses == before
    assert urlopen(f"http://127.0.0.1:{running.port}/health/ready").status == 200


def a_revoked_key_is_refused_at_once_by_all(gateways: Up) -> None:
    """Each request has a connection of its own, so that each process gets some."""
    at = ("--data", str(gateways.data))
    made = json.loads(satukan("workspace", "create", "Toko", "--json", *at).stdout)
    of = ("--workspace", made["id"], *at)
    key = json.loads(satukan("key", "create", *of, "--role", "owner", "--json").stdout)
    assert {ask(gateways, key["key"]) for _ in range(40)} == {200}
    revoked = satukan("key", "revoke", key["id"], *of)
    assert (revoked.returncode, revoked.stderr) == (0, "")
    assert {ask(gateways, key["key"]) for _ in range(40)} == {401}


def ask(gateways: Up, key: str) -> int:
    """The status of a query with a key."""
    request = Request(
        f"http://127.0.0.1:{gateways.port}/graphql",
        b'{"query": "{ viewer { role } }"}',
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        return int(urlopen(request).status)
    except HTTPError as error:
        return error.code


def test_another_folder_runs_beside_it_with_several_gateways(running: Up, tmp_path: Path) -> None:
    with up(tmp_path, "--workers", "2", SATUKAN_CALLER_CACHE_SECONDS="60") as other:
        assert other.printed[-1] == f"ready: http://127.0.0.1:{other.port}/graphql"
        gateways = [pid for pid in other.pids() if "serving" in command_line(pid)]
        assert len(gateways) == 2
        pids = other.pids()
        addresses = [*running.addresses.values(), *other.addresses.values()]
        assert len({address.rpartition("@")[2] for address in addresses}) == 4
        a_revoked_key_is_refused_at_once_by_all(other)
        other.end(signal.SIGKILL)
        assert still_running(pids) == []


def test_demo_data_are_loaded_once_and_the_key_stays_the_same(tmp_path: Path) -> None:
    printed: list[list[str]] = []
    for _ in range(2):
        with up(tmp_path, "--demo", "--customers", "20") as started:
            printed.append(started.printed[:2])
            key = started.printed[1].removeprefix("export SATUKAN_KEY=")
            assert count_customers(started, key) == 20
            assert started.end(signal.SIGTERM) == 0
    assert printed[0] == printed[1]
    assert printed[0][0].startswith("demo workspace: wsp_")
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600


def count_customers(started: Up, key: str) -> int:
    """Ask the gateway, as the README's first query does."""
    request = Request(
        f"http://127.0.0.1:{started.port}/graphql",
        json.dumps({"query": "{ customers(first: 1) { totalCount } }"}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urlopen(request) as response:
        answer = json.load(response)
    return int(answer["data"]["customers"]["totalCount"])


async def test_servers_of_ones_own_take_the_place_of_the_embedded_ones(
    settings: Settings, tmp_path: Path
) -> None:
    assert settings.database_url is not None
    assert settings.redis_url is not None
    database = f"{urlsplit(settings.database_url).path.lstrip('/')}_up"
    await create_database(settings.database_url, database)
    own = {
        "DATABASE_URL": at_database(settings.database_url, database),
        "REDIS_URL": at_database(settings.redis_url, "50"),
    }
    with up(tmp_path, **own) as started:
        assert started.addresses == {}
        lines = [command_line(pid) for pid in started.pids()]
        assert sorted("working" in line for line in lines) == [False, True]
        assert started.end(signal.SIGTERM) == 0
    await drop_database(settings.database_url, database)


async def test_a_server_that_dies_is_started_again(running: Up) -> None:
    await write(running, "before the crash")
    os.kill(running.program("/postgres "), signal.SIGKILL)
    assert "postgres ended (signal 9)" in running.read_error("starts again in")
    running.read_error("postgres was started again.")
    assert "before the crash" in await read_when_it_answers(running)
    read_ready(running)


async def read_when_it_answers(started: Up) -> list[str]:
    """Read as soon as the server lets one in; it replays its log first."""
    async with asyncio.timeout(30):
        while True:
            with suppress(OSError, asyncpg.PostgresError):
                return await read(started)


def read_ready(started: Up) -> None:
    """Wait for the gateway to have found its database again."""
    for _ in range(1000):
        with suppress(OSError):
            assert urlopen(f"http://127.0.0.1:{started.port}/health/ready").status == 200
            return
    raise AssertionError("the gateway does not find its database again")


def test_secrets_are_the_owners_alone(running: Up) -> None:
    for name in ("secrets.json", "running.json"):
        assert stat.S_IMODE((running.data / name).stat().st_mode) == 0o600
    passwords = [url.split("@")[0].rsplit(":", 1)[1] for url in running.addresses.values()]
    lines = " ".join(command_line(pid) for pid in running.pids())
    assert not any(password in lines for password in passwords)


def test_commands_find_the_running_installation_by_its_folder(running: Up) -> None:
    made = satukan("workspace", "create", "Toko Tiga", "--data", str(running.data))
    assert made.returncode == 0, made.stderr
    listed = satukan("workspace", "list", SATUKAN_DATA=str(running.data))
    assert made.stdout.split()[0] in listed.stdout


def test_without_a_running_installation_commands_say_so(tmp_path: Path) -> None:
    stopped = satukan("workspace", "list", "--data", str(tmp_path))
    assert stopped.returncode == 1
    assert f"No installation is running on the folder {tmp_path}" in stopped.stderr


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
