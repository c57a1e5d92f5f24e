"""The embedded servers' parts, one by one: folder, children, supervisor, watchdog."""

import asyncio
import errno
import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.embedded import folders
from gateway.embedded.children import Program
from gateway.embedded.folders import DataFolder
from gateway.embedded.interruptions import Interrupted
from gateway.embedded.logs import explain, keep_short
from gateway.embedded.supervisors import Supervisor
from gateway.embedded.watchdogs import Watchdog, follow
from gateway.failures import Failure
from tests.gateway.giving_up_root import use_servers
from tests.gateway.installations import bare_environment, free_port, still_running

SLEEPER = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(600)"]
NOBODY = pwd.getpwnam("nobody")


@contextmanager
def ordinary_user() -> Iterator[None]:
    """As root, act on files as an ordinary user would; an ordinary user goes on as it is."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


def open_and_close(path: Path) -> None:
    folder = DataFolder(path)
    try:
        folder.open()
    finally:
        folder.close()


def sleeper(tmp_path: Path, name: str = "sleeper") -> Program:
    return Program(name=name, command=SLEEPER, log=tmp_path / f"{name}.log")


def test_a_folder_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    open_and_close(tmp_path)
    (tmp_path / "version").write_text("2\n")
    with pytest.raises(Failure, match=r"newer version of Satukan .* --data DIR"):
        open_and_close(tmp_path)


def test_data_of_another_postgresql_are_refused(tmp_path: Path) -> None:
    open_and_close(tmp_path)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("19\n")
    with pytest.raises(Failure, match=r"holds data of PostgreSQL 19.* --data DIR"):
        open_and_close(tmp_path)


def test_a_disk_without_room_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "FIRST_START_BYTES", 2**62)
    with pytest.raises(Failure, match=r"is full: \d+ MB are free and \d+ MB are needed"):
        open_and_close(tmp_path)
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EROFS, "is read-only"),
        (errno.EACCES, "belongs to another user"),
        (errno.ENOTDIR, "cannot be used"),
    ],
)
def test_what_the_system_says_of_the_disk_becomes_a_sentence(number: int, says: str) -> None:
    failure = str(DataFolder(Path("/data")).failure(OSError(number, os.strerror(number))))
    assert says in failure
    assert "/data" in failure
    assert "--data DIR" in failure


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    with ordinary_user(), pytest.raises(Failure, match="belongs to another user"):
        open_and_close(closed / "data")


def test_a_folder_in_use_is_refused_and_keeps_its_addresses(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    first.open()
    first.tell_running({"REDIS_URL": "redis://127.0.0.1:1/0"})
    with pytest.raises(Failure, match="Another `up` is running"):
        open_and_close(tmp_path)
    assert DataFolder(tmp_path).read_running() == {"REDIS_URL": "redis://127.0.0.1:1/0"}
    first.close()
    with pytest.raises(Failure, match="No installation is running"):
        DataFolder(tmp_path).read_running()


def test_addresses_that_a_killed_run_left_are_not_used(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.open()
    folder.close()
    folder.write_private("running.json", "{}")
    with pytest.raises(Failure, match="No installation is running"):
        folder.read_running()


def test_lost_passwords_are_not_made_again(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.open()
    assert folder.passwords() == folder.passwords()
    folder.postgres.mkdir()
    (tmp_path / "secrets.json").unlink()
    with pytest.raises(Failure, match=r"passwords .* Restore that file"):
        folder.passwords()
    folder.close()


def test_servers_start_for_root_and_for_an_ordinary_user() -> None:
    outcome = subprocess.run(
        [sys.executable, "-P", "-m", "tests.gateway.giving_up_root"],
        env=bare_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr


def test_another_program_may_be_quicker_to_take_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken, socket.socket() as also_taken:
        for each in (taken, also_taken):
            each.bind(("127.0.0.1", 0))
            each.listen()
        first = iter([taken.getsockname()[1], also_taken.getsockname()[1]])
        monkeypatch.setattr(
            "gateway.embedded.servers.free_port", lambda: next(first, None) or free_port()
        )
        use_servers()
    assert next(first, None) is None


def test_a_child_is_started_in_the_main_thread_or_not_at_all(tmp_path: Path) -> None:
    supervisor = Supervisor()

    async def elsewhere() -> None:
        await asyncio.to_thread(supervisor.start, sleeper(tmp_path))

    with pytest.raises(RuntimeError, match="main thread"):
        asyncio.run(elsewhere())


def test_a_child_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor()
    failing = Program(
        name="part",
        command=[sys.executable, "-c", "raise SystemExit('No space left on device')"],
        log=tmp_path / "part.log",
    )
    child = supervisor.start(failing)
    with pytest.raises(Failure, match=r"part did not start. The disk is full.*\n.*part.log"):
        supervisor.wait_until(lambda: False, child, 20.0)
    supervisor.stop()


def test_a_child_that_dies_time_after_time_ends_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.embedded.supervisors._LARGEST_PAUSE_SECONDS", 0.0)
    supervisor = Supervisor()
    supervisor.start(
        Program(name="part", command=[sys.executable, "-c", "1/0"], log=tmp_path / "part.log")
    )
    told: list[str] = []
    with pytest.raises(Failure, match=r"part ended 7 times in a row(.|\n)*ZeroDivisionError"):
        supervisor.watch(told.append)
    assert len([line for line in told if "starts again" in line]) == 6
    supervisor.stop()


def test_a_request_to_stop_ends_the_watch_and_children_end_with_it(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise Interrupted

    supervisor = Supervisor(interrupt)
    child = supervisor.start(sleeper(tmp_path))
    with pytest.raises(Interrupted):
        supervisor.watch(lambda line: None)
    supervisor.stop()
    assert still_running([child.process.pid]) == []


def test_a_child_that_does_not_heed_its_signal_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True)"
    program = Program(
        name="deaf",
        command=[sys.executable, "-c", f"{deaf}; time.sleep(600)"],
        log=tmp_path / "deaf.log",
        stop_seconds=0.2,
    )
    supervisor = Supervisor()
    child = supervisor.start(program)
    supervisor.wait_until(lambda: "deaf" in program_log(program), child, 20.0)
    supervisor.stop()
    assert child.process.returncode == -signal.SIGKILL


def program_log(program: Program) -> str:
    assert program.log is not None
    return program.log.read_text()


def test_the_watchdog_ends_what_its_parent_leaves(tmp_path: Path) -> None:
    """Where the kernel does not tell children of their parent's death, as on macOS."""
    child = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL)
    forgotten = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL)
    watchdog = Watchdog()
    watchdog.watch(child.pid, signal.SIGTERM)
    watchdog.watch(forgotten.pid, signal.SIGTERM)
    watchdog.forget(forgotten.pid)
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(child.wait, 20)
        watchdog.close()
        assert ended.result() == -signal.SIGTERM
    assert forgotten.poll() is None
    forgotten.kill()
    forgotten.wait()


def test_the_watchdog_keeps_the_last_word_on_each_process() -> None:
    told = ["watch 10 2\n", "watch 11 9\n", "forget 10\n", "watch 12 15\n", "forget 99\n"]
    assert follow(told) == {11: 9, 12: 15}


def test_known_causes_become_sentences_and_others_are_quoted() -> None:
    assert "disk is full" in explain("PANIC: could not write: No space left on device")
    assert "read-only" in explain("mkdir: Read-only file system")
    assert explain("one\n\ntwo\n") == "It said:\n  one\n  two"
    assert explain("") == ""


def test_a_log_that_grows_too_long_is_moved_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.embedded.logs.LARGEST_BYTES", 10)
    log = tmp_path / "part.log"
    log.write_text("short")
    keep_short(log)
    assert log.read_text() == "short"
    log.write_text("much longer than that")
    keep_short(log)
    assert log.read_text() == ""
    assert (tmp_path / "part.log.1").read_text() == "much longer than that"
