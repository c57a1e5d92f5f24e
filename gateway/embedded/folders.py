"""The data folder: what lies where, who may use it, and how a running installation is found.

version          the layout's number; a newer one is refused
lock             held by the process that runs the installation (flock)
servers.lock     held by the servers themselves, so also while orphans still write
secrets.json     passwords, mode 0600, made once
running.json     addresses of the running servers, mode 0600; old unless `lock` is held
postgres/        PostgreSQL's data
valkey/          Valkey's append-only file
logs/            what each part printed
"""

import errno
import fcntl
import json
import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gateway.failures import Failure

LAYOUT = 1
POSTGRES_MAJOR = 18
# What a first start writes (an empty cluster, its log, the migrations), and what a later one may.
FIRST_START_BYTES = 160 * 1024 * 1024
LATER_START_BYTES = 24 * 1024 * 1024
# A second `up` waits this long for the orphans of a killed one to finish writing.
ORPHAN_SECONDS = 20.0
_PASSWORDS = ("owner", "app", "maintenance", "valkey")


class DataFolder:
    """One installation's data."""

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is made or locked yet."""
        self.path = path.expanduser().absolute()
        self.postgres = self.path / "postgres"
        self.valkey = self.path / "valkey"
        self.logs = self.path / "logs"
        self._lock: int | None = None
        self._servers_lock: int | None = None
        self._is_ours = False

    def open(self) -> None:
        """Make and lock the folder for this process, and see that it can be used.

        Raises Failure when it cannot be written, its disk is full, another process runs it, or
        it belongs to a newer version.
        """
        try:
            for folder in (self.path, self.logs):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _open_lock(self.path / "lock")
            if not _lock_within(self._lock, 1.0):
                raise Failure(
                    f"Another `up` is running on the folder {self.path}. Stop it first, or "
                    "choose another folder with --data DIR."
                )
            self._is_ours = True
            self._check_version()
            self._check_space()
            if not (self.path / "version").exists():
                self.write_private("version", f"{LAYOUT}\n")
            self._servers_lock = _open_lock(self.path / "servers.lock")
        except OSError as error:
            raise self.failure(error) from error
        if not _lock_within(self._servers_lock, ORPHAN_SECONDS):
            raise Failure(
                f"Servers of an earlier run still use the folder {self.path} and do not end. "
                f"Stop the process in {self.postgres / 'postmaster.pid'} and start again."
            )

    def close(self) -> None:
        """Forget the running servers' addresses and let others use the folder."""
        if self._is_ours:
            # It may stay, on a disk that is now read-only: without `lock` it says nothing.
            with suppress(OSError):
                (self.path / "running.json").unlink(missing_ok=True)
        self._is_ours = False
        for descriptor in (self._servers_lock, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._lock = self._servers_lock = None

    @property
    def servers_lock(self) -> int:
        """The lock that servers inherit: it is free again when the last of them has ended."""
        if self._servers_lock is None:
            raise RuntimeError("the data folder is not open")
        return self._servers_lock

    def passwords(self) -> dict[str, str]:
        """The passwords of the servers' roles, made at the first call and kept.

        Raises Failure when the file of an existing installation is missing or broken.
        """
        path = self.path / "secrets.json"
        if not path.exists() and not self.postgres.exists():
            made = {name: secrets.token_urlsafe(24) for name in _PASSWORDS}
            self.write_private(path.name, json.dumps(made))
        try:
            kept = json.loads(path.read_text())
            return {name: str(kept[name]) for name in _PASSWORDS}
        except (OSError, ValueError, KeyError) as error:
            raise Failure(
                f"The passwords of the data in {self.path} are not in {path}. Restore that file "
                "from a backup, or choose another folder with --data DIR."
            ) from error

    def tell_running(self, environment: Mapping[str, str]) -> None:
        """Write down the addresses by which other commands find this installation."""
        self.write_private("running.json", json.dumps(dict(environment)))

    def read_running(self) -> dict[str, str]:
        """The addresses of the installation that runs on this folder.

        Raises Failure when none runs, and when it belongs to another user.
        """
        missing = Failure(
            f"No installation is running on the folder {self.path}. Start one with "
            f"`./satukan up --data {self.path}`, name another folder with --data DIR, or set "
            "DATABASE_URL and REDIS_URL."
        )
        try:
            lock = os.open(self.path / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise missing from None
        except OSError as error:
            raise self.failure(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            raise missing
        except BlockingIOError:
            pass
        finally:
            os.close(lock)
        try:
            return {str(k): str(v) for k, v in json.loads(self._read("running.json")).items()}
        except FileNotFoundError:
            raise Failure(
                f"The installation on the folder {self.path} is still starting. Try again when "
                "`up` has printed its `ready:` line."
            ) from None
        except OSError as error:
            raise self.failure(error) from error

    def write_private(self, name: str, text: str) -> None:
        """Write a file that only its owner reads, complete or not at all."""
        unfinished = self.path / f"{name}.new"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(self.path / name)

    def _read(self, name: str) -> str:
        return (self.path / name).read_text()

    def _check_version(self) -> None:
        advice = "Use that version, or choose another folder with --data DIR."
        version_file = self.path / "version"
        layout = version_file.read_text().strip() if version_file.exists() else str(LAYOUT)
        if layout != str(LAYOUT):
            raise Failure(
                f"The folder {self.path} was made by a newer version of Satukan (its layout is "
                f"{layout or 'unknown'}, this version knows {LAYOUT}). {advice}"
            )
        cluster_file = self.postgres / "PG_VERSION"
        major = cluster_file.read_text().strip() if cluster_file.exists() else str(POSTGRES_MAJOR)
        if major != str(POSTGRES_MAJOR):
            raise Failure(
                f"The folder {self.path} holds data of PostgreSQL {major}, and this version of "
                f"Satukan runs PostgreSQL {POSTGRES_MAJOR}. It was made by another version. "
                f"{advice}"
            )

    def _check_space(self) -> None:
        disk = os.statvfs(self.path)
        free = disk.f_bavail * disk.f_frsize
        needed = LATER_START_BYTES if self.postgres.exists() else FIRST_START_BYTES
        if free < needed:
            raise Failure(
                f"The disk that holds {self.path} is full: {free // 2**20} MB are free and "
                f"{needed // 2**20} MB are needed to start. Free some space, or choose a folder "
                "on another disk with --data DIR."
            )

    def failure(self, error: OSError) -> Failure:
        """The sentence for what the system says about the folder or its disk."""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return Failure(
                f"The disk that holds {self.path} is full. Free some space, or choose a folder "
                "on another disk with --data DIR."
            )
        if error.errno == errno.EROFS:
            return Failure(
                f"The disk that holds {self.path} is read-only. Choose a folder on another disk "
                "with --data DIR."
            )
        if error.errno in (errno.EACCES, errno.EPERM):
            return Failure(
                f"The folder {self.path} belongs to another user. Run this as that user, or "
                "choose another folder with --data DIR."
            )
        return Failure(
            f"The folder {self.path} cannot be used ({error.strerror}). Choose another with "
            "--data DIR."
        )


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lock_within(descriptor: int, seconds: float) -> bool:
    """Take the lock, waiting at most `seconds`: others hold it for an instant to look at it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        else:
            return True
